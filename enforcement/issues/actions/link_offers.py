"""What an officer may do to whole issues, with the reason where they may not; and what may be merged with what."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from enforcement.issues import lifecycle
from enforcement.issues.actions import linking, merging, splitting
from enforcement.issues.actions.linking import LINKS
from enforcement.issues.actions.moving import Available
from enforcement.issues.lifecycle import State
from enforcement.issues.models import Issue, Responsibility
from regions.models import Officer

#: How near another issue lies to be looked at as a duplicate: some 300 m, in degrees.
NEAR = 0.003
MOST_ALIKE = 6


def offers(issue: Issue, officer: Officer, parts: Sequence[Responsibility]) -> list[Available]:
    """Merging and splitting and their undoing, for the dispatchers of who issued it; nothing for others.

    `parts` as `actions.files.responsibilities_of` gives them. No statement.
    """
    if linking.wrong_hands(LINKS["merge"], issue, officer):
        return []
    if issue.state == State.MERGED:
        return [_offer("unmerge", None)]
    if issue.state not in lifecycle.OPEN:
        return []
    own = list(parts)
    if linking.is_split(own):
        return [_offer("unsplit", None), _offer("merge", merging.hindrance(issue, own))]
    return [_offer("merge", merging.hindrance(issue, own)), _offer("split", splitting.hindrance(issue, own))]


def _offer(action: str, why: str | None) -> Available:
    row = LINKS[action]
    return Available(action, row.label, 0, why is None, why or "", row.needs, row.accepts, False, True)


def alike(issue: Issue, officer: Officer) -> QuerySet[Issue]:
    """Unanswered issues of the same issuer and bureau at the same site or within some 300 m, the newest first: what the

    issue may be merged into.
    """
    near = Q(lon__range=(issue.lon - NEAR, issue.lon + NEAR), lat__range=(issue.lat - NEAR, issue.lat + NEAR))
    if issue.site_id:
        near |= Q(site=issue.site_id)
    answering = Responsibility.objects.live().filter(issue=issue).values("bureau")
    same = Responsibility.objects.live().filter(bureau__in=answering, state__in=sorted(lifecycle.UNANSWERED))
    found = Issue.objects.visible_to(officer).open().filter(near, issuer=issue.issuer_id, pk__in=same.values("issue"))
    return found.exclude(pk=issue.pk).select_related("division").order_by("-id")[:MOST_ALIKE]
