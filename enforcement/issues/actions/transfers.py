"""Return, reissue, withdrawal and delegation: whose duty it is. The overall clock goes along with the duty."""

from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from enforcement.issues import rules
from enforcement.issues.actions import deadlines, handing_off
from enforcement.issues.actions.acts import Act, Outcome, facts, words_only
from enforcement.issues.actions.numbering import write_document
from enforcement.issues.actions.searching import names_of, words_of_bureaus
from enforcement.issues.models import Handoff, Responsibility, Source
from enforcement.issues.search import with_more
from enforcement.timeline import clock
from regions.errors import Conflict, Invalid
from regions.models import Bureau, Part
from regions.statements import insert


def note_return(act: Act) -> Outcome:
    act.chosen.return_count += 1
    return words_only(act)


def reissue(act: Act) -> Outcome:
    """Ends this responsibility and opens another with the same weight, under a new document of the issuer.

    What is late stays late: due dates, what was extended and what a supervisor waits for go along. The new bureau has
    its own time to acknowledge.
    """
    bureau: Bureau = act.entered["bureau"]
    if bureau.pk == act.chosen.bureau_id:
        raise Invalid(_("不能改派给原承办单位；如应由其办理，请驳回退回。"), field="bureau")
    _check_receiver(act, bureau)
    opened = _open_under_new_document(act, bureau, act.chosen.weight, parent=act.chosen.parent, carry=act.chosen)
    _end_part(act, follower=bureau)
    act.issue.bigrams = with_more(act.issue.bigrams, *words_of_bureaus([bureau]))
    if act.chosen.division_id == act.issue.division_id:
        act.issue.division = bureau.division
        act.issue.bigrams = with_more(act.issue.bigrams, *names_of(bureau.division))
    return Outcome([opened], {**facts(act), "handoff": opened.handoff.number, "opened": opened.pk})


def end(act: Act) -> Outcome:
    """Ends this responsibility; what was delegated goes back to whose it was, so that no weight is lost."""
    _end_part(act)
    parent = next((r for r in act.parts if r.pk == act.chosen.parent_id and r.live), None)
    if parent is not None:
        parent.weight += act.chosen.weight
    return Outcome([parent] if parent else [], facts(act))


def delegate(act: Act) -> Outcome:
    """Opens a child for a bureau below; the weight goes with the work, the duty to the issuer stays."""
    bureau: Bureau = act.entered["bureau"]
    _check_receiver(act, bureau)
    if bureau.division.parent_id != act.chosen.division_id and bureau.division_id != act.chosen.division_id:
        raise Invalid(_("只能交办本级或下一级的单位。"), field="bureau")
    inner = rules.Due(act.entered["due_on"], act.chosen.provisional)
    given = deadlines.inner_of(act.chosen)
    if given is not None and inner.on > given.due_on:
        day = given.due_on.isoformat()
        raise Invalid(_("下级的期限不能晚于拆分时定的内部期限%(day)s。") % {"day": day}, field="due_on")
    weight, act.chosen.weight = act.chosen.weight, Decimal(0)
    opened = _open_under_new_document(act, bureau, weight, parent=act.chosen, overall=inner)
    handing_off.add_parties(act.issue, {(bureau.pk, Part.RESPONSIBLE)}, since=act.now)
    act.issue.bigrams = with_more(act.issue.bigrams, *words_of_bureaus([bureau]))
    return Outcome([opened], {**facts(act), "handoff": opened.handoff.number, "opened": opened.pk})


def _check_receiver(act: Act, bureau: Bureau) -> None:
    if bureau.is_contractor:
        raise Invalid(_("第三方单位不能承办。"), field="bureau")
    if act.issue.starred and handing_off.below_city(bureau):
        raise Invalid(handing_off.STARRED(), field="bureau")
    if bureau.pk == act.issue.verifier_id:
        raise Invalid(_("核查单位不能是承办单位。"), field="bureau")
    if act.issue.source == Source.CROSS_ENFORCEMENT:
        verifier = Bureau.objects.select_related("division").get(pk=act.issue.verifier_id)
        if handing_off.is_verified_at_home(act.issue.source, verifier, bureau):
            raise Invalid(handing_off.AT_HOME(), field="bureau")
    if any(r.live and r.bureau_id == bureau.pk for r in act.parts):
        raise Conflict(_("该单位已在承办这个问题。"))


def _open_under_new_document(
    act: Act,
    bureau: Bureau,
    weight: Decimal,
    *,
    parent: Responsibility | None,
    overall: rules.Due | None = None,
    carry: Responsibility | None = None,
) -> Responsibility:
    assert act.bureau is not None  # documents are issued by a part's bureau: the guards saw whose it is
    assert act.by is not None
    day = clock.beijing_day(act.now)
    ground = handing_off.ground_on(day)
    policy = handing_off.policy_for(ground.policies, act.issue.source, act.issue.severity, act.issue.pollution_type)
    overall = overall or rules.due(policy, day, policy.overall_days, ground.calendar.value())
    handoff = Handoff(
        pk=ground.document, bureau=act.bureau, year=day.year, title=act.issue.title, issued_at=act.now,
        issued_by=act.by, synthetic=act.issue.synthetic,
    )  # fmt: skip
    # A part names one version of the calendar: its stage is counted by that of the dates it carries on.
    calendar = carry.calendar if carry else ground.calendar
    opened = handing_off.build_responsibility(
        act.issue, handing_off.Share(bureau, weight), handoff, 1, policy, calendar, overall, parent=parent
    )
    if parent is not None:
        opened.counts_from = None  # an inner due date is a day somebody named, not one counted to
    if carry is not None:
        for name in (
            "first_due_on",
            "own_first_due_on",
            "due_on",
            "counts_from",
            "extension_count",
            "listed_on",
            "rung",
            "reply_due_on",
        ):
            setattr(opened, name, getattr(carry, name))
        opened.provisional = opened.provisional or carry.provisional
    given = deadlines.inner_of(carry) if carry is not None else None
    follows = deadlines.give_inner(opened, given.due_on, act.now) if given is not None else None
    insert([opened])
    if given is not None and follows is not None:
        given.replaced_at = act.now
        given.save(update_fields=["replaced_at"])
        follows.save()
    write_document(handoff)
    return opened


_END_PART = """
UPDATE issues_issueparty SET until = %(at)s
WHERE issue_id = %(issue)s AND bureau_id = %(bureau)s AND part = %(part)s AND until IS NULL
"""
_FOLLOW = f"""
WITH ended AS ({_END_PART})
INSERT INTO issues_issueparty (issue_id, bureau_id, part, since) VALUES (%(issue)s, %(follower)s, %(part)s, %(at)s)
ON CONFLICT DO NOTHING
"""


def _end_part(act: Act, *, follower: Bureau | None = None) -> None:
    """The bureau's part ends: what it could see through it, it sees no more; its follower sees it from now on."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FOLLOW if follower else _END_PART,
            {
                "issue": act.issue.pk, "bureau": act.chosen.bureau_id, "part": Part.RESPONSIBLE.value, "at": act.now,
                "follower": follower.pk if follower else None,
            },
        )  # fmt: skip
    act.chosen.closed_at = None
    act.chosen.milestone_due_on = act.chosen.reply_due_on = act.chosen.listed_on = None
    act.chosen.rung = ""
