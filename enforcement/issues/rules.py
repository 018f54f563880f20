"""The rules of the clock and the guards of the lifecycle table. Pure: plain values in, plain values out.

A guard gets the facts of a case and gives None, or the reason in words why the action can't be taken.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enforcement.issues.lifecycle import Clock, Rung, State
from regions.workdays import Calendar, add_workdays, workdays_between

Reason = str | Promise


class PolicyDays(Protocol):
    """The numbers a deadline policy carries (models.DeadlinePolicy)."""

    unit: str
    acknowledge_days: int
    return_days: int
    feedback_days: int
    verify_days: int
    close_days: int
    overall_days: int
    extension_max_days: int
    extension_max_count: int
    pause_max_count: int


@dataclass(frozen=True, slots=True)
class Due:
    """A due day; provisional when it reaches into a year whose calendar isn't confirmed."""

    on: date
    provisional: bool = False


def due(policy: PolicyDays, start: date, days: int, calendar: Calendar) -> Due:
    """`days` after `start` (which doesn't count), in the policy's unit."""
    if policy.unit == "calendar":
        return Due(start + timedelta(days=days))
    day, provisional = add_workdays(start, days, calendar)
    return Due(day, provisional)


def stage_days(policy: PolicyDays, clock: Clock) -> int | None:
    """How long the stage an action begins may take; None where the action begins no stage."""
    return {
        Clock.START: policy.acknowledge_days,
        Clock.RECTIFY: policy.feedback_days,
        Clock.VERIFY: policy.verify_days,
        Clock.CLOSE: policy.close_days,
    }.get(clock)


def paused_time(policy: PolicyDays, first: date, last: date, calendar: Calendar) -> int:
    """How long a pause from `first` to `last` is, in the policy's unit: what is left of the clock is the same at both."""
    if policy.unit == "calendar":
        return (last - first).days
    return workdays_between(first, last, calendar)


def counted_again(
    unit: str, start: date, due_on: date, pauses: Iterable[tuple[date, date]], old: Calendar, new: Calendar
) -> Due:
    """The due day by another version of the calendar: the working days allowed stay the same, pauses aside.

    `start` is the day counting began from; each pause is (first day, day it ended).
    """
    if unit == "calendar":
        return Due(due_on)
    spans = list(pauses)
    allowed = workdays_between(start, due_on, old) - sum(workdays_between(a, b, old) for a, b in spans)
    day, provisional = add_workdays(start, allowed + sum(workdays_between(a, b, new) for a, b in spans), new)
    return Due(day, provisional)


def days_left(due_on: date, today: date, calendar: Calendar) -> int:
    """Working days until due (0 on the due day), negative when late by that many."""
    return workdays_between(today, due_on, calendar)


@dataclass(frozen=True, slots=True)
class Case:
    """The facts guards judge by: one responsibility, one officer, one day."""

    state: State
    today: date
    due_on: date
    opened_on: date
    policy: PolicyDays
    calendar: Calendar
    starred: bool
    officer: int
    responsible_bureau: int
    acting_bureau: int | None
    feedback_authors: frozenset[int]
    open_children: int
    children: int
    pending_extension: bool
    extensions: int
    verifiers: frozenset[int] = frozenset()
    verifying_bureau: int | None = None
    paused: bool = False
    pending_pause: bool = False
    pauses: int = 0
    open_milestones: bool = False
    listed: bool = False
    unanswered: bool = False
    open_look_back: bool = False
    # The ladder of supervision: the highest rung in force, who acts, who listed, who pressed and hasn't lifted it.
    rung: str = ""
    acting_rung: str = ""
    listed_rung: str = ""
    pressed_by: frozenset[str] = frozenset()
    # Children of the issue's split that aren't done; whether the issue is such a child itself.
    open_splits: int = 0
    split_off: bool = False
    # Whether it was delegated: its inner deadline is its due date, moved by extension.
    delegated: bool = False


Guard = Callable[[Case], Reason | None]


def within_return_window(case: Case) -> Reason | None:
    last = due(case.policy, case.opened_on, case.policy.return_days, case.calendar).on
    if case.today > last:
        return _("已过退回期限（%(day)s），请办理或与转办单位联系。") % {"day": last.isoformat()}
    return None


def not_delegated(case: Case) -> Reason | None:
    if case.open_splits:
        return _("已拆分，子问题办结前不能进行此操作。")
    return _("已交办下级，下级办结前不能进行此操作。") if case.open_children else None


def children_done(case: Case) -> Reason | None:
    if case.open_splits:
        return _("拆分出的子问题还有%(n)d个没有办结。") % {"n": case.open_splits}
    return _("交办下级的事项尚未办结。") if case.open_children else None


def not_split_off(case: Case) -> Reason | None:
    """A child goes with its split: its weight would be lost."""
    return _("拆分产生的子问题不能单独作废或退出，请改派，或撤销拆分。") if case.split_off else None


def parted(case: Case) -> Reason | None:
    """An inner due date is given to a child of a split; what was delegated has its own due date."""
    if case.split_off and not case.delegated:
        return None
    return _("只有拆分产生的子问题有内部期限。")


def not_starred(case: Case) -> Reason | None:
    return _("加星件须由市级直接办理，不能交办下级。") if case.starred else None


def before_due(case: Case) -> Reason | None:
    return _("已过办理期限，不能再申请延期。") if case.today > case.due_on else None


def no_pending_extension(case: Case) -> Reason | None:
    return _("已有延期申请等待审批。") if case.pending_extension else None


def pending_extension(case: Case) -> Reason | None:
    return None if case.pending_extension else _("没有等待审批的延期申请。")


def extension_left(case: Case) -> Reason | None:
    if case.extensions >= case.policy.extension_max_count:
        return _("已延期%(n)d次，达到次数上限。") % {"n": case.extensions}
    return None


def not_paused(case: Case) -> Reason | None:
    return _("已暂停计时，请先恢复计时。") if case.paused else None


def paused(case: Case) -> Reason | None:
    return None if case.paused else _("没有在暂停计时。")


def not_run_out(case: Case) -> Reason | None:
    """A clock that has run out can't be stopped any more."""
    return _("已过办理期限，不能再暂停计时。") if case.today > case.due_on else None


def no_pending_pause(case: Case) -> Reason | None:
    return _("已有暂停申请等待审批。") if case.pending_pause else None


def pending_pause(case: Case) -> Reason | None:
    return None if case.pending_pause else _("没有等待审批的暂停申请。")


def pause_left(case: Case) -> Reason | None:
    if case.pauses >= case.policy.pause_max_count:
        return _("已暂停%(n)d次，达到次数上限。") % {"n": case.pauses}
    return None


def open_milestone(case: Case) -> Reason | None:
    return None if case.open_milestones else _("没有尚未完成的整改节点。")


def above(rung: str, other: str) -> bool:
    """Whether a rung of the ladder stands above another; every rung stands above none."""
    order = ["", *Rung.values]
    return order.index(rung) > order.index(other)


def rung_not_above(case: Case) -> Reason | None:
    """The ladder is only climbed: who stands below the rung in force presses no more."""
    if above(case.rung, case.acting_rung):
        return _("已有%(rung)s，只能由同级或上级督办。") % {"rung": Rung(case.rung).label}
    return None


def not_listed(case: Case) -> Reason | None:
    """A listing is raised by a higher level; otherwise there is one at a time."""
    if case.listed and not above(case.acting_rung, case.listed_rung):
        return _("已挂牌督办。")
    return None


def own_listing(case: Case) -> Reason | None:
    if case.listed_rung and case.listed_rung != case.acting_rung:
        return _("挂牌由%(rung)s作出，须由作出的一级解除。") % {"rung": Rung(case.listed_rung).label}
    return None


def pressed(case: Case) -> Reason | None:
    return None if case.pressed_by else _("没有可解除的督办。")


def own_presses(case: Case) -> Reason | None:
    if case.acting_rung in case.pressed_by:
        return None
    names = _("、").join(str(Rung(rung).label) for rung in Rung.values if rung in case.pressed_by)
    return _("督办由%(rung)s发出，须由发出的一级解除。") % {"rung": names}


def listed(case: Case) -> Reason | None:
    return None if case.listed else _("没有挂牌督办。")


def unanswered_escalation(case: Case) -> Reason | None:
    return None if case.unanswered else _("没有等待回复的督办。")


def no_open_look_back(case: Case) -> Reason | None:
    return _("已安排回头看，尚未完成。") if case.open_look_back else None


def third_eyes(case: Case) -> Reason | None:
    """A look-back is made by people and a bureau that neither rectified nor verified."""
    if case.officer in case.feedback_authors | case.verifiers:
        return _("反馈人和核查人不能回头看自己办过的问题。")
    if case.acting_bureau is not None and case.acting_bureau in (case.responsible_bureau, case.verifying_bureau):
        return _("承办单位和核查单位不能回头看本单位办过的问题。")
    return None


def other_eyes(case: Case) -> Reason | None:
    """Four eyes: another person of another bureau (domain section 3, 整改与核查分离)."""
    if case.officer in case.feedback_authors:
        return _("反馈人不能核查自己反馈的问题。")
    if case.acting_bureau is not None and case.acting_bureau == case.responsible_bureau:
        return _("承办单位不能核查本单位承办的问题。")
    return None


def closer_is_not_rectifier(case: Case) -> Reason | None:
    return _("反馈人不能办结自己反馈的问题。") if case.officer in case.feedback_authors else None


GUARDS: dict[str, Guard] = {
    guard.__name__: guard
    for guard in (
        within_return_window,
        not_delegated,
        children_done,
        not_split_off,
        parted,
        not_starred,
        before_due,
        no_pending_extension,
        pending_extension,
        extension_left,
        not_paused,
        paused,
        not_run_out,
        no_pending_pause,
        pending_pause,
        pause_left,
        open_milestone,
        rung_not_above,
        not_listed,
        listed,
        own_listing,
        pressed,
        own_presses,
        unanswered_escalation,
        no_open_look_back,
        third_eyes,
        other_eyes,
        closer_is_not_rectifier,
    )
}

#: Guards that speak of who asks or what the issue is: no refresh helps. The others tell of a race lost (409).
PERSONAL = frozenset(
    {
        "rung_not_above",
        "own_listing",
        "own_presses",
        "other_eyes",
        "third_eyes",
        "closer_is_not_rectifier",
        "not_starred",
        "not_split_off",
        "parted",
    }
)
#: Guards that say there is nothing to act on: such an action isn't even listed as one that can't be taken.
IDLE = frozenset({"parted", "paused", "pending_pause", "open_milestone", "listed", "pressed", "unanswered_escalation"})
#: Guards that ask for more of a responsibility's files than most actions need (see actions.files).
ASK_MORE = frozenset(
    {
        "no_pending_pause",
        "pending_pause",
        "pause_left",
        "open_milestone",
        "unanswered_escalation",
        "not_listed",
        "own_listing",
        "pressed",
        "own_presses",
        "no_open_look_back",
        "third_eyes",
    }
)
