"""Evidence files, served only to those who may see their subject: as attachment, never sniffed."""

import uuid

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from enforcement.timeline import subjects
from enforcement.timeline.evidence import store
from enforcement.timeline.models import Attachment
from regions.gatekeeper import business, policy


@policy(business("evidence"))
@require_safe
def download(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The original bytes, as an attachment."""
    found = _visible(request, pk)
    return _file(found.sha256, found.media_type, found.name, as_attachment=True)


@policy(business("evidence"))
@require_safe
def thumbnail(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """A re-encoded small JPEG without EXIF, for the evidence grid."""
    found = _visible(request, pk)
    if not found.thumbnail:
        raise Http404
    return _file(found.thumbnail, "image/jpeg", "thumbnail.jpg", as_attachment=False)


def _visible(request: HttpRequest, pk: uuid.UUID) -> Attachment:
    found = Attachment.objects.filter(pk=pk).first()
    # A file that isn't there asks for a subject that isn't there: as many statements as one that isn't theirs.
    kind, subject = (found.subject_type, found.subject_id) if found else ("issue", "0")
    if subjects.visible(kind, subject, request.user) is None or found is None:
        raise Http404
    return found


def _file(key: str, media_type: str, name: str, *, as_attachment: bool) -> HttpResponseBase:
    try:
        stored = store().open_key(key)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stored, as_attachment=as_attachment, filename=name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response
