"""The bureaus and people of a benchmark: a province, 11 cities with a team each, 117 counties; all synthetic."""

from dataclasses import dataclass
from datetime import date

from regions.models import Bureau, BureauKind, Division, Officer, Posting
from regions.roles import Role

PASSWORD = "benchmark password 2021"
SINCE = date(2019, 1, 1)


@dataclass(frozen=True)
class County:
    """A county as the generator needs it: primary keys and its label point (WGS-84)."""

    division: int
    bureau: int
    handler: int
    team: int
    verifier: int
    lon: float
    lat: float


@dataclass(frozen=True)
class Cast:
    province: int
    dispatcher: int
    inspector: int
    leader: int
    counties: tuple[County, ...]


def make_cast() -> Cast:
    """Creates the cast, or finds it. Commits."""
    home = Division.objects.current().get(level="province")
    province = _bureau("基准省局", home, BureauKind.DEPARTMENT, answers=True)
    dispatcher = _officer("bench-dispatcher", province, Role.DISPATCHER)
    _officer("bench-supervisor", province, Role.SUPERVISOR)
    inspector = _officer("bench-inspector", province, Role.INSPECTOR)
    leader = _officer("bench-leader", province, Role.TEAM_LEADER)
    counties = []
    for city in Division.objects.current().filter(level="city").order_by("code"):
        team = _bureau(f"基准{city.name}执法队", city, BureauKind.ENFORCEMENT_TEAM)
        verifier = _officer(f"bench-verifier-{city.code}", team, Role.VERIFIER)
        _officer(f"bench-supervisor-{city.code}", team, Role.SUPERVISOR)
        for place in Division.objects.counties().filter(parent=city).order_by("code"):
            bureau = _bureau(f"基准{city.name}{place.name}分局", place, BureauKind.DEPARTMENT, answers=True)
            handler = _officer(f"bench-handler-{place.code}", bureau, Role.HANDLER)
            assert place.lon is not None
            assert place.lat is not None
            counties.append(County(place.pk, bureau.pk, handler.pk, team.pk, verifier.pk, place.lon, place.lat))
    return Cast(province.pk, dispatcher.pk, inspector.pk, leader.pk, tuple(counties))


def make_desks() -> dict[str, Bureau]:
    """Eight desks that hand off, by their dispatcher: the province's and those of seven cities. Created or found."""
    desks = {"bench-dispatcher": Bureau.objects.get(name="基准省局")}
    for city in Division.objects.current().filter(level="city").order_by("code")[:7]:
        desks[f"bench-dispatcher-{city.code}"] = _bureau(
            f"基准{city.name}市局", city, BureauKind.DEPARTMENT, answers=True
        )
    for name, bureau in desks.items():
        _officer(name, bureau, Role.DISPATCHER)
    return desks


def _bureau(name: str, division: Division, kind: str, *, answers: bool = False) -> Bureau:
    found, _ = Bureau.objects.get_or_create(
        name=name,
        defaults={"short_name": name[-12:], "division": division, "kind": kind, "answers_for_division": answers},
    )
    return found


def _officer(username: str, bureau: Bureau, role: Role) -> Officer:
    found = Officer.objects.filter(username=username).first()
    if found is None:
        found = Officer(username=username, name=username, badge_no=username, synthetic=True)
        found.set_unusable_password()
        found.save()
        Posting.objects.create(officer=found, bureau=bureau, role=role, since=SINCE)
    return found
