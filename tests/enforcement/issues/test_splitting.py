"""Promise: an issue parted into children counts once, stays open until they are done, and loses no lateness on the way.

With merges besides: any sequence of joining and parting keeps the sums and never loses a late one.
"""

import random
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from enforcement.issues import actions
from enforcement.issues.actions.merge_offers import offer, take
from enforcement.issues.actions.merging import merge, unmerge
from enforcement.issues.actions.splitting import Child, equal_shares, split, unsplit
from enforcement.issues.lifecycle import ENDED, State
from enforcement.issues.models import Issue, Milestone, Responsibility, Split
from enforcement.statistics import folding
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from enforcement.timeline.verification import verify
from regions.errors import Conflict, DomainError, Invalid, Refused
from regions.models import Bureau, Officer
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.statistics import recount
from tests.enforcement.statistics.season import TO_CLOSED, Season, at
from tests.scenarios import cast as casting
from tests.scenarios.desks import signed_in

from .whole import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def season() -> Season:
    return Season()


@pytest.fixture
def cast(season: Season) -> casting.Cast:
    return season.cast


def cut(season: Season, issue: Issue, when: str, *bureaus: Bureau, **more: Any) -> list[Issue]:
    by = more.pop("by", None) or season.cast.officer(season.cast.province, Role.DISPATCHER)
    children = [Child(f"子问题{n}", bureau) for n, bureau in enumerate(bureaus)]
    with clock.moved_to(at(when)):
        link = split(issue.number, children, by=by, reason="涉及两个单位", **more)
    return list(link.children.order_by("pk"))


def whole(season: Season, issue: Issue, when: str) -> Issue:
    with clock.moved_to(at(when)):
        return unsplit(issue.number, by=season.cast.officer(season.cast.province, Role.DISPATCHER), reason="拆错了")


def figures(day: str) -> dict[str, Any]:
    return recount.figures(day=date.fromisoformat(day), as_of=at(day, 23))


def sound() -> None:
    folding.fold()
    assert folding.differences() == []
    assert list(verify()) == []


def test_shares_are_as_equal_as_four_places_let_them_be() -> None:
    for weight in ("1", "0.5", "0.3333", "0.0007"):
        for count in range(2, 9):
            shares = equal_shares(Decimal(weight), count)
            assert sum(shares) == Decimal(weight)
            assert max(shares) - min(shares) <= Decimal("0.0001")


def test_children_take_the_weight_the_clock_and_the_day_of_issuing_along(season: Season, cast: casting.Cast) -> None:
    parent = season.hand(at("2021-07-05"), cast.xinghualing)
    before = figures("2021-08-02")
    assert (before["issued"], before["ever_overdue"], before["overdue_now"]) == (1, 1, 1)
    one, other, third = cut(season, parent, "2021-08-02", cast.xinghualing, cast.xinghualing_team, cast.yaodu)
    parent.refresh_from_db()
    assert parent.state == State.ISSUED
    assert parent.responsibilities.get().weight == 0
    for child in (one, other, third):
        assert (child.first_due_on, child.due_on, child.issued_on) == (
            parent.first_due_on,
            parent.due_on,
            parent.issued_on,
        )
    after = figures("2021-08-02")
    assert (after["issued"], after["ever_overdue"], after["overdue_now"]) == (1, 1, 1)
    # Who filed the parent's finding, and whom a child was handed to, reads that child; nobody else's.
    assert Issue.objects.visible_to(cast.officer(cast.yaodu, Role.HANDLER)).get() == third
    sound()


def test_the_parent_closes_only_when_its_children_have(season: Season, cast: casting.Cast) -> None:
    parent = season.hand(at("2021-07-05"), cast.xinghualing)
    one, other = cut(season, parent, "2021-07-06", cast.xinghualing_team, cast.yaodu)
    season.do(parent, at("2021-07-06"), "acknowledge")
    for name in ("submit_feedback", "return"):
        with pytest.raises(Conflict, match="子问题"):
            season.do(parent, at("2021-07-07"), name)
    for child, name in ((one, "void"), (other, "void")):
        with pytest.raises(Refused, match="子问题"):
            season.do(child, at("2021-07-07"), name)
    with pytest.raises(DatabaseError, match="children"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE issues_responsibility SET state = 'returned' WHERE issue_id = %(p)s; "
                       "UPDATE issues_responsibility SET state = 'withdrawn' WHERE issue_id = %(p)s", {"p": parent.pk})  # fmt: skip
    for child in (one, other):
        season.close(child, acknowledged="2021-07-07", closed="2021-07-09")
    assert (figures("2021-07-09")["issued"], figures("2021-07-09")["closed"]) == (1, 1)
    season.do(parent, at("2021-07-12"), *TO_CLOSED[1:])
    parent.refresh_from_db()
    assert parent.state == State.CLOSED
    sound()


def test_a_lateness_made_good_by_an_extension_goes_along_and_comes_back(season: Season, cast: casting.Cast) -> None:
    parent = season.hand(at("2021-07-05"), cast.xinghualing)
    season.do(parent, at("2021-07-06"), "acknowledge")
    season.do(parent, at("2021-07-20"), "request_extension", days=10)
    season.do(parent, at("2021-07-29"), "grant_extension")
    assert figures("2021-07-30")["ever_overdue"] == 1
    one, _ = cut(season, parent, "2021-07-30", cast.xinghualing, cast.yaodu)
    told = figures("2021-07-30")
    assert (told["issued"], told["ever_overdue"], told["overdue_now"], told["extension_rate"]) == (1, 1, 0, None)
    nested = cut(season, one, "2021-07-30", cast.xinghualing, cast.xinghualing_team)
    assert figures("2021-07-30")["ever_overdue"] == 1
    with pytest.raises(Conflict, match="又作了拆分"):
        whole(season, parent, "2021-07-30")
    whole(season, one, "2021-07-31")
    there = cast.officer(cast.yaodu, Role.HANDLER)
    assert Issue.objects.visible_to(there).count() == 1
    whole(season, parent, "2021-07-31")
    assert not Issue.objects.visible_to(there).exists()
    parent.refresh_from_db()
    told = figures("2021-07-31")
    assert (told["issued"], told["ever_overdue"], told["accuracy_rate"]) == (1, 1, 1)
    assert {child.state for child in Issue.objects.filter(split__isnull=False)} == {State.VOID}
    assert parent.responsibilities.get().weight == 1
    assert nested
    sound()


def test_a_child_late_by_its_own_clock_leaves_the_parent_late(season: Season, cast: casting.Cast) -> None:
    parent = season.hand(at("2021-07-05"), cast.xinghualing)
    season.do(parent, at("2021-07-06"), "acknowledge")
    cut(season, parent, "2021-07-06", cast.xinghualing, cast.yaodu)
    season.do(parent, at("2021-07-20"), "request_extension", days=10)
    season.do(parent, at("2021-07-21"), "grant_extension")
    assert figures("2021-07-28")["ever_overdue"] == 1
    whole(season, parent, "2021-07-28")
    told = figures("2021-07-28")
    assert (told["ever_overdue"], told["overdue_now"], told["issued"]) == (1, 0, 1)
    sound()


def test_what_cant_be_split_is_refused_and_changes_nothing(season: Season, cast: casting.Cast) -> None:
    issue = season.hand(at("2021-07-05"), cast.xinghualing)
    two = (cast.xinghualing, cast.yaodu)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    cast.officer(cast.province, Role.DISPATCHER)
    before = everything()
    for error, words, bureaus, more in (
        (Invalid, "2至8个", (cast.yaodu,), {}),
        (Invalid, "第1个子问题：第三方", (cast.contractor, cast.yaodu), {}),
        (Invalid, "核查单位", (cast.yaodu, cast.taiyuan_team), {}),
        (Refused, "转办员", two, {"by": handler}),
        (Conflict, "刚刚", two, {"version": 7}),
    ):
        with pytest.raises(error, match=words):
            cut(season, issue, "2021-07-06", *bureaus, **more)
    assert everything() == before
    season.do(issue, at("2021-07-06"), "acknowledge", "submit_feedback")
    with pytest.raises(Conflict, match="已反馈待核查"):
        cut(season, issue, "2021-07-06", *two)
    assert Issue.objects.count() == 1


def test_the_database_keeps_a_split_as_it_was(season: Season, cast: casting.Cast) -> None:
    parent = season.hand(at("2021-07-05"), cast.xinghualing)
    child, _ = cut(season, parent, "2021-07-06", cast.xinghualing, cast.yaodu)
    season.do(child, at("2021-07-06"), "acknowledge")
    for sql in (
        "DELETE FROM issues_split", "UPDATE issues_split SET kept = '{}'", "UPDATE issues_split SET voided_at = now()",
        "UPDATE issues_issue SET split_id = NULL WHERE id = %(child)s",
        "UPDATE issues_responsibility SET state = 'void' WHERE issue_id = %(child)s",
        "UPDATE issues_responsibility SET state = 'void' WHERE issue_id = %(parent)s",
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, {"child": child.pk, "parent": parent.pk})


# --- any sequence -----------------------------------------------------------------------------------------------


class Matters:
    """What stands for what: how many matters there are, and which were ever late, kept by hand beside the program."""

    def __init__(self, season: Season, seed: int) -> None:
        self.season, self.random, self.day = season, random.Random(seed), date(2021, 7, 5)
        self.late: set[int] = set()
        self.counts = {"merge": 0, "unmerge": 0, "split": 0, "unsplit": 0}

    @property
    def when(self) -> str:
        return self.day.isoformat()

    def roots(self) -> list[Issue]:
        return list(Issue.objects.filter(split=None).exclude(state__in=sorted(ENDED)))

    def step(self) -> None:
        self.day += timedelta(days=self.random.choice((0, 0, 1, 2, 4)))
        cast, by = self.season.cast, self.season.cast.officer(self.season.cast.province, Role.DISPATCHER)
        name = self.random.choice(
            ("hand", "merge", "merge", "unmerge", "split", "unsplit", "acknowledge", "ask", "ask", "grant", "grant")
        )
        issues = list(Issue.objects.order_by("pk"))
        if name == "hand" or len(issues) < 3:
            issuer = self.random.choice((cast.province, cast.province, cast.taiyuan))
            bureau = self.random.choice((cast.xinghualing, cast.xinghualing, cast.yaodu))
            self.season.hand(at(self.when), bureau, issuer=issuer)
            return
        one, other = self.random.sample(issues, 2)
        with suppress(DomainError, IndexError), clock.moved_to(at(self.when)):
            if name == "merge":
                self.merge_some()
            elif name == "unmerge":
                unmerge(self.random.choice(Issue.objects.filter(state="merged")).pk, by=by, reason="并错了")
            elif name == "split":
                split(one.pk, [Child("一", cast.xinghualing), Child("二", cast.yaodu)], by=by, reason="两处")
            elif name == "unsplit":
                unsplit(self.random.choice(Split.objects.filter(voided_at=None)).issue_id, by=by, reason="拆错了")
            elif name == "acknowledge":
                for issue in (one, other):
                    with suppress(DomainError):
                        self.season.do(issue, at(self.when), "acknowledge")
            elif name == "ask":  # in time, and granted when it is too late
                for issue in self.roots():
                    with suppress(DomainError):
                        self.season.do(issue, at(self.when), "request_extension", days=10)
            else:
                for issue in self.roots():
                    with suppress(DomainError):
                        self.season.do(issue, at(self.when), "grant_extension")
            self.counts[name] = self.counts.get(name, 0) + 1

    def dispatcher(self, issue: Issue) -> Officer:
        return self.season.cast.officer(issue.issuer, Role.DISPATCHER)

    def merge_some(self) -> None:
        """One that was ever late rather than one that wasn't, into whichever may take it."""
        pairs = list(permutations(self.roots(), 2))
        self.random.shuffle(pairs)
        for one, other in sorted(pairs, key=lambda pair: pair[0].pk not in self.late)[:20]:
            with suppress(DomainError):
                if one.issuer_id == other.issuer_id:
                    merge(one.pk, other.pk, by=self.dispatcher(one), reason="同一问题")
                else:
                    made = offer(one.pk, other.pk, by=self.dispatcher(one), reason="同一问题")
                    take(made.pk, by=self.dispatcher(other))
                    self.counts["taken"] = self.counts.get("taken", 0) + 1
                if one.pk in self.late:
                    self.late.add(other.pk)
                return
        raise IndexError

    def root(self, issue: Issue) -> int:
        while issue.split_id is not None:
            issue = issue.split.issue
        return issue.pk

    def look(self) -> None:
        """Sums by weight are the matters that stand; what was late is late still, at least by one of its parts."""
        told = figures(self.when)
        roots = self.roots()
        assert told["issued"] == len(roots), self.when
        for part in Responsibility.objects.filter(issue__due_on__lt=self.day, state__in=("issued", "acknowledged")):
            if part.due_on < self.day:
                self.late.add(self.root(part.issue))
        late = {self.root(Issue.objects.get(pk=pk)) for pk in _late_issues(self.day)}
        assert self.late & {root.pk for root in roots} <= late, self.when
        assert told["ever_overdue"] > 0 or not self.late & {root.pk for root in roots}


def _late_issues(day: date) -> set[int]:
    """Issues with a live, weighing part whose own history was ever late: plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(recount.NOW + "SELECT issue_id FROM base WHERE was_late AND weight > 0 AND state NOT IN "
                       "('void', 'withdrawn', 'reissued', 'merged')", {"day": day})  # fmt: skip
        return {row[0] for row in cursor.fetchall()}


def test_any_sequence_of_joining_and_parting_keeps_the_sums_and_every_late_one(season: Season) -> None:
    matters = Matters(season, seed=2)
    for _ in range(80):
        matters.step()
        matters.look()
    assert min(matters.counts[name] for name in ("merge", "taken", "unmerge", "split", "unsplit")) >= 1, matters.counts
    assert matters.late
    sound()


def test_children_have_inner_due_dates_within_the_parents_clock(season: Season, cast: casting.Cast) -> None:
    parent = season.hand(at("2021-07-05"), cast.xinghualing)
    by = cast.officer(cast.province, Role.DISPATCHER)
    early, late = date(2021, 7, 13), date(2021, 7, 16)

    def cut_by(issue: Issue, when: str, *days: date | None) -> list[Responsibility]:
        bureaus = (cast.xinghualing_team, cast.yaodu, cast.linfen)
        children = [Child(f"子问题{n}", bureaus[n], due_on=day) for n, day in enumerate(days)]
        with clock.moved_to(at(when)):
            return split(issue.number, children, by=by, reason="两处").opened

    for day, fault in ((date(2021, 7, 5), "不能早于今天"), (parent.due_on + timedelta(days=1), "不能晚于原问题的期限")):
        with pytest.raises(Invalid, match=f"第2个子问题：内部期限{fault}"):
            cut_by(parent, "2021-07-06", late, day)
    before = figures("2021-07-20")
    one, other = cut_by(parent, "2021-07-06", early, late)
    assert (one.milestone_due_on, one.due_on, one.issue.due_on) == (early, parent.due_on, parent.due_on)
    event = Event.objects.get(subject_type="issue", subject_id=str(one.issue_id), kind="handed_off")
    assert event.payload["inner_due_on"] == "2021-07-13"
    page = signed_in(by).get(one.issue.get_absolute_url()).content.decode()
    assert "拆分时定的内部期限" in page
    assert "内部期限 2021-07-13" in page
    # Past the inner day nothing is late: figures go by the parent's clock.
    assert {**figures("2021-07-20"), "issued": 1} == before
    # Who rectifies can't plan it away, nor pass it on for longer; reissued it goes along; parted again it binds the parts.
    season.do(one.issue, at("2021-07-07"), "acknowledge", "start_rectification")
    for name, data in (
        ("plan_milestones", {"milestones": [{"title": "设备到货", "due_on": "2021-07-14"}]}),
        ("delegate", {"bureau": cast.xinghualing.pk, "due_on": "2021-07-14"}),
    ):
        with pytest.raises(Invalid, match="不能晚于拆分时定的内部期限2021-07-13"):
            season.do(one.issue, at("2021-07-07"), name, **data)
    season.do(one.issue, at("2021-07-07"), "plan_milestones", milestones=[{"title": "到货", "due_on": "2021-07-09"}])
    one.refresh_from_db()
    assert one.milestone_due_on == date(2021, 7, 9)
    waiting = Milestone.objects.filter(responsibility=one, replaced_at=None)
    assert [row.from_split for row in waiting] == [False, True]
    with pytest.raises(DatabaseError), transaction.atomic():
        waiting.update(from_split=False)
    season.do(other.issue, at("2021-07-07"), "return")
    season.do(other.issue, at("2021-07-07"), "reissue", bureau=cast.xinghualing.pk)
    assert not Milestone.objects.filter(responsibility=other, replaced_at=None).exists()
    moved = other.issue.responsibilities.get(bureau=cast.xinghualing)
    assert moved.milestone_due_on == late
    with pytest.raises(Invalid, match=f"不能晚于原问题的期限{late}"):
        cut_by(other.issue, "2021-07-08", late + timedelta(days=1), None)
    third, fourth = cut_by(other.issue, "2021-07-08", date(2021, 7, 15), None)
    assert (third.milestone_due_on, fourth.milestone_due_on) == (date(2021, 7, 15), late)
    whole(season, other.issue, "2021-07-09")
    sound()


def test_who_split_moves_an_inner_due_date_with_a_reason(season: Season, cast: casting.Cast) -> None:
    parent = season.hand(at("2021-07-05"), cast.xinghualing)
    by, handler = cast.officer(cast.province, Role.DISPATCHER), cast.officer(cast.xinghualing_team, Role.HANDLER)
    children = [Child("一", cast.xinghualing_team, due_on=date(2021, 7, 13)), Child("二", cast.yaodu)]
    with clock.moved_to(at("2021-07-06")):
        one, other = split(parent.number, children, by=by, reason="两处").opened
    before = figures("2021-07-20")

    def moved(part: Responsibility, when: str, day: str, who: Officer = by) -> Issue:
        with clock.moved_to(at(when)):
            return actions.perform(
                part.issue.number, "set_inner_due", by=who, responsibility=part.pk, due_on=day, reason="设备提前到货"
            )

    season.do(one.issue, at("2021-07-07"), "acknowledge", "start_rectification")
    plan = [{"title": "到货", "due_on": "2021-07-09"}, {"title": "安装", "due_on": "2021-07-13"}]
    season.do(one.issue, at("2021-07-07"), "plan_milestones", milestones=plan)
    with pytest.raises(Refused, match="转办员"):
        moved(one, "2021-07-07", "2021-07-14", handler)
    with pytest.raises(Refused, match="拆分产生的子问题"):
        moved(parent.responsibilities.get(), "2021-07-07", "2021-07-14")
    for day, fault in (("2021-07-13", "已是"), ("2021-07-07", "晚于今天"), ("2021-08-30", "不晚于")):
        with pytest.raises(Invalid, match=fault):
            moved(one, "2021-07-07", day)
    # By the page: who split has the button; the day, its reason and whose word it was stand in the timeline.
    with clock.moved_to(at("2021-07-08")):
        client = signed_in(by)
        address = f"{one.issue.get_absolute_url()}actions/set_inner_due/?responsibility={one.pk}"
        assert "改定内部期限" in client.get(one.issue.get_absolute_url()).content.decode()
        version = Issue.objects.get(pk=one.issue_id).version
        typed = {"due_on": "2021-07-12", "reason": "设备提前到货", "version": version, "responsibility": one.pk}
        assert client.post(address, typed).status_code == 302
        page = client.get(one.issue.get_absolute_url()).content.decode()
        morning = " ".join(signed_in(handler).get("/").content.decode().split())
    assert "整改节点：剩 1 个工作日，2021-07-09" in morning
    assert "内部期限由 2021-07-13" in page
    assert "设备提前到货" in page
    one.refresh_from_db()
    # What was planned for later came forward, what was planned sooner stands; nothing that was is lost.
    waiting = Milestone.objects.filter(responsibility=one, replaced_at=None).order_by("due_on", "pk")
    assert [(row.title, row.due_on.day, row.from_split) for row in waiting] == [
        ("到货", 9, False), ("改定的内部期限", 12, True), ("安装", 12, False),
    ]  # fmt: skip
    assert (one.milestone_due_on, Milestone.objects.filter(responsibility=one).count()) == (date(2021, 7, 9), 5)
    assert {**figures("2021-07-20"), "issued": 1} == before
    # A child without one is given one; between its parent's and its own children's; a refused feedback leaves it in force.
    moved(other, "2021-07-08", "2021-07-16")
    with clock.moved_to(at("2021-07-08")):
        third, fourth = split(
            other.issue.number, [Child("甲", cast.linfen), Child("乙", cast.yaodu)], by=by, reason="分"
        ).opened
    assert third.milestone_due_on == date(2021, 7, 16)
    with pytest.raises(Invalid, match="子问题的内部期限到2021-07-16"):
        moved(other, "2021-07-08", "2021-07-15")
    with pytest.raises(Invalid, match="不能晚于原问题的内部期限2021-07-16"):
        moved(third, "2021-07-08", "2021-07-17")
    for part in (third, fourth):
        moved(part, "2021-07-08", "2021-07-15")
    moved(other, "2021-07-08", "2021-07-15")
    season.do(one.issue, at("2021-07-09"), "submit_feedback", "start_verification", "reject_verification")
    one.refresh_from_db()
    assert one.milestone_due_on == date(2021, 7, 9)
    with pytest.raises(Invalid, match="不能晚于拆分时定的内部期限2021-07-12"):
        season.do(one.issue, at("2021-07-09"), "plan_milestones", milestones=[{"title": "晚", "due_on": "2021-07-13"}])
    season.do(one.issue, at("2021-07-09"), "delegate", bureau=cast.xinghualing.pk, due_on="2021-07-12")
    with clock.moved_to(at("2021-07-09")), pytest.raises(Invalid, match="下级的期限是2021-07-12"):
        actions.perform(
            one.issue.number, "set_inner_due", by=by, responsibility=one.pk, due_on="2021-07-10", reason="急"
        )
    sound()
    # Lists are narrowed by it, alike on the page and over the API, which shows it.
    numbers = {
        name: row.issue.number for name, row in (("one", one), ("other", other), ("third", third), ("fourth", fourth))
    }
    with clock.moved_to(at("2021-07-15")):
        desk, api = signed_in(by), caller(by)
        for on_page, in_api, wanted in (
            ({"clock": "inner"}, {"inner_overdue": "true"}, {"one"}),
            ({"inner_from": "2021-07-13"}, {"inner_due_after": "2021-07-13"}, {"other", "third", "fourth"}),
            ({"inner_to": "2021-07-12"}, {"inner_due_before": "2021-07-12"}, {"one"}),
        ):
            listed = {row.issue.number for row in desk.get("/issues/", on_page).context["rows"]}
            rows = api.get("issues/", **in_api).json()["results"]
            assert listed == {row["number"] for row in rows} == {numbers[name] for name in wanted}, on_page
        everything_else = {row["number"] for row in api.get("issues/", inner_overdue="false").json()["results"]}
        assert everything_else == {parent.number, *numbers.values()} - {numbers["one"]}
        told = {row["number"]: row["inner_due_on"] for row in api.get("issues/").json()["results"]}
    assert (told[numbers["one"]], told[numbers["third"]], told[parent.number]) == ("2021-07-12", "2021-07-15", None)


def test_what_was_planned_for_a_clock_that_ended_binds_no_more(season: Season, cast: casting.Cast) -> None:
    issue = season.hand(at("2021-07-05"), cast.xinghualing)
    season.do(issue, at("2021-07-06"), "acknowledge", "start_rectification")
    season.do(issue, at("2021-07-06"), "plan_milestones", milestones=[{"title": "到货", "due_on": "2021-07-09"}])
    done = ("submit_feedback", "start_verification")
    season.do(issue, at("2021-07-07"), *done, "pass_verification", "close")
    season.do(issue, at("2021-07-12"), "reopen", *done, "reject_verification")
    assert issue.responsibilities.get().milestone_due_on is None
    sound()
