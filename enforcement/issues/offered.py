"""What a merge offer shows of its two issues, and to whom.

The office that offers discloses its own issue to the office it asks: number, title, place, bureaus, dates and issuer, while
the question stands; afterwards by which number and title it was asked. Nobody is shown more of an issue they can't see.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from enforcement.issues.models import Issue, MergeOffer, Responsibility
from regions.models import Bureau, Officer
from regions.scoping import reach_of


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two as its reader may know it. `url` only for who may see the issue itself."""

    number: str
    title: str
    issuer: Bureau
    place: str = ""
    bureaus: tuple[str, ...] = ()
    issued_on: date | None = None
    first_due_on: date | None = None
    due_on: date | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer with what its reader may know of the issue to be merged and of the one that would go on."""

    offer: MergeOffer
    issue: Side | None
    into: Side | None


def shown(offers: Sequence[MergeOffer], officer: Officer) -> list[Shown]:
    """The offers, which the officer may see, with both sides. Two statements, whatever their number."""
    keys = {key for one in offers for key in (one.issue_id, one.into_id)}
    if not keys:
        return []
    asked = reach_of(officer).bureaus
    seen = Exists(Issue.objects.visible_to(officer).filter(pk=OuterRef("pk")))
    issues = Issue.objects.annotate(seen=seen).select_related("issuer", "site", "located_in").in_bulk(keys)
    answering = _answering(keys)

    def side(one: MergeOffer, key: int) -> Side | None:
        issue = issues[key]
        if issue.seen:
            return _whole(issue, answering.get(key, ()), issue.get_absolute_url())
        if one.asked_id not in asked or issue.issuer_id != one.bureau_id:
            return None
        return _whole(issue, answering.get(key, ())) if one.open else Side(issue.number, issue.title, issue.issuer)

    return [Shown(one, side(one, one.issue_id), side(one, one.into_id)) for one in offers]


def _answering(keys: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """The bureaus that answer for issues, the heaviest part first."""
    parts = (
        Responsibility.objects.live().filter(issue__in=list(keys)).select_related("bureau").order_by("-weight", "pk")
    )
    found: dict[int, tuple[str, ...]] = {}
    for part in parts:
        found[part.issue_id] = (*found.get(part.issue_id, ()), part.bureau.short_name)
    return found


def _whole(issue: Issue, bureaus: tuple[str, ...], url: str = "") -> Side:
    where = [str(issue.located_in), issue.site.name if issue.site else "", issue.address]
    return Side(
        issue.number, issue.title, issue.issuer, _("，").join(part for part in where if part), bureaus, issue.issued_on,
        issue.first_due_on, issue.due_on, url,
    )  # fmt: skip
