"""A heat map of many runs: for each square the median of the runs' medians, or their highest value. From stored squares."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Aggregate, Count, F, FloatField, Max, Min, Sum
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from enforcement.patrols.models import PatrolRun, PatrolSquare
from enforcement.patrols.querysets import driven_there
from enforcement.patrols.tracks.grid import SIDE
from regions.models import Officer

#: Squares one picture and one table hold; a larger land is shown in larger squares.
MOST = 1500
SIZES = (1, 2, 4, 8, 16, 32)


class Median(Aggregate):
    """PostgreSQL's exact median."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class HeatSquare:
    """A square of `side` degrees with its south-west corner; values in the channel's unit."""

    west: float
    south: float
    side: float
    median: float
    peak: float
    readings: int
    runs: int
    division: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A channel's key, a period (both days included) and divisions; None is no bound."""

    channel: str
    since: date | None = None
    until: date | None = None
    divisions: Collection[int] | None = None


def squares_of(officer: Officer, asked: Asked) -> Any:
    """The stored squares behind a map: of valid runs this officer may see, with the channel."""
    runs = PatrolRun.objects.visible_to(officer).valid().order_by().values("pk")
    bounds = driven_there(asked.since, asked.until, asked.divisions)
    return PatrolSquare.objects.filter(bounds, run__in=runs, values__has_key=asked.channel).order_by()


def heat(officer: Officer, asked: Asked) -> list[HeatSquare]:
    """The map, highest medians first: the finest grid with at most `MOST` squares. A statement per grid tried."""
    stored = squares_of(officer, asked)
    for size in SIZES:
        found = _at(stored, asked.channel, size)
        if len(found) <= MOST:
            break
    return found[:MOST]


def _at(stored: Any, channel: str, size: int) -> list[HeatSquare]:
    kept = KeyTransform(channel, "values")
    rows = (
        stored.annotate(gx=F("x") / size, gy=F("y") / size)
        .values("gx", "gy")
        .annotate(
            middle=Median(Cast(KeyTextTransform(0, kept), FloatField())),
            highest=Max(Cast(KeyTextTransform(1, kept), FloatField())),
            count=Sum("readings"),
            driven=Count("run", distinct=True),
            place=Min("division"),
        )
        .order_by("-middle", "gx", "gy")[: MOST + 1]
    )
    side = SIDE * size
    return [
        HeatSquare(row["gx"] * side - 180, row["gy"] * side - 90, side, row["middle"], row["highest"], row["count"], row["driven"],
                   row["place"])
        for row in rows
    ]  # fmt: skip


def channels_of(officer: Officer, most: int = 40) -> list[tuple[str, str]]:
    """Names and units of the channels of the newest runs this officer may see, most frequent first. One statement."""
    recent = (
        PatrolRun.objects.visible_to(officer).valid().order_by("-started_at", "-id").values_list("channels", flat=True)
    )
    counts: dict[tuple[str, str], int] = {}
    for channels in recent[:200]:
        for name, unit, role in channels:
            if not role:
                counts[name, unit] = counts.get((name, unit), 0) + 1
    ranked = sorted(counts, key=lambda one: (-counts[one], one[0].lower() != "tvoc", one))
    return ranked[:most]
