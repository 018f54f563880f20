"""A site's page: what it is, and its one history as far as the reader may see it (`site_history`)."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.inspections.site_history import history_of, moment_of
from enforcement.issues.views.sheet import place_name
from regions.directory import sites_for
from regions.errors import Invalid
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Site
from regions.templatetags.office import date_office

from .frame import TONES


@policy(business("sites"))
@require_safe
def site(request: OfficerRequest, pk: int) -> HttpResponse:
    found = sites_for(request.user).select_related("division__parent").filter(pk=pk).first()
    if found is None:
        raise Http404
    trouble, before = "", None
    try:
        before = moment_of(request.GET.get("before", ""))
    except Invalid as error:
        trouble = str(error)
    history = history_of(found, request.user, before)
    lines = [
        {"row": line, "tone": TONES[line.state] if line.kind == "visit" else line.state} for line in history.entries
    ]
    context = {
        "site": found,
        "facts": _facts(found),
        "history": lines,
        "trouble": trouble,
        "newest_url": request.path if before else "",
        "next_url": f"?{urlencode({'before': history.before.isoformat()})}" if history.before else "",
    }
    return render(request, "inspections/site.html", context, status=400 if trouble else 200)


def _facts(found: Site) -> list[dict[str, Any]]:
    return [
        {"label": _("属地"), "value": place_name(found.division)},
        {"label": _("地址"), "value": found.address},
        {"label": _("行业"), "value": found.industry},
        {"label": _("绩效等级"), "value": _graded(found)},
        {"label": _("统一社会信用代码"), "value": found.uscc},
        {"label": _("排污许可证编号"), "value": found.permit_no},
    ]


def _graded(found: Site) -> str:
    grade = str(found.get_grade_display())
    if grade and found.grade_since:
        return _("%(grade)s（%(day)s起）") % {"grade": grade, "day": date_office(found.grade_since)}
    return grade
