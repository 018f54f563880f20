"""约谈通知 and 约谈纪要 as papers."""

from django.utils.translation import gettext as _

from enforcement.oversight.models import Interview
from enforcement.papers import Block, Facts, Heading, Paper, Paragraph, Signatures, Table
from enforcement.timeline import clock


def notice_of(row: Interview) -> Paper:
    """The letter that calls the interviewed in."""
    body = _("因%(cause)s，现决定对你单位进行约谈，请按时参加，并就下列事项作出说明。") % {
        "cause": row.get_cause_display()
    }
    return Paper(
        title=_("约谈通知书"),
        number=row.notice_no,
        subtitle=row.addressee.name,
        blocks=[
            Paragraph(body),
            Facts(
                [
                    (_("事由"), row.reason),
                    (_("时间"), clock.minute(row.meets_at)),
                    (_("地点"), row.place),
                    (_("参加人员"), row.attendees),
                    (_("议程"), row.agenda),
                    (_("书面报告"), _("约谈后%(n)d个工作日内提交") % {"n": row.report_days}),
                ]
            ),
            Signatures([row.bureau.name]),
        ],
        synthetic=row.synthetic,
    )


def minutes_of(row: Interview) -> Paper:
    """What was said and promised, and how far the promises are."""
    rows = [
        [
            one.place,
            one.text,
            one.due_on,
            _("%(day)s 完成") % {"day": clock.minute(one.done_at)[:10]} if one.done_at else _("未完成"),
        ]
        for one in row.commitments.all()
    ]
    blocks: list[Block] = [
        Facts(
            [
                (_("约谈单位"), row.bureau.name),
                (_("被约谈单位"), row.addressee.name),
                (_("情形"), row.get_cause_display()),
                (_("通知文号"), row.notice_no),
                (_("约谈时间"), clock.minute(row.meets_at)),
                (_("地点"), row.place),
                (_("实到人员"), row.present),
            ]
        ),
        Heading(_("一、纪要")),
        *(Paragraph(part) for part in row.minutes.splitlines() if part.strip()),
        Heading(_("二、承诺")),
        Table([_("序号"), _("承诺"), _("期限"), _("完成情况")], rows, widths=[1, 6, 2, 2.5]),
        Paragraph(_("书面报告期限：%(day)s。") % {"day": row.report_due_on}),
        Signatures([_("约谈单位"), _("被约谈单位")]),
    ]
    return Paper(
        title=_("约谈纪要"), number=row.notice_no, subtitle=row.addressee.name, blocks=blocks, synthetic=row.synthetic
    )


#: Word in an address -> the paper, and what must be there before it can be written.
PAPERS = {"notice": (notice_of, "notice_no"), "minutes": (minutes_of, "held_at")}
