"""日报 and 轮次小结 as papers, from the same values as their pages."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from enforcement.crossregion.models import DailyReport
from enforcement.crossregion.summing import Figure, Summary
from enforcement.papers import Block, Facts, Heading, Paper, Paragraph, Signatures, Table
from enforcement.timeline import clock


def counted_rows(report: DailyReport) -> list[tuple[str, str]]:
    """A report's figures with their denominators, as label and value."""
    held = report.figures
    return [
        (_("检查次数"), _("%(n)d 次") % {"n": held["visits"]}),
        (_("检查抽中点位"), _("%(n)d 处 ÷ 本队抽中 %(of)d 处") % {"n": held["targets_visited"], "of": held["targets"]}),
        (_("帮扶指导"), _("%(n)d 条") % {"n": held["guidance"]}),
        (_("报送线索"), _("%(n)d 条") % {"n": held["clues"]}),
    ]


def report_of(report: DailyReport) -> Paper:
    """One team's report of a day. Reads round, team with its county and filer, loaded by the caller."""
    team = report.team
    late = _("迟报 %(n)d 分钟") % {"n": report.minutes_late} if report.minutes_late else _("按时")
    blocks: list[Block] = [
        Facts(
            [
                (_("队伍"), team.name),
                (_("受检县区"), team.assignment.division.name),
                (_("报送人"), report.filed_by.name),
                (
                    _("报送时间"),
                    f"{clock.minute(report.filed_at)}（{late}）"
                    if report.version == 1
                    else clock.minute(report.filed_at),
                ),
                (_("期限"), clock.minute(report.due_at)),
                (_("版本"), _("第%(n)d版") % {"n": report.version}),
            ]
        ),
        Heading(_("一、统计")),
        Facts(counted_rows(report)),
        Heading(_("二、工作情况")),
        *_paragraphs(report.work),
    ]
    for title, text in ((_("三、需要协调的困难"), report.troubles), (_("四、次日安排"), report.plan)):
        blocks += [Heading(title), *_paragraphs(text or _("无"))]
    blocks.append(Signatures([_("组长")]))
    foot = _("数字统计截至 %(at)s") % {"at": clock.minute(datetime.fromisoformat(report.figures["counted_at"]))}
    return Paper(
        _("交叉执法日报"),
        blocks,
        subtitle=f"{report.round.name}　{report.day}",
        foot=foot,
        synthetic=report.round.synthetic,
    )


def summary_of(found: Summary) -> Paper:
    """The round's summary."""
    round_ = found.round
    blocks: list[Block] = [
        Facts(
            [
                (_("组织单位"), round_.bureau.name),
                (_("所属行动"), round_.campaign),
                (_("日期"), f"{round_.since} – {round_.until}"),
                (_("队伍"), _("%(n)d 支") % {"n": len(found.teams)}),
            ]
        ),
        Heading(_("一、总体情况")),
        Table(
            [_("指标"), _("分子"), _("分母"), _("比率")],
            [[row.label, row.count, basis_of(row), rate_of(row)] for row in found.figures],
            widths=(3, 1, 3, 1.2),
            numeric=frozenset({1, 3}),
        ),
        Heading(_("二、各队情况")),
        Table(
            [_("队伍"), _("受检县区"), _("检查次数"), _("抽中点位"), _("线索"), _("按时日报")],
            [
                [
                    row.team.name,
                    row.team.assignment.division.name,
                    row.counted.visits,
                    f"{row.visited}/{row.targets}",
                    row.counted.clues,
                    f"{row.on_time}/{row.expected}",
                ]
                for row in found.teams
            ],
            widths=(2.4, 2, 1.2, 1.2, 1, 1.4),
            numeric=frozenset({2, 3, 4, 5}),
        ),
        Heading(_("三、日报迟报")),
        *_late(found),
    ]
    foot = _("由系统按记录计算，截至 %(at)s") % {"at": clock.minute(found.at)}
    return Paper(_("交叉执法轮次小结"), blocks, subtitle=round_.name, foot=foot, synthetic=round_.synthetic)


def _late(found: Summary) -> list[Block]:
    if not found.late:
        return [Paragraph(_("没有迟报。"))]
    rows = [
        [row.team.name, row.day, _("未报") if row.missing else _("已报"), _("%(n)d 分钟") % {"n": row.minutes_late}]
        for row in found.late
    ]
    return [Table([_("队伍"), _("日期"), _("情况"), _("迟")], rows, numeric=frozenset({3}))]


def basis_of(row: Figure) -> str:
    return f"{row.of_label} {row.of}" if row.of is not None else ""


def rate_of(row: Figure) -> str:
    return f"{row.rate} %" if row.rate is not None else "—" if row.of is not None else ""


def _paragraphs(text: str) -> Sequence[Paragraph]:
    return [Paragraph(line) for line in text.splitlines() if line.strip()]
