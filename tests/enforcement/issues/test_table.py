"""Promise: the lifecycle is one table; program, database and documents hold the same one, and nothing else moves a state."""

from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from django.db import connection

from enforcement.issues import actions, lifecycle, rules
from enforcement.issues.actions.effects import EFFECTS
from enforcement.issues.actions.merging import merge
from enforcement.issues.lifecycle import LINKS, MOVES, TABLE, State
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from regions.errors import Conflict, Invalid, Refused
from regions.models import Officer, WorkCalendar
from regions.roles import BUSINESS, Role
from regions.workdays import next_workday
from tests.scenarios import cast as casting
from tests.scenarios.test_chain import issue_to

from .whole import everything

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "lifecycle.md"


@pytest.mark.django_db
def test_the_database_holds_the_same_moves() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT action, source, target FROM issues_move ORDER BY action, source")
        assert [tuple(row) for row in cursor.fetchall()] == lifecycle.state_moves()


def test_every_row_is_complete() -> None:
    assert len(MOVES) == len(TABLE)
    for row in TABLE:
        assert set(row.guards) <= set(rules.GUARDS), row.action
        assert set(row.needs) | set(row.accepts) <= set(lifecycle.FIELDS), row.action
        assert row.roles <= BUSINESS, row.action
    assert set(EFFECTS) <= set(MOVES)


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    reached = {State.ISSUED} | {row.target for row in (*TABLE, *LINKS) if row.target}
    assert reached == set(State)
    for state in lifecycle.OPEN:
        assert any(state in row.sources and row.target for row in TABLE), state


def test_the_diagram_in_the_documents_is_generated_from_the_table() -> None:
    assert lifecycle.mermaid() in DOCUMENT.read_text("utf-8")


def test_an_issue_stands_where_its_slowest_part_stands() -> None:
    for first, second in product(lifecycle.ORDER, lifecycle.ORDER):
        slowest = min(first, second, key=lifecycle.ORDER.index)
        assert lifecycle.derive([first, second]) == slowest
        assert lifecycle.derive([first, State.REISSUED]) == first
    assert lifecycle.derive([State.VOID]) == State.VOID
    assert lifecycle.derive([State.REISSUED, State.MERGED]) == State.MERGED
    assert lifecycle.derive([State.WITHDRAWN]) == State.WITHDRAWN


FILLED = {
    "reason_code": "not_ours",
    "reason": "理由",
    "plan": "方案",
    "days": 3,
    "verdict": "true",
    "measures": "措施",
    "cause": "原因",
    "opinion": "意见",
    "publication": "公示",
    "pause_code": "heating_season",
    "evidence": "5ca1ab1e-0000-4000-8000-000000000008",
    "milestone": 1,
    "leader": "副市长",
    "reply": "已督促",
}


def entered(row: lifecycle.Move, cast: casting.Cast) -> dict[str, object]:
    soon = (clock.today() + timedelta(days=20)).isoformat()
    values: dict[str, object] = {**FILLED, "bureau": cast.yaodu.pk, "due_on": "2021-07-08"}
    values |= dict.fromkeys(("reply_by", "look_by"), soon)
    values["resume_on"] = next_workday(clock.today() + timedelta(days=20), WorkCalendar.current().value())
    values["milestones"] = [{"title": "设备到货", "due_on": soon}]
    return {name: values[name] for name in row.needs}


@pytest.mark.django_db
@pytest.mark.parametrize("state", sorted(State))
def test_every_illegal_state_role_action_is_refused_and_changes_nothing(state: State) -> None:
    """Generated from the table: for each state, every action by every role of every bureau around the issue."""
    cast = casting.make()
    issue = issue_to(cast)
    part = issue.responsibilities.get()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE issues_responsibility ALTER state SET DEFAULT ''") if False else None
    lead(issue, part.pk, state, cast)
    issue.refresh_from_db()
    assert issue.responsibilities.get(pk=part.pk).state == state
    bureaus = [cast.province, cast.xinghualing, cast.taiyuan_team, cast.yaodu]
    for bureau, role in product(bureaus, [*sorted(BUSINESS), Role.AUDITOR]):
        cast.officer(bureau, role)
    tried, before = 0, everything()
    for bureau, role in product(bureaus, [*sorted(BUSINESS), Role.AUDITOR]):
        officer = cast.officer(bureau, role)
        allowed = {a.action for a in actions.available(issue, officer) if a.responsibility == part.pk and a.allowed}
        for row in (row for row in TABLE if row.action not in allowed):
            tried += 1
            with pytest.raises((Refused, Conflict, Invalid)) as refusal:
                actions.perform(issue, row.action, by=officer, responsibility=part.pk, **entered(row, cast))
            assert str(refusal.value)
    assert everything() == before
    assert tried > 100


PATHS: dict[State, list[str]] = {
    State.ISSUED: [],
    State.ACKNOWLEDGED: ["acknowledge"],
    State.RETURNED: ["return"],
    State.RECTIFYING: ["acknowledge", "start_rectification"],
    State.FEEDBACK_SUBMITTED: ["acknowledge", "submit_feedback"],
    State.VERIFYING: ["acknowledge", "submit_feedback", "start_verification"],
    State.VERIFIED: ["acknowledge", "submit_feedback", "start_verification", "pass_verification"],
    State.INTERIM_CLOSED: [
        "acknowledge",
        "submit_feedback",
        "start_verification",
        "pass_verification",
        "interim_close",
    ],
    State.CLOSED: ["acknowledge", "submit_feedback", "start_verification", "pass_verification", "close"],
    State.STRUCK_OFF: [
        "acknowledge",
        "submit_feedback",
        "start_verification",
        "pass_verification",
        "close",
        "strike_off",
    ],
    State.REISSUED: ["return", "reissue"],
    State.WITHDRAWN: ["return", "accept_return"],
    State.VOID: ["void"],
    State.MERGED: [],
}


def actor(row: lifecycle.Move, cast: casting.Cast) -> Officer:
    bureau = {
        "responsible": cast.xinghualing,
        "issuer": cast.province,
        "verifier": cast.taiyuan_team,
    }[row.part.value if row.part else "issuer"]
    return cast.officer(bureau, min(row.roles))


def lead(issue: Issue, responsibility: int, state: State, cast: casting.Cast) -> None:
    """Takes an issue to a state by the actions that lead there."""
    for name in PATHS[state]:
        row = MOVES[name]
        by = actor(row, cast)
        if Role.HANDLER in row.roles:
            by = cast.officer(cast.xinghualing, Role.HANDLER)
        actions.perform(issue, name, by=by, responsibility=responsibility, **entered(row, cast))
    if state == State.MERGED:
        merge(issue.pk, issue_to(cast).pk, by=cast.officer(cast.province, Role.DISPATCHER), reason="同一问题")
