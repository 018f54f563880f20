"""After the draw: reading the targets, release with its secondments, the end."""

from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from enforcement.crossregion.actions.preparing import reason
from enforcement.crossregion.models import Round, TeamMember
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import Officer, Secondment


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
    """The teams with their city, leader, number of people, the county set by hand and, once drawn, the one they go to."""
    teams = round_.teams.select_related("city", "leader", "assignment__division__parent", "pin__division__parent")
    return teams.annotate(people=Count("members")).prefetch_related("loans").order_by("city__code", "name")


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
