"""A repeat detection joins an open issue instead of opening a second one."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.issues.models import Issue
from enforcement.issues.search import with_more
from enforcement.timeline.actions import record
from regions.errors import Conflict
from regions.models import Bureau, Officer


@transaction.atomic
def note_joined(issue: Issue, *, by: Officer, bureau: Bureau, words: Sequence[str] = (), **facts: Any) -> Issue:
    """Puts on an issue's record that something joined it, and that it is searched by its words too.

    Raises Conflict once the issue is done.
    """
    locked = Issue.objects.select_for_update().get(pk=issue.pk)
    if locked.closed_at is not None or not Issue.objects.filter(pk=issue.pk).open().exists():
        raise Conflict(_("该问题已办结，不能并入，请另行转办。"))
    locked.version += 1
    locked.bigrams = with_more(locked.bigrams, by.name, *words)
    locked.save(update_fields=["version", "bigrams"])
    record(locked, "finding_joined", by=by, bureau=bureau, **facts)
    return locked
