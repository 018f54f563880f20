"""The verbs of whole issues by name, for page and API alike: each gives the issue it was asked of as it then stands.

Asking another office gives the offer instead, with that issue.
"""

from collections.abc import Callable
from typing import Any

from enforcement.issues.actions.merge_offers import offer
from enforcement.issues.actions.merging import merge, unmerge
from enforcement.issues.actions.splitting import split, unsplit
from enforcement.issues.models import Issue, MergeOffer


def _split(issue: str, **entered: Any) -> Issue:
    return split(issue, **entered).issue


ACTS: dict[str, Callable[..., Issue | MergeOffer]] = {
    "merge": merge, "offer_merge": offer, "unmerge": unmerge, "split": _split, "unsplit": unsplit,
}  # fmt: skip
