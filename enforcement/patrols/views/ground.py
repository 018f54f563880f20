"""What was driven where, and what was measured there: coverage by county, and a heat map; each as page and as CSV."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.patrols import drawings
from enforcement.patrols.coverage import CountyDriven, Coverage, counties_within, coverage
from enforcement.patrols.forms import HeatFilter, PeriodFilter, channel_words
from enforcement.patrols.heat import MOST, Asked, HeatSquare, channels_of, heat
from enforcement.patrols.pictures import Scale, scale_of
from enforcement.patrols.sheets import csv_answer
from enforcement.patrols.tracks.grid import channel_key
from enforcement.timeline import clock
from regions import cartography
from regions.gatekeeper import business, policy

from .visitor import officer_of

#: Rows of the table beside a heat map before it is folded away.
SHOWN = 12


# --- coverage ---------------------------------------------------------------------------------------------------


def _covered(request: HttpRequest) -> tuple[PeriodFilter, Coverage]:
    form = PeriodFilter(request.GET, officer=officer_of(request))
    since, until, divisions = form.bounds()
    counties = counties_within(form.entries, divisions)
    return form, coverage(officer_of(request), counties, since=since, until=until, today=clock.today())


@policy(business("patrols"))
@require_safe
def coverage_page(request: HttpRequest) -> HttpResponse:
    form, found = _covered(request)
    context = {
        "form": form,
        "found": found,
        "rows": [{"row": row, "url": _runs_url(form, row)} for row in found.rows],
        "csv_url": f"{reverse('patrols:coverage_csv')}?{request.GET.urlencode()}",
        "today": clock.today(),
    }
    return render(request, "patrols/coverage.html", context)


@policy(business("patrols"))
@require_safe
def coverage_csv(request: HttpRequest) -> HttpResponse:
    form, found = _covered(request)
    since, until, _divisions = form.bounds()
    headers = [_("区划代码"), _("县区"), _("里程（公里）"), _("时长（小时）"), _("走航次数"), _("最近走航"),
               _("距今天数"), _("日期起"), _("日期止"), _("截至")]  # fmt: skip
    rows = [
        [row.county.code, row.county.name, row.km, row.hours, row.runs, row.last, row.days_since, since, until,
         clock.today()]
        for row in found.rows
    ]  # fmt: skip
    return csv_answer("patrol-coverage", headers, rows)


def _runs_url(form: PeriodFilter, row: CountyDriven) -> str:
    """The runs behind a county's figures."""
    asked = {name: value for name, value in form.in_use().items() if name in ("since", "until")}
    return f"{reverse('patrols:list')}?{urlencode({**asked, 'division': row.county.code})}"


# --- heat map ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Heat:
    """What was asked and what was found."""

    form: HeatFilter
    channel: tuple[str, str] | None
    peak: bool
    squares: list[HeatSquare]

    def value(self, one: HeatSquare) -> float:
        return one.peak if self.peak else one.median

    @property
    def unit(self) -> str:
        return self.channel[1] if self.channel else ""

    @property
    def sorted(self) -> list[HeatSquare]:
        return sorted(self.squares, key=lambda one: -self.value(one))

    @property
    def names(self) -> dict[int | None, str]:
        return {one.pk: one.name for one in self.form.entries}


def _heated(request: HttpRequest) -> _Heat:
    officer = officer_of(request)
    form = HeatFilter(request.GET, officer=officer, channels=channels_of(officer))
    since, until, divisions = form.bounds()
    channel = form.chosen_channel()
    found = heat(officer, Asked(channel_key(*channel), since, until, divisions)) if channel else []
    return _Heat(form, channel, form.in_use().get("measure") == "peak", found)


@policy(business("patrols"))
@require_safe
def heat_page(request: HttpRequest) -> HttpResponse:
    found = _heated(request)
    context: dict[str, Any] = {
        "form": found.form,
        "filtered": bool(found.form.in_use()),
        "csv_url": f"{reverse('patrols:heat_csv')}?{request.GET.urlencode()}",
        "today": clock.today(),
    }
    if found.squares and found.channel:
        scale = scale_of(np.array([found.value(one) for one in found.squares]))
        headers, rows = _table(found)
        context |= {
            "title": _("%(channel)s，%(measure)s") % {
                "channel": channel_words(*found.channel), "measure": _("最高值") if found.peak else _("中位数"),
            },
            "drawn": {"svg": mark_safe(_drawn(found, scale))},  # every word in it went through escape()
            "legend": scale.labels(found.unit),
            "side_m": round(found.squares[0].side * 111_195 / 50) * 50,
            "headers": headers,
            "rows": rows,
            "first_rows": rows[:SHOWN],
            "count": len(found.squares),
            "cut": len(found.squares) == MOST,
        }  # fmt: skip
    return render(request, "patrols/heat.html", context)


def _drawn(found: _Heat, scale: Scale) -> str:
    lons = [lon for one in found.squares for lon in (one.west, one.west + one.side)]
    lats = [lat for one in found.squares for lat in (one.south, one.south + one.side)]
    frame = cartography.track_frame(lons, lats, width=720, height=560, least_km=8)
    steps = scale.steps(np.array([found.value(one) for one in found.squares])).tolist()
    body = [
        drawings.square(frame, one.west, one.south, one.side, step, _said(found, one))
        for one, step in zip(found.squares, steps, strict=True)
    ]
    return drawings.drawn(frame, body)


def _said(found: _Heat, one: HeatSquare) -> str:
    return _("%(place)s：中位数 %(median)s，最高 %(peak)s %(unit)s，%(runs)d 次走航") % {
        "place": found.names.get(one.division) or _("省外"),
        "median": f"{one.median:g}",
        "peak": f"{one.peak:g}",
        "unit": found.unit,
        "runs": one.runs,
    }


def _table(found: _Heat) -> tuple[list[str], list[list[Any]]]:
    """Every square of the map, highest first: the same content as the picture."""
    headers = [_("位置（格中心）"), _("中位数"), _("最高值"), _("走航次数"), _("读数")]
    rows = [
        [
            f"{found.names.get(one.division) or _('省外')} {one.west + one.side / 2:.4f}, {one.south + one.side / 2:.4f}",
            f"{one.median:.4g}",
            f"{one.peak:.4g}",
            str(one.runs),
            f"{one.readings:,}",
        ]
        for one in found.sorted
    ]
    return headers, rows


@policy(business("patrols"))
@require_safe
def heat_csv(request: HttpRequest) -> HttpResponse:
    found = _heated(request)
    since, until, _divisions = found.form.bounds()
    headers = [_("县区"), _("经度（格中心）"), _("纬度（格中心）"), _("格边长（度）"), _("通道"), _("单位"), _("中位数"),
               _("最高值"), _("走航次数"), _("读数"), _("日期起"), _("日期止"), _("截至")]  # fmt: skip
    name, unit = found.channel or ("", "")
    rows = [
        [found.names.get(one.division) or _("省外"), round(one.west + one.side / 2, 5), round(one.south + one.side / 2, 5),
         one.side, name, unit, one.median, one.peak, one.runs, one.readings, since, until, clock.today()]
        for one in found.sorted
    ]  # fmt: skip
    return csv_answer("patrol-heat", headers, rows)
