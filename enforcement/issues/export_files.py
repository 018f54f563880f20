"""The file of an export as a download, for its page and for the API."""

from django.http import FileResponse, Http404

from enforcement.issues.actions.exporting import kept_files
from enforcement.issues.models import Export
from enforcement.issues.sheets import papers, writing

MEDIA_TYPES = writing.MEDIA_TYPES | papers.MEDIA_TYPES


def file_of(export: Export) -> FileResponse:
    """The file as a download. Raises Http404 when it isn't made, or isn't kept any more."""
    if not export.ready:
        raise Http404
    try:
        stored = kept_files().open_key(export.sha256)
    except FileNotFoundError as error:
        raise Http404 from error
    name = f"{export.kind}-{export.asked_at:%Y%m%d}-{str(export.pk)[:8]}.{export.format}"
    answer = FileResponse(stored, as_attachment=True, filename=name, content_type=MEDIA_TYPES[export.format])
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
