"""Urging letters, as documents."""

from django.http import Http404, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from enforcement.issues.letters import urging
from enforcement.issues.models import Escalation
from enforcement.papers.docx import as_docx
from enforcement.papers.pdf import as_pdf
from regions import keyset
from regions.gatekeeper import OfficerRequest, business, policy

from .sheet import find

MADE = {
    "docx": (as_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (as_pdf, "application/pdf"),
}


@policy(business("issues"))
@require_safe
def urging_letter(request: OfficerRequest, number: str, pk: int, kind: str) -> HttpResponse:
    """The letter of one escalation; a paper of the office, whatever language its reader's pages are in."""
    issue = find(request, number)
    if pk > keyset.LARGEST or kind not in MADE:
        raise Http404
    rows = Escalation.objects.filter(pk=pk, responsibility__issue=issue).exclude(number="")
    row = rows.select_related("bureau", "responsibility__bureau", "responsibility__issue").first()
    if row is None:
        raise Http404
    made, media_type = MADE[kind]
    with translation.override("zh-hans"):
        content = made(urging(row))
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="urging-{row.pk}.{kind}"'
    return response
