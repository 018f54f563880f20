"""The lifecycle of a finding: drafted, reviewed by the leader, confirmed, then promoted or joined, or dismissed."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.roles import Role


class State(TextChoices):
    DRAFT = "draft", _("草稿")
    LEADER_REVIEW = "leader_review", _("待组长审核")
    CONFIRMED = "confirmed", _("已确认待转办")
    PROMOTED = "promoted", _("已转办")
    JOINED = "joined", _("已并入问题")
    DISMISSED = "dismissed", _("不予立项")


class Hand(StrEnum):
    """Whose hands: the filing bureau's, or the bureau the finding was put before for handing off."""

    FILER = "filer"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table; `needs` are the fields that must be filled in."""

    action: str
    label: str | Promise
    sources: frozenset[State]
    target: State
    hand: Hand
    roles: frozenset[Role]
    event: str
    needs: tuple[str, ...] = ()


def _row(
    action: str,
    label: str | Promise,
    sources: Iterable[State],
    target: State,
    hand: Hand,
    roles: Iterable[Role],
    event: str,
    needs: tuple[str, ...] = (),
) -> Move:
    return Move(action, label, frozenset(sources), target, hand, frozenset(roles), event, needs)


TABLE: tuple[Move, ...] = (
    _row("submit", pgettext_lazy("step", "提交审核"), [State.DRAFT], State.LEADER_REVIEW, Hand.FILER, [Role.INSPECTOR], "submitted"),
    _row("send_back", pgettext_lazy("step", "退回修改"), [State.LEADER_REVIEW], State.DRAFT, Hand.FILER, [Role.TEAM_LEADER], "sent_back",
         ("reason",)),
    # A contractor's finding is a clue until an officer with a valid badge confirms it: the receiver's leader may.
    _row("confirm", pgettext_lazy("step", "确认"), [State.LEADER_REVIEW], State.CONFIRMED, Hand.FILER, [Role.TEAM_LEADER], "confirmed"),
    _row("dismiss", pgettext_lazy("step", "不予立项"), [State.LEADER_REVIEW, State.CONFIRMED], State.DISMISSED, Hand.RECEIVER,
         [Role.TEAM_LEADER, Role.DISPATCHER], "dismissed", ("reason",)),
    _row("promote", pgettext_lazy("step", "转办"), [State.CONFIRMED], State.PROMOTED, Hand.RECEIVER, [Role.DISPATCHER], "promoted"),
    _row("join", pgettext_lazy("step", "并入已有问题"), [State.CONFIRMED], State.JOINED, Hand.RECEIVER, [Role.DISPATCHER], "joined",
         ("issue",)),
)  # fmt: skip

MOVES: dict[str, Move] = {row.action: row for row in TABLE}
