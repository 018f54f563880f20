"""Letters as papers for DOCX and PDF: the handoff letter (转办单) in the office's words, the urging letter (督办函)."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from enforcement.issues.models import Escalation, Handoff, LetterTemplate, Responsibility
from enforcement.papers import Block, Facts, Paper, Paragraph, Signatures, Table
from enforcement.timeline import clock
from regions.models import Bureau
from regions.templatetags.office import date_office, weight

#: What a template's head and foot may name, and what the words of an item may. A word of the office, like the letter.
PLACES = ("承办单位", "转办单位", "文号", "转办日期", "件数", "期限", "标题")
ITEM_PLACES = ("项次", "编号", "问题", "地址", "企业", "来源", "污染类型", "严重程度", "期限", "情况")
_PLACE = re.compile(r"\{([^{}]*)\}")


def faults_in(text: str, places: Sequence[str]) -> list[str]:
    """What is wrong with a template's text: places that don't exist, braces that open or close nothing."""
    unknown = [name for name in _PLACE.findall(text) if name not in places]
    faults = [_("没有“{%(name)s}”这个占位符。") % {"name": name[:20]} for name in unknown]
    if re.search(r"[{}]", _PLACE.sub("", text)):
        faults.append(_("花括号没有成对，占位符应写作{承办单位}。"))
    return faults


def filled(text: str, values: Mapping[str, object]) -> str:
    """The text with its places filled in. What stands in a value stays as it is."""
    return _PLACE.sub(lambda found: str(values.get(found[1], found[0])), text)


def template_for(bureau: Bureau, on: date) -> LetterTemplate:
    """The version in force on a day: the office's own, else the one every office begins with. One statement."""
    own = LetterTemplate.objects.filter(bureau=bureau) | LetterTemplate.objects.filter(bureau=None)
    rows = own.filter(valid_from__lte=on).order_by("bureau", "-version")  # nulls last: the office's own come first
    return rows[0]


def handoff_letter(handoff: Handoff, to: Bureau, items: Sequence[Responsibility], template: LetterTemplate) -> Paper:
    """The letter of a document to one bureau. Reads issues with their sites, loaded by the caller."""
    places = {
        "承办单位": to.name,
        "转办单位": handoff.bureau.name,
        "文号": handoff.number,
        "转办日期": date_office(clock.beijing_day(handoff.issued_at)),
        "件数": len(items),
        "期限": date_office(max(item.first_due_on for item in items)),
        "标题": handoff.title,
    }
    lines = [_words_of(item) for item in items]
    blocks: list[Block] = _paragraphs(filled(template.opening, places))
    blocks.append(
        Table(
            [_("项次"), _("编号"), _("问题"), _("位置"), _("权重"), _("办结期限")],
            [
                (line["项次"], line["编号"], line["问题"], line["地址"], weight(item.weight), line["期限"])
                for line, item in zip(lines, items, strict=True)
            ],
            widths=(1, 3, 5, 4, 1.2, 2.4),
        )
    )
    if template.item:
        blocks += [Paragraph(filled(template.item, line)) for line in lines]
    blocks += _paragraphs(filled(template.closing, places))
    blocks.append(Paragraph(f"{handoff.bureau.name}　{places['转办日期']}", indent=False))
    blocks.append(Signatures([_("签发"), _("收件人")]))
    foot = _("模板第%(n)d版") % {"n": template.version}
    return Paper(template.heading, blocks, number=handoff.number, foot=foot, synthetic=handoff.synthetic)


def _paragraphs(text: str) -> list[Block]:
    return [Paragraph(line, indent=not line.endswith("：")) for line in text.splitlines() if line.strip()]


def _words_of(item: Responsibility) -> dict[str, object]:
    issue = item.issue
    return {
        "项次": item.item,
        "编号": issue.number,
        "问题": issue.title,
        "地址": issue.address or str(issue.located_in),
        "企业": issue.site.name if issue.site else "",
        "来源": issue.get_source_display(),
        "污染类型": issue.pollution_type,
        "严重程度": issue.get_severity_display(),
        "期限": date_office(item.first_due_on),
        "情况": issue.description or issue.title,
    }


def urging(row: Escalation) -> Paper:
    """Reads escalation, responsibility, bureau and issue, all loaded by the caller."""
    part, issue = row.responsibility, row.responsibility.issue
    title = _("挂牌督办通知书") if row.listed else _("督办函")
    facts: list[tuple[object, object]] = [
        (_("问题编号"), issue.number),
        (_("问题"), issue.title),
        (_("地址"), issue.address),
        (_("首次期限"), date_office(part.first_due_on)),
        (_("当前期限"), date_office(part.due_on)),
        (_("督办层级"), row.get_level_display()),
    ]
    if row.listed:
        facts.append((_("挂牌领导"), row.leader))
    if row.reply_by:
        facts.append((_("回复期限"), date_office(row.reply_by)))
    blocks: list[Block] = [
        Paragraph(_("%(bureau)s：") % {"bureau": part.bureau.name}, indent=False),
        Paragraph(_("你单位承办的下列问题，现予督办，请抓紧办理并按期书面回复。")),
        Facts(facts),
        Paragraph(_("督办理由：%(reason)s") % {"reason": row.reason}),
        Paragraph(_("%(bureau)s　%(day)s") % {"bureau": row.bureau.name, "day": date_office(row.at)}),
        Signatures([_("签发人")]),
    ]
    return Paper(title, blocks, number=row.number, synthetic=issue.synthetic)
