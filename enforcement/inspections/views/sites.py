"""One site's history: every visit, finding, issue and measure this officer may see, newest first."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.findings.models import Finding
from enforcement.inspections.models import Guidance, Visit
from enforcement.issues.models import Issue
from enforcement.issues.views.sheet import place_name
from regions.directory import sites_for
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Site

from .frame import TONES

MOST = 100


@policy(business("sites"))
@require_safe
def site(request: OfficerRequest, pk: int) -> HttpResponse:
    found = sites_for(request.user).select_related("division__parent").filter(pk=pk).first()
    if found is None:
        raise Http404
    visits = (
        Visit.objects.visible_to(request.user).filter(site=found).select_related("bureau", "list_version__checklist")
    )
    findings = Finding.objects.visible_to(request.user).filter(site=found).order_by("-occurred_at")
    issues = Issue.objects.visible_to(request.user).filter(site=found).order_by("-issued_at")
    rows = [
        *(_visit(row) for row in visits[:MOST]),
        *(_entry(row.occurred_at, _("线索"), row.title, row.get_absolute_url(), row.state) for row in findings[:MOST]),
        *(
            _entry(row.issued_at, _("问题"), f"{row.number} {row.title}", row.get_absolute_url(), row.state)
            for row in issues[:MOST]
        ),
    ]
    guided = Guidance.objects.filter(visit__in=visits.values("pk")).select_related("item", "visit__bureau")
    context = {
        "site": found,
        "facts": _facts(found),
        "history": sorted(rows, key=lambda row: row["at"], reverse=True)[:MOST],
        "guidance": guided.order_by("-at")[:MOST],
    }
    return render(request, "inspections/site.html", context)


def _visit(row: Visit) -> dict[str, Any]:
    at = row.begun_at or row.planned_at
    text = _("%(bureau)s %(list)s") % {"bureau": row.bureau.short_name, "list": row.list_version}
    entry = _entry(at, _("检查"), text, row.get_absolute_url(), TONES[row.state])
    return {**entry, "word": row.get_state_display()}


def _entry(at: Any, kind: str, text: str, url: str, state: str) -> dict[str, Any]:
    return {"at": at, "kind": kind, "text": text, "url": url, "state": state, "word": ""}


def _facts(found: Site) -> list[dict[str, Any]]:
    return [
        {"label": _("属地"), "value": place_name(found.division)},
        {"label": _("地址"), "value": found.address},
        {"label": _("行业"), "value": found.industry},
        {"label": _("绩效等级"), "value": found.get_grade_display()},
        {"label": _("统一社会信用代码"), "value": found.uscc},
        {"label": _("排污许可证编号"), "value": found.permit_no},
    ]
