"""Perhaps the same matter: what is on file that looks like what stands in the filing form, asked for while one types."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from enforcement.findings import turns
from enforcement.findings.duplicates import Hint, Sighting, dhash_in, hints_for, sha256_in
from enforcement.findings.forms import DegreeField, wgs84
from enforcement.findings.models import Finding
from enforcement.issues.models import Issue
from regions.directory import site_named
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Officer


@policy(business("findings"))
@require_POST
def alike(request: OfficerRequest) -> HttpResponse:
    """The hints under the form. Reads only: posted because photos, made small by the browser, are too long for a link."""
    if not turns.may_file(request.user):
        return render(request, "findings/_alike.html", {"hints": []})
    hints = hints_for(typed(request.POST, request.user), request.user)
    chosen = request.POST.get("same_as", "")[:24]
    return render(request, "findings/_alike.html", {"hints": hints, "choosing": True, "chosen": chosen})


def typed(data: QueryDict, officer: Officer) -> Sighting:
    """What stands in the form so far; what can't be read yet is not there yet."""
    lon, lat = wgs84(_degrees(data.get("lon")), _degrees(data.get("lat")), data.get("system", ""))
    site = site_named(officer, data.get("site", "")[:120])
    return Sighting(
        data.get("source", "")[:20].replace("\x00", ""),
        data.get("title", "")[:120],
        lon,
        lat,
        site[0].pk if len(site) == 1 else None,
        sha256_in(data.getlist("photo_sha256")),
        dhash_in(data.getlist("photo_look")),
    )


def _degrees(text: str | None) -> float | None:
    try:
        found = DegreeField(required=False).clean(text or "")
    except ValidationError:
        return None
    return float(found) if found is not None else None


def same_matter(finding: Finding, hints: list[Hint], officer: Officer) -> list[dict[str, Any]]:
    """The hints of a finding's page, what its filer proposed first; it needs no other sign than their word."""
    listed = [{"hint": hint, "proposed": hint.row.pk == finding.same_as_id and hint.is_issue} for hint in hints]
    if finding.same_as_id and not any(row["proposed"] for row in listed):
        row = Issue.objects.visible_to(officer).open().filter(pk=finding.same_as_id).first()
        listed += [{"hint": Hint(row, ()), "proposed": True}] if row else []
    return sorted(listed, key=lambda row: not row["proposed"])
