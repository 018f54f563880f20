"""A caller of the API and a small case to call about."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client
from knox.models import AuthToken

from enforcement.findings import actions as findings
from enforcement.findings.models import Finding
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from regions.models import Bureau, Officer
from regions.roles import Role
from tests.scenarios.cast import Cast

ROOT = "/api/v1/"
#: One client for all: its first request loads the middleware.
CLIENT = Client()


@dataclass
class Caller:
    """An officer at the API, signed in by token."""

    officer: Officer
    token: str

    def get(self, path: str, **query: Any) -> Any:
        return CLIENT.get(address(path), query, headers=self.headers())

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = self.headers() | ({"Idempotency-Key": key} if key is not None else {})
        content = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        return CLIENT.post(address(path), content, content_type="application/json", headers=headers)

    def delete(self, path: str) -> Any:
        return CLIENT.delete(address(path), headers=self.headers())

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.token}"}


def address(path: str) -> str:
    return path if path.startswith(("/", "http")) else ROOT + path


def caller(officer: Officer) -> Caller:
    _kept, token = AuthToken.objects.create(user=officer)
    return Caller(officer, token)


def confirmed_finding(cast: Cast, title: str = "某涂装车间外VOC高值", receiver: Bureau | None = None) -> Finding:
    """A finding of the Taiyuan team in Xinghualing, confirmed and put before the province."""
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    finding = findings.file_finding(
        by=inspector,
        filer=cast.taiyuan_team,
        receiver=receiver or cast.province,
        title=title,
        source="patrol",
        lon=112.5863,
        lat=37.8937,
        occurred_at=clock.now(),
    )
    findings.perform(finding, "submit", by=inspector)
    return findings.perform(finding, "confirm", by=cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))


def issue_to(cast: Cast, bureau: Bureau | None = None, title: str = "某涂装车间外VOC高值") -> Issue:
    """An issue handed off by the province to a county bureau, to be verified by the Taiyuan team."""
    handoff = findings.hand_off_findings(
        [
            findings.Handing(
                confirmed_finding(cast, title), findings.whole(bureau or cast.xinghualing), verifier=cast.taiyuan_team
            )
        ],
        issuer=cast.province,
        by=cast.officer(cast.province, Role.DISPATCHER),
    )
    return handoff.items.get().issue
