"""The sweep: finds what is due and tells it, set by set. No message is needed, only that somebody sweeps now and then.

A batch is one statement: responsibilities are claimed by their row locks (SKIP LOCKED, so sweepers share the work and
an issue being acted on waits for the next round), the ledger is marked, inbox lines and letters are written. It commits
whole or not at all; whoever is killed has done nothing or everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection

from enforcement.issues import lifecycle, turns
from enforcement.notices.actions import owing
from enforcement.notices.actions.doorbell import ring
from enforcement.notices.actions.letters import SEND
from enforcement.notices.actions.recipients import SUPERVISING, Directory, Face
from enforcement.notices.models import Heartbeat, ReminderRule
from enforcement.notices.rules import Audience, Deadline, Window, windows
from enforcement.timeline import clock
from regions.models import Part, WorkCalendar
from regions.roles import Role


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did: (responsibility, offset) pairs marked, inbox lines and letters written."""

    pairs: int = 0
    notices: int = 0
    letters: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(self.pairs + other.pairs, self.notices + other.notices, self.letters + other.letters)


def remind_and_escalate(on: date | None = None) -> Swept:
    """Sends the reminders and escalations of a Beijing day (today by default), once each.

    While the clock is moved and no day is named nothing happens: a replay reminds no one. Offsets are counted with the
    current working calendar. Closed and ended responsibilities have no clock and are never found.
    """
    if on is None and clock.is_moved():
        return Swept()
    day = on or clock.today()
    rules = ReminderRule.objects.in_force(day)
    swept_to = Heartbeat.objects.filter(part=Heartbeat.Part.SWEEP).values_list("day", flat=True).first()
    calendar = WorkCalendar.current().value()
    open_ = windows(rules, day, swept_to, calendar)
    due, duties = _with_work(open_), owing.with_work(open_)
    directory = Directory(day) if due or duties else None
    faces = {audience: list(directory.faces(audience)) for audience in {w.audience for w in due}} if directory else {}
    total = sum((_sweep(window, faces[window.audience]) for window in due), start=Swept())
    if directory:
        total += Swept(*owing.remind(duties, directory, calendar))
    Heartbeat.objects.note(Heartbeat.Part.SWEEP, day)
    if total.letters:
        ring(SEND)
    return total


# --- finding ----------------------------------------------------------------------------------------------------

#: The date of each deadline. `stage_due_on` is set exactly while a clock runs (not while paused), so that the ways to
#: them lead through an index.
COLUMNS = {
    Deadline.STAGE: "r.stage_due_on",
    Deadline.OVERALL: "r.due_on",
    Deadline.MILESTONE: "r.milestone_due_on",
    Deadline.REPLY: "r.reply_due_on",
    Deadline.LOOK_BACK: "l.due_on",
}
#: Where it stands and while it counts. A look-back is of an issue that is done: no clock runs, its team has a day.
_RUNNING = ("issues_responsibility AS r", "r.stage_due_on IS NOT NULL AND r.state = ANY(%(open)s)", "NULL::bigint")
_WAITING = (
    "issues_lookback AS l JOIN issues_responsibility AS r ON r.id = l.responsibility_id",
    "l.passed IS NULL",
    "l.bureau_id",
)


def _source(deadline: Deadline) -> tuple[str, str, str]:
    """The relation, its condition, and the team whose turn it is (null where the state says)."""
    return _WAITING if deadline == Deadline.LOOK_BACK else _RUNNING


_UNMARKED = """
NOT EXISTS (
    SELECT FROM notices_reminder AS m
    WHERE m.deadline = {deadline} AND m.due_on = {due_on} AND m.offset_days = {offset}
      AND m.audience = {audience} AND m.responsibility_id = r.id
)
"""

#: ORDER BY and LIMIT keep each window a question of its own, answered from two indexes side by side; without them the
#: planner may read every responsibility there is.
_WITH_WORK = """
SELECT w.place FROM unnest(%s::date[], %s::smallint[], %s::text[], %s::int[]) AS w (due_on, offset_days, audience, place)
CROSS JOIN LATERAL (
    SELECT FROM {source} WHERE {column} = w.due_on AND {running} AND {unmarked} ORDER BY r.id LIMIT 1
) AS found
"""


def _with_work(found: Sequence[Window]) -> list[Window]:
    """The windows that hold an unmarked responsibility, in their order. One statement, whatever the deadlines."""
    looks: list[str] = []
    values: list[Any] = []
    for deadline, column in COLUMNS.items():
        mine = [(place, window) for place, window in enumerate(found) if window.deadline == deadline]
        if not mine:
            continue
        unmarked = _UNMARKED.format(
            deadline="%s", due_on="w.due_on", offset="w.offset_days", audience='w.audience COLLATE "C"'
        )
        source, running, _team = _source(deadline)
        running = running.partition(" AND ")[0]  # states are looked at when telling
        looks.append(_WITH_WORK.format(column=column, unmarked=unmarked, source=source, running=running))
        values += [
            [window.due_on for _, window in mine],
            [window.offset_days for _, window in mine],
            [window.audience for _, window in mine],
            [place for place, _ in mine],
            deadline,
        ]
    if not looks:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks) + " ORDER BY 1", values)
        return [found[place] for (place,) in cursor.fetchall()]


# --- telling ----------------------------------------------------------------------------------------------------

_BATCH = """
WITH due AS MATERIALIZED (
    SELECT r.id, r.issue_id, r.bureau_id, r.division_id, r.parent_id, r.policy_id, r.state, {team} AS team
    FROM {source}
    WHERE {column} = %(due_on)s AND {running} AND r.id > %(after)s AND {unmarked}
    ORDER BY r.id LIMIT %(limit)s
    FOR NO KEY UPDATE OF r SKIP LOCKED
), marked AS (
    INSERT INTO notices_reminder (deadline, due_on, offset_days, audience, responsibility_id)
    SELECT %(deadline)s, %(due_on)s, %(offset)s, %(audience)s, due.id FROM due
    ON CONFLICT DO NOTHING RETURNING responsibility_id
), seats AS MATERIALIZED (  -- first whose seat it is, then who sits there: a join by both that can be hashed
    SELECT due.id, due.issue_id, due.state, {chair} AS chair, {place} AS place
    FROM due JOIN marked ON marked.responsibility_id = due.id
    JOIN issues_deadlinepolicy AS p ON p.id = due.policy_id
    {whose}
    -- A reminder that would fall on the day its clock began, or before, is marked and not told: the handoff said it.
    WHERE -%(offset)s < {length}
), faces AS (
    SELECT DISTINCT seats.id, seats.issue_id, seats.state, face.officer
    FROM seats JOIN unnest(%(face_chairs)s::text[], %(face_places)s::bigint[], %(face_officers)s::bigint[])
      AS face (chair, place, officer) ON face.chair = seats.chair AND face.place = seats.place
), letters AS (
    INSERT INTO notices_delivery (key, channel, recipient_id, attempts, fault)
    SELECT gen_random_uuid(), 'email', o.id, 0, '' FROM regions_officer AS o
    WHERE o.email <> '' AND o.id IN (SELECT officer FROM faces)
    RETURNING id, recipient_id
), told AS (
    INSERT INTO notices_notice
        (recipient_id, issue_id, responsibility_id, kind, deadline, offset_days, due_on, facts, delivery_id)
    SELECT faces.officer, faces.issue_id, faces.id, %(kind)s, %(deadline)s, %(offset)s, %(due_on)s,
           jsonb_build_object('state', faces.state), letters.id
    FROM faces LEFT JOIN letters ON letters.recipient_id = faces.officer
    ORDER BY faces.id, faces.officer
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM due), (SELECT max(id) FROM due),
       (SELECT count(*) FROM marked), (SELECT count(*) FROM told), (SELECT count(*) FROM letters)
"""

#: The chair, its place and what has to be read for it: for the supervising audiences, for the handlers, and for whoever's
#: turn it is.
_SUPERVISOR = ("%(audience)s", "due.division_id", "")
_HANDLER = ("'handler'", "due.bureau_id", "")
_TEAM = ("'verifier'", "due.team", "")
_TURN = (
    "turn.chair",
    # The issue is only read where it says whose turn it is.
    "CASE turn.part WHEN 'verifier' THEN (SELECT i.verifier_id FROM issues_issue AS i WHERE i.id = due.issue_id)"
    " WHEN 'issuer' THEN coalesce((SELECT above.bureau_id FROM issues_responsibility AS above WHERE above.id = due.parent_id),"
    " (SELECT i.issuer_id FROM issues_issue AS i WHERE i.id = due.issue_id)) ELSE due.bureau_id END",
    "LEFT JOIN unnest(%(states)s::text[], %(chairs)s::text[], %(parts)s::text[]) AS turn (state, chair, part) "
    "ON turn.state = due.state",
)

#: How long the clock was set for, in working days; a milestone, a reply and a look-back were given a day, whenever
#: that was.
_ANY = "32767"
_LENGTH = {
    Deadline.OVERALL: "p.overall_days",
    Deadline.MILESTONE: _ANY,
    Deadline.REPLY: _ANY,
    Deadline.LOOK_BACK: _ANY,
    Deadline.STAGE: "CASE due.state WHEN 'issued' THEN p.acknowledge_days WHEN 'verified' THEN p.close_days"
    " WHEN 'feedback_submitted' THEN p.verify_days WHEN 'verifying' THEN p.verify_days ELSE p.feedback_days END",
}


def _sweep(window: Window, faces: list[Face]) -> Swept:
    """Works a window off in batches, in the order of its index; each batch is a transaction of its own."""
    statement, values = _statement(window, faces)
    limit, after, total = settings.REMINDER_BATCH, 0, Swept()
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**values, "after": after, "limit": limit})
            found, last, pairs, notices, letters = cursor.fetchone()
        total += Swept(pairs, notices, letters)
        if found < limit:
            return total
        after = last


def _statement(window: Window, faces: list[Face]) -> tuple[str, dict[str, Any]]:
    supervising = window.audience in SUPERVISING
    turn = _TEAM if window.deadline == Deadline.LOOK_BACK else _TURN
    chair, place, whose = _SUPERVISOR if supervising else turn if window.audience == Audience.TURN else _HANDLER
    source, running, team = _source(Deadline(window.deadline))
    unmarked = _UNMARKED.format(
        deadline="%(deadline)s", due_on="%(due_on)s", offset="%(offset)s", audience="%(audience)s"
    )
    statement = _BATCH.format(
        column=COLUMNS[Deadline(window.deadline)],
        unmarked=unmarked,
        source=source,
        running=running,
        team=team,
        chair=chair,
        place=place,
        whose=whose,
        length=_LENGTH[Deadline(window.deadline)],
    )
    steps = _turns()
    return statement, {
        "deadline": window.deadline,
        "due_on": window.due_on,
        "offset": window.offset_days,
        "audience": window.audience,
        "kind": window.wording,
        "open": sorted(state.value for state in lifecycle.OPEN),
        "states": [state for state, _, _ in steps],
        "chairs": [chair for _, chair, _ in steps],
        "parts": [part for _, _, part in steps],
        "face_chairs": [face.chair for face in faces],
        "face_places": [face.place for face in faces],
        "face_officers": [face.officer for face in faces],
    }


def _turns() -> list[tuple[str, str, str]]:
    """(state, role, part) of the next step, from the lifecycle table: whose turn it is."""
    return [(state.value, _role(row.roles), (row.part or Part.ISSUER).value) for state, row in turns.NEXT.items()]


def _role(roles: frozenset[Role]) -> str:
    (role,) = roles
    return role.value
