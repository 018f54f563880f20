"""The report of a run as bytes of one kind, for its page and for the API."""

from collections.abc import Callable

from django.http import HttpResponse

from enforcement.papers import Paper
from enforcement.papers.docx import as_docx
from enforcement.papers.pdf import as_pdf
from enforcement.patrols.models import PatrolRun
from enforcement.patrols.report import report_of
from regions.models import Officer

KINDS: dict[str, tuple[Callable[[Paper], bytes], str]] = {
    "pdf": (as_pdf, "application/pdf"),
    "docx": (as_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}


def file_of(run: PatrolRun, officer: Officer, kind: str) -> HttpResponse:
    """The report in one of KINDS, as a download named after the run's day. Raises KeyError for another kind."""
    render, media_type = KINDS[kind]
    answer = HttpResponse(render(report_of(run, officer)), content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="patrol-{run.day:%Y%m%d}-{str(run.pk)[:8]}.{kind}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
