"""The statistics page, the rows behind a figure, and the exports."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.statistics import behind, comparing, exports, pictures, wording
from enforcement.statistics.forms import ComparisonFilter, StatisticsFilter
from enforcement.statistics.reports import Report, report_on
from enforcement.statistics.rules import FIGURES
from enforcement.statistics.scopes import PARAMETERS, Scope, scope_for
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.gatekeeper import business, policy
from regions.templatetags.office import cut_off_office, thousands

PAGE = 100


@policy(business("statistics"))
@require_safe
def closure(request: HttpRequest) -> HttpResponse:
    """Figures, charts, map and breakdown; what can't be asked is told beside its field, with status 400."""
    parameters = _asked(request)
    try:
        scope = scope_for(request.user, parameters)
    except Invalid as error:
        form = StatisticsFilter(parameters, request.user, error.errors)
        return render(request, "statistics/closure.html", {"form": form, "trouble": str(error)}, status=400)
    report = report_on(scope, broken_down=True)
    context = {
        "form": StatisticsFilter(parameters, request.user, tree=scope.tree),
        "scope": scope,
        "sections": wording.sections(report),
        "basis": wording.basis(scope),
        "table": wording.table(report),
        "volumes": pictures.volumes(report),
        "rates": pictures.closure_rates(report),
        "map": pictures.county_map(report),
        "issued": report.figures["issued"].value,
        "denominator": _denominator(report),
        "map_note": f"{_denominator(report)} · {_('截至')} {cut_off_office(scope.cut_off)}",
        "compare_url": f"{reverse('statistics:compare')}?{urlencode(scope.asked)}"
        if scope.since and scope.until
        else reverse("statistics:compare"),
        "exports": {
            kind: f"{reverse(f'statistics:export_{kind}')}?{urlencode(scope.asked)}" for kind in ("csv", "xlsx")
        },
    }
    return render(request, "statistics/closure.html", context)


@policy(business("statistics"))
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two periods in two columns; what can't be compared is told beside its field, with status 400."""
    parameters = {**_asked(request), **{name: request.GET.get(name, "").strip() for name in comparing.OTHER}}
    if not any(parameters.values()):
        parameters |= _this_month()
    try:
        comparison = comparing.compare(request.user, parameters)
    except Invalid as error:
        form = ComparisonFilter(parameters, request.user, error.errors)
        return render(request, "statistics/compare.html", {"form": form, "trouble": str(error)}, status=400)
    scope, other = comparison.report.scope, comparison.other.scope
    context = {
        "form": ComparisonFilter(comparison.asked, request.user, tree=scope.tree),
        "rows": wording.compared(comparison),
        "scope": scope,
        "other": other,
        "bases": [wording.basis(scope), wording.basis(other)],
        "others": _others(request, parameters, scope),
        "alone": f"?{urlencode(scope.asked)}",
    }
    return render(request, "statistics/compare.html", context)


def _this_month() -> dict[str, str]:
    today = clock.today()
    return {"from": today.replace(day=1).isoformat(), "to": today.isoformat()}


def _others(request: HttpRequest, parameters: dict[str, str], scope: Scope) -> list[dict[str, str]]:
    """Links to the same period beside others one often compares with; the cut-off follows each."""
    assert scope.since
    assert scope.until
    period = scope.since, scope.until
    offered = (
        (_("前一个等长时段"), comparing.before(period)),
        (_("上月同期"), comparing.months_earlier(period, 1)),
        (_("去年同期"), comparing.months_earlier(period, 12)),
    )
    kept = {name: text for name, text in parameters.items() if text and name not in comparing.OTHER}
    return [
        {
            "label": label,
            "url": f"{request.path}?{urlencode({**kept, 'other_from': first.isoformat(), 'other_to': last.isoformat()})}",
        }
        for label, (first, last) in offered
    ]


@policy(business("statistics"))
@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """Exactly the rows a figure added up, a page at a time."""
    figure, part = request.GET.get("figure", ""), request.GET.get("part") or "numerator"
    if figure not in FIGURES:
        raise Http404
    context: dict[str, Any] = {"formula": FIGURES[figure], "back": reverse("statistics:closure")}
    try:
        scope = scope_for(request.user, _asked(request))
        if part not in behind.PARTS:
            raise Invalid(behind.NO_PART, field="part")
        found = behind.listed(figure, scope, part, request.GET.get("after", ""), PAGE + 1)
    except Invalid as error:
        return render(request, "statistics/rows.html", {**context, "trouble": str(error)}, status=400)
    page = found[:PAGE]
    query = {**scope.asked, "figure": figure, "part": part}
    context |= {
        "scope": scope,
        "basis": wording.basis(scope),
        "table": wording.rows_table(figure, scope, page),
        "back": f"{reverse('statistics:closure')}?{urlencode(scope.asked)}",
        "next_url": f"?{urlencode({**query, 'after': page[-1].key})}" if len(found) > PAGE else "",
        "previous_url": f"?{urlencode(query)}" if request.GET.get("after") else "",
    }
    return render(request, "statistics/rows.html", context)


@policy(business("statistics"))
@require_safe
def export_csv(request: HttpRequest) -> HttpResponse:
    return _export(request, exports.csv_of, "csv", "text/csv; charset=utf-8")


@policy(business("statistics"))
@require_safe
def export_xlsx(request: HttpRequest) -> HttpResponse:
    return _export(
        request, exports.xlsx_of, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )


def _export(request: HttpRequest, write: Any, kind: str, media_type: str) -> HttpResponse:
    try:
        scope = scope_for(request.user, _asked(request))
    except Invalid as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    name = f"closure-{scope.cut_off:%Y%m%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(write(report_on(scope, broken_down=True)), content_type=media_type, headers=headers)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip() for name in PARAMETERS}


def _denominator(report: Report) -> str:
    return _("分母：转办 %(issued)s 件") % {"issued": thousands(report.figures["issued"].value)}
