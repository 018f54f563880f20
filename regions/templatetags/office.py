"""How the office writes dates, numbers, rates and working days on a page: ``{% load office %}``.

Every filter answers an em dash for ``None`` and for text it can't read as its kind, because a page with one
gap is better than no page.
"""

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django import template
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext

register = template.Library()

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")
DASH = "—"
WEEKDAYS = [
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
]


def _beijing(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    """An aware moment as the clock on the office wall shows it; dates and naive moments as they are."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(OFFICE_ZONE)
    return value


def _decimal(value: object) -> Decimal | None:
    """The value as a finite Decimal, or None when it isn't a number."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _rounded(number: Decimal, places: int) -> Decimal:
    """Rounded half to even, as GB/T 8170 asks."""
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def _places(value: object, default: int) -> int:
    try:
        return min(max(int(str(value)), 0), 6)
    except ValueError:
        return default


@register.filter
def date_office(value: object) -> str:
    """``2021-08-04 (周三)``; an aware datetime is moved to Asia/Shanghai first."""
    if not isinstance(value, dt.date):
        return DASH
    day = _beijing(value)
    return f"{day:%Y-%m-%d} ({WEEKDAYS[day.weekday()]})"


@register.filter
def time_office(value: object) -> str:
    """``2021-08-04 (周三) 09:15`` in Asia/Shanghai; a plain date gets no time."""
    if not isinstance(value, dt.datetime):
        return date_office(value)
    return f"{date_office(value)} {_beijing(value):%H:%M}"


@register.filter
def time_short(value: object) -> str:
    """``08-04 09:15`` in Asia/Shanghai, for places where the year is beyond doubt."""
    if not isinstance(value, dt.datetime):
        return f"{value:%m-%d}" if isinstance(value, dt.date) else DASH
    return f"{_beijing(value):%m-%d %H:%M}"


@register.filter
def cut_off_office(value: object) -> str:
    """A cut-off: the day alone when it is the end of that day (23:59 or later), else the moment."""
    if isinstance(value, dt.datetime) and f"{_beijing(value):%H:%M}" == "23:59":
        return date_office(value)
    return time_office(value)


@register.filter
def thousands(value: object, places: object = None) -> str:
    """``23,400``; with ``places`` rounded half to even to so many decimals: ``23,400.0``."""
    number = _decimal(value)
    if number is None:
        return DASH
    if places is not None:
        number = _rounded(number, _places(places, 0))
    return f"{number:,f}"


@register.filter
def km(value: object, places: object = 1) -> str:
    """``18.5 公里``, one decimal unless told otherwise."""
    if _decimal(value) is None:
        return DASH
    return gettext("%(km)s 公里") % {"km": thousands(value, places)}


@register.filter
def hours(value: object, places: object = 1) -> str:
    """``962.0 小时``, one decimal unless told otherwise."""
    if _decimal(value) is None:
        return DASH
    return gettext("%(hours)s 小时") % {"hours": thousands(value, places)}


@register.filter
def percent(value: object, places: object = 2) -> str:
    """A ratio as a percentage, half to even: ``Decimal("0.7846")`` gives ``78.46%``."""
    number = _decimal(value)
    if number is None:
        return DASH
    return f"{_rounded(number * 100, _places(places, 2)):,f}%"


@register.filter
def percent_of(value: object, total: object) -> str:
    """``437|percent_of:557`` gives ``78.46%``; a dash when the total is zero or missing."""
    part, whole = _decimal(value), _decimal(total)
    if part is None or whole is None or whole == 0:
        return DASH
    return percent(part / whole)


@register.filter
def weight(value: object) -> str:
    """A Decimal count without trailing zeros: ``4.5``, ``437``, ``1,204``."""
    number = _decimal(value)
    if number is None:
        return DASH
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def workdays(value: object) -> str:
    """``7 个工作日``."""
    number = _decimal(value)
    if number is None:
        return DASH
    return ngettext("%(days)s 个工作日", "%(days)s 个工作日", int(number)) % {"days": weight(number)}


@register.filter
def days_left(value: object) -> str:
    """Working days to the due date in words; negative is late: ``剩 3 个工作日``, ``今天到期``, ``超期 2 个工作日``."""
    number = _decimal(value)
    if number is None:
        return gettext("不计时")
    if number == 0:
        return gettext("今天到期")
    if number < 0:
        return pgettext("clock", "超期 %(days)s") % {"days": workdays(-number)}
    return pgettext("clock", "剩 %(days)s") % {"days": workdays(number)}


@register.filter
def file_size(value: object) -> str:
    """``640 B``, ``18.4 kB``, ``1.2 MB`` (thousands, as on the wrapping of a memory card)."""
    number = _decimal(value)
    if number is None or number < 0:
        return DASH
    if number < 1000:
        return f"{int(number)} B"
    for unit in ("kB", "MB"):
        number /= 1000
        if number < 1000:
            return f"{_rounded(number, 1)} {unit}"
    return f"{_rounded(number / 1000, 1)} GB"


@register.filter
def dash(value: object) -> object:
    """The value, or an em dash for ``None`` and the empty string; zero stays zero."""
    return DASH if value is None or value == "" else value
