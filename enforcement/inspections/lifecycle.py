"""The life of a visit (检查) as one table: planned, approved, under way, recorded, handed over, received; or void.

Nothing here touches the database. The database holds the same moves (migration 0002).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(TextChoices):
    PLANNED = "planned", _("待审批")
    APPROVED = "approved", _("已审批")
    UNDERWAY = "underway", _("检查中")
    RECORDED = "recorded", _("已形成笔录")
    HANDED_OVER = "handed_over", _("证据已移交")
    RECEIVED = "received", _("移交已签收")
    VOID = "void", _("已作废")


class Hand(StrEnum):
    """Whose a step is: the approver's, a member's of the team, the leader's, the receiving bureau's."""

    APPROVER = "approver"
    MEMBER = "member"
    LEADER = "leader"
    PLANNER = "planner"
    RECEIVER = "receiver"


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
    _row("approve", pgettext_lazy("step", "审批"), [S.PLANNED], S.APPROVED, H.APPROVER, "visit_approved", ("approval_no",),
         ("reason",), primary=True),
    _row("notify", pgettext_lazy("step", "登记检查通知"), [S.APPROVED], None, H.MEMBER, "visit_notified", ("notice_no",)),
    # Administrative Penalty Law and 部令30号 Art. 6: grounds for recusal are asked of every officer, at every visit.
    _row("declare", pgettext_lazy("step", "声明无需回避"), [S.APPROVED, S.UNDERWAY], None, H.MEMBER, "visit_declared"),
    _row("check_in", pgettext_lazy("step", "扫码入企"), [S.APPROVED], S.UNDERWAY, H.MEMBER, "visit_begun", (),
         ("code", "lon", "lat", "device_at"), primary=True),
    _row("answer", pgettext_lazy("step", "填写检查表"), [S.UNDERWAY], None, H.MEMBER, "visit_answered", ("answers",)),
    _row("guide", pgettext_lazy("step", "记录帮扶指导"), [S.UNDERWAY], None, H.MEMBER, "visit_guided", ("text",), ("item",)),
    _row("sign", pgettext_lazy("step", "签字"), [S.UNDERWAY], None, H.MEMBER, "visit_signed", ("side",), ("name", "refusal")),
    _row("finish", pgettext_lazy("step", "形成笔录"), [S.UNDERWAY], S.RECORDED, H.LEADER, "visit_recorded", (), ("summary",),
         primary=True),
    _row("hand_over", pgettext_lazy("step", "移交证据"), [S.RECORDED], S.HANDED_OVER, H.LEADER, "visit_handed_over", ("bureau",),
         ("note",), primary=True),
    _row("receive", pgettext_lazy("step", "签收移交"), [S.HANDED_OVER], S.RECEIVED, H.RECEIVER, "visit_received", (), ("note",),
         primary=True),
    _row("void", pgettext_lazy("step", "作废"), [S.PLANNED, S.APPROVED], S.VOID, H.PLANNER, "visit_voided", ("reason",)),
)  # fmt: skip

STEPS: dict[str, Step] = {row.action: row for row in TABLE}

#: Before it begins an unannounced visit is known to its planner, its approver and its team alone (四不两直).
UNBEGUN = frozenset({State.PLANNED, State.APPROVED, State.VOID})
ENDED = frozenset({State.RECORDED, State.HANDED_OVER, State.RECEIVED})


def state_moves() -> list[tuple[str, str]]:
    """(source, target) of every change of state, for the database's own copy."""
    return sorted({(source.value, row.target.value) for row in TABLE if row.target for source in row.sources})


class ListState(TextChoices):
    """The life of a checklist's version. A published one never changes."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class CampaignState(TextChoices):
    DRAFT = "draft", _("筹备")
    RUNNING = "running", _("进行中")
    ENDED = "ended", _("已结束")
    VOID = "void", _("已作废")


#: A campaign's moves: to which state, from which, and the event.
CAMPAIGN_MOVES: dict[CampaignState, tuple[frozenset[CampaignState], str]] = {
    CampaignState.RUNNING: (frozenset({CampaignState.DRAFT}), "campaign_begun"),
    CampaignState.ENDED: (frozenset({CampaignState.RUNNING}), "campaign_ended"),
    CampaignState.VOID: (frozenset({CampaignState.DRAFT, CampaignState.RUNNING}), "campaign_voided"),
}


class DrawState(TextChoices):
    """The life of a campaign's draw (双随机). It begins with the commitment."""

    COMMITTED = "committed", _("已封存")
    DRAWN = "drawn", _("已抽取")
    REVEALED = "revealed", _("已公布")
    VOID = "void", _("已作废")


#: The steps of a draw: label, from which states, to which (None: stays, a worker draws), the event, what it needs.
DRAW_STEPS: dict[str, tuple[str | Promise, frozenset[DrawState], DrawState | None, str, tuple[str, ...]]] = {
    "draw": (pgettext_lazy("step", "抽取"), frozenset({DrawState.COMMITTED}), None, "targets_draw_begun", ()),
    "reveal": (pgettext_lazy("step", "公布"), frozenset({DrawState.DRAWN}), DrawState.REVEALED, "targets_revealed", ()),
    "void": (
        pgettext_lazy("step", "作废"),
        frozenset({DrawState.COMMITTED, DrawState.DRAWN}),
        DrawState.VOID,
        "targets_draw_voided",
        ("reason",),
    ),
}
#: Before it is revealed a draw is known to its maker, and of a drawn one to each inspector what they drew.
DRAW_SECRET = frozenset({DrawState.COMMITTED, DrawState.DRAWN, DrawState.VOID})
DRAW_EVENTS = frozenset({"targets_committed", "targets_drawn"}) | {row[3] for row in DRAW_STEPS.values()}
#: What else campaigns and checklists announce.
SIDE_EVENTS = frozenset(
    {
        "campaign_target_set", "campaign_tallied", "campaign_tally_voided", "checklist_begun", "checklist_cloned",
        "checklist_item_put", "checklist_item_dropped", "checklist_published", "checklist_retired",
    }
) | DRAW_EVENTS  # fmt: skip
