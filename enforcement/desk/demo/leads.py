"""From hot spots to leads: which become findings of their own, which repeat an earlier one, which are set aside.

Where hot spots are too few, inspectors on foot beside the patrol add what they saw.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from enforcement.desk.demo import bureaus
from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.sites import Works
from enforcement.desk.demo.trades import Trade
from enforcement.desk.demo.worktime import WorkTime
from enforcement.issues.models import Severity, Source
from enforcement.patrols.models import HotSpot
from regions.models import Site

#: The same site again within so many days is a repeat.
_REPEAT_DAYS = 12
#: Every so many hot spots one turns out to be a lorry.
_LORRY_EVERY = 14
#: Handing off happens once a working day, at this share of it (about 10:30).
BATCH_AT = 0.22
_REVIEWED = (timedelta(minutes=70), timedelta(minutes=200))


@dataclass
class Lead:
    """What may become a finding. Positions are working time; `filed_at` is wall time, patrols also run at weekends.

    `repeats` are later hot spots of the same place: they join the issue.
    """

    county: str
    site: Site | None
    trade: Trade
    lon: float
    lat: float
    seen_at: datetime
    filed_at: datetime
    confirmed: float
    severity: str
    filer: str
    source: str = Source.PATROL
    spot: HotSpot | None = None
    repeats: list[HotSpot] = field(default_factory=list)

    @property
    def batch(self) -> int:
        """The working day whose document takes it up."""
        day = int(self.confirmed)
        return day if self.confirmed < day + BATCH_AT else day + 1


@dataclass
class Sorted:
    """Leads in order of confirmation, and the hot spots set aside."""

    leads: list[Lead]
    set_aside: list[HotSpot]


def sort(
    spots: list[HotSpot],
    wanted: int,
    cast: Cast,
    works: Works,
    time: WorkTime,
    span: tuple[float, float],
    rng: Random,
) -> Sorted:
    """Exactly `wanted` leads: from the hot spots as far as they go, the others seen on foot within `span`."""
    found = Sorted([], [])
    latest: dict[int, Lead] = {}
    for number, spot in enumerate(spots, 1):
        site = works.near(spot.division.code, spot.lon, spot.lat) if spot.division else None
        earlier = latest.get(site.pk) if site else None
        if earlier and spot.peak_at - earlier.seen_at < timedelta(days=_REPEAT_DAYS):
            earlier.repeats.append(spot)
        elif site is None or number % _LORRY_EVERY == 0 or len(found.leads) == wanted:
            found.set_aside.append(spot)
        else:
            latest[site.pk] = _from_spot(spot, site, cast, works, time, rng)
            found.leads.append(latest[site.pk])
    while len(found.leads) < wanted:
        found.leads.append(_somewhere(works, time, span, rng))
    found.leads.sort(key=lambda lead: lead.confirmed)
    return found


def _from_spot(spot: HotSpot, site: Site, cast: Cast, works: Works, time: WorkTime, rng: Random) -> Lead:
    filed_at = spot.run.ended_at + _between(*_REVIEWED, rng)
    assert spot.division is not None
    return Lead(
        county=spot.division.code,
        site=site,
        trade=works.trade(site),
        lon=spot.lon,
        lat=spot.lat,
        seen_at=spot.peak_at,
        filed_at=filed_at,
        confirmed=time.position(filed_at) + rng.uniform(0.05, 0.5),
        severity=_severity(spot.ratio),
        filer=cast.key_of(spot.run.bureau),
        spot=spot,
    )


def _somewhere(works: Works, time: WorkTime, span: tuple[float, float], rng: Random) -> Lead:
    county = rng.choice(sorted(works.by_county))
    return on_foot(county, works, time, rng.uniform(*span), rng)


def on_foot(
    county: str, works: Works, time: WorkTime, seen: float, rng: Random, *, source: str = Source.PATROL, filer: str = ""
) -> Lead:
    """What an inspector of the city's team (or of `filer`) saw at a site of the county at a position in working time."""
    site = rng.choice(works.by_county[county])
    return Lead(
        county=county,
        site=site,
        trade=works.trade(site),
        lon=site.lon,
        lat=site.lat,
        seen_at=time.moment(seen),
        filed_at=time.moment(seen + 0.05),
        confirmed=seen + rng.uniform(0.1, 0.5),
        severity=rng.choices((Severity.GENERAL, Severity.SERIOUS, Severity.MAJOR), (80, 14, 6))[0],
        filer=filer or bureaus.team(f"{county[:4]}00"),
        source=source,
    )


def _severity(ratio: float) -> str:
    if ratio >= 40:
        return Severity.MAJOR
    return Severity.SERIOUS if ratio >= 22 else Severity.GENERAL


def _between(low: timedelta, high: timedelta, rng: Random) -> timedelta:
    return low + (high - low) * rng.random()
