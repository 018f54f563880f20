"""Synthetic rounds of any size over the real divisions, for the benchmark, the tests and the demo. Pure."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from enforcement.crossregion.drawing.distances import metres
from enforcement.crossregion.drawing.register import (
    City,
    County,
    Member,
    Pair,
    Preference,
    Recusal,
    Register,
    Rules,
    Site,
    Stock,
    Team,
)  # fmt: skip

_DIVISIONS = Path(__file__).resolve().parents[2] / "regions" / "data" / "divisions.json"
SKILLS = ("ozone", "kilns", "online_monitoring")
EQUIPMENT = ("infrared_camera", "fid", "drone")
STRATA = {"key": 50, "ordinary": 30, "small": 20}


def _places() -> list[dict[str, Any]]:
    """The cities and counties in force, each with its code and label point."""
    rows = json.loads(_DIVISIONS.read_text(encoding="utf-8"))["divisions"]
    return [
        {**row, "code": row["codes"][-1]["code"], "lon": row["label"][0], "lat": row["label"][1]}
        for row in rows
        if row["level"] in ("city", "county") and row["codes"] and row["codes"][-1]["valid_to"] is None
    ]


def register(
    *, teams: int = 200, cities: int = 11, counties: int = 117, sites: int = 10, seed: int = 1, **rules: Any
) -> Register:
    """A round over the first `cities` cities and `counties` of their counties, everything else by `seed`."""
    pick = random.Random(seed)
    all_cities, all_counties = _chosen(cities, counties)
    ranks = list(range(1, len(all_counties) + 1))
    pick.shuffle(ranks)
    frozen = Rules(since="2021-09-06", until="2021-09-17", **rules)
    centre = {row["code"]: (row["lon"], row["lat"]) for row in all_cities}
    made = [_team(n, all_cities[n % len(all_cities)]["code"], pick) for n in range(teams)]
    codes = [row["code"] for row in all_cities]
    return Register(
        round="synthetic",
        rules=frozen,
        cities=tuple(City(row["code"], row["name"]) for row in all_cities),
        counties=tuple(
            County(row["code"], row["city"], row["name"], rank) for row, rank in zip(all_counties, ranks, strict=True)
        ),
        teams=tuple(made),
        distances={
            code: {row["code"]: metres(*centre[code], row["lon"], row["lat"]) for row in all_counties} for code in codes
        },
        sites=tuple(_site(n, row["code"], pick) for row in all_counties for n in range(sites)),
        strata=STRATA,
        previous=tuple(Pair(a, b, "before") for a in codes for b in codes if a != b and pick.random() < 0.1),
        recusals=tuple(
            Recusal(pick.choice(team.members).key, pick.choice(all_counties)["code"])
            for team in made
            if pick.random() < 0.05
        ),
        preferences=tuple(
            Preference(team.key, pick.choice(all_counties)["code"], pick.randint(1, 5)) for team in made[: teams // 4]
        ),
    )


def with_pool(frozen: Register, pieces: int, seed: int = 1) -> Register:
    """The same round with a pool of `pieces` of each kind in play: one site in ten needs equipment, and half of the teams have
    none of their own."""
    pick = random.Random(seed)
    sites = tuple(replace(row, needs=(pick.choice(EQUIPMENT),)) if pick.random() < 0.1 else row for row in frozen.sites)
    teams = tuple(replace(row, equipment=()) if n % 2 else row for n, row in enumerate(frozen.teams))
    return replace(frozen, sites=sites, teams=teams, pool=tuple(Stock(kind, pieces) for kind in EQUIPMENT))


def _chosen(cities: int, counties: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows = _places()
    chosen = sorted((row for row in rows if row["level"] == "city"), key=lambda row: row["code"])[:cities]
    codes = {row["key"]: row["code"] for row in chosen}
    below = [row for row in rows if row["level"] == "county" and row["parent"] in codes]
    below = [{**row, "city": codes[row["parent"]]} for row in sorted(below, key=lambda row: row["code"])]
    # Evenly from all cities, so that a small round has counties everywhere.
    step = max(1, len(below) // counties)
    return chosen, below[::step][:counties]


def _team(number: int, city: str, pick: random.Random) -> Team:
    key = f"T{number:03d}"
    members = [Member(f"{key}-{n}", True, "2022-12-31") for n in range(2)]
    members.append(Member(f"{key}-x", False, skills=tuple(s for s in SKILLS if pick.random() < 0.5)))
    return Team(key, f"第{number + 1}组", city, members[0].key, tuple(members), equipment=(pick.choice(EQUIPMENT),))


def _site(number: int, county: str, pick: random.Random) -> Site:
    needs = (pick.choice(SKILLS),) if pick.random() < 0.1 else ()
    return Site(f"{county}-{number}", county, pick.choice(tuple(STRATA)), pick.randint(1, 10), needs)
