"""Promise: duplicates are joined with everything kept and counted once; no lateness is lost, by undoing it neither."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from enforcement.issues import actions
from enforcement.issues.actions.merging import merge, unmerge
from enforcement.issues.lifecycle import State
from enforcement.issues.models import Issue, Merge, Responsibility
from enforcement.statistics import folding
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from enforcement.timeline.verification import verify
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.roles import Role
from tests.enforcement.statistics import recount
from tests.enforcement.statistics.season import Season, at
from tests.scenarios import cast as casting

from .whole import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def season() -> Season:
    return Season()


@pytest.fixture
def cast(season: Season) -> casting.Cast:
    return season.cast


def join(season: Season, merged: Issue, survivor: Issue, when: str, **more: Any) -> Issue:
    by = more.pop("by", None) or season.cast.officer(season.cast.province, Role.DISPATCHER)
    with clock.moved_to(at(when)):
        return merge(merged.number, survivor.number, by=by, reason="同一问题", **more)


def part_(season: Season, merged: Issue, when: str) -> Issue:
    with clock.moved_to(at(when)):
        return unmerge(merged.number, by=season.cast.officer(season.cast.province, Role.DISPATCHER), reason="并错了")


def figures(day: str) -> dict[str, Any]:
    return recount.figures(day=date.fromisoformat(day), as_of=at(day, 23))


def sound() -> None:
    """The counters agree with a recount, and the chains are whole."""
    folding.fold()
    assert folding.differences() == []
    assert list(verify()) == []


def test_the_survivor_takes_over_the_earlier_dates_and_the_pair_counts_once(season: Season, cast: casting.Cast) -> None:
    old = season.hand(at("2021-07-05"), cast.xinghualing)
    new = season.hand(at("2021-07-19"), cast.xinghualing)
    assert figures("2021-07-19")["issued"] == 2
    own = (new.first_due_on, new.due_on)
    join(season, old, new, "2021-07-20")
    old.refresh_from_db()
    new.refresh_from_db()
    part = new.responsibilities.get()
    assert (old.state, new.state) == (State.MERGED, State.ISSUED)
    assert (new.first_due_on, new.due_on, new.own_first_due_on) == (old.first_due_on, old.due_on, own[0])
    assert (part.first_due_on, part.due_on) == (old.first_due_on, old.due_on)
    assert figures("2021-07-20")["issued"] == 1
    assert figures("2021-07-19")["issued"] == 2  # before, they were two
    with clock.moved_to(at("2021-07-21")), pytest.raises(Conflict, match="已合并"):
        actions.perform(old, "acknowledge", by=cast.officer(cast.xinghualing, Role.HANDLER))
    # Everybody who could read the duplicate still can.
    for bureau, role in ((cast.xinghualing, Role.HANDLER), (cast.taiyuan_team, Role.VERIFIER)):
        assert Issue.objects.visible_to(cast.officer(bureau, role)).filter(pk=old.pk).exists()
    sound()


@pytest.mark.parametrize("granted", [False, True], ids=["late now", "late once, then extended"])
def test_a_late_duplicate_makes_the_survivor_late_for_ever(season: Season, cast: casting.Cast, granted: bool) -> None:
    late = season.hand(at("2021-07-05"), cast.xinghualing)
    season.do(late, at("2021-07-06"), "acknowledge")
    if granted:
        season.do(late, at("2021-07-20"), "request_extension", days=10)
        season.do(late, at("2021-07-29"), "grant_extension")
    fresh = season.hand(at("2021-08-03"), cast.xinghualing)
    before = figures("2021-08-05")
    assert (before["issued"], before["ever_overdue"]) == (2, 1)
    join(season, late, fresh, "2021-08-05")
    after = figures("2021-08-06")
    assert (after["issued"], after["ever_overdue"], after["overdue_now"]) == (1, 1, 0 if granted else 1)
    fresh.refresh_from_db()
    late.refresh_from_db()
    assert fresh.first_due_on == late.first_due_on
    assert fresh.due_on == min(late.due_on, fresh.due_on)
    assert (Event.objects.filter(subject_id=str(fresh.pk), kind="due_kept").exists()) is granted
    sound()


def test_undoing_gives_both_their_own_back_but_what_was_late_stays_late(season: Season, cast: casting.Cast) -> None:
    first = season.hand(at("2021-07-05"), cast.xinghualing)
    second = season.hand(at("2021-07-12"), cast.xinghualing)
    last = season.hand(at("2021-07-19"), cast.xinghualing)
    own = {issue.pk: (issue.first_due_on, issue.due_on) for issue in (first, second, last)}
    season.do(first, at("2021-07-06"), "acknowledge", "start_rectification")
    stage = first.responsibilities.get().stage_due_on
    join(season, first, last, "2021-07-20")
    join(season, second, last, "2021-07-20")
    part_(season, first, "2021-07-21")  # not in the order they came
    last.refresh_from_db()
    first.refresh_from_db()
    assert (last.first_due_on, last.due_on) == own[second.pk]
    assert (first.state, first.responsibilities.get().stage_due_on) == (State.RECTIFYING, stage)
    assert (first.first_due_on, first.due_on) == own[first.pk]
    part_(season, second, "2021-07-21")
    last.refresh_from_db()
    part = last.responsibilities.get()
    assert (last.first_due_on, last.due_on) == own[last.pk] == (part.first_due_on, part.due_on)
    assert figures("2021-07-22")["issued"] == 3
    # Together over the first one's due date, and parted again: both were late.
    join(season, first, last, "2021-07-22")
    part_(season, first, "2021-08-05")
    told = figures("2021-08-05")
    assert told["ever_overdue"] >= 2
    sound()


def refused(
    season: Season, merged: Issue, survivor: Issue, error: type[Exception], words: str, when: str, **more: Any
) -> None:
    before = everything()
    with pytest.raises(error, match=words):
        join(season, merged, survivor, when, **more)
    assert everything() == before


def test_what_would_lose_a_duty_a_star_a_weight_or_a_supervisor_is_refused(season: Season, cast: casting.Cast) -> None:
    here, there = season.hand(at("2021-07-05"), cast.xinghualing), season.hand(at("2021-07-05"), cast.yaodu)
    other = season.hand(at("2021-07-05"), cast.xinghualing)
    serious = season.hand(at("2021-07-05"), cast.xinghualing, severity="serious")
    when = "2021-07-06"
    refused(season, here, there, Refused, "责任落空", when)
    refused(season, here, here, Invalid, "它自己", when)
    refused(season, serious, here, Refused, "更严重", when)
    refused(season, here, other, Conflict, "刚刚", when, version=99)
    refused(season, here, other, Refused, "转办员", when, by=cast.officer(cast.xinghualing, Role.HANDLER))
    refused(season, here, other, Absent, "没有", when, seen_by=cast.officer(cast.yaodu, Role.HANDLER))
    with pytest.raises(Invalid, match="理由"), clock.moved_to(at(when)):
        merge(here.number, other.number, by=cast.officer(cast.province, Role.DISPATCHER), reason=" \n")
    Issue.objects.filter(pk=here.pk).update(starred=True)
    refused(season, here, other, Refused, "加星件", when)
    Issue.objects.filter(pk=here.pk).update(starred=False)
    season.do(here, at(when), "escalate")
    refused(season, here, other, Conflict, "督办", when)
    season.do(other, at(when), "acknowledge", "submit_feedback")
    refused(season, serious, other, Conflict, "已反馈", when)
    season.close(season.hand(at("2021-07-05"), cast.xinghualing), acknowledged=when, closed=when)
    closed = Issue.objects.latest("pk")
    refused(season, serious, closed, Conflict, "已办结", when)


def test_a_merge_is_undone_only_while_nothing_was_answered(season: Season, cast: casting.Cast) -> None:
    merged, survivor = (season.hand(at("2021-07-05"), cast.xinghualing) for _ in range(2))
    third = season.hand(at("2021-07-05"), cast.xinghualing)
    join(season, merged, survivor, "2021-07-06")
    join(season, survivor, third, "2021-07-07")
    with pytest.raises(Conflict, match="又合并"):
        part_(season, merged, "2021-07-08")
    part_(season, survivor, "2021-07-08")
    season.do(survivor, at("2021-07-08"), "acknowledge", "submit_feedback")
    with pytest.raises(Conflict, match="不能再撤销"):
        part_(season, merged, "2021-07-08")
    with pytest.raises(Conflict, match="已反馈待核查"):
        part_(season, survivor, "2021-07-08")
    sound()


def test_the_database_lets_nobody_merge_or_part_beside_the_links(season: Season, cast: casting.Cast) -> None:
    merged, survivor = (season.hand(at("2021-07-05"), cast.xinghualing) for _ in range(2))
    stray = season.hand(at("2021-07-05"), cast.xinghualing)
    join(season, merged, survivor, "2021-07-06")
    keys = {"in": merged.pk, "on": survivor.pk, "stray": stray.pk}
    for sql in (
        "UPDATE issues_responsibility SET state = 'merged' WHERE issue_id = %(stray)s",
        "UPDATE issues_responsibility SET state = 'issued' WHERE issue_id = %(in)s",
        "UPDATE issues_responsibility SET first_due_on = '2021-01-01' WHERE issue_id = %(on)s",
        "UPDATE issues_responsibility SET own_first_due_on = '2022-01-01', first_due_on = '2022-01-01', due_on = '2022-01-01' "
        "WHERE issue_id = %(stray)s",
        "UPDATE issues_issue SET own_first_due_on = '2022-01-01', first_due_on = '2022-01-01' WHERE id = %(stray)s",
        "UPDATE issues_issue SET first_due_on = '2020-01-01' WHERE id = %(on)s",
        "DELETE FROM issues_merge", "TRUNCATE issues_merge CASCADE",
        "UPDATE issues_merge SET into_id = %(stray)s",
        "UPDATE issues_merge SET voided_at = now()",
        "INSERT INTO issues_merge (issue_id, into_id, reason, by_id, bureau_id, at, kept, voided_why) "
        "SELECT %(stray)s, issue_id, 'x', by_id, bureau_id, now(), '{}', '' FROM issues_merge",
        "UPDATE issues_issue SET split_id = 1 WHERE id = %(stray)s",
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, keys)
    assert Merge.objects.filter(voided_at=None).count() == 1
    assert Responsibility.objects.filter(state="merged").count() == 1
    assert Decimal(1) == figures("2021-07-06")["issued"] - 1
