"""Settling the new site a finding states: what is alike in the register beside what was stated."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enforcement.findings import new_sites, settling
from enforcement.findings.duplicates import box_about, rule_for
from enforcement.findings.models import Finding, ProposedSite
from enforcement.findings.site_forms import SettlingForm
from regions.coordinates import distance_m
from regions.directory import sites_for
from regions.errors import Conflict, DomainError, Refused
from regions.forms import put_errors
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Officer, Site

from .sheet import find, show

#: Rows looked at, and shown.
MOST_COMPARED, MOST_ALIKE = 100, 8


@dataclass(frozen=True, slots=True)
class Alike:
    """A site of the register and how far it lies from the finding."""

    site: Site
    metres: int


@policy(business("findings"))
@require_http_methods(["GET", "HEAD", "POST"])
def new_site(request: OfficerRequest, pk: Any) -> HttpResponse:
    finding = find(request, pk)
    proposed = new_sites.waiting(finding)
    if proposed is None:
        messages.error(request, _("没有等待审核的新点位，请刷新后再操作。"))
        return show(request, finding, status=409) if request.method == "POST" else redirect(finding)
    why = settling.obstacle(finding, request.user)
    form = SettlingForm(request.POST or None, officer=request.user, finding=finding, proposed=proposed)
    if request.method != "POST" or why:
        return _page(request, finding, proposed, form, why, 403 if why else 200)
    if not form.is_valid():
        return _page(request, finding, proposed, form, None, 400)
    try:
        settled = settling.settle(finding, by=request.user, **form.decision)
    except (Conflict, Refused) as error:
        messages.error(request, str(error))
        return show(request, find(request, pk), status=409 if isinstance(error, Conflict) else 403)
    except DomainError as error:
        put_errors(form, error)
        return _page(request, finding, proposed, form, None, 400)
    messages.success(request, _("新点位已审核：%(fate)s。") % {"fate": _fate_of(settled, proposed)})
    return redirect(settled)


def _fate_of(finding: Finding, proposed: ProposedSite) -> str:
    return str(finding.proposed_sites.get(pk=proposed.pk).get_fate_display())


def _page(
    request: OfficerRequest, finding: Finding, proposed: ProposedSite, form: SettlingForm, why: Any, status: int
) -> HttpResponse:
    context = {
        "finding": finding,
        "proposed": proposed,
        "form": form,
        "why": why,
        "alike": alike(finding, proposed, request.user),
    }
    return render(request, "findings/new_site.html", context, status=status)


def alike(finding: Finding, proposed: ProposedSite, officer: Officer) -> list[Alike]:
    """Sites of the register the new one may be, the nearest first: of its name or code, or within the radius of the

    rule by which findings of this source are compared. At most two statements.
    """
    rule = rule_for(finding.source)
    most = rule.radius_m if rule else 0
    west, south, east, north = box_about(finding.lon, finding.lat, most)
    same = Q(name=proposed.name) | (Q(uscc=proposed.uscc) if proposed.uscc else Q(pk=None))
    near = Q(lon__range=(west, east), lat__range=(south, north))
    rows = []
    for site in sites_for(officer).filter(same | near).select_related("division").order_by("pk")[:MOST_COMPARED]:
        metres = round(float(distance_m(finding.lon, finding.lat, site.lon, site.lat)))
        if metres <= most or _same(site, proposed):
            rows.append(Alike(site, metres))
    return sorted(rows, key=lambda row: row.metres)[:MOST_ALIKE]


def _same(site: Site, proposed: ProposedSite) -> bool:
    return site.name == proposed.name or bool(proposed.uscc and site.uscc == proposed.uscc)
