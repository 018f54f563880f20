"""The lifecycle of a responsibility (domain: 转办 to 销号) as one table of frozen rows.

The table drives the buttons, the API's `actions` field, the refusals, the database's own check (the `issues_move` and
`issues_state` tables are filled from it by `lifecycle_rows`), the diagram in docs/lifecycle.md and the tests.
Nothing here touches the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.models.parties import Part
from regions.roles import Role


class State(TextChoices):
    ISSUED = "issued", _("待签收")
    ACKNOWLEDGED = "acknowledged", _("已签收")
    RETURNED = "returned", _("已退回待判")
    RECTIFYING = "rectifying", _("整改中")
    FEEDBACK_SUBMITTED = "feedback_submitted", _("已反馈待核查")
    VERIFYING = "verifying", _("核查中")
    VERIFIED = "verified", _("核查通过待办结")
    INTERIM_CLOSED = "interim_closed", _("阶段性办结")
    CLOSED = "closed", _("已办结")
    STRUCK_OFF = "struck_off", _("已销号")
    REISSUED = "reissued", _("已改派")
    WITHDRAWN = "withdrawn", _("退回已受理")
    VOID = "void", _("已作废")
    MERGED = "merged", _("已合并")


#: From least to most advanced: an issue shared by several bureaus stands where its slowest live part stands.
ORDER = (
    State.RETURNED,
    State.ISSUED,
    State.ACKNOWLEDGED,
    State.RECTIFYING,
    State.FEEDBACK_SUBMITTED,
    State.VERIFYING,
    State.VERIFIED,
    State.INTERIM_CLOSED,
    State.CLOSED,
    State.STRUCK_OFF,
)
#: A responsibility that ended without being worked off: it counts in gross figures only.
ENDED = frozenset({State.REISSUED, State.WITHDRAWN, State.VOID, State.MERGED})
#: The duty is done (domain section 3: closed includes struck off).
DONE = frozenset({State.CLOSED, State.STRUCK_OFF})
#: A clock runs. Interim closure keeps it running.
OPEN = frozenset(ORDER) - DONE
#: Where the responsible bureau is at work: its clock may be paused, and works have milestones.
PAUSABLE = frozenset({State.ACKNOWLEDGED, State.RECTIFYING, State.INTERIM_CLOSED})
#: Nothing was answered yet: what joins such an issue, or is split from it, is still to be answered for.
UNANSWERED = frozenset({State.ISSUED, State.ACKNOWLEDGED, State.RECTIFYING})


class Clock(StrEnum):
    """What an action does to the clocks of its responsibility (see `rules`)."""

    NONE = "none"
    START = "start"  # overall clock from issuing; acknowledgement stage
    RECTIFY = "rectify"  # the rectification stage begins
    VERIFY = "verify"  # the verification stage begins
    CLOSE = "close"  # the closing stage begins: the issuer's turn
    MOVE = "move"  # the due date moves by an approved record
    PAUSE = "pause"  # no stage runs; the due date moves by the time paused
    RESUME = "resume"  # the stage goes on with as much time left as it had
    STOP = "stop"  # every clock ends


@dataclass(frozen=True, slots=True)
class Move:
    """One row: who (a part in the issue and a role) may take which action from which states to which.

    `target` None is a side event: the state stays. `needs` are the fields that must be filled in. `guards` name
    functions in `rules` that return a reason when the action can't be taken.
    """

    action: str
    label: str | Promise
    sources: frozenset[State]
    target: State | None
    part: Part | None
    roles: frozenset[Role]
    event: str
    needs: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    clock: Clock = Clock.NONE
    guards: tuple[str, ...] = ()
    primary: bool = False
    by_system: bool = False

    @property
    def changes_state(self) -> bool:
        return self.target is not None


def _row(
    action: str,
    label: str | Promise,
    sources: Iterable[State],
    target: State | None,
    part: Part | None,
    roles: Iterable[Role],
    event: str,
    *,
    needs: tuple[str, ...] = (),
    accepts: tuple[str, ...] = (),
    clock: Clock = Clock.NONE,
    guards: tuple[str, ...] = (),
    primary: bool = False,
    by_system: bool = False,
) -> Move:
    return Move(
        action, label, frozenset(sources), target, part, frozenset(roles), event, needs, accepts, clock, guards, primary,
        by_system,
    )  # fmt: skip


S, R, P = State, Role, Part
_WORKING = [S.ACKNOWLEDGED, S.RECTIFYING, S.INTERIM_CLOSED]

TABLE: tuple[Move, ...] = (
    _row("acknowledge", pgettext_lazy("step", "签收"), [S.ISSUED], S.ACKNOWLEDGED, P.RESPONSIBLE, [R.HANDLER], "acknowledged",
         clock=Clock.RECTIFY, primary=True),
    _row("return", pgettext_lazy("step", "退回"), [S.ISSUED, S.ACKNOWLEDGED], S.RETURNED, P.RESPONSIBLE, [R.HANDLER], "returned",
         needs=("reason_code", "reason"), guards=("not_paused", "within_return_window", "not_delegated")),
    # A refused return goes back to the receiver's desk; no clock stopped meanwhile.
    _row("refuse_return", pgettext_lazy("step", "驳回退回"), [S.RETURNED], S.ISSUED, P.ISSUER, [R.DISPATCHER], "return_refused",
         needs=("reason",)),
    _row("reissue", pgettext_lazy("step", "改派"), [S.RETURNED], S.REISSUED, P.ISSUER, [R.DISPATCHER], "reissued",
         needs=("bureau", "reason"), clock=Clock.STOP, guards=("not_delegated",), primary=True),
    _row("accept_return", pgettext_lazy("step", "受理退回，不再转办"), [S.RETURNED], S.WITHDRAWN, P.ISSUER, [R.DISPATCHER], "return_accepted",
         needs=("reason",), clock=Clock.STOP, guards=("not_delegated", "not_split_off")),
    _row("start_rectification", pgettext_lazy("step", "开始整改"), [S.ACKNOWLEDGED], S.RECTIFYING, P.RESPONSIBLE, [R.HANDLER],
         "rectification_started", accepts=("plan",), guards=("not_paused",), primary=True),
    _row("delegate", pgettext_lazy("step", "交办下级"), [S.ACKNOWLEDGED, S.RECTIFYING], None, P.RESPONSIBLE, [R.HANDLER, R.DISPATCHER],
         "delegated", needs=("bureau", "due_on"), guards=("not_starred", "not_paused", "not_delegated")),
    # Of a child of a split: who split moves the day it is to be done by, within the parent's clock.
    _row("set_inner_due", pgettext_lazy("step", "改定内部期限"), sorted(UNANSWERED), None, P.ISSUER, [R.DISPATCHER], "inner_due_set",
         needs=("due_on", "reason"), guards=("parted", "not_paused")),
    _row("request_extension", pgettext_lazy("step", "申请延期"), [S.ACKNOWLEDGED, S.RECTIFYING], None, P.RESPONSIBLE, [R.HANDLER],
         "extension_requested", needs=("days", "reason"), guards=("not_paused", "before_due", "no_pending_extension", "extension_left")),
    _row("grant_extension", pgettext_lazy("step", "批准延期"), [S.ACKNOWLEDGED, S.RECTIFYING], None, P.ISSUER, [R.DISPATCHER],
         "extension_granted", accepts=("reason",), clock=Clock.MOVE, guards=("not_paused", "pending_extension")),
    _row("refuse_extension", pgettext_lazy("step", "不予延期"), [S.ACKNOWLEDGED, S.RECTIFYING], None, P.ISSUER, [R.DISPATCHER],
         "extension_refused", needs=("reason",), guards=("pending_extension",)),
    _row("submit_feedback", pgettext_lazy("step", "反馈"), [S.ACKNOWLEDGED, S.RECTIFYING, S.INTERIM_CLOSED], S.FEEDBACK_SUBMITTED,
         P.RESPONSIBLE, [R.HANDLER], "feedback_submitted", needs=("verdict", "measures"), accepts=("cause", "enforced"),
         clock=Clock.VERIFY, guards=("not_paused", "children_done"), primary=True),
    _row("request_pause", pgettext_lazy("step", "申请暂停计时"), _WORKING, None, P.RESPONSIBLE, [R.HANDLER], "pause_requested",
         needs=("pause_code", "reason", "resume_on", "evidence"),
         guards=("not_paused", "not_run_out", "no_pending_pause", "no_pending_extension", "not_delegated", "pause_left")),
    _row("grant_pause", pgettext_lazy("step", "批准暂停"), _WORKING, None, P.ISSUER, [R.DISPATCHER], "pause_granted",
         accepts=("reason",), clock=Clock.PAUSE, guards=("pending_pause", "not_run_out")),
    _row("refuse_pause", pgettext_lazy("step", "不予暂停"), _WORKING, None, P.ISSUER, [R.DISPATCHER], "pause_refused",
         needs=("reason",), guards=("pending_pause",)),
    _row("resume", pgettext_lazy("step", "恢复计时"), _WORKING, None, P.RESPONSIBLE, [R.HANDLER], "resumed",
         accepts=("reason",), clock=Clock.RESUME, guards=("paused",), by_system=True),
    _row("lift_pause", pgettext_lazy("step", "提前结束暂停"), _WORKING, None, P.ISSUER, [R.DISPATCHER], "pause_lifted",
         needs=("reason",), clock=Clock.RESUME, guards=("paused",)),
    _row("plan_milestones", pgettext_lazy("step", "列出整改节点"), _WORKING, None, P.RESPONSIBLE, [R.HANDLER], "milestones_planned",
         needs=("milestones",), guards=("not_paused",)),
    _row("reach_milestone", pgettext_lazy("step", "完成节点"), _WORKING, None, P.RESPONSIBLE, [R.HANDLER], "milestone_reached",
         needs=("milestone", "evidence"), accepts=("note",), guards=("open_milestone",)),
    _row("start_verification", pgettext_lazy("step", "开始核查"), [S.FEEDBACK_SUBMITTED], S.VERIFYING, P.VERIFIER, [R.VERIFIER],
         "verification_started", guards=("other_eyes",), primary=True),
    _row("pass_verification", pgettext_lazy("step", "核查通过"), [S.VERIFYING], S.VERIFIED, P.VERIFIER, [R.VERIFIER], "verification_passed",
         needs=("opinion",), accepts=("method",), clock=Clock.CLOSE, guards=("other_eyes",), primary=True),
    _row("reject_verification", pgettext_lazy("step", "核查不通过"), [S.VERIFYING], S.RECTIFYING, P.VERIFIER, [R.VERIFIER],
         "verification_rejected", needs=("reason",), accepts=("method",), clock=Clock.RECTIFY, guards=("other_eyes",)),
    _row("close", pgettext_lazy("step", "办结"), [S.VERIFIED], S.CLOSED, P.ISSUER, [R.DISPATCHER], "closed",
         accepts=("opinion",), clock=Clock.STOP, guards=("closer_is_not_rectifier", "children_done"), primary=True),
    _row("interim_close", pgettext_lazy("step", "阶段性办结"), [S.VERIFIED], S.INTERIM_CLOSED, P.ISSUER, [R.DISPATCHER], "interim_closed",
         needs=("reason",), clock=Clock.RECTIFY, guards=("closer_is_not_rectifier", "children_done")),
    _row("strike_off", pgettext_lazy("step", "销号"), [S.CLOSED], S.STRUCK_OFF, P.ISSUER, [R.DISPATCHER], "struck_off",
         accepts=("publication",), primary=True),
    _row("reopen", pgettext_lazy("step", "重新打开"), [S.INTERIM_CLOSED, S.CLOSED, S.STRUCK_OFF], S.RECTIFYING, P.ISSUER, [R.DISPATCHER],
         "reopened", needs=("reason",), clock=Clock.RECTIFY, guards=("not_paused",)),
    # 回头看: by a team that neither rectified nor verified. A failure is worked on again, with a clock of its own.
    _row("schedule_look_back", pgettext_lazy("step", "安排回头看"), [S.CLOSED, S.STRUCK_OFF], None, P.ISSUER, [R.DISPATCHER],
         "look_back_scheduled", needs=("bureau", "look_by"), accepts=("draw",), guards=("no_open_look_back",)),
    _row("pass_look_back", pgettext_lazy("step", "回头看通过"), [S.CLOSED, S.STRUCK_OFF], None, P.REVIEWER, [R.VERIFIER],
         "look_back_passed", needs=("opinion", "evidence"), guards=("third_eyes",)),
    _row("fail_look_back", pgettext_lazy("step", "回头看不通过"), [S.CLOSED, S.STRUCK_OFF], S.RECTIFYING, P.REVIEWER, [R.VERIFIER],
         "look_back_failed", needs=("reason", "evidence"), clock=Clock.RECTIFY, guards=("third_eyes",)),
    # 督办: side events of who supervises the division, by the ladder county, city, province: it is only ever raised, and
    # lifted by the level that put it. A listing (挂牌) names the leader who answers for it.
    _row("escalate", pgettext_lazy("step", "督办"), sorted(OPEN), None, None, [R.SUPERVISOR], "escalated", needs=("reason",),
         accepts=("reply_by",), guards=("rung_not_above",)),
    _row("list_escalation", pgettext_lazy("step", "挂牌督办"), sorted(OPEN), None, None, [R.SUPERVISOR], "listed",
         needs=("reason", "leader", "reply_by"), guards=("not_listed", "rung_not_above")),
    _row("unlist_escalation", pgettext_lazy("step", "解除挂牌"), sorted(OPEN | DONE), None, None, [R.SUPERVISOR], "unlisted",
         needs=("reason",), guards=("listed", "own_listing")),
    _row("lift_escalation", pgettext_lazy("step", "解除督办"), sorted(OPEN | DONE), None, None, [R.SUPERVISOR], "escalation_lifted",
         needs=("reason",), guards=("pressed", "own_presses")),
    _row("reply_escalation", pgettext_lazy("step", "回复督办"), sorted(OPEN - {S.RETURNED}), None, P.RESPONSIBLE, [R.HANDLER],
         "escalation_replied", needs=("reply",), guards=("unanswered_escalation",)),
    _row("void", pgettext_lazy("step", "作废"), [S.ISSUED, S.RETURNED], S.VOID, P.ISSUER, [R.DISPATCHER], "voided",
         needs=("reason",), clock=Clock.STOP, guards=("not_delegated", "not_split_off")),
)  # fmt: skip

#: How a historical problem comes in from the office's own ledger, by a dispatcher or coordinator of the issuing bureau.
#: Not pressed by anyone: `actions.importing` takes them, and the database lets only an imported issue take them, in the
#: transaction that brings it in. The rest of its way (签收, 销号) are moves of the table itself.
_OFFICE = [R.DISPATCHER, R.COORDINATOR]
IMPORTS: tuple[Move, ...] = (
    _row("import_open", pgettext_lazy("step", "台账导入：在办"), [S.ISSUED], S.RECTIFYING, P.ISSUER, _OFFICE, "imported_as", clock=Clock.RECTIFY),
    _row("import_interim", pgettext_lazy("step", "台账导入：阶段性办结"), [S.ISSUED, S.ACKNOWLEDGED], S.INTERIM_CLOSED, P.ISSUER, _OFFICE,
         "imported_as", clock=Clock.RECTIFY),
    _row("import_closed", pgettext_lazy("step", "台账导入：已办结"), [S.ISSUED, S.ACKNOWLEDGED], S.CLOSED, P.ISSUER, _OFFICE,
         "imported_as", clock=Clock.STOP),
)  # fmt: skip

#: Whole issues joined and parted: all live parts at once, together with another issue's. Not pressed as moves of one
#: part: `actions.merging` and `actions.splitting` take them, and the database lets a part take them only beside the
#: record of the link. A merge undone gives each part back the state it had; a split undone ends the children.
LINKS: tuple[Move, ...] = (
    _row("merge", pgettext_lazy("step", "合并到另一问题"), sorted(OPEN), S.MERGED, P.ISSUER, [R.DISPATCHER], "merged",
         needs=("into", "reason"), clock=Clock.STOP),
    # Of two issuers: who issued one of the two asks who issued the other (actions.merge_offers).
    _row("offer_merge", pgettext_lazy("step", "征询合并"), sorted(OPEN), None, P.ISSUER, [R.DISPATCHER], "merge_offered",
         needs=("into", "reason")),
    _row("unmerge", pgettext_lazy("step", "撤销合并"), [S.MERGED], None, P.ISSUER, [R.DISPATCHER], "unmerged", needs=("reason",)),
    _row("split", pgettext_lazy("step", "拆分"), sorted(UNANSWERED), None, P.ISSUER, [R.DISPATCHER], "split", needs=("children", "reason")),
    _row("unsplit", pgettext_lazy("step", "撤销拆分"), [*sorted(UNANSWERED), S.RETURNED], S.VOID, P.ISSUER, [R.DISPATCHER], "unsplit",
         needs=("reason",), clock=Clock.STOP),
)  # fmt: skip

MOVES: dict[str, Move] = {row.action: row for row in TABLE}

#: What only the program itself enters: no form asks for it, no body may hold it.
INTERNAL = frozenset({"draw"})
#: What one asks for in an action's form: field -> Chinese label.
FIELDS: dict[str, str | Promise] = {
    "reason_code": _("退回类型"),
    "reason": _("理由"),
    "bureau": _("承办单位"),
    "due_on": _("内部期限"),
    "plan": _("整改方案"),
    "days": _("延期工作日数"),
    "verdict": _("调查结论"),
    "measures": _("整改措施"),
    "cause": _("原因"),
    "opinion": _("意见"),
    "publication": _("公示内容"),
    "enforced": _("执法措施"),
    "pause_code": _("暂停类型"),
    "resume_on": _("计划恢复日期"),
    "evidence": _("佐证材料"),
    "milestones": _("整改节点"),
    "milestone": _("节点"),
    "note": _("说明"),
    "method": _("核查方式"),
    "look_by": _("回头看完成期限"),
    "draw": _("回头看抽取"),
    "leader": _("挂牌领导"),
    "reply_by": _("回复期限"),
    "reply": _("回复内容"),
}


class ReturnReason(TextChoices):
    NOT_OURS = "not_ours", _("不属本单位管辖")
    DUPLICATE = "duplicate", _("重复转办")
    INSUFFICIENT = "insufficient", _("事实不清，无法办理")


class PauseReason(TextChoices):
    HEATING_SEASON = "heating_season", _("采暖季不具备施工条件")
    WEATHER = "weather", _("汛期、冰冻等天气影响")
    EMERGENCY = "emergency", _("重污染应急停工")
    PROCEDURE = "procedure", _("依法须履行的程序")
    OTHER = "other", _("其他客观原因")


class Method(TextChoices):
    """How a verification was made."""

    ON_SITE = "on_site", _("现场核查")
    EVIDENCE = "evidence", _("资料核查")


class Rung(TextChoices):
    """The ladder of supervision; the level of the division of who presses."""

    COUNTY = "county", _("县级督办")
    CITY = "city", _("市级督办")
    PROVINCE = "province", _("省级督办")


class Verdict(TextChoices):
    """Four verdicts, not three (domain section 0)."""

    TRUE = "true", _("属实")
    BASICALLY_TRUE = "basically_true", _("基本属实")
    PARTLY_TRUE = "partly_true", _("部分属实")
    UNTRUE = "untrue", _("不属实")


def derive(states: Iterable[State]) -> State:
    """The state of an issue from those of its responsibilities: the least advanced live one.

    With no live part left the issue was merged, or is void (or its return was accepted).
    """
    seen = set(states)
    live = [state for state in ORDER if state in seen]
    if live:
        return live[0]
    if State.MERGED in seen:
        return State.MERGED
    return State.WITHDRAWN if State.WITHDRAWN in seen and State.VOID not in seen else State.VOID


def state_moves() -> list[tuple[str, str, str]]:
    """(action, source, target) of every state change, for the database's own copy of the table."""
    moves = [
        (row.action, source.value, row.target.value)
        for row in (*TABLE, *IMPORTS, *LINKS)
        if row.target
        for source in row.sources
    ]
    # Undoing a merge leads back to whichever state it was.
    return sorted([*moves, *((f"unmerge_{state.value}", State.MERGED.value, state.value) for state in OPEN)])


def mermaid() -> str:
    """The table as a Mermaid state diagram (docs/lifecycle.md is generated from it)."""
    lines = ["stateDiagram-v2", "    [*] --> issued"]
    lines += [f"    {source} --> {target}: {action}" for action, source, target in state_moves()]
    return "\n".join(lines)
