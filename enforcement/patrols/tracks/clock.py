"""Text cells to moments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from .problems import TrackRefused, quoted
from .readings import Bools, Ints

DEFAULT_ZONE = "Asia/Shanghai"
_OFFSET = re.compile(r"^(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?$", re.IGNORECASE)
_WRITTEN = re.compile(
    r"^(?P<y>\d{4})[-/.年](?P<mo>\d{1,2})[-/.月](?P<d>\d{1,2})日?[ T]*"
    r"(?P<h>\d{1,2})[:时](?P<mi>\d{1,2})(?:[:分](?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?)?秒?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?$",
    re.ASCII,
)
_COMPACT = re.compile(
    r"^(?P<y>\d{4})(?P<mo>\d{2})(?P<d>\d{2})[ T]?"
    r"(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})(?:\.(?P<f>\d{1,9}))?(?P<zone>Z)?$",
    re.ASCII,
)
_EPOCH = re.compile(r"^(?P<whole>\d{10}|\d{13})(?:\.\d{1,9})?$", re.ASCII)
_DIGIT_PLACES = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
_WIDTH = 19
#: With a fraction of one to six places, or none.
_WIDTHS = frozenset({_WIDTH, *range(_WIDTH + 2, _WIDTH + 8)})
#: Eight characters as one number, the first in its lowest byte; what a byte must not reach; masks and factors for them.
_MIDNIGHT = np.uint64(int.from_bytes(b"00:00:00", "little"))
_TOO_MUCH = np.uint64(0x0606_0F06_060F_0606)
_UPPER_HALVES = np.uint64(0xF0F0_F0F0_F0F0_F0F0)
_LOWEST, _BYTE, _TEN = np.uint64(0xFF), np.uint64(8), np.uint64(10)
#: Rows decoded in one piece; bounds memory.
_AT_ONCE = 500_000
#: Clocks shift on quarter hours at the finest; one look-up serves that long.
_ZONE_STEP_S = 900


def zone(name: str) -> tzinfo:
    """The stated time zone: an IANA name or an offset like ``+08:00``. Raises TrackRefused."""
    text = unicodedata.normalize("NFKC", str(name)).strip()
    offset = _OFFSET.match(text)
    if offset and int(offset["hours"]) <= 14 and int(offset["minutes"] or 0) < 60:
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
        return timezone(timedelta(minutes=minutes if offset["sign"] == "+" else -minutes))
    if text.upper() in ("UTC", "Z", "GMT"):
        return UTC
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TrackRefused(
            "bad_zone",
            _("不认识时区“%(zone)s”。请写 Asia/Shanghai、UTC 或 +08:00 这样的形式。") % {"zone": quoted(text)},
            "time_zone",
        ) from None


def moments(cells: Sequence[str], stated: tzinfo) -> tuple[Ints, Bools, Bools]:
    """UTC milliseconds since 1970 (0 where there is none), which cells are blank, which can't be read.

    Reads ``2021-07-01 08:00:00``, slashes, dots, 年月日, fractions, ``20210701080000``, Unix seconds, milliseconds.
    An offset in the cell wins over the stated zone. Day-month orders that could mean two dates are not read.
    """
    fast = _fixed_width(cells)
    if fast is not None:
        return _to_utc(fast, stated), np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    return _one_by_one(cells, stated)


def _fixed_width(cells: Sequence[str]) -> Ints | None:
    """Local milliseconds when every cell is a valid ``YYYY-MM-DD HH:MM:SS``; None sends the caller the slow way."""
    if not cells or any(len(cell) != 19 for cell in (cells[0], cells[-1])):
        return None
    text = np.array(cells, dtype=np.str_)
    if text.dtype.itemsize != 19 * 4:
        return None
    points = text.view(np.uint32).reshape(len(cells), 19)
    digits = points[:, _DIGIT_PLACES].astype(np.int64) - ord("0")
    if ((digits < 0) | (digits > 9)).any():
        return None
    if not (
        np.isin(points[:, [4, 7]], (ord("-"), ord("/"))).all()
        and np.isin(points[:, 10], (ord(" "), ord("T"))).all()
        and (points[:, [13, 16]] == ord(":")).all()
    ):
        return None
    return _from_digits(digits)


def whole_column(rows: NDArray[np.uint8], stated: tzinfo) -> Ints | None:
    """UTC milliseconds of equally long ASCII texts, a row of characters each and one more that isn't looked at; None
    unless each is a valid ``YYYY-MM-DD HH:MM:SS``, with a fraction or without."""
    if rows.shape[1] - 1 not in _WIDTHS:
        return None
    parts: list[Ints] = []
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        local, fraction = _from_bytes(part), _fraction(part[:, _WIDTH:-1])
        if local is None or fraction is None:
            return None
        parts.append(local + fraction)
    return _to_utc(np.concatenate(parts), stated)


def _fraction(points: NDArray[np.uint8]) -> Ints | None:
    """Milliseconds of rows of ".", then digits; what is finer is cut off, as it is cell by cell. 0 for rows of nothing."""
    found = np.zeros(len(points), dtype=np.int64)
    if not points.shape[1]:
        return found
    digits = points[:, 1:] - np.uint8(ord("0"))
    if (points[:, 0] != ord(".")).any() or (digits > 9).any():
        return None
    for place, worth in zip(range(digits.shape[1]), (100, 10, 1), strict=False):
        found += digits[:, place].astype(np.int64) * worth
    return found


def _from_bytes(points: NDArray[np.uint8]) -> Ints | None:
    """Local milliseconds of rows that begin with 19 characters; a date is read once for the rows that share it."""
    seconds = _seconds_of_day(_eight(points, 11))
    # The first eleven characters, as two overlapping eights.
    front, back = _eight(points, 0), _eight(points, 3)
    changed = (front[1:] != front[:-1]) | (back[1:] != back[:-1])
    heads = np.concatenate(([0], np.flatnonzero(changed) + 1))
    days = _midnights(points[heads])
    if seconds is None or days is None:
        return None
    local: Ints = np.repeat(days, np.diff(np.append(heads, len(points))))
    local += seconds * 1000
    return local


def _eight(points: NDArray[np.uint8], at: int) -> NDArray[np.uint64]:
    """Eight characters of each row from a place on as one number, the first its lowest byte."""
    rows, width = points.shape
    return np.ndarray(rows, dtype="<u8", buffer=points.data, offset=at, strides=(width,)).copy()


def _seconds_of_day(texts: NDArray[np.uint64]) -> Ints | None:
    """Seconds since midnight of texts ``HH:MM:SS``, eight characters in one number; None if one is no time of day."""
    digits = texts ^ _MIDNIGHT
    # A digit is 0 to 9 and a colon 0 now: with these added, anything else reaches the upper half of its byte.
    if ((digits | (digits + _TOO_MUCH)) & _UPPER_HALVES).any():
        return None
    digits = digits * _TEN + (digits >> _BYTE)
    hour, minute, second = (digits >> shift & _LOWEST for shift in (np.uint64(0), np.uint64(24), np.uint64(48)))
    if (hour > 23).any() or (minute > 59).any() or (second > 59).any():
        return None
    return (hour * np.uint64(3600) + minute * np.uint64(60) + second).astype(np.int64)


def _midnights(points: NDArray[np.uint8]) -> Ints | None:
    """Local milliseconds of the days that texts ``YYYY-MM-DD HH:MM:SS`` begin with; None if one is no date."""
    digits = points[:, _DIGIT_PLACES[:8]] - np.uint8(ord("0"))
    marks_hold = (
        np.isin(points[:, [4, 7]], (ord("-"), ord("/"))).all() and np.isin(points[:, 10], (ord(" "), ord("T"))).all()
    )
    if (digits > 9).any() or not marks_hold:
        return None
    return _from_digits(np.pad(digits.astype(np.int64), ((0, 0), (0, 6))))


def _from_digits(digits: NDArray[np.int64]) -> Ints | None:
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    month, day, hour, minute, second = (digits[:, 4 + 2 * k] * 10 + digits[:, 5 + 2 * k] for k in range(5))
    if (month < 1).any() or (month > 12).any() or (hour > 23).any() or (minute > 59).any() or (second > 59).any():
        return None
    months = (year - 1970) * 12 + month - 1
    starts = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    ends = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    if (day < 1).any() or (day > ends - starts).any():
        return None
    seconds: Ints = (starts + day - 1) * 86400 + hour * 3600 + minute * 60 + second
    return seconds * 1000


def _to_utc(local_ms: Ints, stated: tzinfo) -> Ints:
    """Take the zone's offset away: one look-up where it is always the same, else one for each quarter hour that occurs."""
    always = stated.utcoffset(None)
    if always is not None:
        return local_ms - int(always.total_seconds()) * 1000
    if not len(local_ms):
        return local_ms
    quarters = local_ms // (1000 * _ZONE_STEP_S)
    # A clock runs on: a quarter hour is one stretch of rows, and sorting the stretches is cheaper than the rows.
    heads = np.concatenate(([0], np.flatnonzero(np.diff(quarters)) + 1))
    occurring, place = np.unique(quarters[heads], return_inverse=True)
    offsets = np.fromiter(
        (_offset_s(int(q) * _ZONE_STEP_S, stated) for q in occurring), dtype=np.int64, count=len(occurring)
    )
    utc: Ints = local_ms - np.repeat(offsets[place] * 1000, np.diff(np.append(heads, len(local_ms))))
    return utc


def _offset_s(local_s: int, stated: tzinfo) -> int:
    try:
        moment = datetime(1970, 1, 1) + timedelta(seconds=local_s)
        offset = moment.replace(tzinfo=stated).utcoffset()
    except (OverflowError, ValueError):
        offset = None
    return int(offset.total_seconds()) if offset is not None else 0


def _one_by_one(cells: Sequence[str], stated: tzinfo) -> tuple[Ints, Bools, Bools]:
    local = np.zeros(len(cells), dtype=np.int64)
    absolute = np.zeros(len(cells), dtype=bool)
    blank = np.zeros(len(cells), dtype=bool)
    bad = np.zeros(len(cells), dtype=bool)
    for index, raw in enumerate(cells):
        text = raw.strip()
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text)
        if not text:
            blank[index] = True
            continue
        read = _read(text)
        if read is None:
            bad[index] = True
        else:
            local[index], absolute[index] = read
    utc = np.where(absolute, local, _to_utc(local, stated))
    utc[blank | bad] = 0
    return utc, blank, bad


def _read(text: str) -> tuple[int, bool] | None:
    """Milliseconds, and whether they are UTC already; None if the text isn't a moment."""
    epoch = _EPOCH.match(text)
    if epoch:
        return (int(text[:13]) if len(epoch["whole"]) == 13 else round(float(text) * 1000)), True
    written = _WRITTEN.match(text) or _COMPACT.match(text)
    if not written:
        return None
    try:
        moment = datetime(
            int(written["y"]),
            int(written["mo"]),
            int(written["d"]),
            int(written["h"]),
            int(written["mi"]),
            int(written["s"] or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    ms = round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1000
    ms += int((written["f"] or "0").ljust(3, "0")[:3])
    mark = written["zone"]
    if not mark:
        return ms, False
    if mark == "Z":
        return ms, True
    hours, minutes = int(mark[1:3]), int(mark[-2:])
    if hours > 14 or minutes > 59:
        return None
    shift = (hours * 60 + minutes) * 60_000
    return (ms - shift if mark[0] == "+" else ms + shift), True
