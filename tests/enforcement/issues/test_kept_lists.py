"""Promise: a list whose statements are kept shows what the list built anew would: whoever asks, whatever is asked for,
on whichever page, on whichever day; and a bureau's way to its open issues follows the issues."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Q

from enforcement.issues import actions, lifecycle
from enforcement.issues.api import IssueList
from enforcement.issues.models import Issue, IssueParty
from enforcement.timeline import clock
from regions.api import views
from regions.models import Officer, Part, Posting, Secondment
from regions.roles import Role
from regions.scoping import reach_of
from tests.enforcement.api.calling import Caller, caller
from tests.scenarios import cast as casting
from tests.scenarios.desks import handed

pytestmark = pytest.mark.django_db
ASKED: tuple[dict[str, str], ...] = (
    {}, {"overdue": "true"}, {"overdue": "false"}, {"state": "issued"}, {"state": "issued,struck_off"}, {"state": "void"},
    {"starred": "false", "severity": "general"}, {"ordering": "due_on", "overdue": "true"},
    {"source": "patrol", "ordering": "due_on"},
)  # fmt: skip


@pytest.fixture
def cast() -> casting.Cast:
    """Nine issues: late and in time, one acknowledged, one void; three of 尧都, in Linfen, which verifies one of its own."""
    cast = casting.make()
    late = handed(cast, 3, days_ago=60)
    fresh = handed(cast, 3)
    twice = handed(cast, 3, cast.yaodu, days_ago=60)[1]
    IssueParty.objects.create(issue=twice, bureau=cast.yaodu, part=Part.VERIFIER, since=twice.issued_at)
    actions.perform(late[0], "acknowledge", by=cast.officer(cast.xinghualing, Role.HANDLER))
    actions.perform(fresh[0], "void", by=cast.officer(cast.province, Role.DISPATCHER), reason="重复转办")
    return cast


def readers(cast: casting.Cast) -> list[Officer]:
    """Every shape of reach: province, city and county tree, a bureau alone, two bureaus, lent to a site and a division."""
    two = cast.officer(cast.xinghualing, Role.HANDLER)
    lent = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    today = clock.today()
    Posting.objects.create(officer=two, bureau=cast.yaodu, role=Role.HANDLER, since=date(2020, 1, 1))
    Secondment.objects.create(officer=lent, division=cast.yaodu.division, since=today, until=today, reason="交叉执法")
    asks = [
        cast.officer(cast.province, Role.SUPERVISOR), cast.officer(cast.taiyuan, Role.SUPERVISOR),
        cast.officer(cast.linfen, Role.SUPERVISOR), cast.officer(cast.yaodu, Role.HANDLER),
        cast.officer(cast.contractor, Role.INSPECTOR), two, lent,
    ]  # fmt: skip
    return [Officer.objects.get(pk=officer.pk) for officer in asks]


def walked(call: Caller, asked: dict[str, str]) -> list[str]:
    """The numbers of every row, page by page, on and back again."""
    rows: list[str] = []
    pages: list[list[str]] = []
    back: list[list[str]] = []
    answer = call.get("issues/", page_size="2", **asked).json()
    while True:
        pages.append([row["number"] for row in answer["results"]])
        if not answer["next"]:
            break
        answer = call.get(answer["next"]).json()
    while answer["previous"]:
        answer = call.get(answer["previous"]).json()
        back.append([row["number"] for row in answer["results"]])
    assert back[::-1] == pages[:-1], "the way back shows the same pages"
    for page in pages:
        rows += page
    return rows


def test_a_kept_list_is_the_built_list(cast: casting.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[tuple[int, int], list[str]] = {}
    people = [caller(officer) for officer in readers(cast)]
    for turn in range(2):  # the second time everything is kept
        for who, reader in enumerate(people):
            for what, asked in enumerate(ASKED):
                rows = walked(reader, asked)
                assert found.setdefault((who, what), rows) == rows, (turn, asked)
    assert len(views._KEPT) > len(ASKED), "statements were kept"
    monkeypatch.setattr(IssueList, "_keeps", lambda self: False)
    for who, reader in enumerate(people):
        for what, asked in enumerate(ASKED):
            assert walked(reader, asked) == found[who, what], (reader.officer, asked)
            plain = _plainly(reader.officer, asked)
            assert sorted(plain) == sorted(found[who, what]), (reader.officer, asked)
    assert not found[4, 0], "the contractor sees none"
    assert 0 < len(found[3, 1]) < len(found[0, 1]), "a county sees its own late ones"


def _plainly(officer: Officer, asked: dict[str, str]) -> list[str]:
    """The same rows by the widest door and plain conditions."""
    rows = Issue.objects.visible_to(officer)
    late = Q(state__in=lifecycle.OPEN, due_on__lt=clock.today())
    if "overdue" in asked:
        rows = rows.filter(late) if asked["overdue"] == "true" else rows.exclude(late)
    if "state" in asked:
        rows = rows.filter(state__in=asked["state"].split(","))
    return list(rows.values_list("number", flat=True))


def test_what_is_late_tomorrow_is_not_told_by_yesterdays_statement(cast: casting.Cast) -> None:
    officer = caller(cast.officer(cast.province, Role.SUPERVISOR))
    before = walked(officer, {"overdue": "true"})
    issue = Issue.objects.get(number=walked(officer, {"state": "issued", "overdue": "false"})[0])
    with clock.moved_to(clock.now() + timedelta(days=(issue.due_on - clock.today()).days + 1)):
        after = walked(officer, {"overdue": "true"})
    assert issue.number in after
    assert issue.number not in before


def test_the_doors_follow_their_issue(cast: casting.Cast) -> None:
    """Closed, struck off, ended: no open door; reopened: open again. Whatever a program writes into the row."""

    def doors(issue: Issue) -> set[bool]:
        return set(IssueParty.objects.filter(issue=issue).values_list("open", flat=True))

    for issue in Issue.objects.all():
        assert doors(issue) == {issue.state in lifecycle.OPEN}, issue.state
    issue = Issue.objects.filter(state=lifecycle.State.ISSUED).latest("pk")
    IssueParty.objects.filter(issue=issue).update(open=False, issued_on=None)
    assert doors(issue) == {True}
    # The day goes along too: lists of a bureau alone are walked by it.
    days = IssueParty.objects.values_list("issued_on", "issue__issued_on")
    assert all(day == its for day, its in days)
    assert issue in Issue.objects.visible_to(cast.officer(cast.yaodu, Role.HANDLER))
    reach = reach_of(cast.officer(cast.yaodu, Role.HANDLER))
    for shown in (Issue.objects.open_doors(reach).open(), Issue.objects.within(reach).open()):
        assert set(_numbers(shown)) == set(_numbers(Issue.objects.filter(division=cast.yaodu.division).open()))
    actions.perform(issue, "void", by=cast.officer(cast.province, Role.DISPATCHER), reason="重复转办")
    assert doors(issue) == {False}


def _numbers(rows: Any) -> list[str]:
    return list(rows.values_list("number", flat=True))
