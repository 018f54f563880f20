"""After the draw: swaps, reading the targets, release with its secondments, the end."""

from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from enforcement.crossregion.actions.preparing import reason, team_of
from enforcement.crossregion.drawing import assignment, targets
from enforcement.crossregion.drawing.certificate import certify
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.models import Assignment, Round, Target, TeamMember
from enforcement.crossregion.wording import sentence
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import Officer, Secondment

SHOWN_FAULTS = 5


def swap(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Two teams change places. Checked at once by the certificate; one that breaks a rule isn't made."""
    told = reason(entered)
    one, other = team_of(round_, entered.get("team")), team_of(round_, entered.get("other"), "other")
    rows = {str(row.team_id): row for row in round_.assignments.select_related("division")}
    places = {key: row.division.code for key, row in rows.items()}
    a, b = str(one.pk), str(other.pk)
    if places[a] == places[b]:
        raise Invalid(_("两队本来就在同一个县区。"), field="other")
    places[a], places[b] = places[b], places[a]
    seed, register = bytes(round_.seed or b""), Register.parse(bytes(round_.register or b""))
    drawn = targets.draw(seed, register)
    dealt = assignment.deal(seed, register, drawn, places)
    certificate = certify(seed, register, drawn, places, dealt)
    if not certificate.sound:
        sentences = [sentence(fault) for fault in certificate.faults]
        raise Invalid(
            _("对调后不合规则：%(first)s") % {"first": sentences[0]}, errors={"other": sentences[:SHOWN_FAULTS]}
        )
    rows[a].division, rows[b].division = rows[b].division, rows[a].division
    Assignment.objects.bulk_update([rows[a], rows[b]], ["division"])
    shown = list(round_.targets.all())
    for target in shown:
        target.team_id = dealt.get(str(target.site_id))
    Target.objects.bulk_update(shown, ["team"])
    round_.certificate = certificate.plain()
    return {**told, "team": one.name, "other": other.name, "keys": [a, b]}


def note_read(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """The reading itself is the event; what was read are all targets of the round, or a team's own."""
    return {"count": targets_for(round_, by).count()}


def targets_for(round_: Round, officer: Officer) -> Any:
    """Targets an officer may read: all on the list and in the holding bureau's province, a team its own."""
    rows = round_.targets.select_related("site", "division", "team")
    if round_.clearances.filter(officer=officer).exists():
        return rows
    if round_.is_secret:
        return rows.none()
    teams = TeamMember.objects.filter(team__round=round_, officer=officer).values("team_id")
    return rows.filter(team_id__in=teams)


def teams_of(round_: Round) -> Any:
    """The teams with their city, leader, number of people and, once drawn, county."""
    teams = round_.teams.select_related("city", "leader", "assignment__division__parent")
    return teams.annotate(people=Count("members")).order_by("city__code", "name")


def release(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Reveals the seed and opens each team's county to its members until the end and the days of handover."""
    today = clock.today()
    if today > round_.until:
        raise Invalid(_("该轮次的日期已过，不能公布，请作废后另行组织。"))
    round_.released_at = clock.now()
    rows = round_.assignments.select_related("division", "team").prefetch_related("team__members")
    opened = [
        Secondment(
            officer_id=member.officer_id,
            division=row.division,
            since=today,
            until=round_.handover_until,
            reason=_("交叉执法：%(name)s") % {"name": round_.name},
            granted_by=by,
        )
        for row in rows
        for member in row.team.members.all()
    ]
    Secondment.objects.bulk_create(opened)
    return {
        "commitment": round_.commitment,
        "seed": bytes(round_.seed or b"").hex(),
        "secondments": len(opened),
        "until": round_.handover_until,
    }


def close(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    if clock.today() <= round_.until:
        raise Invalid(_("该轮次尚未到结束日期。"))
    return {}


def void(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """A round that won't take place. Nobody but the list ever learns of it."""
    round_.draw_begun_at = None
    return reason(entered)
