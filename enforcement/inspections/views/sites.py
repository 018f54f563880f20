"""A site's page: what it is, and its one history as far as the reader may see it (`site_history`)."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.inspections.site_history import history_of
from enforcement.issues.views.sheet import place_name
from regions.directory import sites_for
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Site

from .frame import TONES


@policy(business("sites"))
@require_safe
def site(request: OfficerRequest, pk: int) -> HttpResponse:
    found = sites_for(request.user).select_related("division__parent").filter(pk=pk).first()
    if found is None:
        raise Http404
    lines = [
        {"row": line, "tone": TONES[line.state] if line.kind == "visit" else line.state}
        for line in history_of(found, request.user)
    ]
    context = {"site": found, "facts": _facts(found), "history": lines}
    return render(request, "inspections/site.html", context)


def _facts(found: Site) -> list[dict[str, Any]]:
    return [
        {"label": _("属地"), "value": place_name(found.division)},
        {"label": _("地址"), "value": found.address},
        {"label": _("行业"), "value": found.industry},
        {"label": _("绩效等级"), "value": found.get_grade_display()},
        {"label": _("统一社会信用代码"), "value": found.uscc},
        {"label": _("排污许可证编号"), "value": found.permit_no},
    ]
