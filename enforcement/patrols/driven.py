"""How much of a campaign's planned routes its runs drove, each and together, as far as an officer sees the runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from enforcement.patrols.models import PatrolCampaign, PatrolRun, PlannedRoute, RunNote
from enforcement.patrols.tracks.route import joined, share_of
from regions.models import Officer


@dataclass(frozen=True, slots=True)
class RouteDriven:
    """A planned route and the notes of the runs that drove it, the newest first."""

    route: PlannedRoute
    notes: list[RunNote]

    @property
    def share(self) -> float | None:
        """What part of it (0-1) these runs drove together; what two drove counts once. None without a run, or where one of
        them didn't keep which parts."""
        kept = [note.spans for note in self.notes if note.spans is not None]
        if not kept or len(kept) < len(self.notes):
            return None
        return share_of(joined(span for spans in kept for span in spans))


def notes_of(campaign: PatrolCampaign, officer: Officer) -> list[RunNote]:
    """The notes that count of the runs driven for a campaign, the newest run first. Two statements."""
    seen = PatrolRun.objects.visible_to(officer).valid()
    notes = RunNote.objects.filter(campaign=campaign, run__in=seen).select_related("run", "route")
    found = list(notes.order_by("-run__started_at"))
    every = RunNote.objects.filter(run__in=[one.run_id for one in found]).order_by("number")
    # The highest number of a run counts: later ones write over earlier ones.
    newest = dict(every.values_list("run", "pk"))
    return [note for note in found if newest[note.run_id] == note.pk]


def routes_driven(routes: Sequence[PlannedRoute], notes: Sequence[RunNote]) -> list[RouteDriven]:
    """Each route with those of a campaign's notes that name it."""
    return [RouteDriven(route, [note for note in notes if note.route_id == route.pk]) for route in routes]
