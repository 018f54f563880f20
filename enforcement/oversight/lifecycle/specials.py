"""The life of a special inspection (专项督察) as one table: proposed, approved, under way, told, planned, accepted, rectifying,
closed; or void.

Nothing here touches the database. The database holds the same moves (migration 0004).
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .interviews import Hand, Step, row


class State(TextChoices):
    PROPOSED = "proposed", _("待审批")
    APPROVED = "approved", _("待进驻")
    UNDERWAY = "underway", _("督察中")
    TOLD = "told", _("待报整改方案")
    PLANNED = "planned", _("方案待审核")
    ACCEPTED = "accepted", _("待转办")
    RECTIFYING = "rectifying", _("整改中")
    CLOSED = "closed", _("已了结")
    VOID = "void", _("已作废")


S, H = State, Hand
TABLE: tuple[Step, ...] = (
    row("approve", pgettext_lazy("step", "批准督察"), [S.PROPOSED], S.APPROVED, H.APPROVER, "special_approved", (), ("note",),
        primary=True),
    row("decline", pgettext_lazy("step", "不予督察"), [S.PROPOSED], S.VOID, H.APPROVER, "special_declined", ("reason",)),
    row("enter", pgettext_lazy("step", "进驻"), [S.APPROVED], S.UNDERWAY, H.ORGANISER, "special_entered", ("notice_no",),
        primary=True),
    row("request", pgettext_lazy("step", "调阅材料"), [S.UNDERWAY], None, H.TEAM, "special_evidence_requested", ("text", "due_on")),
    row("supply", pgettext_lazy("step", "提供材料"), [S.UNDERWAY, S.TOLD], None, H.ADDRESSEE, "special_evidence_supplied",
        ("request", "note"), primary=True),
    row("note", pgettext_lazy("step", "登记问题"), [S.UNDERWAY], None, H.TEAM, "special_problem_noted",
        ("title", "facts", "severity", "lon", "lat"), ("address",)),
    row("tell", pgettext_lazy("step", "反馈督察意见"), [S.UNDERWAY], S.TOLD, H.ORGANISER, "special_told", ("report_no", "report"),
        primary=True),
    row("plan", pgettext_lazy("step", "报送整改方案"), [S.TOLD], S.PLANNED, H.ADDRESSEE, "special_planned", ("plan", "tasks"),
        primary=True),
    row("accept", pgettext_lazy("step", "方案通过"), [S.PLANNED], S.ACCEPTED, H.CHECKER, "special_plan_accepted", ("opinion",),
        primary=True),
    row("reject", pgettext_lazy("step", "方案退回"), [S.PLANNED], S.TOLD, H.CHECKER, "special_plan_rejected", ("opinion",)),
    row("track", pgettext_lazy("step", "转为问题跟踪"), [S.ACCEPTED], S.RECTIFYING, H.ORGANISER, "special_tracked", ("verifier",),
        primary=True),
    row("publish", pgettext_lazy("step", "公布进展"), [S.RECTIFYING], None, H.ORGANISER, "special_published", (), ("note",)),
    row("close", pgettext_lazy("step", "了结"), [S.RECTIFYING], S.CLOSED, H.ORGANISER, "special_closed", primary=True),
    row("void", pgettext_lazy("step", "作废"), [S.PROPOSED, S.APPROVED], S.VOID, H.ORGANISER, "special_voided", ("reason",)),
)  # fmt: skip

STEPS: dict[str, Step] = {step.action: step for step in TABLE}
#: Until the team enters it is the inspecting bureau's own affair.
UNTOLD = frozenset({State.PROPOSED, State.APPROVED, State.VOID})
#: Until it is told what was found, the inspected read no problem.
UNREAD = UNTOLD | {State.UNDERWAY}
ENDED = frozenset({State.CLOSED, State.VOID})
EVENTS = frozenset(step.event for step in TABLE) | {"special_proposed"}


def state_moves() -> list[tuple[str, str]]:
    """(source, target) of every change of state, for the database's own copy."""
    return sorted({(source.value, step.target.value) for step in TABLE if step.target for source in step.sources})
