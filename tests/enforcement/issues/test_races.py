"""Promise: a transition has one winner. Losers get a conflict: never a second event, never a broken row."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from enforcement.issues import actions
from enforcement.issues.actions import Item, Share, hand_off
from enforcement.issues.actions.splitting import Child, split
from enforcement.issues.lifecycle import MOVES
from enforcement.issues.models import Issue, Milestone, Responsibility
from enforcement.timeline.models import Attachment, Event
from enforcement.timeline.verification import verify
from regions.errors import Conflict
from regions.models import Officer
from regions.roles import Role
from tests.enforcement.issues.evidence import paper
from tests.enforcement.issues.test_table import entered
from tests.rig.databases import CommittingDatabase
from tests.scenarios import cast as casting

ISSUES = 50
RACERS = 16

#: One walk through the table that takes every action but the ones that end the walk; those follow on issues of their own.
WALK = [
    "return",
    "refuse_return",
    "acknowledge",
    "request_extension",
    "grant_extension",
    "start_rectification",
    "escalate",
    "submit_feedback",
    "start_verification",
    "reject_verification",
    "submit_feedback",
    "start_verification",
    "pass_verification",
    "interim_close",
    "submit_feedback",
    "start_verification",
    "pass_verification",
    "close",
    "strike_off",
    "reopen",
]
SIDE_WALKS = [["acknowledge", "delegate"], ["return", "reissue"], ["return", "accept_return"], ["void"]]
REFUSED_EXTENSION = ["acknowledge", "request_extension", "refuse_extension"]
#: What came later, on a few issues each: the locks are the same.
CLOSING = ["acknowledge", "submit_feedback", "start_verification", "pass_verification", "close"]
FEW_WALKS = [
    ["acknowledge", "request_pause", "refuse_pause", "plan_milestones", "reach_milestone"],
    ["acknowledge", "request_pause", "grant_pause", "resume"],
    ["acknowledge", "request_pause", "grant_pause", "lift_pause"],
    ["list_escalation", "acknowledge", "reply_escalation", "unlist_escalation"],
    ["escalate", "lift_escalation"],
    [*CLOSING, "schedule_look_back", "pass_look_back"],
    [*CLOSING, "schedule_look_back", "fail_look_back"],
]
FEW = 3
#: Done to what an issue was split into.
OF_CHILDREN = "set_inner_due"
#: Side events that may be taken again and again: what the racers saw decides.
REPEATABLE = frozenset({"escalate", "plan_milestones", OF_CHILDREN})


def issues_of(cast: casting.Cast, count: int) -> list[Issue]:
    items = [
        Item(
            title=f"竞争测试{i}",
            source="patrol",
            lon=112.58,
            lat=37.89,
            shares=[Share(cast.xinghualing)],
            verifier=cast.taiyuan_team,
        )
        for i in range(count)
    ]
    handoff = hand_off(items, issuer=cast.province, by=cast.officer(cast.province, Role.DISPATCHER))
    return [r.issue for r in handoff.items.select_related("issue").order_by("item")]


def actor(cast: casting.Cast, action: str) -> Officer:
    row = MOVES[action]
    if row.part is None:
        return cast.officer(cast.taiyuan, Role.SUPERVISOR)
    bureau = {
        "responsible": cast.xinghualing,
        "issuer": cast.province,
        "verifier": cast.taiyuan_team,
        "reviewer": cast.linfen,
    }[row.part.value]
    role = Role.HANDLER if Role.HANDLER in row.roles else min(row.roles)
    return cast.officer(bureau, role)


def race(cast: casting.Cast, issues: list[Issue], action: str, racers: int) -> Counter[str]:
    """So many racers per issue, each on a connection of its own, all let go at once."""
    by, values = actor(cast, action), entered(MOVES[action], cast)
    values["bureau"] = cast.xinghualing_team.pk if action == "delegate" else cast.yaodu.pk
    values = {name: value for name, value in values.items() if name in MOVES[action].needs}
    if "due_on" in values:
        values["due_on"] = issues[0].due_on
    if action == "schedule_look_back":
        values["bureau"] = cast.linfen.pk
    own = {issue.pk: _own(issue, values, by) for issue in issues}
    versions = dict(Issue.objects.filter(pk__in=[i.pk for i in issues]).values_list("pk", "version"))
    tally: Counter[str] = Counter()
    gate = threading.Barrier(racers)

    def racer(_: int) -> None:
        mine: Counter[str] = Counter()
        try:
            for issue in issues:
                gate.wait(timeout=60)
                try:
                    version = versions[issue.pk] if action in REPEATABLE else None
                    actions.perform(issue, action, by=by, version=version, **values | own[issue.pk])
                    mine["won"] += 1
                except Conflict:
                    mine["conflict"] += 1
        finally:
            connection.close()
        tally.update(mine)

    with ThreadPoolExecutor(racers) as pool:
        list(pool.map(racer, range(racers)))
    return tally


def _own(issue: Issue, values: dict[str, Any], by: Officer) -> dict[str, Any]:
    """What only one issue's racers name: a file of the issue, its next milestone."""
    mine: dict[str, Any] = {}
    if "evidence" in values:
        mine["evidence"] = paper(issue, by).pk
    if "milestone" in values:
        mine["milestone"] = Milestone.objects.filter(responsibility__issue=issue).earliest("due_on").pk
    return mine


@pytest.mark.slow
def test_sixteen_racers_leave_one_event_each(committing_db: CommittingDatabase) -> None:
    cast, raced = casting.make(), set()
    for walk in [WALK, *SIDE_WALKS, REFUSED_EXTENSION, *FEW_WALKS]:
        count = FEW if walk in FEW_WALKS else ISSUES
        issues = issues_of(cast, count)
        ids = [str(i.pk) for i in issues]
        for place, action in enumerate(walk, start=1):
            # The same step from the same state was raced on the way before: here it only leads on.
            step = (str(Issue.objects.get(pk=issues[0].pk).state), action)
            racers = 1 if step in raced else RACERS
            raced.add(step)
            tally = race(cast, issues, action, racers)
            assert tally == Counter(won=count, conflict=count * (racers - 1)), (action, tally)
            written = Event.objects.filter(subject_type="issue", subject_id__in=ids)
            assert written.filter(seq=place + 1, kind=MOVES[action].event).count() == count
            assert written.count() == count * (place + 1)
            assert set(Issue.objects.filter(pk__in=ids).values_list("version", flat=True)) == {place + 1}
    by, shares = cast.officer(cast.province, Role.DISPATCHER), [Child("一", cast.xinghualing), Child("二", cast.yaodu)]
    children = [split(i.number, shares, by=by, reason="两处").opened[0].issue for i in issues_of(cast, FEW)]
    tally = race(cast, children, OF_CHILDREN, RACERS)
    assert tally == Counter(won=FEW, conflict=FEW * (RACERS - 1)), tally
    assert Event.objects.filter(kind=MOVES[OF_CHILDREN].event).count() == FEW
    walks = [WALK, *SIDE_WALKS, REFUSED_EXTENSION, *FEW_WALKS, [OF_CHILDREN]]
    assert set(MOVES) == {action for walk in walks for action in walk}
    live = Responsibility.objects.exclude(state__in=["reissued", "withdrawn", "void"])
    assert live.exists()
    # The papers of pauses are bare rows here: their issues' chains lack the events of attaching them.
    papered = {f"issue {a.subject_id}" for a in Attachment.objects.filter(subject_type="issue")}
    assert [fault for fault in verify(None) if fault.subject not in papered] == []


@pytest.mark.slow
def test_documents_have_no_gap_when_issued_and_abandoned_together(
    committing_db: CommittingDatabase,
) -> None:
    cast = casting.make()
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    gate = threading.Barrier(8)

    def issue_some(racer: int) -> None:
        try:
            gate.wait(timeout=60)
            for turn in range(10):
                item = Item(title="连号测试", source="patrol", lon=112.58, lat=37.89, shares=[Share(cast.xinghualing)])
                broken = Item(
                    title="连号测试", source="patrol", lon=112.58, lat=37.89, shares=[Share(cast.xinghualing)]
                )
                try:
                    with transaction.atomic():
                        hand_off([item, broken], issuer=cast.province, by=dispatcher)
                        if (racer + turn) % 3 == 0:
                            raise RuntimeError("abandoned")
                except RuntimeError:
                    pass
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(issue_some, range(8)))
    serials = sorted(int(n.rsplit("-", 1)[1]) for n in Issue.objects.values_list("number", flat=True))
    # An issue's number is its own; only documents have no gap (test_numbers).
    assert len(set(serials)) == len(serials)
    documents = sorted(set(Responsibility.objects.values_list("handoff__serial", flat=True)))
    assert documents == list(range(1, len(documents) + 1))
    assert len(serials) == 2 * len(documents)
