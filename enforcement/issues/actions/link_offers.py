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
    """Merging and splitting and their undoing, for the dispatchers of who issued it. Dispatchers of others may ask for its

    merging into one of theirs; nothing for others. `parts` as `actions.files.responsibilities_of` gives them. No statement.
    """
    posted, own = linking.dispatches_for(officer), list(parts)
    if issue.issuer_id not in posted:
        asks = posted and issue.state in lifecycle.OPEN
        return [_offer("offer_merge", merging.hindrance(issue, own))] if asks else []
    if issue.state == State.MERGED:
        return [_offer("unmerge", None)]
    if issue.state not in lifecycle.OPEN:
        return []
    if linking.is_split(own):
        return [_offer("unsplit", None), _offer("merge", merging.hindrance(issue, own))]
    why = merging.hindrance(issue, own)
    return [_offer("merge", why), _offer("offer_merge", why), _offer("split", splitting.hindrance(issue, own))]


def _offer(action: str, why: str | None) -> Available:
    row = LINKS[action]
    return Available(action, row.label, 0, why is None, why or "", row.needs, row.accepts, False, True)


def alike(issue: Issue, officer: Officer, *, elsewhere: bool = False) -> QuerySet[Issue]:
    """Unanswered issues of the same issuer and bureau at the same site or within some 300 m, the newest first: what the

    issue may be merged into. `elsewhere`: of other issuers, and where the issue isn't the officer's bureau's those of that.
    """
    near = Q(lon__range=(issue.lon - NEAR, issue.lon + NEAR), lat__range=(issue.lat - NEAR, issue.lat + NEAR))
    if issue.site_id:
        near |= Q(site=issue.site_id)
    answering = Responsibility.objects.live().filter(issue=issue).values("bureau")
    same = Responsibility.objects.live().filter(bureau__in=answering, state__in=sorted(lifecycle.UNANSWERED))
    found = Issue.objects.visible_to(officer).open().filter(near, pk__in=same.values("issue"))
    if not elsewhere:
        found = found.filter(issuer=issue.issuer_id)
    else:
        posted = linking.dispatches_for(officer)
        found = found.exclude(issuer=issue.issuer_id)
        found = found if issue.issuer_id in posted else found.filter(issuer__in=sorted(posted))
    return found.exclude(pk=issue.pk).select_related("division").order_by("-id")[:MOST_ALIKE]
