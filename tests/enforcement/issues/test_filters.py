"""Promise: what a list shows one can filter it by, alike on the page and in the API, and it stands in the address."""

import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from enforcement.issues import actions
from enforcement.issues.actions import Item, Share, hand_off, importing
from enforcement.issues.forms import IssueFilter
from enforcement.issues.models import Issue, Responsibility
from enforcement.statistics.behind import behind
from enforcement.statistics.scopes import scope_for
from enforcement.timeline import clock
from regions import keyset
from regions.models import WorkCalendar
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.issues.ledgers import book, brought_in, line, lines
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, at_most, signed_in

pytestmark = pytest.mark.django_db
LIST = "/issues/"


@dataclass
class Season:
    cast: casting.Cast
    issues: dict[str, Issue]

    def names(self, numbers: set[str]) -> set[str]:
        return {name for name, issue in self.issues.items() if issue.number in numbers}


@pytest.fixture
def season() -> Season:
    """One issue for every kind of filter; `late_then_closed` was closed after its date, `old` is late today."""
    cast = casting.make()
    handed = {
        "fresh": (0, {}),
        "starred": (1, {"starred": True, "pollution_type": "烟粉尘", "shares": [Share(cast.taiyuan)]}),
        "shared": (1, {"shares": [Share(cast.xinghualing, Decimal("0.5")), Share(cast.yaodu, Decimal("0.5"))]}),
        "silent": (8, {"severity": "major", "pollution_type": "VOCs"}),
        "old": (60, {}),
        "late_then_closed": (70, {}),
        "closed_in_time": (70, {"source": "special_check"}),
    }
    found = {name: _hand_off(cast, name, days, what) for name, (days, what) in handed.items()}
    _close(cast, found["late_then_closed"], days_ago=2)
    _close(cast, found["closed_in_time"], days_ago=60)
    Issue.objects.filter(pk=found["fresh"].pk).update(provisional=True)
    actions.perform(found["shared"], "acknowledge", by=cast.officer(cast.yaodu, Role.HANDLER))
    WorkCalendar.current().value()  # read once per process
    return Season(cast, found)


def _hand_off(cast: casting.Cast, title: str, days_ago: int, what: dict[str, Any]) -> Issue:
    item = Item(title, "patrol", *HERE, [Share(cast.xinghualing)], verifier=cast.taiyuan_team)
    with clock.moved_to(clock.now() - timedelta(days=days_ago)):
        dispatcher = cast.officer(cast.province, Role.DISPATCHER)
        return hand_off([replace(item, **what)], issuer=cast.province, by=dispatcher).opened[0].issue


def _close(cast: casting.Cast, issue: Issue, days_ago: int) -> None:
    handler, verifier = cast.officer(cast.xinghualing, Role.HANDLER), cast.officer(cast.taiyuan_team, Role.VERIFIER)
    with clock.moved_to(clock.now() - timedelta(days=days_ago)):
        actions.perform(issue, "acknowledge", by=handler)
        actions.perform(issue, "submit_feedback", by=handler, verdict="true", measures="已更换活性炭")
        actions.perform(issue, "start_verification", by=verifier)
        actions.perform(issue, "pass_verification", by=verifier, opinion="达标")
        actions.perform(issue, "close", by=cast.officer(cast.province, Role.DISPATCHER))


def day(offset: int) -> str:
    return (clock.today() + timedelta(days=offset)).isoformat()


def test_every_filter_narrows_alike_on_the_page_and_in_the_api(season: Season, monkeypatch) -> None:
    officer = season.cast.officer(season.cast.province, Role.SUPERVISOR)
    page, api = signed_in(officer), caller(officer)
    everything = set(season.issues)
    closed = {"late_then_closed", "closed_in_time"}
    old = season.issues["old"]
    for on_page, in_api, wanted in (
        ({"stage": "acknowledge"}, {"stage": "acknowledge"}, everything - closed),
        ({"stage": "done"}, {"stage": "done,close"}, closed),
        ({"clock": "overdue"}, {"overdue": "true"}, {"old"}),
        ({"clock": "ever"}, {"ever_overdue": "true"}, {"old", "late_then_closed"}),
        ({"clock": "stage"}, {"stage_overdue": "true"}, {"silent", "old"}),
        ({"clock": "provisional"}, {"provisional": "true"}, {"fresh"}),
        # What contradicts itself is nothing; what says twice that it is open says it once.
        ({"state": "closed", "clock": "overdue"}, {"state": "closed", "overdue": "true"}, set()),
        ({"stage": "done", "sort": "due"}, {"stage": "done", "overdue": "true"}, set()),
        ({"state": "issued", "clock": "overdue", "sort": "due"}, {"state": "issued", "overdue": "true"}, {"old"}),
        ({"state": "closed", "sort": "due"}, {"state": "closed", "ordering": "due_on"}, closed),
        ({"clock": "paused"}, {"paused": "true"}, set()),
        ({"clock": "extended"}, {"extended": "true"}, set()),
        ({"pressed": "listed"}, {"listed": "true"}, set()),
        ({"pollution": "粉尘"}, {"pollution_type": "粉尘"}, {"starred"}),
        ({"pollution": "voc"}, {"pollution_type": "VOC"}, {"silent"}),
        ({"mark": "starred"}, {"starred": "true"}, {"starred"}),
        ({"mark": "shared"}, {"shared": "true"}, {"shared"}),
        ({"severity": "major"}, {"severity": "major"}, {"silent"}),
        ({"source": "special_check"}, {"source": "special_check"}, {"closed_in_time"}),
        ({"closed_from": day(-2)}, {"closed_from": day(-2)}, {"late_then_closed"}),
        ({"closed_from": day(-60), "closed_to": day(-3)}, {"closed_to": day(-3)}, {"closed_in_time"}),
        ({"closed_from": day(-60), "closed_to": day(-2)}, {"closed_to": day(-2)}, closed),
        (
            {"first_from": old.first_due_on.isoformat(), "first_to": old.first_due_on.isoformat()},
            {"first_due_after": old.first_due_on.isoformat(), "first_due_before": old.first_due_on.isoformat()},
            {"old"},
        ),
    ):
        page.get(LIST)
        with at_most(8):
            answer = page.get(LIST, on_page)
        assert season.names({row.issue.number for row in answer.context["rows"]}) == wanted, on_page
        with at_most(8):
            answer = api.get("issues/", **in_api)
        assert season.names({row["number"] for row in answer.json()["results"]}) == wanted, in_api
    for name in ("overdue", "ever_overdue", "stage_overdue", "extended", "shared", "starred"):
        yes, no = (
            season.names({row["number"] for row in api.get("issues/", **{name: word}).json()["results"]})
            for word in ("true", "false")
        )
        assert (yes | no, yes & no) == (everything, set()), name
    # However the rows are come by (walked to, gathered, found among few or many), the pages are the same, on and back.
    ledger = sys.modules["enforcement.issues.views.ledger"]
    monkeypatch.setattr(ledger, "SIZE", 2)
    assert not IssueFilter({"due_to": day(9)}, officer=officer).lies_back
    assert IssueFilter({"due_from": day(-9), "due_to": day(-9)}, officer=officer).lies_back
    walked = pages(page, {"due_to": day(999)})
    assert sum(len(shown) for shown in walked) == len(everything)
    with monkeypatch.context() as gathered:
        gathered.setattr(IssueFilter, "lies_back", True)
        assert pages(page, {"due_to": day(999)}) == walked
    among_few = pages(page, {"q": "杏花岭"})
    assert len(among_few) > 1
    monkeypatch.setattr(keyset, "FEW", 0)
    assert pages(page, {"q": "杏花岭"}) == among_few


def pages(client: Any, asked: dict[str, str]) -> list[list[str]]:
    """The numbers of every page, read on to the last and found again on the way back."""
    found, url = [], f"{LIST}?{urlencode(asked)}"
    while url:
        answer = client.get(url)
        found.append([row.issue.number for row in answer.context["rows"]])
        url = answer.context["next_url"]
    for shown in found[-2::-1]:
        answer = client.get(answer.context["previous_url"])
        assert [row.issue.number for row in answer.context["rows"]] == shown
    return found


def test_what_came_in_from_a_ledger_is_told_from_the_rest(season: Season, monkeypatch) -> None:
    # Progress is told on a connection of its own, which sees nothing of a test that never commits.
    monkeypatch.setattr(importing, "TELL_EVERY_S", 3600)
    brought_in(season.cast, book(lines(line())))
    brought = Issue.objects.get(imported=True).number
    officer = season.cast.officer(season.cast.province, Role.SUPERVISOR)
    shown = signed_in(officer).get(LIST, {"mark": "imported"}).context["rows"]
    assert [row.issue.number for row in shown] == [brought]
    yes, no = (
        {row["number"] for row in caller(officer).get("issues/", imported=word).json()["results"]}
        for word in ("true", "false")
    )
    assert (yes, no) == ({brought}, {issue.number for issue in season.issues.values()})
    # Newest first is by the day it was first issued, not by when it came in; the same on every page of every list.
    newest = list(Issue.objects.order_by("-issued_on", "-pk").values_list("number", flat=True))
    assert (newest[-1], newest[0]) == (brought, season.issues["fresh"].number)
    assert [issue.number for issue in Issue.objects.all()] == newest
    monkeypatch.setattr(sys.modules["enforcement.issues.views.ledger"], "SIZE", 3)
    page, url, walked, back = signed_in(officer), LIST, [], []
    while url:
        shown = page.get(url).context
        walked.append([row.issue.number for row in shown["rows"]])
        url, previous = shown["next_url"], shown["previous_url"]
    while previous:
        shown = page.get(previous).context
        back.insert(0, [row.issue.number for row in shown["rows"]])
        previous = shown["previous_url"]
    assert [number for rows in walked for number in rows] == newest
    assert back == walked[:-1]
    for asked in ({}, {"imported": "false"}):  # by kept statements and by built ones
        answer, numbers = caller(officer).get("issues/", page_size="3", **asked).json(), []
        while answer["results"]:
            numbers += [row["number"] for row in answer["results"]]
            answer = caller(officer).get(answer["next"]).json() if answer["next"] else {"results": []}
        assert numbers == (newest[:-1] if asked else newest)


def test_ever_late_is_the_figure_of_that_name(season: Season) -> None:
    officer = season.cast.officer(season.cast.province, Role.SUPERVISOR)
    page = signed_in(officer)
    behind = page.get(LIST, {"figure": "ever_overdue"}).context["rows"]
    filtered = page.get(LIST, {"clock": "ever"}).context["rows"]
    assert [row.issue.pk for row in behind] == [row.issue.pk for row in filtered] != []


def test_what_waits_for_me_is_the_same_in_the_api(season: Season) -> None:
    handler = season.cast.officer(season.cast.yaodu, Role.HANDLER)
    page = signed_in(handler).get(LIST, {"turn": "mine"}).context["rows"]
    answer = caller(handler).get("issues/", waits_for_me="true").json()["results"]
    assert [row["number"] for row in answer] == [row.issue.number for row in page] == [season.issues["shared"].number]


def test_a_county_finds_along_its_own_door_what_it_finds_by_the_wide_one(season: Season) -> None:
    """Whose bureau answers, what is done, what a figure counts: the page's and the API's rows are those of plain conditions."""
    handler = season.cast.officer(season.cast.xinghualing, Role.HANDLER)
    page, call, seen = signed_in(handler), caller(handler), Issue.objects.visible_to(handler)
    asked: list[tuple[dict[str, str], set[int]]] = []
    for bureau in (season.cast.xinghualing, season.cast.yaodu):
        parts = Responsibility.objects.live().filter(bureau=bureau).values("issue")
        asked.append(({"bureau": str(bureau.pk)}, set(seen.filter(pk__in=parts).values_list("pk", flat=True))))
    assert 0 < len(asked[1][1]) < len(asked[0][1]), "one of theirs is shared"
    asked += [
        ({"state": s}, set(seen.filter(state=s).values_list("pk", flat=True)))
        for s in ("closed", "struck_off", "issued")
    ]
    for figure in ("overdue_now", "ever_overdue"):
        asked.append(({"figure": figure}, {row.issue for row in behind(figure, scope_for(handler, {}))}))
    for query, expected in asked:
        numbers = {issue.number for issue in Issue.objects.filter(pk__in=expected)}
        if "bureau" not in query:  # a county has but its own to choose from on the page
            assert {row.issue.number for row in page.get(LIST, query).context["rows"]} == numbers, query
        assert {row["number"] for row in call.get("issues/", **query).json()["results"]} == numbers, query
    assert sum(bool(expected) for _query, expected in asked) >= 4


def test_rare_filters_wait_behind_more_and_stand_open_in_use(season: Season) -> None:
    page = signed_in(season.cast.officer(season.cast.province, Role.SUPERVISOR))
    assert 'class="filters__more" >' in page.get(LIST).content.decode()
    answer = page.get(LIST, {"pollution": "粉尘", "closed_to": "2021-02-30"}).content.decode()
    assert 'class="filters__more" open>' in answer
    assert "实际存在的日期" in answer
    assert "污染类型：粉尘" in answer
