"""After the draw: reading the targets, release with its secondments, the end."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from enforcement.crossregion.actions.preparing import reason
from enforcement.crossregion.models import EarlierPlace, Loan, Round, TeamMember
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import Division, Officer, Secondment


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
    teams = TeamMember.objects.filter(team__round=round_, officer=officer, left_on=None).values("team_id")
    return rows.filter(team_id__in=teams)


def teams_of(round_: Round) -> Any:
    """The teams with their city, leader, number of people, the county set by hand and, once drawn, the one they go to, what they are
    lent from the pool (`borrowed`, kinds) and where they were before they were moved under way. One statement."""
    teams = round_.teams.select_related("city", "leader", "assignment__division__parent", "pin__division__parent")
    teams = teams.annotate(people=Count("members", filter=Q(members__left_on=None))).order_by("city__code", "name")
    earlier = EarlierPlace.objects.filter(team=OuterRef("pk")).order_by("until")
    place = JSONObject(code="division__code", name="division__name", english="division__english")
    return teams.annotate(
        borrowed=ArraySubquery(Loan.objects.filter(team=OuterRef("pk")).order_by("kind").values("kind")),
        earlier_places=ArraySubquery(earlier.values(told=JSONObject(place=place, until="until"))),
    )


def release(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Reveals the seed and opens each team's county to its members until the end and the days of handover."""
    today = clock.today()
    if today > round_.until:
        raise Invalid(_("该轮次的日期已过，不能公布，请作废后另行组织。"))
    round_.released_at = clock.now()
    opened = 0
    for row in round_.assignments.select_related("division").prefetch_related("team__members"):
        opened += second(round_, [member.officer_id for member in row.team.members.all()], row.division, by)
    return {
        "commitment": round_.commitment,
        "seed": bytes(round_.seed or b"").hex(),
        "secondments": opened,
        "until": round_.handover_until,
    }


def second(round_: Round, officers: Iterable[int], there: Division, by: Officer) -> int:
    """Opens a county to some people from today until the end and the days of handover. Gives how many. One statement."""
    reason_ = _("交叉执法：%(name)s") % {"name": round_.name}
    opened = Secondment.objects.bulk_create(
        Secondment(
            officer_id=officer,
            division=there,
            since=clock.today(),
            until=round_.handover_until,
            reason=reason_,
            granted_by=by,
        )
        for officer in officers
    )
    return len(opened)


def end_secondments(round_: Round, officers: Iterable[int], there: Division) -> None:
    """What the round opened to some people in a county ends with the day. One statement."""
    since = clock.beijing_day(round_.released_at or clock.now())
    opened = Secondment.objects.filter(officer__in=list(officers), division=there, until=round_.handover_until)
    opened.filter(since__gte=since).update(until=clock.today())


def close(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    if clock.today() <= round_.until:
        raise Invalid(_("该轮次尚未到结束日期。"))
    return {}


def void(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """A round that won't take place. Nobody but the list ever learns of it."""
    round_.draw_begun_at = None
    return reason(entered)
