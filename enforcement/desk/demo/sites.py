"""The demo's sites: beside the counties' synthetic roads, with numbers that are well-formed and of nobody."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

import numpy as np
from stdnum.cn import uscc

from enforcement.desk.demo.trades import KILN, PETROL, PLUMES, SITEWORK, TRADES, Trade
from enforcement.patrols.synthetic.plumes import SyntheticSource
from enforcement.patrols.synthetic.roads import road_net, roadside
from regions.coordinates import distance_m
from regions.models import Division, Outlet, Site
from regions.placement import place_many

PER_COUNTY = 4
_NAMES = (
    "禾源",
    "岚峰",
    "汾泽",
    "恒晟",
    "云岗",
    "瑞泽",
    "启明",
    "松原",
    "鑫澜",
    "平川",
    "丹霞",
    "长青",
    "北麓",
    "玉泉",
    "华曜",
    "晟达",
    "远航",
    "金穗",
    "翠屏",
    "百川",
)
_NOT_PLUMES = (KILN, SITEWORK)
#: Before the replayed summer.
_GRADED = date(2021, 4, 1)
_GRADES = ("A", "B", "B", "C", "C", "C", "D")
#: Strength of a source: TVOC in ppb on its axis 100 m downwind at 3 m/s.
_STRENGTHS = (900.0, 4200.0)


@dataclass
class Works:
    """The sites by county, their trades, and the plumes they give to the synthetic patrols."""

    by_county: dict[str, list[Site]] = field(default_factory=lambda: defaultdict(list))
    trade_of: dict[int, Trade] = field(default_factory=dict)
    sources: dict[str, list[SyntheticSource]] = field(default_factory=lambda: defaultdict(list))

    def trade(self, site: Site | None) -> Trade:
        return self.trade_of[site.pk] if site else PLUMES["chemicals"]

    def near(self, county: str, lon: float, lat: float, within_m: float = 2500.0) -> Site | None:
        """The county's plume-giving site closest to a point, if any is near enough."""
        near = [s for s in self.by_county[county] if self.trade_of[s.pk].key in PLUMES]
        away = [float(distance_m(lon, lat, site.lon, site.lat)) for site in near]
        return near[away.index(min(away))] if away and min(away) <= within_m else None


def make(rng: Random) -> Works:
    """Creates the sites of all counties: four with plumes each, a kiln or a building ground in every third."""
    works = Works()
    drawn: list[tuple[Site, Trade]] = []
    counties = list(Division.objects.counties().select_related("parent").order_by("code"))
    for number, county in enumerate(counties):
        extra = number % 3 == 0
        places = list(_places(county.code, PER_COUNTY + extra, rng))
        for order, (lon, lat) in enumerate(places):
            trade = rng.choice(_NOT_PLUMES) if order == PER_COUNTY else rng.choice(list(PLUMES.values()))
            drawn.append((_site(county, trade, lon, lat, len(drawn) + 1, rng), trade))
    Site.objects.bulk_create(site for site, _trade in drawn)
    Outlet.objects.bulk_create(
        Outlet(site=site, code="DA001", name="废气排放口") for site, trade in drawn if trade not in (PETROL, SITEWORK)
    )
    for site, trade in drawn:
        works.by_county[site.division.code].append(site)
        works.trade_of[site.pk] = trade
        if trade.key in PLUMES:
            strength = round(rng.uniform(*_STRENGTHS))
            works.sources[site.division.code].append(SyntheticSource(site.lon, site.lat, strength, trade.key))
    return works


def organisation_code(number: int) -> str:
    """A 9-character code of GB 11714's form that no register gives out: it begins with DEM."""
    body = f"DEM{number:05d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(char, 36) * weight for char, weight in zip(body, weights, strict=True))
    return body + "0123456789X0"[(11 - total % 11)]


def uscc_of(county: str, number: int) -> str:
    """A well-formed USCC (GB 32100) for the n-th synthetic enterprise."""
    body = f"91{county}{organisation_code(number)}"
    return body + uscc.calc_check_digit(body)


def _places(county: str, count: int, rng: Random) -> Iterator[tuple[float, float]]:
    """Points off the county's roads that lie in the county, not all in one corner."""
    spots = roadside(road_net(county), count * 3, np.random.default_rng(rng.randrange(2**32)))
    codes = place_many([lon for _node, lon, _lat in spots], [lat for _node, _lon, lat in spots])
    inside = [(lon, lat) for (_node, lon, lat), code in zip(spots, codes.tolist(), strict=True) if code == county]
    yield from inside[:count]


def _site(county: Division, trade: Trade, lon: float, lat: float, number: int, rng: Random) -> Site:
    code = uscc_of(county.code, number)
    city = county.parent
    assert city is not None
    made = Site(
        name=f"{county.short_name}示例{rng.choice(_NAMES)}{rng.choice(trade.works)}（演示）",
        uscc=code,
        permit_no="" if trade is SITEWORK else f"{code}001P",
        industry=trade.industry,
        grade="" if trade in (PETROL, SITEWORK) else rng.choice(_GRADES),
        division=county,
        address=f"{city.name}{county.name}示例工业路{number}号（演示）",
        lon=lon,
        lat=lat,
        synthetic=True,
    )
    made.grade_since = _GRADED if made.grade else None
    return made


def trade_for(industry: str) -> Trade:
    """The trade of an industry's name."""
    return next(trade for trade in TRADES.values() if trade.industry == industry)
