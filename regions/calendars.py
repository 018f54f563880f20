"""Making the next version of the working calendar: one year entered or mended, every other year as it was.

A version is never changed afterwards: every due date names the version it was counted with. The days of a year come
from the State Council's yearly notice, typed or pasted a line each.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from regions.errors import Invalid
from regions.models import CalendarDay, CalendarYear, Officer, WorkCalendar

FIRST_YEAR, LAST_YEAR = 2004, 2099
#: A year has about a dozen lines; more is something else pasted here.
MOST_LINES, LONGEST_LINE = 60, 100
#: The longest run of days off so far is ten.
LONGEST_HOLIDAY = 15
#: Held while a version is made, so that two people don't make the same one.
LOCK = 0x4C4B5743

_DAY = r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?"
_LINE = re.compile(rf"^{_DAY}(?:\s*(?:至|到|~|—+|–)\s*{_DAY})?(?:[\s,，、:：]+(.*))?$")

Days = dict[date, str]


def publish_year(
    *, year: int, holidays: str, makeup_days: str, confirmed: bool, source: str, by: Officer | None, note: str = ""
) -> WorkCalendar:
    """The next version: `year` as given, every other year as in the newest version.

    `holidays` and `makeup_days` (调休上班) are lines of one date or a span of dates, each with an optional name:
    `2027-02-05 至 2027-02-11 春节`. Weekend days within a holiday do no harm. A confirmed year names its `source`.
    Raises Invalid with a sentence for each field; then nothing is made.
    """
    errors: dict[str, list[str]] = {}
    if not FIRST_YEAR <= year <= LAST_YEAR:
        errors["year"] = [_("年份应在%(first)s至%(last)s之间，请改正。") % {"first": FIRST_YEAR, "last": LAST_YEAR}]
        raise Invalid(errors["year"][0], errors=errors)
    off, work = _read("holidays", holidays, year, errors), _read("makeup_days", makeup_days, year, errors)
    for day in sorted(work):
        if day.weekday() < 5:
            errors.setdefault("makeup_days", []).append(
                _("%(day)s不是周末，本来就上班，不必填写，请删去。") % {"day": day.isoformat()}
            )
        if day in off:
            errors.setdefault("makeup_days", []).append(
                _("%(day)s同时填在放假和调休上班中，请删去一处。") % {"day": day.isoformat()}
            )
    if confirmed and not source.strip():
        errors["source"] = [_("确认一年的放假安排要写明依据，例如国务院办公厅通知的名称和文号。")]
    if confirmed and not off and "holidays" not in errors:
        errors["holidays"] = [_("没有填写放假日期；确认前请按通知填全。")]
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    special = {day: (False, name) for day, name in off.items() if day.weekday() < 5}
    special |= {day: (True, name) for day, name in work.items()}
    return _make(year, special, confirmed, source.strip(), by, note.strip())


@transaction.atomic
def _make(
    year: int, special: dict[date, tuple[bool, str]], confirmed: bool, source: str, by: Officer | None, note: str
) -> WorkCalendar:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    newest = WorkCalendar.current()
    years = {row.year: row for row in newest.years.all()}
    days = [row for row in newest.days.all() if row.day.year != year]
    before = {row.day: row.works for row in newest.days.all() if row.day.year == year}
    same = before == {day: works for day, (works, _name) in special.items()}
    if year in years and same and years[year].confirmed == confirmed and years[year].source == source:
        raise Invalid(_("%(year)s年与现行日历完全相同，没有生成新版本。") % {"year": year}, field="year")
    made = WorkCalendar.objects.create(version=newest.version + 1, note=note, made_by=by)
    years[year] = CalendarYear(year=year, confirmed=confirmed, source=source)
    CalendarYear.objects.bulk_create(
        CalendarYear(calendar=made, year=row.year, confirmed=row.confirmed, source=row.source) for row in years.values()
    )
    CalendarDay.objects.bulk_create(
        [CalendarDay(calendar=made, day=row.day, works=row.works, name=row.name) for row in days]
        + [CalendarDay(calendar=made, day=day, works=works, name=name) for day, (works, name) in special.items()]
    )
    return made


def lines_of(calendar: WorkCalendar, year: int) -> tuple[str, str]:
    """A year of a version as the text `publish_year` reads: days off, make-up days."""
    rows = calendar.days.filter(day__year=year).order_by("day")
    off, work = (
        [f"{row.day.isoformat()} {row.name}".strip() for row in rows if row.works is kind] for kind in (False, True)
    )
    return "\n".join(off), "\n".join(work)


# --- reading what was typed -------------------------------------------------------------------------------------


def _read(field: str, text: str, year: int, errors: dict[str, list[str]]) -> Days:
    """The days of a text with their names; sentences about what can't be read go into `errors`."""
    found: Days = {}
    lines = unicodedata.normalize("NFKC", text.replace("\x00", "")).splitlines()
    faults = []
    if len(lines) > MOST_LINES:
        errors[field] = [_("超过%(most)s行，请核对是否粘贴了别的内容。") % {"most": MOST_LINES}]
        return {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            for day, name in _days_of_line(line.strip(), year):
                if day in found:
                    raise ValueError(_("%(day)s填了两次，请删去一处") % {"day": day.isoformat()})
                found[day] = name
        except ValueError as fault:
            faults.append(_("第%(line)s行：%(fault)s。") % {"line": number, "fault": fault})
    if faults:
        errors[field] = faults
    return found


def _days_of_line(line: str, year: int) -> Iterator[tuple[date, str]]:
    match = _LINE.match(line) if len(line) <= LONGEST_LINE else None
    if match is None:
        raise ValueError(
            _("“%(line)s”不是日期，请写成“2027-01-01 元旦”或“2027-02-05 至 2027-02-11 春节”") % {"line": line[:30]}
        )
    first = _date(*match.group(1, 2, 3))
    last = _date(*match.group(4, 5, 6)) if match.group(4) else first
    if first.year != year or last.year != year:
        raise ValueError(_("日期不在%(year)s年，跨年的假期请分在两年填写") % {"year": year})
    length = (last - first).days + 1
    if length < 1:
        raise ValueError(_("止日早于起日，请改正"))
    if length > LONGEST_HOLIDAY:
        raise ValueError(_("一次放假%(days)s天，超过%(most)s天，请核对") % {"days": length, "most": LONGEST_HOLIDAY})
    name = (match.group(7) or "").strip()[:40]
    for n in range(length):
        yield first + timedelta(days=n), name


def _date(*parts: str) -> date:
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        raise ValueError(_("没有“%(day)s”这一天，请改正") % {"day": "-".join(parts)}) from None
