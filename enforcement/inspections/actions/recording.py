"""At the site and after: answers, guidance, signatures, the record, and what failed items become."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from enforcement.findings.actions import file_finding
from enforcement.findings.actions import perform as move_finding
from enforcement.findings.models import Finding
from enforcement.inspections import rules
from enforcement.inspections.models import Answer, ChecklistItem, Guidance, Side, Signature, Visit
from enforcement.timeline import clock
from enforcement.timeline.attachments import attach
from enforcement.timeline.evidence import store
from enforcement.timeline.models import Attachment
from regions import words
from regions.directory import default_receiver
from regions.errors import Conflict, Invalid
from regions.models import Officer
from regions.roles import Role


def items_of(visit: Visit) -> list[ChecklistItem]:
    return list(visit.list_version.items.all())


def answers_of(visit: Visit) -> dict[str, Answer]:
    """The answers by their item's code."""
    return {row.item.code: row for row in visit.answers.select_related("item", "finding")}


def findings_seen(visit: Visit, officer: Any) -> set[Any]:
    """The findings of the visit this officer may see, by their key."""
    return set(Finding.objects.visible_to(officer).filter(checklist_answer__visit=visit).values_list("pk", flat=True))


def photos_of(visit: Visit) -> list[Attachment]:
    """The visit's evidence; its label is the code of the item it belongs to."""
    return list(Attachment.objects.filter(subject_type="visit", subject_id=str(visit.pk)).order_by("received_at", "pk"))


def answer(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Keeps answers as they come, one or many: `answers` maps an item's code to its value, `notes` to its note.

    `seen` maps codes to what their sender saw: an answer somebody else gave meanwhile isn't written over. What was signed
    doesn't change any more. Raises Invalid with a sentence for each item at fault; then none is kept.
    """
    if visit.signatures.exists():
        raise Conflict(_("已有人签字，检查表不能再改。"))
    given, notes, seen = (entered.get(name) or {} for name in ("answers", "notes", "seen"))
    if not all(isinstance(part, Mapping) for part in (given, notes, seen)):
        raise Invalid(_("请按编号填写答案。"), field="answers")
    items = {item.code: item for item in items_of(visit)}
    errors: dict[str, list[str]] = {}
    changed = []
    standing = answers_of(visit)
    for code in dict.fromkeys([*given, *notes]):
        item = items.get(code)
        if item is None:
            errors[str(code)[:12]] = [_("检查表没有这一项。")]
            continue
        before = standing.get(code)
        if code in seen and seen[code] != (before.value if before else ""):
            errors[code] = [_outrun(item, before)]
            continue
        try:
            value = rules.clean(item, str(given.get(code, before.value if before else "")))
            note = words.line(notes.get(code, before.note if before else ""), code, 500, needed=False)
        except (ValueError, Invalid) as error:
            errors[code] = [str(error)]
            continue
        if before is None or (before.value, before.note) != (value, note):
            changed.append((item, value, note))
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    now = clock.now()
    Answer.objects.bulk_create(
        [
            Answer(visit=visit, item=item, value=value, note=note, failed=rules.failed(item, value), by=by, at=now)
            for item, value, note in changed
        ],
        update_conflicts=True,
        unique_fields=["visit", "item"],
        update_fields=["value", "note", "failed", "by", "at"],
    )
    return {"codes": [item.code for item, _value, _note in changed]}


def _outrun(item: ChecklistItem, before: Answer | None) -> str:
    value = rules.shown(item, before.value) if before else ""
    return _("此项刚刚已被组员改为“%(value)s”，请核对后再改。") % {"value": value or _("未填")}


def guide(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    code = words.line(entered.get("item"), "item", 12, needed=False)
    item = visit.list_version.items.filter(code=code).first() if code else None
    if code and item is None:
        raise Invalid(_("检查表没有这一项。"), field="item")
    text = words.paragraph(entered.get("text"), "text", 1000)
    Guidance.objects.create(visit=visit, item=item, text=text, by=by, at=clock.now())
    return {"code": code}


def digest_of(visit: Visit) -> str:
    """SHA-256 over the list, the answers and their photos: what a signature stands under."""
    held = {
        "list": str(visit.list_version_id),
        "answers": {code: [row.value, row.note] for code, row in sorted(answers_of(visit).items())},
        "photos": sorted(photo.sha256 for photo in photos_of(visit)),
    }
    return hashlib.sha256(json.dumps(held, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def sign(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """An officer signs for themselves; for the party a name, or that it refused and why. Nothing may be missing."""
    _check_complete(visit)
    side = str(entered.get("side") or "")
    if side not in Side.values:
        raise Invalid(_("请选择签字的一方。"), field="side")
    if side == Side.OFFICER:
        if visit.signatures.filter(officer=by).exists():
            raise Conflict(_("您已经签过字。"))
        name, refusal, officer = by.name, "", by
    else:
        name = words.line(entered.get("name"), "name", 40)
        refusal, officer = words.line(entered.get("refusal"), "refusal", 200, needed=False), None
    Signature.objects.create(
        visit=visit, side=side, officer=officer, name=name, refusal=refusal, digest=digest_of(visit), at=clock.now()
    )
    return {"side": side, "refused": bool(refusal)}


def _check_complete(visit: Visit) -> None:
    answers = {code: row.value for code, row in answers_of(visit).items()}
    photos = Counter(photo.label for photo in photos_of(visit))
    sentences = rules.missing(items_of(visit), answers, photos)
    if sentences:
        raise Invalid(sentences[0], errors={"answers": sentences[:20]})


def finish(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """The record is made: complete, signed by both sides under the same answers; failed items become findings."""
    _check_complete(visit)
    signed = list(visit.signatures.all())
    officers = {row.officer_id for row in signed if row.side == Side.OFFICER}
    badged = set(visit.officers.exclude(badge_no="").values_list("officer_id", flat=True))
    if len(officers & badged) < visit.rule.min_badged:
        raise Conflict(_("至少要%(n)d名持证检查人员签字。") % {"n": visit.rule.min_badged})
    if not any(row.side == Side.PARTY for row in signed):
        raise Conflict(_("请被检查单位签字；拒绝签字的，请记录理由。"))
    if {row.digest for row in signed} != {digest_of(visit)}:
        raise Conflict(_("签字后现场材料有变化，不能形成笔录，请作出说明后重新检查。"))
    visit.ended_at = clock.now()
    visit.summary = words.paragraph(entered.get("summary"), "summary", 2000, needed=False)
    found = [_found(visit, row, by) for row in _failures(visit)]
    return {"findings": [finding.pk for finding in found], "digest": digest_of(visit)}


def _failures(visit: Visit) -> list[Answer]:
    answers = answers_of(visit)
    shown = rules.asked(items_of(visit), {code: row.value for code, row in answers.items()})
    codes = [item.code for item in shown if item.becomes == rules.Becomes.FINDING]
    return [answers[code] for code in codes if code in answers and answers[code].failed]


def _found(visit: Visit, row: Answer, by: Officer) -> Finding:
    """A failed item as a finding of the visiting bureau, with the photos taken of it."""
    item = row.item
    finding = file_finding(
        by=by,
        filer=visit.bureau,
        receiver=default_receiver(visit.bureau),
        title=_("%(site)s：%(text)s不合格") % {"site": visit.site.name[:50], "text": item.text[:55]},
        source=visit.source,
        lon=visit.site.lon,
        lat=visit.site.lat,
        occurred_at=row.at,
        severity=item.severity,
        description=_described(visit, row),
        pollution_type=item.pollution_type,
        address=visit.site.address,
        site=visit.site,
        synthetic=visit.synthetic,
        origin={"visit": str(visit.pk), "item": item.code},
    )
    for photo in photos_of(visit):
        if photo.label == item.code:
            with store().open_key(photo.sha256) as content:
                attach(
                    finding,
                    content,
                    by=by,
                    name=photo.name,
                    label=photo.label,
                    captured_at=photo.captured_at,
                    synthetic=visit.synthetic,
                )
    row.finding = move_finding(finding, "submit", by=by) if _may_submit(by, visit) else finding
    row.save(update_fields=["finding"])
    return finding


def _may_submit(by: Officer, visit: Visit) -> bool:
    return any(p.bureau_id == visit.bureau_id and p.role == Role.INSPECTOR for p in by.postings_on(clock.today()))


def _described(visit: Visit, row: Answer) -> str:
    parts = [
        _("%(list)s %(code)s：%(text)s。答案：%(value)s。")
        % {
            "list": visit.list_version,
            "code": row.item.code,
            "text": row.item.text,
            "value": rules.shown(row.item, row.value),
        }
    ]
    if row.note:
        parts.append(row.note)
    if row.item.law:
        parts.append(_("依据：%(law)s") % {"law": row.item.law})
    return "\n".join(parts)
