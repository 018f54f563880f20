"""From the rows of a round to its register: what the draw may look at, as it stands on the day of committing."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from enforcement.crossregion.drawing import register as plain
from enforcement.crossregion.drawing.distances import metres
from enforcement.crossregion.lifecycle import State
from enforcement.crossregion.models import Assignment, DrawRule, Round, RoundCounty, Team, TeamMember, Wish
from regions.errors import Invalid
from regions.models import Division, Site


def freeze(round_: Round, *, whole: bool = True, hosts: Iterable[RoundCounty] = ()) -> plain.Register:
    """The register of a round. Four statements. Raises Invalid for divisions without a place on the map.

    Not `whole`, it has neither sites nor wishes: enough to judge where single teams may go. Who has read the
    counties (`hosts`) spares us one of its three statements.
    """
    rule = round_.rule
    short = _short_lists(round_, whole=whole)
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
        previous=tuple(plain.Pair(*row) for row in sorted(set(short["previous"]))),
        recusals=tuple(plain.Recusal(officer, where) for officer, where, _none in short["recusal"]),
        pins=tuple(plain.Pin(str(team.pk), team.pin.division.code) for team in teams if hasattr(team, "pin")),
        pool=tuple(plain.Stock(kind, int(number)) for kind, number, _none in short["pool"]),
        preferences=tuple(plain.Preference(team, host, int(weight)) for team, host, weight in short["wish"]),
    )


def _short_lists(round_: Round, *, whole: bool) -> dict[str, list[tuple[str, str, str]]]:
    """Recusals (officer, where), the last rounds' pairs of cities (from, to, round) and, if `whole`, the pool (kind, pieces) and
    wishes (team, county, weight), all as text. One statement.
    """
    where = Coalesce("division__code", Cast("site_id", TextField()))
    lists = [
        _words("recusal", round_.recusals.all(), "officer_id", where),
        _words("previous", _previous(round_), "team__city__code", "division__parent__code", "round__name"),
    ]
    if whole:
        wishes = Wish.objects.filter(team__round=round_)
        lists += [
            _words("pool", round_.pool.all(), "kind", "number"),
            _words("wish", wishes, "team_id", "division__code", "weight"),
        ]
    found: dict[str, list[tuple[str, str, str]]] = {name: [] for name in ("recusal", "previous", "pool", "wish")}
    for name, *row in lists[0].union(*lists[1:], all=True):
        found[name].append((row[0], row[1], row[2]))
    return found


def _words(name: str, rows: QuerySet[Any], *columns: Any) -> QuerySet[Any]:
    """Some rows as (name, three words), to be read together with others."""
    padded = [*columns, *[Value("")] * (3 - len(columns))]
    words = {f"word_{n}": Cast(column, TextField()) for n, column in enumerate(padded)}
    return rows.order_by().annotate(list_name=Value(name), **words).values_list("list_name", *words)


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


def _previous(round_: Round) -> QuerySet[Assignment]:
    """Who went where in this bureau's last released rounds. One in preparation elsewhere must not show here."""
    done = Q(state__in=[State.RELEASED, State.CLOSED])
    before = Round.objects.filter(done, bureau_id=round_.bureau_id, since__lte=round_.since).exclude(pk=round_.pk)
    last = before.order_by("-since").values("pk")[: round_.rule.repeat_rounds]
    return Assignment.objects.filter(round__in=last, division__parent__isnull=False)
