"""Promise: whatever words stand in a field of a report or a clue, the answer is a page: taken, or refused and nothing changed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from enforcement.crossregion.models import Clue, DailyReport, Round
from enforcement.findings.models import Finding
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.models import Officer
from tests.enforcement.crossregion.conftest import CITIES
from tests.hostile.values import FEW, WORDS

pytestmark = pytest.mark.django_db
MORNING = datetime(2021, 9, 6, 2, 0, tzinfo=UTC)


def bodies(released: Round) -> dict[str, dict[str, Any]]:
    target = released.targets.filter(team__name=f"{CITIES[0]}一组").first()
    return {
        "reports": {"day": "2021-09-06", "work": "查了三家", "troubles": "无", "plan": "继续"},
        "clues": {
            "site": str(target.site_id), "lon": "112.5", "lat": "37.8", "address": "路北", "title": "露天喷涂",
            "description": "未收集", "pollution_type": "VOCs", "severity": "serious",
        },
    }  # fmt: skip


def rows() -> list[int]:
    return [model._default_manager.count() for model in (Clue, DailyReport, Finding, Event)]


@pytest.mark.parametrize("form", ["reports", "clues"])
def test_every_word_in_every_field(
    released: Round, people: dict[str, list[Officer]], client: Client, form: str
) -> None:
    client.force_login(people[CITIES[0]][0])
    address, good, before = f"/rounds/{released.pk}/{form}/new/", bodies(released)[form], rows()
    with clock.moved_to(MORNING):
        cases = [{**good, field: WORDS[name]} for field in good for name in FEW]
        cases += [{key: value for key, value in good.items() if key != field} for field in good] + [{}]
        for body in cases:
            with transaction.atomic():
                answer = client.post(address, body)
                assert answer.status_code in {302, 400}, body
                assert answer.status_code == 302 or rows() == before, body
                transaction.set_rollback(True)
        assert client.post(address, good).status_code == 302, (
            "hostile by one field only: without it the form goes through"
        )
    assert rows() != before
