"""Promise: the schema tells the truth. Whatever it allows is sent; every answer is one it describes, none is a 5xx.

LIANKONG_SCHEMA_EXAMPLES sets how many requests each operation gets per role (a nightly run asks for thousands).
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from regions.models import Site
from regions.roles import Role
from tests.enforcement.api.calling import Caller, caller, confirmed_finding, issue_to
from tests.scenarios.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = int(os.environ.get("LIANKONG_SCHEMA_EXAMPLES", "6"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def api(db: None) -> Iterator[Any]:
    """The API's description and its WSGI application, on this test's connection, which the application mustn't close."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def known(cast: Cast) -> dict[str, list[Any]]:
    """What there is, by the name of the path parameter that leads to it."""
    site = Site.objects.create(name="太原某厂", division=cast.xinghualing.division, lon=112.58, lat=37.89)
    issue, finding = issue_to(cast), confirmed_finding(cast)
    handoff = issue.responsibilities.get().handoff_id
    return {
        "number": [issue.number],
        "action": ["acknowledge", "return", "submit", "confirm", "dismiss"],
        "code": ["140107", "140000"],
        "key": ["fenhe-valley"],
        "pk": [str(finding.pk)],
        "id": [handoff, cast.province.pk, site.pk],
    }


def test_every_operation_tells_its_refusals_and_its_policy(api: Any) -> None:
    for operation in (found.ok() for found in api.get_all_operations()):
        answers = operation.definition.raw["responses"]
        problems = {code for code, answer in answers.items() if "application/problem+json" in answer.get("content", {})}
        assert {"400", "401", "403", "429", "503"} <= problems, operation.label
        if operation.method == "post" and "token" not in operation.path:
            assert {"404", "409", "413", "415", "422"} <= problems, operation.label
            assert "Idempotency-Key" in operation.headers, operation.label


@pytest.mark.parametrize("role", [Role.HANDLER, Role.DISPATCHER])
def test_answers_are_as_described(api: Any, cast: Cast, known: dict[str, list[Any]], role: Role) -> None:
    bureau = cast.xinghualing if role is Role.HANDLER else cast.province
    who = caller(cast.officer(bureau, role))
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) >= 20
    for operation in operations:
        exercise(operation, who, known)


def exercise(operation: Any, who: Caller, known: dict[str, list[Any]]) -> None:
    """Sends requests drawn from an operation's description; half of them to rows that are there."""
    places = {name: st.sampled_from(values) for name, values in known.items()}
    if operation.path.startswith("/api/v1/auth/"):
        return  # what signing in answers is tried in tests/regions/test_api.py; signing out here would end the run

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), real=st.booleans(), data=st.data())
    def send(case: Any, real: bool, data: Any) -> None:
        if real:
            for name in set(case.path_parameters or {}) & set(places):
                case.path_parameters[name] = data.draw(places[name])
        case.headers.pop("Authorization", None)
        case.validate_response(case.call(headers=who.headers()), checks=CHECKS)

    send()
