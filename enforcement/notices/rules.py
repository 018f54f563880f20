"""What is told to whom, and which due dates a sweep has to look at. Pure: plain values in, plain values out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from regions.workdays import Calendar, add_workdays, workdays_between


class Deadline(TextChoices):
    """The dates of a responsibility: the running stage's (签收, 反馈, 核查, 办结), the overall one, the next milestone's,

    the one by which a supervisor wants an answer, and the one by which a closed issue is to be looked at again. Those of
    DUTIES belong to no issue: what a government owes after an interview or a special inspection, a re-drive of a team's.
    """

    STAGE = "stage", _("阶段期限")
    OVERALL = "overall", _("总期限")
    MILESTONE = "milestone", _("节点期限")
    REPLY = "reply", _("督办回复期限")
    LOOK_BACK = "look_back", _("回头看完成期限")
    REPORT = "report", _("书面报告期限")
    COMMITMENT = "commitment", _("承诺期限")
    EVIDENCE = "evidence", _("调阅材料期限")
    PLAN = "plan", _("整改方案期限")
    TASK = "task", _("整改任务期限")
    REDRIVE = "redrive", _("复测期限")


DUTIES = frozenset(
    {Deadline.REPORT, Deadline.COMMITMENT, Deadline.EVIDENCE, Deadline.PLAN, Deadline.TASK, Deadline.REDRIVE}
)


class Kind(TextChoices):
    REMIND = "remind", _("到期提醒")
    ESCALATE = "escalate", _("超期督促")


class Audience(TextChoices):
    """Whom a rule tells. A seat nobody holds is answered for by the supervisors above it (`recipients`)."""

    TURN = "turn", _("当前应办人")
    HANDLERS = "handlers", _("承办单位承办人")
    COUNTY = "county", _("责任区划本级督办员")
    CITY = "city", _("市级督办员")
    PROVINCE = "province", _("省级督办员")


class Seat(TextChoices):
    """Who in an issue hears of an event."""

    RESPONSIBLE = "responsible", _("承办单位承办人")
    ISSUER = "issuer", _("转办单位转办员")
    VERIFIER = "verifier", _("核查单位核查员")
    REVIEWER = "reviewer", _("回头看单位核查员")
    # Of an issue another bureau acted on, or that changed by itself: who issued it.
    COUNTERPART = "counterpart", _("另一转办单位转办员")


#: Event of the timeline -> who hears of it. Events that end a bureau's part aren't told to it: it sees the issue no more.
TOLD: dict[str, tuple[Seat, ...]] = {
    "handed_off": (Seat.RESPONSIBLE,),
    "returned": (Seat.ISSUER,),
    "return_refused": (Seat.RESPONSIBLE,),
    "reissued": (Seat.RESPONSIBLE,),
    "delegated": (Seat.RESPONSIBLE,),
    "inner_due_set": (Seat.RESPONSIBLE,),
    "extension_requested": (Seat.ISSUER,),
    "extension_granted": (Seat.RESPONSIBLE,),
    "extension_refused": (Seat.RESPONSIBLE,),
    "feedback_submitted": (Seat.VERIFIER,),
    "verification_passed": (Seat.ISSUER,),
    "verification_rejected": (Seat.RESPONSIBLE,),
    "interim_closed": (Seat.RESPONSIBLE,),
    "closed": (Seat.RESPONSIBLE,),
    "reopened": (Seat.RESPONSIBLE,),
    "merged": (Seat.RESPONSIBLE, Seat.COUNTERPART),
    "merged_in": (Seat.COUNTERPART,),
    "unmerged": (Seat.RESPONSIBLE, Seat.COUNTERPART),
    "unmerged_from": (Seat.COUNTERPART,),
    "merge_offered": (Seat.COUNTERPART,),
    "merge_declined": (Seat.COUNTERPART,),
    "merge_withdrawn": (Seat.COUNTERPART,),
    "merge_lapsed": (Seat.COUNTERPART,),
    "split": (Seat.RESPONSIBLE,),
    "unsplit": (Seat.RESPONSIBLE,),
    "escalated": (Seat.RESPONSIBLE, Seat.ISSUER),
    "pause_requested": (Seat.ISSUER,),
    "pause_granted": (Seat.RESPONSIBLE,),
    "pause_refused": (Seat.RESPONSIBLE,),
    "pause_lifted": (Seat.RESPONSIBLE,),
    "resumed": (Seat.RESPONSIBLE, Seat.ISSUER),
    "recounted": (Seat.RESPONSIBLE,),
    "listed": (Seat.RESPONSIBLE, Seat.ISSUER),
    "unlisted": (Seat.RESPONSIBLE, Seat.ISSUER),
    "escalation_lifted": (Seat.RESPONSIBLE, Seat.ISSUER),
    "escalation_replied": (Seat.ISSUER,),
    "look_back_scheduled": (Seat.REVIEWER,),
    "look_back_passed": (Seat.ISSUER, Seat.RESPONSIBLE),
    "look_back_failed": (Seat.ISSUER, Seat.RESPONSIBLE),
}

#: Events of other subjects that somebody hears of (`actions.besides`); of a round's only those after its release.
TOLD_BESIDES = frozenset(
    {
        "special_plan_rejected",
        "interview_report_rejected",
        "round_moved",
        "round_swapped",
        "round_member_replaced",
    }
)

#: Facts of an event a notice keeps: codes and dates, never people's words.
KEPT_FACTS = (
    "look_by",
    "reply_by",
    "resume_on",
    "letter",
    "days",
    "due_on",
    "handoff",
    "inner_due_on",
    "reason_code",
    "stage_due_on",
    "verdict",
)

#: The same of TOLD_BESIDES, with the names of teams and counties.
KEPT_BESIDES = ("team", "other", "before", "county", "plan_due_on", "plan_number", "report_due_on")

#: How a reminder is worded: to who has to act, by its place before or after the due date; and to who supervises.
DUE_SOON, DUE_TODAY, OVERDUE, ESCALATION = "due_soon", "due_today", "overdue", "escalation"
#: Of a team's report of the day: before its time to who leads the team, after it to who holds the round too.
REPORT_DUE, REPORT_LATE = "report_due", "report_late"


class RuleRow(Protocol):
    """What the sweep reads of a rule (models.ReminderRule)."""

    kind: str
    deadline: str
    audience: str
    offset_days: int


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Responsibilities whose `deadline` falls on `due_on` are to be told to `audience`, `offset_days` after it."""

    deadline: str
    audience: str
    offset_days: int
    due_on: date
    kind: str

    @property
    def wording(self) -> str:
        if self.kind == Kind.ESCALATE:
            return ESCALATION
        return DUE_SOON if self.offset_days < 0 else OVERDUE if self.offset_days else DUE_TODAY


#: Working days a window stays open beyond its own: a row that was locked, or a sweep that was cut short, is found again.
MARGIN = 2
#: Working days the very first sweep looks back. What is late for longer has a history from before the system.
FIRST_LOOK = 60


def windows(rules: Iterable[RuleRow], today: date, swept: date | None, calendar: Calendar) -> list[Window]:
    """The windows open today, given the day of the last complete sweep (None before the first).

    Each audience is told the latest offset that has come for a due date and none before it: after three days of
    standstill a handler hears once that the day has come, not three times. A due date reached while nobody swept is
    found because the look back begins at `swept`. A clock set back finds its ledger filled and tells nothing twice.
    """
    since = min(swept, today) if swept else add_workdays(today, -FIRST_LOOK, calendar).day
    kinds: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for rule in rules:
        kinds[rule.deadline, rule.audience][rule.offset_days] = rule.kind
    return [
        Window(deadline, audience, offset, due_on, steps[offset])
        for (deadline, audience), steps in sorted(kinds.items())
        for due_on, offset in _latest(sorted(steps), today, since, calendar)
    ]


def _latest(steps: list[int], today: date, since: date, calendar: Calendar) -> Iterable[tuple[date, int]]:
    """(due date, offset) for every due date for which one of the ascending offsets has come, the latest of them."""
    day = add_workdays(since, -(steps[-1] + MARGIN), calendar).day
    last = add_workdays(today, 1 - steps[0], calendar).day
    while day < last:
        late = workdays_between(day, today, calendar)
        come = [step for step in steps if step <= late]
        if come and day >= add_workdays(since, -(come[-1] + MARGIN), calendar).day:
            yield day, come[-1]
        day += timedelta(days=1)
