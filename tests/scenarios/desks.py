"""What page tests need on a desk: issues in numbers, a finding at any step, a signed-in client."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enforcement.findings import actions as findings
from enforcement.findings.models import Finding
from enforcement.issues.actions import Item, Share, hand_off
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from regions.models import Bureau, Officer
from regions.roles import Role
from tests.scenarios.cast import Cast

HERE = (112.5863, 37.8937)  # in 杏花岭
MARK = re.compile(r"^(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT)", re.IGNORECASE)
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE)|FOR UPDATE", re.IGNORECASE)


def handed(
    cast: Cast, count: int = 1, *bureaus: Bureau, days_ago: int = 0, title: str = "涂装车间外VOC高值"
) -> list[Issue]:
    """`count` issues the province handed to some bureaus (杏花岭 alone unless told), in equal parts, some days ago."""
    to = bureaus or (cast.xinghualing,)
    parts = [Share(bureau, Decimal(1) / len(to)) for bureau in to]
    items = [Item(f"{title} {n}", "patrol", *HERE, parts, verifier=cast.taiyuan_team) for n in range(1, count + 1)]
    with clock.moved_to(clock.now() - timedelta(days=days_ago)):
        document = hand_off(items, issuer=cast.province, by=cast.officer(cast.province, Role.DISPATCHER))
    return list(Issue.objects.filter(responsibilities__handoff=document).distinct().order_by("pk"))


def filed(cast: Cast, state: str = "draft", *, filer: Bureau | None = None, title: str = "厂界异味") -> Finding:
    """A finding of the Taiyuan team (or another filer) brought to a state: draft, leader_review or confirmed."""
    filer = filer or cast.taiyuan_team
    inspector = cast.officer(filer, Role.INSPECTOR)
    finding = findings.file_finding(
        by=inspector,
        filer=filer,
        receiver=cast.province,
        title=title,
        source="patrol",
        lon=HERE[0],
        lat=HERE[1],
        occurred_at=clock.now(),
    )
    if state != "draft":
        finding = findings.perform(finding, "submit", by=inspector)
    if state == "confirmed":
        finding = findings.perform(finding, "confirm", by=cast.officer(filer, Role.TEAM_LEADER))
    return finding


def signed_in(officer: Officer) -> Client:
    client = Client()
    client.force_login(officer)
    return client


@contextmanager
def at_most(count: int) -> Iterator[None]:
    """No more statements than that, and none that writes: pages are read."""
    with CaptureQueriesContext(connection) as captured:
        yield
    statements = [query["sql"] for query in captured if not MARK.match(query["sql"])]
    assert len(statements) <= count, "\n".join([f"{len(statements)} statements:", *(s[:240] for s in statements)])
    assert not [s for s in statements if WRITES.search(s)]
