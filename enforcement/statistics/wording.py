"""Figures in the words and numbers of the office: for the page, the tables and the exports."""

from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from enforcement.issues.models import Severity, Source
from enforcement.statistics import behind
from enforcement.statistics.behind import Listed
from enforcement.statistics.comparing import Comparison, less
from enforcement.statistics.pictures import address
from enforcement.statistics.reports import Line, Report
from enforcement.statistics.rules import FIGURES, LISTED, Figure, Kind
from enforcement.statistics.scopes import Scope
from regions.templatetags.office import cut_off_office, dash, date_office, thousands, weight

#: The page's rows of figures.
SECTIONS: tuple[tuple[str, ...], ...] = (
    ("issued", "closed", "interim_closed", "open", "closure_rate", "closure_rate_public"),
    ("overdue_now", "ever_overdue", "on_time_rate", "extension_rate", "return_rate", "accuracy_rate"),
    ("rework_rate", "relapse_rate", "mean_handling_days", "median_handling_days", "p90_handling_days"),
    ("patrol_km", "patrol_hours", "findings", "tracing_top1_rate", "tracing_top3_rate"),
)
#: The office publishes kilometres in 万: 2.34万公里.
TEN_THOUSAND = Decimal(10_000)
TONES = {"overdue_now": "late", "closed": "done"}
#: Columns of the breakdown.
COLUMNS = (
    "issued",
    "closed",
    "interim_closed",
    "open",
    "overdue_now",
    "closure_rate",
    "on_time_rate",
    "return_rate",
    "mean_handling_days",
    "patrol_km",
)


def shown(figure: Figure) -> str:
    """The value as it is printed, without its unit: 78.46, 437, 23,400."""
    if figure.value is None:
        return str(dash(None))
    if figure.formula.kind in (Kind.RATE, Kind.TRACING):
        return thousands(figure.value * 100, 2)
    if figure.name == "mean_handling_days":
        return thousands(figure.value, 2)
    if figure.formula.kind is Kind.EFFORT:
        return weight(_rounded(figure.value))
    return weight(figure.value)


def _rounded(value: Decimal) -> Decimal:
    return round(value, 1)  # half to even, as Decimal rounds


def sections(report: Report) -> list[list[dict[str, Any]]]:
    """The figures as the `figure` component takes them, with their basis and the list behind them."""
    return [[_card(report.figures[name], report.scope) for name in names] for names in SECTIONS]


def _card(figure: Figure, scope: Scope) -> dict[str, Any]:
    formula, card = figure.formula, {}
    # A part of what was issued is printed over it; a count on its own has nothing below the line.
    if figure.denominator is not None and formula.kind in (Kind.RATE, Kind.COUNT, Kind.TRACING):
        card = {
            "numerator": weight(figure.numerator),
            "denominator": weight(figure.denominator),
            "numerator_label": f"{formula.above} ",
            "denominator_label": f"{formula.below} ",
        }
    elif figure.denominator is not None:
        card = {"note": _("办结 %(n)s 件") % {"n": weight(figure.denominator)}}
    elif figure.name == "patrol_km" and figure.value is not None and figure.value >= TEN_THOUSAND:
        card = {"note": _("合 %(n)s万公里") % {"n": thousands(figure.value / TEN_THOUSAND, 2)}}
    tone = TONES.get(figure.name, "") if figure.value else ""
    return {
        "name": figure.name,
        "label": formula.label,
        "value": shown(figure),
        "unit": formula.unit if figure.value is not None else "",
        "tone": tone,
        "cut_off": scope.cut_off,
        "url": list_url(figure.name, scope),
        **card,
    }


def list_url(name: str, scope: Scope) -> str:
    """The page with exactly the rows behind a figure."""
    try:
        route = reverse("issues:list") if name in LISTED else reverse("statistics:rows")
    except NoReverseMatch:
        route = reverse("statistics:rows")
    return f"{route}?{behind.query(name, scope)}"


def basis(scope: Scope) -> list[tuple[str, str]]:
    """What was asked, in words: label and value, the cut-off always among them."""
    asked = scope.asked
    period = (
        _("自开始以来")
        if not (scope.since or scope.until)
        else " — ".join(str(date_office(day)) if day else "…" for day in (scope.since, scope.until))
    )
    words = [(_("转办日期"), period), (_("统计截止"), cut_off_office(scope.cut_off))]
    if scope.known_at:
        words.append((_("登记截止"), cut_off_office(scope.known_at)))
    if "division" in asked:
        place = scope.tree.coded(asked["division"])
        words.append((_("责任区划"), place.name if place else asked["division"]))
    if scope.area:
        words.append((_("联防联控区域"), str(scope.area)))
    if scope.source:
        words.append((_("来源"), str(Source(scope.source).label)))
    if scope.severity:
        words.append((_("严重程度"), str(Severity(scope.severity).label)))
    if scope.doors is not None:
        words.append((_("范围"), _("本单位参与的问题")))
    return words


def _period(scope: Scope) -> str:
    days = {"since": date_office(scope.since), "until": date_office(scope.until)}
    if scope.since and scope.until:
        return _("%(since)s 至 %(until)s") % days
    if scope.since:
        return _("%(since)s 起") % days
    return _("至 %(until)s") % days if scope.until else _("不限")


def table(report: Report) -> dict[str, Any]:
    """The breakdown by division as the `table` component takes it."""
    columns = [{"label": _("区划"), "numeric": False}]
    # Items are what the caption says is counted; every other unit stands in its column's head.
    short = {name: str(FIGURES[name].label) for name in COLUMNS if FIGURES[name].kind is Kind.COUNT}
    columns += [{"label": short.get(name, heading(name)), "numeric": True} for name in COLUMNS]
    rows = [_row(line, report.scope) for line in report.lines]
    rows.append({"url": "", "cells": [_("合计"), *(shown(report.figures[name]) for name in COLUMNS)]})
    return {"caption": _("各区划办结统计（件）"), "columns": columns, "rows": rows}


def heading(name: str) -> str:
    """A figure's name with its unit: 办结率（%）."""
    formula = FIGURES[name]
    return _("%(name)s（%(unit)s）") % {"name": formula.label, "unit": formula.unit}


def compared(comparison: Comparison) -> list[dict[str, Any]]:
    """The sections of figures, each figure with both values, both bases, both lists and the difference in words."""
    report, other = comparison.report, comparison.other
    return [
        {
            "name": name,
            "label": report.figures[name].formula.label,
            "sides": [_card(side.figures[name], side.scope) for side in (report, other)],
            "difference": difference_words(report.figures[name], other.figures[name]),
        }
        for names in SECTIONS
        for name in names
    ]


def difference_words(figure: Figure, other: Figure) -> str:
    """How the first differs from the other: +12 件（+5.30%）, −3.21 个百分点, 持平; a dash where either is none."""
    gap = less(figure, other)
    if gap is None or figure.value is None or other.value is None:
        return str(dash(None))
    if not gap:
        return _("持平")
    kind = figure.formula.kind
    if kind in (Kind.RATE, Kind.TRACING):
        return _("%(n)s 个百分点") % {"n": signed(gap * 100, 2)}
    if kind is Kind.DAYS:
        return f"{signed(gap, 2)} {figure.formula.unit}"
    words = f"{signed(gap, 1 if kind is Kind.EFFORT else None)} {figure.formula.unit}"
    if not other.value:
        return words
    return _("%(words)s（%(share)s%%）") % {"words": words, "share": signed(gap / other.value * 100, 2)}


def signed(number: Decimal, places: int | None) -> str:
    """With its sign, a true minus: +12, −3.21. Rounded half to even; without places as a weight is printed."""
    size = thousands(abs(number), places) if places is not None else weight(abs(number))
    return f"{'+' if number > 0 else '−'}{size}"


def _row(line: Line, scope: Scope) -> dict[str, Any]:
    cells = [line.name, *(shown(line.figures[name]) for name in COLUMNS)]
    return {"url": address(scope, line) or "", "cells": cells}


def rows_table(figure: str, scope: Scope, rows: list[Listed]) -> dict[str, Any]:
    """The rows behind a figure as a table; an issue, finding or run is linked to its page."""
    formula = FIGURES[figure]
    unit = _("权重") if figure in LISTED else _("个") if formula.kind is Kind.TRACING else str(formula.unit)
    columns = [{"label": _("名称")}, {"label": _("区划")}, {"label": _("日期")}, {"label": unit, "numeric": True}]
    return {
        "caption": str(formula.label),
        "columns": columns,
        "rows": [
            {
                "url": _subject_url(figure, row),
                "cells": [
                    f"{row.subject} {row.title}" if figure in LISTED else row.title,
                    _place(scope, row.division),
                    row.day.isoformat() if row.day else None,
                    weight(row.amount),
                ],
            }
            for row in rows
        ],
    }


def _subject_url(figure: str, row: Listed) -> str:
    route = "findings:detail" if figure == "findings" else "issues:detail" if figure in LISTED else "patrols:run"
    if FIGURES[figure].kind is Kind.TRACING:
        route = "patrols:hot-spot"
    try:
        return reverse(route, args=[row.subject])
    except NoReverseMatch:
        return ""


def _place(scope: Scope, pk: int) -> str:
    place = scope.tree.places.get(pk)
    return place.name if place else ""
