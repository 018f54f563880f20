"""The life of an interview (约谈) as one table: proposed, approved, noticed, held, reported, verified, closed; or called
again, or void.

Nothing here touches the database. The database holds the same moves (migration 0002).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.roles import Role


class State(TextChoices):
    PROPOSED = "proposed", _("待审批")
    APPROVED = "approved", _("待通知")
    NOTICED = "noticed", _("已通知")
    HELD = "held", _("整改中")
    REPORTED = "reported", _("待核验")
    VERIFIED = "verified", _("已核验")
    CLOSED = "closed", _("已了结")
    RENEWED = "renewed", _("已再次约谈")
    VOID = "void", _("已作废")


class Cause(TextChoices):
    """Why somebody is interviewed. All but the last are found by dated rules; any may be named by hand."""

    OVERDUE = "overdue", _("问题超期比例高")
    RELAPSE = "relapse", _("回头看复发")
    NAMED = "named", _("多次挂牌督办")
    DETERIORATION = "deterioration", _("空气质量恶化")
    OTHER = "other", _("其他")


class Hand(StrEnum):
    """Whose a step is: the interviewing bureau's organisers, its supervisor, the interviewed, whoever verifies."""

    ORGANISER = "organiser"
    APPROVER = "approver"
    ADDRESSEE = "addressee"
    CHECKER = "checker"
    #: Of a special inspection: its team.
    TEAM = "team"


ROLES: dict[Hand, frozenset[Role]] = {
    Hand.ORGANISER: frozenset({Role.DISPATCHER, Role.COORDINATOR}),
    Hand.APPROVER: frozenset({Role.SUPERVISOR}),
    Hand.ADDRESSEE: frozenset({Role.HANDLER, Role.DISPATCHER}),
    Hand.CHECKER: frozenset({Role.VERIFIER, Role.SUPERVISOR}),
    Hand.TEAM: frozenset(),
}
#: Who may propose one by hand, in a province's or a city's department.
PROPOSERS = frozenset({Role.DISPATCHER, Role.COORDINATOR, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class Step:
    """One row: from which states, to which (None: stays), whose, the event it records, what it needs and accepts.

    The states are those of an interview, or of a special inspection (`specials`).
    """

    action: str
    label: str | Promise
    sources: frozenset[Any]
    target: Any | None
    hand: Hand
    event: str
    needs: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    primary: bool = False


def row(
    action: str,
    label: str | Promise,
    sources: Iterable[Any],
    target: Any | None,
    hand: Hand,
    event: str,
    needs: tuple[str, ...] = (),
    accepts: tuple[str, ...] = (),
    *,
    primary: bool = False,
) -> Step:
    return Step(action, label, frozenset(sources), target, hand, event, needs, accepts, primary)


S, H = State, Hand
TABLE: tuple[Step, ...] = (
    row("approve", pgettext_lazy("step", "批准约谈"), [S.PROPOSED], S.APPROVED, H.APPROVER, "interview_approved", (), ("note",),
         primary=True),
    row("decline", pgettext_lazy("step", "不予约谈"), [S.PROPOSED], S.VOID, H.APPROVER, "interview_declined", ("reason",)),
    row("notify", pgettext_lazy("step", "发约谈通知"), [S.APPROVED], S.NOTICED, H.ORGANISER, "interview_noticed",
         ("notice_no", "meets_at", "place", "agenda", "attendees"), primary=True),
    row("hold", pgettext_lazy("step", "登记约谈"), [S.NOTICED], S.HELD, H.ORGANISER, "interview_held",
         ("present", "minutes", "commitments"), primary=True),
    row("fulfil", pgettext_lazy("step", "完成承诺"), [S.HELD, S.REPORTED, S.VERIFIED], None, H.ADDRESSEE,
         "interview_commitment_fulfilled", ("commitment", "note")),
    row("report", pgettext_lazy("step", "提交书面报告"), [S.HELD], S.REPORTED, H.ADDRESSEE, "interview_reported", ("report",),
         primary=True),
    row("accept", pgettext_lazy("step", "核验通过"), [S.REPORTED], S.VERIFIED, H.CHECKER, "interview_report_accepted",
         ("opinion",), primary=True),
    row("reject", pgettext_lazy("step", "核验不通过"), [S.REPORTED], S.HELD, H.CHECKER, "interview_report_rejected",
         ("opinion",)),
    row("close", pgettext_lazy("step", "了结"), [S.VERIFIED], S.CLOSED, H.ORGANISER, "interview_closed", primary=True),
    row("call_again", pgettext_lazy("step", "再次约谈"), [S.HELD, S.REPORTED, S.VERIFIED], S.RENEWED, H.ORGANISER,
         "interview_called_again", ("reason",)),
    row("void", pgettext_lazy("step", "作废"), [S.PROPOSED, S.APPROVED, S.NOTICED], S.VOID, H.ORGANISER, "interview_voided",
         ("reason",)),
)  # fmt: skip

STEPS: dict[str, Step] = {step.action: step for step in TABLE}
#: Until its notice is out an interview is the interviewing bureau's own affair.
UNTOLD = frozenset({State.PROPOSED, State.APPROVED, State.VOID})
#: While promises are owed.
PROMISING = frozenset({State.HELD, State.REPORTED, State.VERIFIED})
ENDED = frozenset({State.CLOSED, State.RENEWED, State.VOID})
EVENTS = frozenset(step.event for step in TABLE) | {"interview_proposed"}


def state_moves() -> list[tuple[str, str]]:
    """(source, target) of every change of state, for the database's own copy."""
    return sorted({(source.value, step.target.value) for step in TABLE if step.target for source in step.sources})
