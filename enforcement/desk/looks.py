"""How a state looks: its word, its icon and its tone, the same in lists, maps, charts and documents."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Look:
    """`icon` is an id of icons.svg; `tone` is a modifier of `.badge` in the house style."""

    word: str | Promise
    icon: str
    tone: str


#: Tones: wait = somebody must act first, open = work under way, hold = stands still, half and done = harm stopped
#: and duty done, quiet = no part in any figure. Late and soon belong to the clock alone.
LOOKS: dict[str, Look] = {
    # Responsibilities and issues (enforcement.issues.lifecycle.State)
    "issued": Look(_("待签收"), "mail", "wait"),
    "acknowledged": Look(_("已签收"), "mail-open", "open"),
    "returned": Look(_("已退回待判"), "return", "hold"),
    "rectifying": Look(_("整改中"), "wrench", "open"),
    "feedback_submitted": Look(_("已反馈待核查"), "reply", "wait"),
    "verifying": Look(_("核查中"), "verify", "open"),
    "verified": Look(_("核查通过待办结"), "check", "half"),
    "interim_closed": Look(_("阶段性办结"), "half", "half"),
    "closed": Look(_("已办结"), "done", "done"),
    "struck_off": Look(_("已销号"), "archive", "done"),
    "reissued": Look(_("已改派"), "handoff", "quiet"),
    "withdrawn": Look(_("退回已受理"), "return", "quiet"),
    "void": Look(_("已作废"), "void", "void"),
    "merged": Look(_("已合并"), "merge", "quiet"),
    # Findings
    "draft": Look(_("草稿"), "pencil", "quiet"),
    "leader_review": Look(_("待组长审核"), "eye", "wait"),
    "site_settled": Look(_("已审核新点位"), "pin", "quiet"),
    "confirmed": Look(_("已确认"), "check", "open"),
    "promoted": Look(_("已转办"), "handoff", "done"),
    "joined": Look(_("并入问题"), "merge", "done"),
    "dismissed": Look(_("不予立项"), "void", "quiet"),
    # Quality control of a run
    "report_filed": Look(_("按时报送"), "done", "done"),
    "report_late": Look(_("迟报"), "late", "hold"),
    "report_missing": Look(_("逾期未报"), "late", "late"),
    "report_waiting": Look(_("待报"), "clock", "wait"),
    "quality_passed": Look(_("质控合格"), "check", "done"),
    "quality_failed": Look(_("质控不合格"), "close", "hold"),
    "quality_missing": Look(_("质控记录不全"), "help", "quiet"),
    "quality_none": Look(_("质控未计算"), "help", "quiet"),
}


def look_of(state: object) -> Look:
    """The look of a state code; an unknown code shows itself, so that a gap is seen and nothing breaks."""
    code = str(state)
    return LOOKS.get(code) or Look(code, "help", "quiet")
