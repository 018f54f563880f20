"""The rules of the clock and the guards of the lifecycle table. Pure: plain values in, plain values out.

A guard gets the facts of a case and gives None, or the reason in words why the action can't be taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enforcement.issues.lifecycle import Clock, State
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


Guard = Callable[[Case], Reason | None]


def within_return_window(case: Case) -> Reason | None:
    last = due(case.policy, case.opened_on, case.policy.return_days, case.calendar).on
    if case.today > last:
        return _("已过退回期限（%(day)s），请办理或与转办单位联系。") % {"day": last.isoformat()}
    return None


def not_delegated(case: Case) -> Reason | None:
    return _("已交办下级，下级办结前不能进行此操作。") if case.open_children else None


def children_done(case: Case) -> Reason | None:
    return _("交办下级的事项尚未办结。") if case.open_children else None


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
        not_starred,
        before_due,
        no_pending_extension,
        pending_extension,
        extension_left,
        other_eyes,
        closer_is_not_rectifier,
    )
}

#: Guards that speak of who asks or what the issue is: no refresh helps. The others tell of a race lost (409).
PERSONAL = frozenset({"other_eyes", "closer_is_not_rectifier", "not_starred"})
