"""Promise: the clues and the visits of a round become files of what their asker sees; a round not released has none."""

import json
from typing import Any

import pytest

from enforcement.crossregion.models import Round, Target
from enforcement.issues.actions import exporting
from enforcement.issues.models import Stage
from regions.errors import Invalid
from regions.models import Officer
from tests.enforcement.crossregion.conftest import CITIES
from tests.enforcement.crossregion.test_clues import filed
from tests.enforcement.crossregion.test_underway import DAY, visit_of
from tests.scenarios.desks import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_store(settings: Any, tmp_path: Any) -> None:
    exports = {**settings.STORAGES["exports"], "OPTIONS": {"location": tmp_path / "exports"}}
    settings.STORAGES = {**settings.STORAGES, "exports": exports}


@pytest.fixture
def member(people: dict[str, list[Officer]]) -> Officer:
    return people[CITIES[0]][0]


def features(officer: Officer, kind: str, **query: str) -> list[Any]:
    export = exporting.ask(officer, kind, "geojson", query)
    exporting.DESK.work(str(export.pk))
    export.refresh_from_db()
    assert export.stage == Stage.DONE, export.sentence
    found: list[Any] = json.loads(exporting.kept_files().take(export.sha256))["features"]
    return found


def test_a_round_s_clues_go_to_who_holds_it_and_to_the_team_that_filed_them(
    released: Round,
    member: Officer,
    organiser: Officer,
    people: dict[str, list[Officer]],
) -> None:
    clue = filed(released, member)
    key = str(released.pk)
    for officer in (organiser, member):
        (one,) = features(officer, "round-clues", round=key)
        assert one["properties"]["title"] == clue.finding.title
        assert one["geometry"]["coordinates"] == [round(clue.finding.lon, 6), round(clue.finding.lat, 6)]
    assert features(people[CITIES[1]][0], "round-clues", round=key) == []
    assert features(organiser, "round-clues", round=key, figure="handed_off") == []
    assert features(organiser, "round-visits", round=key, team="没有这队") == []
    target = Target.objects.filter(round=released, team__isnull=False).select_related("team", "site").earliest("pk")
    members = [one.officer for one in target.team.members.select_related("officer").order_by("pk")]
    crew = [officer for officer in members if officer.has_badge(DAY)][:2]  # the draw may take one without
    visit = visit_of(target, crew)
    for officer in (organiser, crew[0]):
        (one,) = features(officer, "round-visits", round=key)
        assert (one["properties"]["id"], one["properties"]["team"]) == (str(visit.pk), target.team.name)
    stranger = next(row[0] for city, row in people.items() if city != target.team.city.code)
    assert features(stranger, "round-visits", round=key) == []
    page = signed_in(organiser)
    for wrong, sentence in (("figure=nonsense", "范围"), ("nonsense=1", "没有“nonsense”这个筛选条件")):
        body = {"kind": "round-clues", "format": "csv", "query": f"round={key}&{wrong}"}
        answer = page.post("/issues/exports/", body)
        assert answer["Location"] == f"/rounds/{key}/clues/?{wrong}"
        assert sentence in page.get(answer["Location"]).content.decode()


def test_a_round_that_isn_t_released_is_none(drawn: Round, organiser: Officer) -> None:
    for key in (str(drawn.pk), "5ca1ab1e-0000-4000-8000-000000000021"):
        with pytest.raises(Invalid, match="没有这一轮交叉执法"):
            exporting.ask(organiser, "round-clues", "csv", {"round": key})
    with pytest.raises(Invalid, match="轮次"):
        exporting.ask(organiser, "round-visits", "csv", {})
