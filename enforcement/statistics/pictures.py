"""Charts and the county map of a report, ready for the components."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.statistics import charts
from enforcement.statistics.charts import Chart
from enforcement.statistics.reports import Line, Report, rates
from enforcement.statistics.scopes import Scope
from regions.templatetags.office import percent, weight

#: Steps of the map's scale: from this closure rate on. Bounds of a picture, not of a rule.
STEPS = ((Decimal("0.9"), 5), (Decimal("0.8"), 4), (Decimal("0.7"), 3), (Decimal("0.6"), 2), (Decimal(0), 1))


@dataclass(frozen=True, slots=True)
class MapData:
    """What `county_map` and the map component take."""

    areas: dict[str, dict[str, Any]]
    within: str
    legend: list[dict[str, str]]
    headers: list[str]
    rows: list[list[Any]]


def volumes(report: Report) -> Chart:
    """Closed, interim closed and still open items of each division, as parts of what was issued."""
    rows = []
    for line in report.lines:
        closed, interim, open_ = (_amount(line, name) for name in ("closed", "interim_closed", "open"))
        if closed + open_ > 0:
            rows.append((line.name, [closed, interim, open_ - interim]))
    return charts.stacked(
        _("各区划转办与办结"),
        [_("办结"), _("阶段性办结"), _("在办")],
        ["done", "half", "open"],
        rows,
        unit=_("件"),
        places=_places([part for _name, parts in rows for part in parts]),
        header=_("区划"),
        total=_("转办"),
    )


def closure_rates(report: Report) -> Chart:
    """The closure rate of each division, the highest first."""
    found = sorted(rates(report.lines), key=lambda pair: -pair[1])
    bars = [charts.Bar(line.name, value * 100, url=address(report.scope, line) or "") for line, value in found]
    return charts.bar(_("各区划办结率"), bars, unit="%", places=2, header=_("区划"))


def county_map(report: Report) -> MapData:
    """Counties coloured by closure rate, with the same numbers as rows."""
    areas, rows = {}, []
    for line, value in rates(report.counties):
        url = address(report.scope, line)
        areas[line.code] = {"tone": _tone(value), "value": percent(value), "url": url}
        rows.append(
            [{"text": line.name, "url": url}, percent(value), *(weight(_amount(line, n)) for n in ("closed", "issued"))]
        )
    return MapData(
        areas,
        _within(report),
        [
            {"tone": "5", "label": _("90% 及以上")},
            {"tone": "4", "label": "80%–90%"},
            {"tone": "3", "label": "70%–80%"},
            {"tone": "2", "label": "60%–70%"},
            {"tone": "1", "label": _("60% 以下")},
            {"tone": "0", "label": _("无转办")},
        ],
        [_("县（市、区）"), _("办结率"), _("办结"), _("转办")],
        rows,
    )


def address(scope: Scope, line: Line) -> str | None:
    """The statistics of one division of a breakdown, under the same filters; None where who asks can't narrow to it."""
    if line.place is None or line.place.pk not in scope.offered:
        return None
    return f"{reverse('statistics:closure')}?{urlencode({**scope.asked, 'division': line.code})}"


def _amount(line: Line, name: str) -> Decimal:
    return line.figures[name].value or Decimal(0)


def _places(parts: list[Decimal]) -> int:
    """As many decimals as the weights need, so that no part is shown as what it isn't."""
    return max((max(0, -int(part.normalize().as_tuple().exponent)) for part in parts), default=0)


def _tone(rate: Decimal) -> str:
    return str(next(tone for bound, tone in STEPS if rate >= bound))


def _within(report: Report) -> str:
    """The one city or county the picture shows: what was asked for, or what all of an officer's own rows lie in; empty for
    the province."""
    scope = report.scope
    if scope.doors is not None:
        cities = {line.place.parent for line in report.counties if line.place}
        only = cities.pop() if len(cities) == 1 else None
    else:
        nodes = scope.nodes or ()
        only = nodes[0] if len(nodes) == 1 else None
    place = scope.tree.places[only] if only is not None else None
    return place.code if place and place.level in ("city", "county") else ""
