"""A run's circumstances in words, for its page and its report."""

from datetime import datetime

from django.utils.translation import gettext as _

from enforcement.patrols.models import QualitySheet, RunNote
from enforcement.timeline import clock


def compass(degrees: float) -> str:
    """Where a wind comes from: 西北."""
    names = [_("北"), _("东北"), _("东"), _("东南"), _("南"), _("西南"), _("西"), _("西北")]
    return names[round(degrees / 45) % 8]


def weather_words(note: RunNote) -> str:
    """晴，气温 31 ℃，湿度 42 %，西北风 2.1 m/s（车载气象仪）; "" when nothing was noted."""
    parts = [str(note.get_sky_display())] if note.sky else []
    if note.temperature_c is not None:
        parts.append(_("气温 %(value)s ℃") % {"value": f"{note.temperature_c:g}"})
    if note.humidity_percent is not None:
        parts.append(_("相对湿度 %(value)s %%") % {"value": f"{note.humidity_percent:g}"})
    if note.wind_from_deg is not None:
        parts.append(_("%(from)s风") % {"from": compass(note.wind_from_deg)})
    if note.wind_ms is not None:
        parts.append(_("风速 %(value)s m/s") % {"value": f"{note.wind_ms:g}"})
    if not parts:
        return ""
    text = _("，").join(parts)
    return _("%(text)s（来源：%(source)s）") % {"text": text, "source": note.source}


def route_words(note: RunNote) -> str:
    """东线，计划 12.4 公里，已走 93.1 %（容差 50 米）; "" without a planned route."""
    if note.route is None or note.covered is None:
        return ""
    return _("%(name)s，计划 %(km).1f 公里，已走 %(share).1f %%（容差 %(tolerance)d 米）") % {
        "name": note.route.name,
        "km": note.route.km,
        "share": note.covered * 100,
        "tolerance": note.tolerance_m or 0,
    }


def calibrations_of(sheet: QualitySheet | None) -> list[dict[str, str]]:
    """The calibrations in force at a run's start, as its sheet has them."""
    return [
        {
            "channel": channel,
            "day": f"{clock.beijing_day(datetime.fromisoformat(one['at'])):%Y-%m-%d}",
            "slope": f"{one['slope']:g}",
            "intercept": f"{one['intercept']:g}",
        }
        for channel, one in sorted((sheet.calibrations if sheet else {}).items())
    ]
