"""The urging letter (督办函) of an escalation, as one paper for DOCX and PDF."""

from django.utils.translation import gettext as _

from enforcement.issues.models import Escalation
from enforcement.papers import Block, Facts, Paper, Paragraph, Signatures
from regions.templatetags.office import date_office


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
