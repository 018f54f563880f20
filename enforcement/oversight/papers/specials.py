"""督察反馈意见 and 整改方案 as papers."""

from typing import Any

from django.utils.translation import gettext as _

from enforcement.oversight.actions.plans import figures_of, tasks_now
from enforcement.oversight.models import SpecialInspection
from enforcement.papers import Block, Facts, Heading, Paper, Paragraph, Signatures, Table
from enforcement.timeline import clock


def feedback_of(row: SpecialInspection) -> Paper:
    """What the team found, and by when the plan is awaited."""
    problems = [[one.place, one.title, one.facts, one.get_severity_display()] for one in row.problems.all()]
    blocks: list[Block] = [
        Facts(
            [
                (_("督察单位"), row.bureau.name),
                (_("被督察单位"), row.addressee.name),
                (_("督察通知文号"), row.notice_no),
                (_("督察日期"), f"{row.since:%Y-%m-%d} – {row.until:%Y-%m-%d}"),
                (_("督察内容"), row.scope),
                (_("依据"), row.basis),
                (_("督察组"), _team(row)),
            ]
        ),
        Heading(_("一、反馈意见")),
        *_paragraphs(row.report),
        Heading(_("二、发现的问题")),
        Table([_("序号"), _("问题"), _("事实"), _("严重程度")], problems, widths=[1, 3, 6, 1.5]),
        Heading(_("三、整改要求")),
        Paragraph(
            _("请于%(day)s前报送整改方案，逐项写明整改措施、责任单位和完成期限。") % {"day": row.first_plan_due_on}
        ),
        Signatures([row.bureau.name]),
    ]
    return Paper(
        title=_("专项督察反馈意见"), number=row.report_no, subtitle=row.name, blocks=blocks, synthetic=row.synthetic
    )


def plan_of(row: SpecialInspection) -> Paper:
    """The newest plan and how far its tasks are, with the cut-off."""
    plan = row.plans.first()
    tasks = tasks_now(row)
    now = clock.now()
    figures = figures_of(tasks, clock.today())
    rows = [
        [task.problem.place, task.problem.title, task.measure, task.bureau.short_name, task.due_on, _stands(task)]
        for task in tasks
    ]
    blocks: list[Block] = [
        Paragraph(
            _("截至%(at)s，整改任务%(tasks)d项，已办结%(closed)d项，其中已销号%(struck_off)d项；超期%(overdue)d项。")
            % {
                "at": clock.minute(now),
                "tasks": figures.tasks,
                "closed": figures.closed,
                "struck_off": figures.struck_off,
                "overdue": figures.overdue,
            }
        ),
        Heading(_("一、整改方案")),
        *_paragraphs(plan.text if plan else ""),
        Heading(_("二、整改任务")),
        Table(
            [_("序号"), _("问题"), _("整改措施"), _("责任单位"), _("完成期限"), _("进展")],
            rows,
            widths=[1, 3, 4, 2, 2, 1.5],
        ),
        Signatures([row.addressee.name]),
    ]
    return Paper(
        title=_("专项督察整改方案"), number=row.report_no, subtitle=row.name, blocks=blocks, synthetic=row.synthetic
    )


def _stands(task: Any) -> str:
    issue = task.problem.finding.issue
    return str(issue.get_state_display()) if issue else _("未转办")


def _team(row: SpecialInspection) -> str:
    return _("、").join(one.officer.name for one in row.members.select_related("officer"))


def _paragraphs(text: str) -> list[Paragraph]:
    return [Paragraph(part) for part in text.splitlines() if part.strip()]


def there(row: SpecialInspection, name: str) -> bool:
    """Whether a paper can be written yet."""
    return row.told_at is not None and (name != "plan" or row.plans.exists())


#: Word in an address -> the paper.
PAPERS = {"feedback": feedback_of, "plan": plan_of}
