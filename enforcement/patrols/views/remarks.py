"""Every remark on the rows of a file as a table to hand to who recorded it: before the import, and of a run."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from enforcement.patrols import actions
from enforcement.patrols.actions import queueing, remarks
from enforcement.patrols.actions.stating import facts_of, statement_of
from enforcement.patrols.sheets import csv_answer
from enforcement.timeline.evidence import store
from regions.errors import Absent, Conflict, DomainError
from regions.gatekeeper import business, policy

from .runs import find
from .uploading import UPLOADERS, mine
from .visitor import officer_of


@policy(business("patrols"))
@require_safe
def run_remarks(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = find(request, pk)
    try:
        return csv_answer("remarks", remarks.headers(), remarks.remarks_of(found))
    except (Absent, Conflict) as error:
        raise Http404 from error


@policy(UPLOADERS)
@require_safe
def upload_remarks(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Of one's own upload: read anew where it is small, else what the worker left."""
    kept = mine(request, pk)
    if not queueing.at_once(kept):
        if kept.remarks is None:
            raise Http404
        return csv_answer("remarks", remarks.headers(), remarks.remarks_of_upload(kept))
    try:
        found = actions.trial_read(
            by=officer_of(request), bureau=kept.bureau, name=kept.name, data=store().take(kept.sha256),
            statement=statement_of(kept), facts=facts_of(kept),
        )  # fmt: skip
    except DomainError as error:
        raise Http404 from error
    log = found.track.problems
    return csv_answer("remarks", remarks.headers(), remarks.table(remarks.packed(log), log.counts))
