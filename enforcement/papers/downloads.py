"""Papers as downloads, for pages and API alike."""

from django.http import Http404, HttpResponse

from enforcement.papers.blocks import Paper
from enforcement.papers.docx import as_docx
from enforcement.papers.pdf import as_pdf

KINDS = {
    "pdf": (as_pdf, "application/pdf"),
    "docx": (as_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}


def sent(paper: Paper, name: str, kind: str) -> HttpResponse:
    """The paper in one of KINDS. Raises Http404 for another kind."""
    if kind not in KINDS:
        raise Http404
    made, media_type = KINDS[kind]
    response = HttpResponse(made(paper), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
