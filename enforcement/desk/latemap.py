"""Lateness by division as a map: darker is more late, and every place leads to its late issues."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from enforcement.desk.workbench import Bench
from regions.templatetags.office import date_office

#: Steps of the scale: the least number of late issues of each tone.
STEPS = ((1, "1"), (2, "2"), (4, "3"), (7, "4"), (12, "5"))


def map_of(bench: Bench) -> dict[str, Any] | None:
    """What `county_map` and its table need; None where one division is all there is to see."""
    if not bench.supervises or len(bench.grounds) < 2:
        return None
    areas = {
        ground.code: {
            "tone": _tone(ground.late),
            "value": _("超期 %(n)d 件") % {"n": ground.late},
            "url": _url(ground.code),
        }
        for ground in bench.grounds
        if ground.code
    }
    codes = {code[:4] for code in areas}
    return {
        "areas": areas,
        "level": "city" if bench.by_city else "county",
        "within": "" if bench.by_city or len(codes) != 1 else f"{codes.pop()}00",
        "legend": _legend(),
        "headers": [_("区划"), _("在办"), _("超期"), _("3个工作日内"), _("最早期限")],
        "rows": [
            [
                {"text": ground.name, "url": _url(ground.code)},
                str(ground.open),
                str(ground.late),
                str(ground.soon),
                date_office(ground.oldest),
            ]
            for ground in bench.grounds
        ],
    }


def _tone(late: int) -> str:
    return max((tone for least, tone in STEPS if late >= least), default="0")


def _legend() -> list[dict[str, str]]:
    words = [{"tone": "0", "label": _("无超期")}]
    for (least, tone), following in zip(STEPS, [*(least for least, _tone in STEPS[1:]), 0], strict=True):
        label = f"≥{least}" if not following else f"{least}" if following == least + 1 else f"{least}–{following - 1}"
        words.append({"tone": tone, "label": _("%(range)s 件") % {"range": label}})
    return words


def _url(code: str) -> str:
    return f"{reverse('issues:list')}?{urlencode({'division': code, 'clock': 'overdue'})}"
