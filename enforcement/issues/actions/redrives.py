"""A closed issue's record of its re-drives: planned by a patrol team, decided by a person. Nothing of its state changes."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.issues.models import Issue
from enforcement.timeline.actions import record
from regions.errors import Conflict
from regions.models import Bureau, Officer


@transaction.atomic
def note_redrive_planned(issue: Issue, *, by: Officer, bureau: Bureau, **facts: Any) -> Issue:
    """Puts on record that the stretch will be driven again. Raises Conflict while the issue is open."""
    locked = _locked(issue)
    if locked.closed_at is None:
        raise Conflict(_("该问题尚未办结，不能安排回头看复测。"))
    record(locked, "redrive_planned", by=by, bureau=bureau, **facts)
    return locked


@transaction.atomic
def note_redrive_decided(issue: Issue, *, by: Officer, bureau: Bureau, **facts: Any) -> Issue:
    """Puts the verdict on record, whatever became of the issue since."""
    locked = _locked(issue)
    record(locked, "redrive_decided", by=by, bureau=bureau, **facts)
    return locked


@transaction.atomic
def note_redrive_voided(issue: Issue, *, by: Officer, bureau: Bureau, **facts: Any) -> Issue:
    """Puts on record that a planned re-drive won't be driven or decided."""
    locked = _locked(issue)
    record(locked, "redrive_voided", by=by, bureau=bureau, **facts)
    return locked


def _locked(issue: Issue) -> Issue:
    locked = Issue.objects.select_for_update().get(pk=issue.pk)
    locked.version += 1
    locked.save(update_fields=["version"])
    return locked
