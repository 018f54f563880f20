"""A small round of the province: eight teams of four cities, eight counties, sites to draw from. All synthetic."""

from datetime import UTC, date, datetime

import pytest

from enforcement.crossregion import actions
from enforcement.crossregion.actions import drawing
from enforcement.crossregion.models import Round
from enforcement.inspections.actions import campaigns
from enforcement.inspections.lifecycle import CampaignState
from enforcement.inspections.models import Campaign
from enforcement.timeline import clock
from regions.models import Bureau, BureauKind, Division, Officer, Posting, Site
from regions.roles import Role
from tests.scenarios import cast as casting

NOW = datetime(2021, 9, 1, 2, 0, tzinfo=UTC)
SINCE, UNTIL = date(2021, 9, 6), date(2021, 9, 17)
#: A statement for an officer's posts on a day that isn't today: a token reads today's along with them.
MOVED = 1
CITIES = ("140100", "140700", "141000", "140800")


@pytest.fixture
def cast(db) -> casting.Cast:
    with clock.moved_to(NOW):
        yield casting.make()


@pytest.fixture
def organiser(cast: casting.Cast) -> Officer:
    return cast.officer(cast.province, Role.COORDINATOR)


@pytest.fixture
def campaign(organiser: Officer) -> Campaign:
    """Under way, of the province: seen by every bureau below it."""
    made = campaigns.create(
        by=organiser, name="秋冬防", legal_basis="方案", since=SINCE, until=UNTIL, checklists=[], counts=[]
    )
    return campaigns.change_state(made, CampaignState.RUNNING, by=organiser, seen=made.version)


@pytest.fixture
def people(cast: casting.Cast) -> dict[str, list[Officer]]:
    return make_people()


def make_people() -> dict[str, list[Officer]]:
    """Four officers with badges in each city, and one technician without."""
    found = {}
    for city in CITIES:
        team = Bureau.objects.create(
            name=f"{city}执法队（测试）",
            short_name=f"{city}队",
            kind=BureauKind.ENFORCEMENT_TEAM,
            division=Division.objects.current().get(code=city),
        )
        found[city] = [person(f"o{city}-{n}", team, badge=n < 4) for n in range(5)]
    return found


def person(username: str, bureau: Bureau, *, badge: bool = True) -> Officer:
    made = Officer.objects.create_officer(
        username, username, badge_no=username if badge else "", badge_valid_to=date(2021, 12, 31) if badge else None
    )
    Posting.objects.create(officer=made, bureau=bureau, role=Role.INSPECTOR, since=date(2020, 1, 1))
    return made


def hosts() -> list[Division]:
    """Two counties of each city."""
    found: list[Division] = []
    for city in CITIES:
        found += Division.objects.counties().filter(parent__code=city).order_by("code")[:2]
    return found


@pytest.fixture
def sites(cast: casting.Cast) -> list[Site]:
    return make_sites()


def make_sites() -> list[Site]:
    return [
        Site.objects.create(
            name=f"点位{host.code}-{n}",
            division=host,
            lon=host.lon,
            lat=host.lat,
            grade="D" if n else "A",
            synthetic=True,
        )
        for host in hosts()
        for n in range(5)
    ]


def counties_text() -> str:
    return "\n".join(f"{host.code} {host.name} {rank}" for rank, host in enumerate(hosts(), start=1))


def teams_text() -> str:
    lines = []
    for city in CITIES:
        lines.append(f"{city}一组；{city}；o{city}-0；o{city}-0、o{city}-1、o{city}-4:kilns；fid")
        lines.append(f"{city}二组；{city}；o{city}-2；o{city}-2、o{city}-3；drone")
    return "\n".join(lines)


@pytest.fixture
def draft(organiser: Officer, people: dict[str, list[Officer]], sites: list[Site]) -> Round:
    return make_draft(organiser)


def make_draft(organiser: Officer) -> Round:
    made = actions.create(by=organiser, name="秋季第一轮", since=SINCE, until=UNTIL, synthetic=True)
    made = actions.perform(made, "set_rules", by=organiser, max_km=900, off=["mutual"], reason="城市少")
    made = actions.perform(made, "set_counties", by=organiser, text=counties_text())
    return actions.perform(made, "set_teams", by=organiser, text=teams_text())


@pytest.fixture
def committed(draft: Round, organiser: Officer) -> Round:
    return actions.perform(draft, "commit", by=organiser)


def drawn_by(round_: Round, organiser: Officer) -> Round:
    begun = actions.perform(round_, "draw", by=organiser)
    assert drawing.draw(str(begun.pk))
    return Round.objects.get(pk=round_.pk)


@pytest.fixture
def drawn(committed: Round, organiser: Officer) -> Round:
    found = drawn_by(committed, organiser)
    assert found.state == "drawn", found.explanation
    return found


@pytest.fixture
def released(drawn: Round, organiser: Officer) -> Round:
    return actions.perform(drawn, "release", by=organiser)
