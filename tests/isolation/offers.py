"""Merge offers in the world: to each plot's first issue one, of another office's about the same matter."""

from collections.abc import Callable
from typing import Any

from enforcement.issues import actions as issues
from enforcement.issues.actions.merge_offers import offer
from enforcement.issues.models import MergeOffer
from regions.roles import Role
from tests.isolation.plots import Plot, World


def make(world: World, plot: Plot) -> None:
    """The province handed out the same matter, and the city asks for it to be merged into its own."""
    province, words = world.bureaus["province"], plot.marked("issue")
    again = issues.Item(
        words,
        "patrol",
        plot.county.lon,
        plot.county.lat,
        [issues.Share(plot.answerer)],
        verifier=plot.team,
        address=words,
    )
    document = issues.hand_off([again], issuer=province, by=world.officer(province, Role.DISPATCHER))
    by = world.officer(plot.city, Role.DISPATCHER)
    offer(document.opened[0].issue.number, plot.issue.number, by=by, reason=plot.marked("words"))


def of(plot: Plot) -> MergeOffer:
    return MergeOffer.objects.get(into=plot.issue)


def _one(plot: Plot) -> list[dict[str, Any]]:
    return [{"pk": of(plot).pk}]


def _answered(plot: Plot) -> list[dict[str, Any]]:
    return [{**row, "action": action} for row in _one(plot) for action in ("take", "withdraw")]


FILL: dict[str, Callable[[Plot], list[dict[str, Any]]]] = {
    "issues:merge_offer": _one,
    "issues:answer_merge_offer": _answered,
    "api:merge-offer-detail": _one,
    "api:merge-offer-action": _answered,
}
