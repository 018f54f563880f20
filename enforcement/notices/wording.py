"""Notices in words: one sentence template per kind (templates/notices/<kind>.txt), the same in inbox, API and letter.

A notice of an issue (or an interview) its reader may no longer see says nothing of it: neither its number nor what happened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.template import Context
from django.template.engine import Engine
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enforcement.crossregion.models import Round, Team
from enforcement.issues.lifecycle import ReturnReason, State, Verdict
from enforcement.issues.models import Issue
from enforcement.notices import rules
from enforcement.notices.models import Notice
from enforcement.timeline import subjects
from regions.models import Officer

#: Kind -> its heading, its icon and its tone (docs/components.md).
HEADINGS: dict[str, tuple[str | Promise, str, str]] = {
    rules.DUE_SOON: (gettext_lazy("临近到期"), "soon", "soon"),
    rules.DUE_TODAY: (gettext_lazy("到期提醒"), "soon", "soon"),
    rules.OVERDUE: (gettext_lazy("超期提醒"), "late", "late"),
    rules.ESCALATION: (gettext_lazy("超期督促"), "escalate", "late"),
    "handed_off": (gettext_lazy("新转办问题"), "handoff", "wait"),
    "returned": (gettext_lazy("问题被退回"), "return", "hold"),
    "return_refused": (gettext_lazy("退回未获同意"), "return", "wait"),
    "reissued": (gettext_lazy("改派给本单位"), "handoff", "wait"),
    "delegated": (gettext_lazy("上级交办"), "handoff", "wait"),
    "extension_requested": (gettext_lazy("延期待审批"), "calendar-plus", "wait"),
    "inner_due_set": (gettext_lazy("内部期限已改定"), "calendar-plus", "open"),
    "extension_granted": (gettext_lazy("延期已批准"), "clock", "open"),
    "extension_refused": (gettext_lazy("延期未批准"), "clock", "hold"),
    "feedback_submitted": (gettext_lazy("已反馈待核查"), "reply", "wait"),
    "verification_passed": (gettext_lazy("核查通过待办结"), "check", "wait"),
    "verification_rejected": (gettext_lazy("核查未通过"), "wrench", "late"),
    "interim_closed": (gettext_lazy("已阶段性办结"), "half", "half"),
    "closed": (gettext_lazy("已办结"), "done", "done"),
    "reopened": (gettext_lazy("重新打开"), "reopen", "wait"),
    "merged": (gettext_lazy("问题已合并"), "merge", "quiet"),
    "merged_in": (gettext_lazy("合并征询已同意"), "merge", "done"),
    "unmerged": (gettext_lazy("合并已撤销"), "reopen", "wait"),
    "unmerged_from": (gettext_lazy("合并已撤销"), "merge", "wait"),
    "merge_offered": (gettext_lazy("合并征询待答复"), "merge", "wait"),
    "merge_declined": (gettext_lazy("合并征询未获同意"), "return", "hold"),
    "merge_withdrawn": (gettext_lazy("合并征询已撤回"), "merge", "quiet"),
    "merge_lapsed": (gettext_lazy("合并征询已失效"), "merge", "quiet"),
    "split": (gettext_lazy("问题已拆分"), "split", "open"),
    "unsplit": (gettext_lazy("拆分已撤销"), "merge", "wait"),
    "escalated": (gettext_lazy("督办"), "escalate", "late"),
    "pause_requested": (gettext_lazy("暂停计时待审批"), "clock", "wait"),
    "pause_granted": (gettext_lazy("暂停计时已批准"), "clock", "open"),
    "pause_refused": (gettext_lazy("暂停计时未批准"), "clock", "hold"),
    "pause_lifted": (gettext_lazy("提前恢复计时"), "clock", "wait"),
    "resumed": (gettext_lazy("已恢复计时"), "clock", "wait"),
    "recounted": (gettext_lazy("期限已重算"), "clock", "open"),
    "listed": (gettext_lazy("挂牌督办"), "escalate", "late"),
    "unlisted": (gettext_lazy("解除挂牌督办"), "escalate", "open"),
    "escalation_lifted": (gettext_lazy("解除督办"), "escalate", "open"),
    "escalation_replied": (gettext_lazy("督办已回复"), "reply", "wait"),
    "look_back_scheduled": (gettext_lazy("回头看任务"), "check", "wait"),
    "look_back_passed": (gettext_lazy("回头看通过"), "check", "done"),
    "look_back_failed": (gettext_lazy("回头看不通过"), "reopen", "late"),
    "special_plan_rejected": (gettext_lazy("整改方案被退回"), "return", "hold"),
    "interview_report_rejected": (gettext_lazy("书面报告核验不通过"), "return", "hold"),
    "round_moved": (gettext_lazy("队伍改派"), "handoff", "wait"),
    "round_swapped": (gettext_lazy("两队对调"), "handoff", "wait"),
    "round_member_replaced": (gettext_lazy("队员调整"), "handoff", "wait"),
    "report_due": (gettext_lazy("日报待报"), "clock", "wait"),
    "report_late": (gettext_lazy("日报逾期未报"), "late", "late"),
}

#: State of a responsibility -> what its running stage's deadline is called.
STAGES: dict[str, str | Promise] = {
    State.ISSUED: gettext_lazy("签收期限"),
    State.RETURNED: gettext_lazy("退回判定期限"),
    State.ACKNOWLEDGED: gettext_lazy("反馈期限"),
    State.RECTIFYING: gettext_lazy("反馈期限"),
    State.INTERIM_CLOSED: gettext_lazy("反馈期限"),
    State.FEEDBACK_SUBMITTED: gettext_lazy("核查期限"),
    State.VERIFYING: gettext_lazy("核查期限"),
    State.VERIFIED: gettext_lazy("办结期限"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as its reader sees it. With `visible` false everything of the issue is empty."""

    pk: int
    at: datetime
    read_at: datetime | None
    visible: bool
    heading: str
    text: str
    icon: str = "info"
    tone: str = "quiet"
    kind: str = ""
    number: str = ""
    title: str = ""
    division: str = ""
    due_on: date | None = None
    url: str = ""
    # What it speaks of: an issue, or another subject of the timeline.
    subject_type: str = ""


def lines(notices: Iterable[Notice], officer: Officer) -> list[Line]:
    """The notices in words, in their order. Two statements beside those of `notices` and of the officer's postings, and
    two for each kind of subject that is no issue."""
    rows = list(notices)
    teams = _teams(rows, officer)
    issues = Issue.objects.visible_to(officer).filter(pk__in={row.issue_id for row in rows if row.issue_id})
    seen: dict[Any, Any] = {
        i.pk: i for i in issues.select_related("division").only("number", "title", "division__code")
    }
    for kind in sorted({row.subject_type for row in rows} - {""}):
        keys = {str(row.subject) for row in rows if row.subject_type == kind}
        found = subjects.visible_among(kind, keys, officer)
        if known := subjects.kind(kind):
            prefetch_related_objects(list(found.values()), known.place)
        seen |= found
    return [
        _line(row, seen.get(row.issue_id or str(row.subject)))
        if row.team_id is None
        else _team_line(row, teams.get(row.team_id))
        for row in rows
    ]


def _teams(rows: Iterable[Notice], officer: Officer) -> dict[UUID, Team]:
    """The teams spoken of whose rounds the officer may know of. No statement where no notice speaks of one."""
    keys = {row.team_id for row in rows if row.team_id is not None}
    if not keys:
        return {}
    rounds = Round.objects.visible_to(officer).values("pk")
    return Team.objects.filter(round__in=rounds).select_related("round", "city").in_bulk(keys)


def _team_line(notice: Notice, team: Team | None) -> Line:
    common: dict[str, Any] = {"pk": notice.pk, "at": notice.created_at, "read_at": notice.read_at}
    if team is None:
        return Line(**common, visible=False, heading=_("历史提醒"), text=_("所涉轮次已不在您的查看范围内。"))
    heading, icon, tone = HEADINGS[notice.kind]
    return Line(
        **common,
        visible=True,
        heading=str(heading),
        text=sentence(notice),
        icon=icon,
        tone=tone,
        kind=notice.kind,
        title=_("%(team)s · %(round)s") % {"team": team.name, "round": team.round.name},
        division=team.city.code,
        due_on=notice.due_on,
        url=reverse(f"crossregion:{'round' if notice.event_id else 'reports'}", args=[team.round_id]),
    )


def _line(notice: Notice, about: Any) -> Line:
    """`about` is what it speaks of, an issue or another subject with a division; None where that can't be seen."""
    common: dict[str, Any] = {"pk": notice.pk, "at": notice.created_at, "read_at": notice.read_at}
    if about is None:
        gone = _("所涉问题已不在您的查看范围内。") if notice.issue_id else _("所涉事项已不在您的查看范围内。")
        return Line(**common, visible=False, heading=_("历史提醒"), text=gone)
    heading, icon, tone = HEADINGS.get(notice.kind, (notice.kind, "info", "quiet"))
    return Line(
        **common,
        visible=True,
        heading=str(heading),
        text=sentence(notice),
        icon=icon,
        tone=tone,
        kind=notice.kind,
        number=about.number if notice.issue_id else str(about._meta.verbose_name),
        title=about.title if notice.issue_id else str(about),
        division=_division(notice, about).code,
        due_on=notice.due_on,
        url=about.get_absolute_url(),
        subject_type="issue" if notice.issue_id else notice.subject_type,
    )


def _division(notice: Notice, about: Any) -> Any:
    """Where what it speaks of lies."""
    known = subjects.kind(notice.subject_type)
    return known.division_of(about) if known else about.division


def sentence(notice: Notice) -> str:
    """What the notice says, one line of plain text without the issue's name."""
    facts = {name: _readable(name, value) for name, value in notice.facts.items()}
    facts |= {
        "deadline": _deadline(notice),
        "offset_days": abs(notice.offset_days or 0),
        "minutes": abs(notice.offset_minutes or 0),
        "due_on": notice.due_on or facts.get("due_on"),
    }
    template = Engine.get_default().get_template(f"notices/{notice.kind}.txt")
    # Plain text: whoever shows it escapes it.
    return " ".join(template.render(Context(facts, autoescape=False)).split())


def letter(lines_: Sequence[Line], *, more: int, name: str) -> tuple[str, str]:
    """Subject and body of the letter that holds these lines; `more` of them stand only in the inbox."""
    count = len(lines_) + more
    if count == 1:
        subject = _("联控：%(heading)s %(number)s") % {
            "heading": lines_[0].heading,
            "number": lines_[0].number or lines_[0].title,
        }
    else:
        subject = ngettext("联控：%(count)d 条提醒", "联控：%(count)d 条提醒", count) % {"count": count}
    template = Engine.get_default().get_template("notices/letter.txt")
    body = template.render(Context({"lines": lines_, "more": more, "name": name}, autoescape=False))
    return subject, str(body).strip() + "\n"


def _deadline(notice: Notice) -> str:
    if notice.deadline == rules.Deadline.STAGE:
        return str(STAGES.get(notice.facts.get("state", ""), rules.Deadline.STAGE.label))
    return str(rules.Deadline(notice.deadline or rules.Deadline.OVERALL).label)


def _readable(name: str, value: Any) -> Any:
    if name.endswith(("_on", "_by")) and isinstance(value, str):
        return date.fromisoformat(value)
    if name == "verdict" and value in Verdict.values:
        return Verdict(value).label
    if name == "reason_code" and value in ReturnReason.values:
        return ReturnReason(value).label
    return value
