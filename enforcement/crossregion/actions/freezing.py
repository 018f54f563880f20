"""From the rows of a round to its register: what the draw may look at, as it stands on the day of committing."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from enforcement.crossregion.drawing import register as plain
from enforcement.crossregion.drawing.distances import metres
from enforcement.crossregion.lifecycle import State
from enforcement.crossregion.models import Assignment, DrawRule, Round, RoundCounty, Team, TeamMember, Wish
from regions.errors import Invalid
from regions.models import Division, Site


def freeze(round_: Round, *, whole: bool = True, hosts: Iterable[RoundCounty] = ()) -> plain.Register:
    """The register of a round. Seven statements. Raises Invalid for divisions without a place on the map.

    Not `whole`, it has neither sites nor wishes: enough to judge where single teams may go. Who has read the
    counties (`hosts`) spares us one of its four statements.
    """
    rule = round_.rule
    counties = {row.division: row.air_rank for row in hosts or round_.counties.select_related("division__parent")}
    teams = _teams(round_)
    cities = {team.city for team in teams} | {host.parent for host in counties if host.parent}
    return plain.Register(
        round=str(round_.pk),
        rules=rules_of(round_),
        cities=tuple(plain.City(city.code, city.name) for city in cities),
        counties=tuple(
            plain.County(host.code, host.parent.code if host.parent else "", host.name, rank)
            for host, rank in counties.items()
        ),
        teams=tuple(
            plain.Team(
                key=str(team.pk),
                name=team.name,
                city=team.city.code,
                leader=str(team.leader_id),
                members=tuple(
                    plain.Member(
                        str(member.officer_id),
                        bool(member.officer.badge_no) and member.officer.is_active,
                        _iso(member.officer.badge_valid_to),
                        tuple(sorted(member.skills)),
                    )
                    for member in members
                ),
                equipment=tuple(sorted(team.equipment)),
                available_since=_iso(team.available_since),
                available_until=_iso(team.available_until),
            )
            for team, members in teams.items()
        ),
        distances=_distances({team.city for team in teams}, list(counties), rule.road_factor_percent),
        sites=_sites(rule, list(counties)) if whole else (),
        strata={str(name): int(share) for name, share in rule.strata.items()},
        previous=_previous(round_, rule.repeat_rounds),
        recusals=tuple(
            plain.Recusal(str(row.officer_id), row.division.code if row.division else str(row.site_id))
            for row in round_.recusals.select_related("division")
        ),
        pins=tuple(plain.Pin(str(team.pk), team.pin.division.code) for team in teams if hasattr(team, "pin")),
        pool=tuple(plain.Stock(row.kind, row.number) for row in round_.pool.all()) if whole else (),
        preferences=tuple(
            plain.Preference(str(wish.team_id), wish.division.code, wish.weight)
            for wish in Wish.objects.filter(team__round=round_).select_related("division")
        )
        if whole
        else (),
    )


def _teams(round_: Round) -> dict[Team, list[TeamMember]]:
    """Every team, with its city and pin, and its members, who are at least its leader. One statement."""
    found: dict[Team, list[TeamMember]] = {}
    rows = TeamMember.objects.filter(team__round=round_).select_related("team__city", "team__pin__division", "officer")
    for row in rows.order_by("team__city__code", "team__name", "officer__username"):
        found.setdefault(row.team, []).append(row)
    return found


def rules_of(round_: Round) -> plain.Rules:
    rule, changes = round_.rule, round_.changes
    return plain.Rules(
        since=round_.since.isoformat(),
        until=round_.until.isoformat(),
        min_members=rule.min_members,
        min_badged=rule.min_badged,
        max_km=changes.get("max_km", rule.max_km),
        spread=changes.get("spread", rule.spread),
        per_city=changes.get("per_city", rule.per_city),
        noise_percent=rule.noise_percent,
        worst_load_percent=rule.worst_load_percent,
        gap_permille=rule.gap_permille,
        time_limit_s=rule.time_limit_s,
        targets_per_team=rule.targets_per_team,
        off=tuple(sorted(changes.get("off", ()))),
    )


def _iso(day: object) -> str:
    return str(day) if day else ""


def _distances(cities: set[Division], hosts: list[Division], factor: int) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for city in cities:
        for host in hosts:
            if city.lon is None or city.lat is None or host.lon is None or host.lat is None:
                raise Invalid(_("%(city)s或%(county)s缺少坐标，无法估算路程。") % {"city": city, "county": host})
            way = metres(city.lon, city.lat, host.lon, host.lat, factor_percent=factor)
            found.setdefault(city.code, {})[host.code] = way
    return found


def _sites(rule: DrawRule, hosts: list[Division]) -> tuple[plain.Site, ...]:
    rows = Site.objects.filter(division__in=hosts).values_list("pk", "division__code", "grade", "industry")
    return tuple(
        plain.Site(
            str(pk),
            code,
            grade,
            max(1, min(100, int(rule.risks.get(grade, rule.risks.get("", 1))))),
            tuple(sorted({need for word, needs in rule.needs.items() if word in industry for need in needs})),
        )
        for pk, code, grade, industry in rows.iterator()
    )


def _previous(round_: Round, rounds: int) -> tuple[plain.Pair, ...]:
    """The pairs of cities of this bureau's last released rounds. One in preparation elsewhere must not show here."""
    done = Q(state__in=[State.RELEASED, State.CLOSED])
    before = Round.objects.filter(done, bureau_id=round_.bureau_id, since__lte=round_.since).exclude(pk=round_.pk)
    last = before.order_by("-since").values("pk")[:rounds]
    pairs = (
        Assignment.objects.filter(round__in=last, division__parent__isnull=False)
        .order_by()
        .values_list("team__city__code", "division__parent__code", "round__name")
    )
    return tuple(plain.Pair(*row) for row in sorted(set(pairs)))
