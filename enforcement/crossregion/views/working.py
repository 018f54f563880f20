"""While a round is under way: reports of the day, clues and visits, on pages and as papers; the summary and its rows."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enforcement.crossregion import actions, behind, papers, summing
from enforcement.crossregion.actions import reporting
from enforcement.crossregion.forms import ClueForm, ReportForm
from enforcement.crossregion.models import Clue, DailyReport, Round, Target, TeamMember
from enforcement.findings.lifecycle import State as FindingState
from enforcement.inspections.views.frame import TONES as VISITS
from enforcement.papers.downloads import sent
from enforcement.timeline import clock
from regions import keyset
from regions.errors import Conflict, Invalid, Refused
from regions.forms import put_errors
from regions.gatekeeper import business, policy
from regions.models import Officer

from .rounds import find, officer_of

SIZE = 40


def _released(request: HttpRequest, pk: UUID) -> Round:
    """A round that is under way or over; one that isn't released has neither reports nor clues."""
    round_ = find(request, pk)
    if round_.is_secret:
        raise Http404
    return round_


# --- reports --------------------------------------------------------------------------------------------------------


@policy(business("rounds"))
@require_safe
def reports(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is expected, newest day first: filed, missing, how late. A team sees its own."""
    round_ = _released(request, pk)
    now = clock.now()
    days = reporting.days_of(round_, clock.beijing_day(now))
    teams = reporting.teams_shown(round_, officer_of(request))
    asked = [day for day in days if f"{day}" == request.GET.get("day", "")]
    # The newest day, of a figure the newest it counts in; any other by its own link.
    shown, figure = asked or days[-1:], _figure(request, "reports")
    # A figure of the summary is the sum over the days: each tab says its part.
    rows = behind.standings(reporting.standings(round_, teams, days if figure else shown, now), figure, now)
    numbers = Counter(row.day for row in rows)
    if numbers and not asked:
        shown = [max(numbers)]
    context = {
        "round": round_,
        "rows": [row for row in rows if row.day in shown],
        "figures": _tabs(request, "reports", figure),
        "figure": figure,
        "tabs": [
            {
                "label": f"{day:%m-%d}",
                "url": f"?{urlencode({'day': day, **({'figure': figure} if figure else {})})}",
                "active": day in shown,
                "count": numbers[day] if figure else None,
            }
            for day in days[::-1]
        ],
        "due": round_.rule.report_due,
        "may_file": bool(days) and reporting.team_for(round_, officer_of(request)) is not None,
    }
    return render(request, "crossregion/reports.html", context)


@policy(business("rounds"))
@require_http_methods(["GET", "HEAD", "POST"])
def file_report(request: HttpRequest, pk: UUID) -> HttpResponse:
    round_ = _released(request, pk)
    team = reporting.team_for(round_, officer_of(request))
    days = reporting.days_of(round_, clock.today())
    if team is None or not days:
        raise Http404
    initial = {"day": f"{days[-1]}", **_last_words(round_, team, days[-1])}
    form = ReportForm(days, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.perform(round_, "report", by=officer_of(request), **form.cleaned_data)
        except (Invalid, Refused, Conflict) as error:
            put_errors(form, error)
        else:
            messages.success(request, _("日报已报送。"))
            return redirect("crossregion:reports", pk)
    day = days[-1]
    context = {
        "round": round_,
        "team": team,
        "form": form,
        "due": reporting.due_at(round_, day),
        "figures": reporting.figures_of(round_, team, day),
        "day": day,
    }
    return render(request, "crossregion/file_report.html", context, status=400 if form.is_bound else 200)


def _last_words(round_: Round, team: Any, day: Any) -> dict[str, str]:
    """What the team said of the day already: another version begins with it."""
    row = DailyReport.objects.filter(team=team, day=day).order_by("-version").first()
    return {"work": row.work, "troubles": row.troubles, "plan": row.plan} if row else {}


def _report(request: HttpRequest, pk: UUID, report: UUID) -> DailyReport:
    rows = DailyReport.objects.visible_to(officer_of(request)).filter(round=pk, pk=report)
    found = rows.select_related("round", "team__assignment__division", "filed_by").first()
    if found is None:
        raise Http404
    return found


@policy(business("rounds"))
@require_safe
def report_page(request: HttpRequest, pk: UUID, report: UUID) -> HttpResponse:
    row = _report(request, pk, report)
    others = DailyReport.objects.filter(team=row.team, day=row.day).exclude(pk=row.pk).order_by("version")
    counted = [{"label": label, "value": value} for label, value in papers.counted_rows(row)]
    context = {"round": row.round, "report": row, "counted": counted, "others": others}
    return render(request, "crossregion/report.html", context)


@policy(business("rounds"))
@require_safe
def report_paper(request: HttpRequest, pk: UUID, report: UUID, kind: str) -> HttpResponse:
    row = _report(request, pk, report)
    return sent(papers.report_of(row), f"daily-{row.day:%Y%m%d}", kind)


# --- clues ----------------------------------------------------------------------------------------------------------


@policy(business("rounds"))
@require_safe
def clues(request: HttpRequest, pk: UUID) -> HttpResponse:
    round_ = _released(request, pk)
    figure, team = _figure(request, "clues"), request.GET.get("team", "")[:80]
    rows = behind.clues(Clue.objects.visible_to(officer_of(request)).filter(round=round_), figure, team)
    rows = rows.select_related("team", "finding__located_in", "finding__issue__verifier", "filed_by")
    order, trouble = ["-filed_at", "-id"], ""
    try:
        page = keyset.page(rows, order, SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except Invalid as error:
        trouble, page = str(error), keyset.page(rows, order, SIZE)
    context = {
        "round": round_,
        "clues": page.rows,
        "trouble": trouble,
        "tabs": _tabs(request, "clues", figure),
        "team": team,
        "may_file": reporting.team_for(round_, officer_of(request)) is not None,
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "crossregion/clues.html", context)


@policy(business("rounds"))
@require_http_methods(["GET", "HEAD", "POST"])
def file_clue(request: HttpRequest, pk: UUID) -> HttpResponse:
    round_, officer = _released(request, pk), officer_of(request)
    form = ClueForm(lambda: _own_targets(round_, officer), request.POST if request.method == "POST" else None)
    status = 400 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            filed = actions.perform(round_, "file_clue", by=officer, **form.entered).filed
        except (Invalid, Refused, Conflict) as error:
            put_errors(form, error)
        else:
            messages.success(request, _filed(filed))
            return redirect("crossregion:clues", pk)
    # Looked for after the act, which looks for itself: one who isn't of a team learns nothing either way.
    if (team := reporting.team_for(round_, officer)) is None:
        raise Http404
    obstacle = next((one.why for one in actions.available(round_, officer) if one.action == "file_clue"), "")
    context = {"round": round_, "team": team, "form": form, "obstacle": obstacle}
    return render(request, "crossregion/file_clue.html", context, status=403 if obstacle else status)


def _own_targets(round_: Round, officer: Officer) -> list[Target]:
    own = TeamMember.objects.filter(team__round=round_, officer=officer, left_on=None).values("team")
    return list(Target.objects.filter(round=round_, team__in=own).select_related("site"))


def _filed(clue: Clue) -> str:
    if clue.finding.state == FindingState.DRAFT:
        return _("线索已存为草稿，由本单位巡查员提交、另一名组长审核后转办。")
    return _("线索已报送，由本单位组长审核后转办。")


# --- visits ---------------------------------------------------------------------------------------------------------


@policy(business("rounds"))
@require_safe
def visits(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the teams visited, as far as the reader may know of it: the rows behind the summary's figures."""
    round_ = _released(request, pk)
    figure, team = _figure(request, "visits"), request.GET.get("team", "")[:80]
    rows = behind.visits(round_, figure, officer_of(request), team).select_related("site", "division__parent")
    order, trouble = ["-begun_at", "-id"], ""
    try:
        page = keyset.page(rows, order, SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except Invalid as error:
        trouble, page = str(error), keyset.page(rows, order, SIZE)
    names = dict(round_.teams.values_list("pk", "name"))
    for row in page.rows:
        row.badge, row.team_name = VISITS[row.state], names[row.team]
    context = {
        "round": round_,
        "visits": page.rows,
        "trouble": trouble,
        "tabs": _tabs(request, "visits", figure),
        "team": team,
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "crossregion/visits.html", context)


def _figure(request: HttpRequest, page: str) -> str:
    """The figure asked for, the page's first list for a word that is none."""
    asked = request.GET.get("figure", "")
    return asked if asked in behind.LISTS[page] else next(iter(behind.LISTS[page]))


def _tabs(request: HttpRequest, page: str, figure: str) -> list[dict[str, Any]]:
    # The day is a choice of the daily reports; to the others it is no filter.
    named = ("team", "day") if page == "reports" else ("team",)
    kept = {name: request.GET[name][:80] for name in named if request.GET.get(name)}
    return [
        {"label": label, "url": f"?{urlencode({**kept, 'figure': key})}", "active": key == figure, "count": None}
        for key, label in behind.LISTS[page].items()
    ]


# --- the summary ----------------------------------------------------------------------------------------------------


@policy(business("rounds"))
@require_safe
def summary(request: HttpRequest, pk: UUID) -> HttpResponse:
    round_ = _released(request, pk)
    found = summing.summary(round_)
    places = {name: reverse(f"crossregion:{name}", args=[pk]) for name in summing.GROUPS}
    groups = [
        (title, [{"row": row, "url": f"{places[page]}?figure={row.key}"} for row in found.figures if row.opens == page])
        for page, title in summing.GROUPS.items()
    ]
    context = {"round": round_, "summary": found, "groups": groups, "places": places}
    return render(request, "crossregion/summary.html", context)


@policy(business("rounds"))
@require_safe
def summary_paper(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    round_ = _released(request, pk)
    return sent(papers.summary_of(summing.summary(round_)), f"summary-{round_.since:%Y%m%d}", kind)
