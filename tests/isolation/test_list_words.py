"""Promise: the words above a list narrow the page, and its file, as the API's filters of the same names do."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enforcement.inspections.list_forms import VisitWords
from enforcement.issues.actions import exporting
from enforcement.issues.filters import HandoffFilters
from enforcement.issues.models import Handoff, LookBack, Stage
from enforcement.issues.sheets import kinds
from enforcement.timeline import clock
from regions.roles import Role
from tests.isolation.world import World

#: Digits as an input method may give them.
FULL = str.maketrans("0123456789", "０１２３４５６７８９")
#: List -> words; of each list some leave rows out.
WORDS: dict[str, list[dict[str, str]]] = {
    "handoffs": [{"number": "1"}, {"issued_from": "2100-01-01"}],
    "look-backs": [{"result": "waiting"}, {"result": "passed"}, {"division": "140107"}, {"due_to": "2001-01-01"}],
    "visits": [{"state": "planned"}, {"division": "140100"}, {"planned_from": "2100-01-01"}],
    "campaigns": [{"state": "draft"}, {"state": "ended"}],
    "interviews": [{"division": "140107"}, {"state": "proposed"}],
    "special-inspections": [{"division": "140107"}, {"state": "proposed"}],
}


def page_of(client: Any, name: str, query: dict[str, str]) -> str:
    kind = kinds.kind_of(name)
    assert kind is not None
    answer = client.get(reverse(kind.list_route), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def rows_in(page: str) -> int:
    return page.count('<tr class="row')


def rows_in_file(officer: Any, name: str, query: dict[str, str]) -> int:
    export = exporting.ask(officer, name, "csv", query)
    exporting.DESK.work(str(export.pk))
    export.refresh_from_db()
    assert export.stage == Stage.DONE
    lines = list(csv.reader(io.StringIO(exporting.kept_files().take(export.sha256).decode("utf-8-sig"))))
    kind = kinds.kind_of(name)
    assert kind is not None
    return len(lines) - lines.index([str(column.label) for column in kind.columns]) - 1


@pytest.mark.parametrize("name", WORDS)
def test_a_page_and_its_file_hold_the_same_rows_for_the_same_words(world: World, name: str) -> None:
    officer = world.officer(world.plots["tya"].city, Role.COORDINATOR)
    _look_back(world)
    client = Client()
    client.force_login(officer)
    every = rows_in(page_of(client, name, {}))
    assert every
    counts = []
    for query in WORDS[name]:
        counts.append(rows_in(page_of(client, name, query)))
        assert counts[-1] == rows_in_file(officer, name, query), query
    assert min(counts) < every
    word = next(iter(WORDS[name][0]))
    wrong = page_of(client, name, {word: "x" * 61})
    assert rows_in(wrong) == every  # narrows nothing
    assert "filters__error" in wrong


def test_a_word_that_narrows_the_file_narrows_the_page_too_though_it_isn_t_offered(world: World) -> None:
    """A county has one division to choose, so the page offers none; an address may name it all the same."""
    plot = world.plots["tya"]
    officer = world.officer(plot.answerer, Role.HANDLER)
    assert "division" not in VisitWords({}, officer=officer).fields
    for code, in_use in ((plot.county.code, {"division": plot.county.code}), ("141002", {})):
        words = VisitWords({"division": code}, officer=officer)
        assert words.in_use == in_use
        assert ("division" in words.errors) == (not in_use), "said beside its field"


def test_a_document_is_found_by_its_number_as_people_type_it(world: World) -> None:
    kept = Handoff.objects.earliest("pk")
    head = kept.number.split("〔")[0]
    plain = kept.number.translate(str.maketrans("〔〕", "[]"))
    for typed in (kept.number, plain, plain.replace("[", "（").replace("]", "）"), f"{head}[{kept.year}]", f"{head}〔"):
        assert kept in HandoffFilters({"number": typed}, queryset=Handoff.objects.all()).qs, typed
    for typed in (str(kept.serial), f"第{kept.serial}号", f"{kept.serial}号".translate(FULL)):
        found = HandoffFilters({"number": typed}, queryset=Handoff.objects.all()).qs
        assert kept in found, typed
        assert {one.serial for one in found} == {kept.serial}
    assert not HandoffFilters({"number": "%"}, queryset=Handoff.objects.all()).qs


def _look_back(world: World) -> None:
    """The world closes issues and looks at none again."""
    plot = world.plots["tya"]
    part = plot.issues[1].responsibilities.get()
    officer = world.officer(plot.city, Role.DISPATCHER)
    LookBack.objects.create(
        responsibility=part,
        issue=part.issue,
        bureau=world.bureaus["province"],
        by=officer,
        at=clock.now(),
        due_on=clock.today(),
    )
