"""An issue's responsibilities with what guards and effects need of their files, read by one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, CharField, IntegerField, JSONField
from django.db.models.expressions import RawSQL

from enforcement.issues import rules
from enforcement.issues.lifecycle import OPEN, Move
from enforcement.issues.models import Extension, Issue, Responsibility
from enforcement.timeline.actions import with_tail
from regions.models import Part, WorkCalendar
from regions.statements import NUMBERS, Question


@dataclass(frozen=True, slots=True)
class Files:
    """What the guards need to know of an issue beside its rows: read once for all its responsibilities."""

    feedback_authors: dict[int, frozenset[int]]
    latest_feedback: dict[int, int | None]
    # Key, responsibility and days only: enough to decide on it.
    pending: dict[int, Extension]
    more: dict[int, "More"] = field(default_factory=dict)
    # Children of the issue's split that aren't done.
    open_splits: int = 0


@dataclass(frozen=True, slots=True)
class More:
    """What only the guards of `rules.ASK_MORE` need."""

    verifiers: frozenset[int] = frozenset()
    pending_pause: int | None = None
    pauses: int = 0
    unanswered: bool = False
    listed_rung: str = ""
    pressed_by: frozenset[str] = frozenset()


NOTHING_MORE = More()
DIVISION_CODE = RawSQL("SELECT d.code FROM regions_division d WHERE d.id = issues_issue.division_id", [], CharField())
#: By hand: it is on the way of every action.
_FEEDBACKS = "FROM issues_feedback f WHERE f.responsibility_id = issues_responsibility.id"
_SPLIT = "FROM issues_split s WHERE s.issue_id = issues_responsibility.issue_id AND s.voided_at IS NULL"
_SPLITS = (
    f"{_SPLIT.replace(' WHERE', ' JOIN issues_issue c ON c.split_id = s.id WHERE')} "
    f"AND c.state IN ({', '.join(repr(state.value) for state in sorted(OPEN))})"
)
_ASKED = "FROM issues_extension x WHERE x.responsibility_id = issues_responsibility.id AND x.granted IS NULL"
_FILES = {
    "feedback_authors": RawSQL(f"ARRAY(SELECT f.by_id {_FEEDBACKS})", [], ArrayField(BigIntegerField())),
    "latest_feedback": RawSQL(f"SELECT f.id {_FEEDBACKS} ORDER BY f.at DESC, f.id DESC LIMIT 1", [], BigIntegerField()),
    "pending_extension": RawSQL(f"SELECT x.id {_ASKED}", [], BigIntegerField()),
    "pending_days": RawSQL(f"SELECT x.days {_ASKED}", [], IntegerField()),
    "open_splits": RawSQL(f"SELECT count(*) {_SPLITS}", [], IntegerField()),
}
_PAUSES = "FROM issues_pause p WHERE p.responsibility_id = issues_responsibility.id AND p.granted"
#: Supervision goes along with a duty that is passed on: what was pressed on a part that ended is the live one's too.
PRESSED = (
    "FROM issues_escalation e JOIN issues_responsibility q ON q.id = e.responsibility_id "
    "WHERE q.issue_id = issues_responsibility.issue_id AND e.lifted_at IS NULL "
    "AND (q.id = issues_responsibility.id OR q.state = 'reissued')"
)
_LOOK_BACK = "FROM issues_lookback b WHERE b.responsibility_id = issues_responsibility.id AND b.passed IS NULL"
#: Only for the actions that ask: most don't.
_MORE = {
    "verifiers": RawSQL(
        "ARRAY(SELECT v.by_id FROM issues_verification v WHERE v.responsibility_id = issues_responsibility.id)",
        [],
        ArrayField(BigIntegerField()),
    ),
    "pending_pause": RawSQL(f"SELECT p.id {_PAUSES} IS NULL", [], BigIntegerField()),
    "pause_count": RawSQL(f"SELECT count(*) {_PAUSES}", [], IntegerField()),
    "unanswered": RawSQL(
        f"EXISTS (SELECT {PRESSED} AND NOT EXISTS (SELECT FROM issues_reply y WHERE y.escalation_id = e.id))",
        [],
        BooleanField(),
    ),
    "listed_rung": RawSQL(f"SELECT e.level {PRESSED} AND e.listed ORDER BY e.id DESC LIMIT 1", [], CharField()),
    "pressed_by": RawSQL(f"ARRAY(SELECT DISTINCT e.level {PRESSED} AND NOT e.listed)", [], ArrayField(CharField())),
    "is_split": RawSQL(f"EXISTS (SELECT {_SPLIT})", [], BooleanField()),
    "look_back": RawSQL(f"SELECT b.id {_LOOK_BACK}", [], BigIntegerField()),
    "look_back_bureau": RawSQL(f"SELECT b.bureau_id {_LOOK_BACK}", [], BigIntegerField()),
}


_PHOTOS = """
EXISTS (
    SELECT FROM timeline_attachment a WHERE a.subject_type = 'issue'
    AND a.subject_id = (issues_responsibility.issue_id::varchar COLLATE "C") AND a.role = {role}
)
"""
#: A photo of how it looks now: taken in after the last rejection.
_AFTER = """'after' AND a.received_at > coalesce((
    SELECT max(v.at) FROM issues_verification v WHERE v.responsibility_id = issues_responsibility.id AND NOT v.passed
), '-infinity')"""
#: Only for a feedback: what it must hold (`answering.rule_for` chooses), and what is there of it.
_ANSWER = {
    "feedback_rules": RawSQL("SELECT jsonb_agg(to_jsonb(k)) FROM issues_feedbackrule k", [], JSONField()),
    "articles": RawSQL("SELECT jsonb_agg(to_jsonb(w)) FROM issues_lawarticle w", [], JSONField()),
    "has_before": RawSQL(_PHOTOS.format(role="'before'"), [], BooleanField()),
    "has_after": RawSQL(_PHOTOS.format(role=_AFTER), [], BooleanField()),
}


def responsibilities_of(issue: Issue, move: Move | None = None) -> list[Responsibility]:
    """The issue's responsibilities with what the guards and effects of a move need of their files; without one, what

    all guards need. One statement.
    """
    more = move is None or move.part is Part.REVIEWER or bool(rules.ASK_MORE.intersection(move.guards))
    answer = move is not None and "enforced" in move.accepts
    found = sorted(_of_issue(more, answer).ask(issue=issue.pk), key=lambda row: (row.opened_at, row.pk))
    return _knit(found, {issue.pk: issue})


def responsibilities_by_issue(issues: Sequence[Issue]) -> dict[int, list[Responsibility]]:
    """The responsibilities of several issues with what all guards need, by the issue's key. One statement."""
    rows = Responsibility.objects.filter(issue__in=issues).select_related("policy", "bureau").annotate(**_FILES | _MORE)
    rows = with_tail(rows, "issue", "issue_id").order_by("opened_at", "pk")
    found: dict[int, list[Responsibility]] = {}
    for row in _knit(list(rows), {issue.pk: issue for issue in issues}):
        found.setdefault(row.issue_id, []).append(row)
    return found


def _knit(rows: list[Responsibility], issues: dict[int, Issue]) -> list[Responsibility]:
    """A parent is one of the rows, and a calendar's days are kept by its key: nothing more to read."""
    by_key = {row.pk: row for row in rows}
    for row in rows:
        row.issue = issues[row.issue_id]
        row.parent = by_key[row.parent_id] if row.parent_id else None
        row.calendar = WorkCalendar(pk=row.calendar_id)
    return rows


@cache
def _of_issue(more: bool, answer: bool) -> Question[Responsibility]:
    annotations = _FILES | (_MORE if more else {}) | (_ANSWER if answer else {})
    rows = Responsibility.objects.filter(issue=NUMBERS[0]).select_related("policy").annotate(**annotations).order_by()
    # Read under the issue's lock: the end of its chain may come along.
    return Question(with_tail(rows, "issue", "issue_id"), {NUMBERS[0]: "issue"})


def files_of(parts: Sequence[Responsibility]) -> Files:
    """What came along with the responsibilities, sorted by them. No statement."""
    rows: Any = parts
    return Files(
        feedback_authors={r.pk: frozenset(r.feedback_authors) for r in rows},
        latest_feedback={r.pk: r.latest_feedback for r in rows},
        pending={
            r.pk: Extension(pk=r.pending_extension, responsibility=r, days=r.pending_days)
            for r in rows
            if r.pending_extension
        },
        more={
            r.pk: More(
                frozenset(r.verifiers),
                r.pending_pause,
                r.pause_count,
                r.unanswered,
                r.listed_rung or "",
                frozenset(filter(None, r.pressed_by)),
            )
            for r in rows
            if hasattr(r, "unanswered")
        },
        open_splits=max((r.open_splits for r in rows), default=0),
    )
