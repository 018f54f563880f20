"""What an issue hangs together with, as its page and the API show it: told by number only to who may see the other one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from enforcement.issues.models import Issue, Merge, MergeOffer, Split


@dataclass(frozen=True, slots=True)
class Relation:
    """`kind`: merged_into, merged_in, split_from, split_into. `other` is None where the reader may not see it."""

    kind: str
    link: Any
    other: Issue | None


def related_of(issue: Issue, officer: Any) -> list[Relation]:
    """All links of an issue, the voided ones too, oldest first. At most four statements."""
    merges = list(Merge.objects.filter(Q(issue=issue) | Q(into=issue)).select_related("by", "voided_by", "bureau"))
    splits = list(
        Split.objects.filter(Q(issue=issue) | Q(pk=issue.split_id)).select_related("by", "voided_by", "bureau")
    )
    if not merges and not splits:
        return []
    children = list(Issue.objects.filter(split__in=[s.pk for s in splits if s.issue_id == issue.pk]).order_by("pk"))
    keys = {m.into_id if m.issue_id == issue.pk else m.issue_id for m in merges}
    keys |= {s.issue_id for s in splits if s.issue_id != issue.pk} | {child.pk for child in children}
    seen = {row.pk: row for row in Issue.objects.visible_to(officer).filter(pk__in=keys).select_related("division")}
    return sorted(_relations(issue, merges, splits, children, seen), key=lambda one: (one.link.at, one.link.pk))


def offers_about(issue: Issue, officer: Any) -> list[MergeOffer]:
    """The merge offers about an issue that the officer may see, the newest first. One statement."""
    rows = MergeOffer.objects.visible_to(officer).touching([issue.pk])
    return list(rows.select_related("bureau", "asked", "by"))


def _relations(
    issue: Issue, merges: Iterable[Merge], splits: Iterable[Split], children: Iterable[Issue], seen: dict[int, Issue]
) -> Iterable[Relation]:
    for merge in merges:
        away = merge.issue_id == issue.pk
        yield Relation(
            "merged_into" if away else "merged_in", merge, seen.get(merge.into_id if away else merge.issue_id)
        )
    by_split = {split.pk: split for split in splits}
    for split in by_split.values():
        if split.issue_id != issue.pk:
            yield Relation("split_from", split, seen.get(split.issue_id))
    for child in children:
        assert child.split_id is not None
        yield Relation("split_into", by_split[child.split_id], seen.get(child.pk))
