"""The life of an interview (约谈) as one table: proposed, approved, noticed, held, reported, verified, closed; or called
again, or void.

Nothing here touches the database. The database holds the same moves (migration 0002).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

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
    """Why somebody is interviewed. The first three are found by dated rules, the others are named by hand."""

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


ROLES: dict[Hand, frozenset[Role]] = {
    Hand.ORGANISER: frozenset({Role.DISPATCHER, Role.COORDINATOR}),
    Hand.APPROVER: frozenset({Role.SUPERVISOR}),
    Hand.ADDRESSEE: frozenset({Role.HANDLER, Role.DISPATCHER}),
    Hand.CHECKER: frozenset({Role.VERIFIER, Role.SUPERVISOR}),
}
#: Who may propose one by hand, in a province's or a city's department.
PROPOSERS = frozenset({Role.DISPATCHER, Role.COORDINATOR, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class Step:
    """One row: from which states, to which (None: stays), whose, the event it records, what it needs and accepts."""

    action: str
    label: str | Promise
    sources: frozenset[State]
    target: State | None
    hand: Hand
    event: str
    needs: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    primary: bool = False


def _row(
    action: str,
    label: str | Promise,
    sources: Iterable[State],
    target: State | None,
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
    _row("approve", pgettext_lazy("step", "批准约谈"), [S.PROPOSED], S.APPROVED, H.APPROVER, "interview_approved", (), ("note",),
         primary=True),
    _row("decline", pgettext_lazy("step", "不予约谈"), [S.PROPOSED], S.VOID, H.APPROVER, "interview_declined", ("reason",)),
    _row("notify", pgettext_lazy("step", "发约谈通知"), [S.APPROVED], S.NOTICED, H.ORGANISER, "interview_noticed",
         ("notice_no", "meets_at", "place", "agenda", "attendees"), primary=True),
    _row("hold", pgettext_lazy("step", "登记约谈"), [S.NOTICED], S.HELD, H.ORGANISER, "interview_held",
         ("present", "minutes", "commitments"), primary=True),
    _row("fulfil", pgettext_lazy("step", "完成承诺"), [S.HELD, S.REPORTED, S.VERIFIED], None, H.ADDRESSEE,
         "interview_commitment_fulfilled", ("commitment", "note")),
    _row("report", pgettext_lazy("step", "提交书面报告"), [S.HELD], S.REPORTED, H.ADDRESSEE, "interview_reported", ("report",),
         primary=True),
    _row("accept", pgettext_lazy("step", "核验通过"), [S.REPORTED], S.VERIFIED, H.CHECKER, "interview_report_accepted",
         ("opinion",), primary=True),
    _row("reject", pgettext_lazy("step", "核验不通过"), [S.REPORTED], S.HELD, H.CHECKER, "interview_report_rejected",
         ("opinion",)),
    _row("close", pgettext_lazy("step", "了结"), [S.VERIFIED], S.CLOSED, H.ORGANISER, "interview_closed", primary=True),
    _row("call_again", pgettext_lazy("step", "再次约谈"), [S.HELD, S.REPORTED, S.VERIFIED], S.RENEWED, H.ORGANISER,
         "interview_called_again", ("reason",)),
    _row("void", pgettext_lazy("step", "作废"), [S.PROPOSED, S.APPROVED, S.NOTICED], S.VOID, H.ORGANISER, "interview_voided",
         ("reason",)),
)  # fmt: skip

STEPS: dict[str, Step] = {row.action: row for row in TABLE}
#: Until its notice is out an interview is the interviewing bureau's own affair.
UNTOLD = frozenset({State.PROPOSED, State.APPROVED, State.VOID})
#: While promises are owed.
PROMISING = frozenset({State.HELD, State.REPORTED, State.VERIFIED})
ENDED = frozenset({State.CLOSED, State.RENEWED, State.VOID})
EVENTS = frozenset(row.event for row in TABLE) | {"interview_proposed"}


def state_moves() -> list[tuple[str, str]]:
    """(source, target) of every change of state, for the database's own copy."""
    return sorted({(source.value, row.target.value) for row in TABLE if row.target for source in row.sources})
