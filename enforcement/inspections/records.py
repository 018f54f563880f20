"""现场检查笔录 and 移交清单 as papers: what was asked, what was answered, who signed, what was handed over."""

from typing import Any

from django.utils.translation import gettext as _

from enforcement.inspections import rules
from enforcement.inspections.actions import FLAGS, answers_of, items_of, photos_of
from enforcement.inspections.models import Side, Visit
from enforcement.papers import Block, Facts, Heading, Paper, Paragraph, Picture, Signatures, Table
from enforcement.timeline import clock
from enforcement.timeline.evidence import store

MAX_PICTURES = 12


def record_of(visit: Visit) -> Paper:
    """The record as it stands; before it is finished it says that it is a draft."""
    items = items_of(visit)
    answers = answers_of(visit)
    asked = rules.asked(items, {code: row.value for code, row in answers.items()})
    blocks: list[Block] = [
        Facts(_facts(visit)),
        Heading(_("一、检查情况")),
        Table(
            [_("编号"), _("检查内容"), _("结果"), _("说明")],
            [_row(item, answers.get(item.code)) for item in asked],
            widths=[1, 5, 2, 3],
        ),
    ]
    failed = [item for item in asked if item.code in answers and answers[item.code].failed]
    blocks += [Heading(_("二、发现的问题")), *_problems(failed)]
    guidance = list(visit.guidance.select_related("item"))
    if guidance:
        blocks.append(Heading(_("三、帮扶指导")))
        blocks += [Paragraph(f"{row.item.code + ' ' if row.item else ''}{row.text}") for row in guidance]
    if visit.summary:
        blocks += [Heading(_("小结")), Paragraph(visit.summary)]
    blocks += _pictures(visit)
    blocks += _signed(visit)
    return Paper(
        title=_("现场检查笔录") if visit.ended_at else _("现场检查笔录（草稿，检查尚未结束）"),
        number=visit.approval_no,
        subtitle=visit.site.name,
        blocks=blocks,
        foot=_("%(list)s　生成于 %(at)s") % {"list": visit.list_version, "at": clock.minute(clock.now())},
        synthetic=visit.synthetic,
    )


def handover_of(visit: Visit) -> Paper:
    """移交清单: signed by both sides."""
    rows = [
        [
            n,
            piece.item_code,
            piece.attachment.name,
            piece.taken_by,
            clock.minute(piece.taken_at),
            piece.place,
            piece.sha256,
        ]
        for n, piece in enumerate(visit.handovers.select_related("attachment"), start=1)
    ]
    return Paper(
        title=_("证据移交清单"),
        number=visit.approval_no,
        subtitle=visit.site.name,
        blocks=[
            Facts(
                [
                    (_("移交单位"), visit.bureau.name),
                    (_("接收单位"), visit.receiver.name if visit.receiver else ""),
                    (_("移交时间"), clock.minute(visit.handed_over_at)),
                    (_("签收时间"), clock.minute(visit.received_at)),
                ]
            ),
            Table(
                [_("序号"), _("检查项"), _("文件"), _("取得人"), _("取得时间"), _("地点"), "SHA-256"],
                rows,
                widths=[1, 1.2, 3, 1.5, 2.5, 2.5, 5],
            ),
            Paragraph(_("原件保存在证据库中，可按 SHA-256 核对。")),
            Signatures([_("移交人"), _("接收人")]),
        ],
        synthetic=visit.synthetic,
    )


def _facts(visit: Visit) -> list[tuple[object, object]]:
    officers = [
        f"{row.officer.name}（{row.badge_no or _('无执法证')}）" for row in visit.officers.select_related("officer")
    ]
    flags = _("、").join(str(FLAGS[flag]) for flag in visit.check_in_flags)
    return [
        (_("被检查单位"), visit.site.name),
        (_("统一社会信用代码"), visit.site.uscc),
        (_("地址"), visit.site.address),
        (_("检查单位"), visit.bureau.name),
        (_("检查人员"), _("、").join(officers)),
        (_("方式"), visit.get_mode_display()),
        (_("审批单号"), visit.approval_no),
        (_("检查通知书"), visit.notice_no or _("无（四不两直）")),
        (_("检查时间"), f"{clock.minute(visit.begun_at)} – {clock.minute(visit.ended_at) or _('未结束')}"),
        (_("入企核对"), flags or _("无异常")),
    ]


def _row(item: Any, answer: Any) -> list[object]:
    value = rules.shown(item, answer.value) if answer else ""
    mark = _("（不合格）") if answer and answer.failed else ""
    return [item.code, item.text, f"{value}{mark}", answer.note if answer else ""]


def _problems(failed: list[Any]) -> list[Block]:
    if not failed:
        return [Paragraph(_("未发现检查表所列问题。"))]
    rows = [[item.code, item.text, item.law, rules.Becomes(item.becomes).label] for item in failed]
    return [Table([_("编号"), _("问题"), _("依据"), _("处理")], rows, widths=[1, 4, 3, 2])]


def _pictures(visit: Visit) -> list[Block]:
    """Thumbnails: a record is to be read and filed, the originals are in the evidence store."""
    shown = [photo for photo in photos_of(visit) if photo.thumbnail][:MAX_PICTURES]
    pictures: list[Block] = [
        Picture(store().take(photo.thumbnail), "image/jpeg", width=9, caption=f"{photo.label} {photo.name}")
        for photo in shown
    ]
    return [Heading(_("现场照片")), *pictures] if pictures else []


def _signed(visit: Visit) -> list[Block]:
    signed = list(visit.signatures.select_related("officer"))
    if not signed:
        return [Signatures([_("检查人员"), _("检查人员"), _("被检查单位")])]
    rows = [
        [
            row.get_side_display(),
            row.name,
            _("拒绝签字：%(why)s") % {"why": row.refusal} if row.refusal else _("已签字"),
            clock.minute(row.at),
        ]
        for row in signed
    ]
    blocks: list[Block] = [Heading(_("签字")), Table([_("一方"), _("姓名"), _("情况"), _("时间")], rows)]
    if any(row.side == Side.PARTY for row in signed):
        blocks.append(Signatures([_("检查人员"), _("被检查单位")]))
    return blocks
