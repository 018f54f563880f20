"""Loads the reference data of the regions: divisions, codes, successions, areas, the working calendar.

What is already there is left alone, so that it may run at every start and never undoes what the office
edited: it only adds rows that are missing. An area's members are loaded together with the area, once.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import chinese_calendar
from django.db import connection, transaction

from regions.boundaries import DATA
from regions.models import (
    AreaMembership,
    CalendarDay,
    CalendarYear,
    Division,
    DivisionCode,
    DivisionSuccession,
    JointControlArea,
    Level,
    WorkCalendar,
)

# Codes whose beginning the register doesn't know carry its opening day: the first year whose table of
# the Ministry of Civil Affairs was compared with the data.
REGISTER_OPENS = date(2018, 1, 1)
FIRST_CALENDAR_YEAR = 2018
_LOCK = 7_140_000  # of this loader, among PostgreSQL's advisory locks
_PARENTS_FIRST = (Level.PROVINCE, Level.CITY, Level.COUNTY, Level.ZONE)


@dataclass(frozen=True)
class Loaded:
    """How many rows were added; all zero when nothing was missing."""

    divisions: int
    codes: int
    successions: int
    areas: int
    memberships: int
    calendar_days: int

    def total(self) -> int:
        return sum(asdict(self).values())


@transaction.atomic
def load() -> Loaded:
    """Adds what is missing, all or nothing; two loads at once follow one another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    register = _read("divisions.json")
    divisions = _load_divisions(register["divisions"])
    by_key = Division.objects.in_bulk(field_name="key")
    codes = _load_codes(register["divisions"], by_key)
    successions = _load_successions(register["successions"], by_key)
    areas, memberships = _load_areas(_read("areas.json")["areas"], by_key)
    return Loaded(divisions, codes, successions, areas, memberships, _load_calendar())


# --- divisions -------------------------------------------------------------------------------


def _load_divisions(rows: list[dict[str, Any]]) -> int:
    known = set(Division.objects.values_list("key", flat=True))
    missing = [row for row in rows if row["key"] not in known]
    for level in _PARENTS_FIRST:
        parents = Division.objects.in_bulk(field_name="key")
        Division.objects.bulk_create(_division(row, parents) for row in missing if row["level"] == level)
    return len(missing)


def _division(row: dict[str, Any], parents: dict[str, Division]) -> Division:
    lon, lat = row["label"] or (None, None)
    return Division(
        key=row["key"],
        level=row["level"],
        parent=parents[row["parent"]] if row["parent"] else None,
        name=row["name"],
        short_name=row["short_name"],
        pinyin=row["pinyin"],
        english=row["english_name"],
        code=row["codes"][-1]["code"] if row["codes"] else "",
        began_on=_day(row["valid_from"]),
        ended_on=_day(row["valid_to"]),
        lon=lon,
        lat=lat,
    )


def _load_codes(rows: list[dict[str, Any]], by_key: dict[str, Division]) -> int:
    return _add_missing(
        DivisionCode,
        ("code", "valid_from"),
        (
            DivisionCode(
                division=by_key[row["key"]],
                code=code["code"],
                valid_from=_day(code["valid_from"]) or REGISTER_OPENS,
                valid_to=_day(code["valid_to"]),
                source=row["source"] or code["standard"],
            )
            for row in rows
            for code in row["codes"]
        ),
    )


def _load_successions(rows: list[dict[str, Any]], by_key: dict[str, Division]) -> int:
    return _add_missing(
        DivisionSuccession,
        ("predecessor_id", "successor_id"),
        (
            DivisionSuccession(
                predecessor=by_key[row["predecessor"]],
                successor=by_key[row["successor"]],
                on=date.fromisoformat(row["on"]),
                source=f"{row['source']}；{row['what']}" if row["what"] else row["source"],
            )
            for row in rows
        ),
    )


# --- areas -----------------------------------------------------------------------------------


def _load_areas(rows: list[dict[str, Any]], by_key: dict[str, Division]) -> tuple[int, int]:
    known = set(JointControlArea.objects.values_list("key", flat=True))
    areas = JointControlArea.objects.bulk_create(
        JointControlArea(
            key=row["key"],
            name=row["name"],
            english=row["english_name"],
            order=order,
            note=row["note"],
        )
        for order, row in enumerate(rows, start=1)
        if row["key"] not in known
    )
    members = {row["key"]: row["members"] for row in rows}
    memberships = AreaMembership.objects.bulk_create(
        AreaMembership(
            area=area,
            division=by_key[member["division"]],
            valid_from=date.fromisoformat(member["valid_from"]),
            valid_to=_day(member["valid_to"]),
            source=member["source"],
            confidence=member["confidence"],
        )
        for area in areas
        for member in members[area.key]
    )
    return len(areas), len(memberships)


# --- the working calendar --------------------------------------------------------------------


@dataclass(frozen=True)
class SpecialDay:
    """A day that isn't what its weekday says."""

    day: date
    works: bool
    name: str


def state_council_days(year: int) -> list[SpecialDay]:
    """Weekdays off and make-up workdays of a year, from chinesecalendar, in order.

    Raises NotImplementedError for a year whose notice the package does not know yet.
    """
    day, found = date(year, 1, 1), []
    while day.year == year:
        off, name = chinese_calendar.get_holiday_detail(day)
        if off == (day.weekday() < 5):
            found.append(SpecialDay(day, works=not off, name=_HOLIDAYS.get(name or "", "")))
        day += timedelta(days=1)
    return found


_HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
}


def _load_calendar() -> int:
    """The first version of the calendar; later ones are made by the office."""
    if WorkCalendar.objects.exists():
        return 0
    calendar = WorkCalendar.objects.create(version=1, note="国务院办公厅放假安排，经 chinesecalendar 整理")
    year, days = FIRST_CALENDAR_YEAR, []
    years = []
    while known := _known_days(year):
        days += [CalendarDay(calendar=calendar, **asdict(special)) for special in known]
        source = f"国务院办公厅关于{year}年部分节假日安排的通知"
        years.append(CalendarYear(calendar=calendar, year=year, confirmed=True, source=source))
        year += 1
    years.append(CalendarYear(calendar=calendar, year=year, confirmed=False, source="放假安排尚未录入"))
    CalendarYear.objects.bulk_create(years)
    CalendarDay.objects.bulk_create(days)
    return len(days)


def _known_days(year: int) -> list[SpecialDay]:
    try:
        return state_council_days(year)
    except NotImplementedError:
        return []


# --- small things ----------------------------------------------------------------------------


def _add_missing(model: Any, natural_key: tuple[str, str], rows: Iterable[Any]) -> int:
    known = set(model.objects.values_list(*natural_key))
    first, second = natural_key
    missing = [row for row in rows if (getattr(row, first), getattr(row, second)) not in known]
    model.objects.bulk_create(missing)
    return len(missing)


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
