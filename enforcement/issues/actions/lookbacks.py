"""Look-back (回头看): scheduled for a team that had no part in it, passed or failed with evidence."""

from django.utils.translation import gettext as _

from enforcement.issues.actions import handing_off
from enforcement.issues.actions.acts import Act, Outcome, facts
from enforcement.issues.actions.deadlines import reopen
from enforcement.issues.models import LookBack, LookBackDraw
from enforcement.timeline.models import Attachment
from regions.errors import Conflict, Invalid
from regions.models import Bureau, Part


def schedule(act: Act) -> Outcome:
    bureau: Bureau = act.entered["bureau"]
    if bureau.is_contractor:
        raise Invalid(_("第三方单位不能回头看。"), field="bureau")
    if bureau.pk == act.issue.verifier_id or any(r.bureau_id == bureau.pk for r in act.parts):
        raise Invalid(_("承办单位和核查单位不能回头看本单位办过的问题。"), field="bureau")
    assert act.by is not None
    # In the name of the issuer; `bureau` is the team that goes.
    draw: LookBackDraw | None = act.entered.pop("draw", None)
    kept = LookBack.objects.create(
        responsibility=act.chosen,
        issue=act.issue,
        by=act.by,
        bureau=bureau,
        at=act.now,
        due_on=act.entered["look_by"],
        draw=draw,
    )
    handing_off.add_parties(act.issue, {(bureau.pk, Part.REVIEWER)}, since=act.now)
    told = {**facts(act), "look_back": kept.pk}
    return Outcome(facts=told | ({"draw": draw.pk, "commitment": draw.commitment} if draw else {}))


def passed(act: Act) -> Outcome:
    return _answer(act, True, act.entered["opinion"])


def failed(act: Act) -> Outcome:
    """What was done didn't last: it is worked on again, with a clock of its own."""
    outcome = _answer(act, False, act.entered["reason"])
    act.chosen.relapse_count += 1
    reopen(act)
    return outcome


def _answer(act: Act, passed: bool, words: str) -> Outcome:
    found = LookBack.objects.filter(responsibility=act.chosen, passed=None).first()
    if found is None:
        raise Conflict(_("没有等待完成的回头看。"))
    evidence: Attachment = act.entered["evidence"]
    if evidence.received_at < found.at:
        raise Invalid(_("请上传本次回头看的照片或材料，不能使用以前的材料。"), field="evidence")
    found.passed, found.opinion, found.evidence = passed, words, evidence
    found.done_by, found.done_at = act.by, act.now
    found.save(update_fields=["passed", "opinion", "evidence", "done_by", "done_at"])
    act.chosen.look_back_count += 1
    return Outcome(facts={**facts(act), "look_back": found.pk, "passed": passed})
