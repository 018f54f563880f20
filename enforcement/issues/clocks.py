"""The clock of an issue or a responsibility as pages show it: working days left or late, dates, and how it stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues import lifecycle
from enforcement.issues.lifecycle import State
from enforcement.issues.rules import days_left
from enforcement.timeline import clock
from regions.workdays import Calendar

SOON = 3
#: What the running stage of a state is called.
STAGES: Mapping[State, str | Promise] = {
    State.ISSUED: gettext_lazy("签收"),
    State.RETURNED: gettext_lazy("判定退回"),
    State.ACKNOWLEDGED: gettext_lazy("反馈"),
    State.RECTIFYING: gettext_lazy("反馈"),
    State.INTERIM_CLOSED: gettext_lazy("反馈"),
    State.FEEDBACK_SUBMITTED: gettext_lazy("核查"),
    State.VERIFYING: gettext_lazy("核查"),
    State.VERIFIED: gettext_lazy("办结手续"),
}


@dataclass(frozen=True, slots=True)
class ClockFace:
    """`days`: working days left, negative is late, None where no clock runs. `stopped` says how a stopped one ended."""

    days: int | None
    due: date | None
    first_due: date | None = None
    provisional: bool = False
    stopped: str = ""
    tone: str = ""

    @property
    def row(self) -> str:
        """`late`, `soon` or nothing: the bar beside a row."""
        if self.days is None or self.stopped:
            return ""
        return "late" if self.days < 0 else "soon" if self.days <= SOON else ""


def face_of(row: Any, calendar: Calendar) -> ClockFace:
    """The overall clock of an issue or a responsibility (`state`, `due_on`, `first_due_on`, `closed_at`)."""
    if row.state in lifecycle.ENDED:
        return ClockFace(None, None, stopped=_("不计时"), tone="none")
    if getattr(row, "paused", False) or getattr(row, "paused_on", None):
        return ClockFace(None, row.due_on, row.first_due_on, stopped=_("暂停计时"), tone="none")
    provisional = bool(getattr(row, "provisional", False))
    if row.state in lifecycle.DONE and row.closed_at:
        left = days_left(row.due_on, clock.beijing_day(row.closed_at), calendar)
        late = clock.beijing_day(row.closed_at) > row.due_on
        words = _("超期 %(n)d 个工作日办结") % {"n": max(1, -left)} if late else _("按期办结")
        return ClockFace(None, row.due_on, row.first_due_on, stopped=words, tone="late" if late else "done")
    return ClockFace(_left(row.due_on, calendar), row.due_on, row.first_due_on, provisional)


def stage_face(responsibility: Any, calendar: Calendar) -> ClockFace | None:
    """The running stage's clock; None where no stage runs."""
    if not responsibility.stage_due_on:
        return None
    due = responsibility.stage_due_on
    return ClockFace(_left(due, calendar), due, responsibility.stage_first_due_on, responsibility.provisional)


def due_face(due: date, calendar: Calendar) -> ClockFace:
    """The clock of a day somebody named: a milestone's, a reply's, a look-back's."""
    return ClockFace(_left(due, calendar), due)


def stage_word(state: str) -> str:
    return str(STAGES.get(State(state), ""))


def _left(due: date, calendar: Calendar) -> int:
    """Working days left; a due day that has passed is late by one at least, weekends between or not."""
    today = clock.today()
    left = days_left(due, today, calendar)
    return min(left, -1) if today > due else max(left, 0)
