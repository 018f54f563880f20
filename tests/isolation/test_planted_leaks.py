"""Promise: the walk finds leaks. Ten are planted one by one; each has to be reported, and without them nothing is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from enforcement.findings.querysets import FindingQuerySet
from enforcement.issues.models import Issue
from enforcement.issues.querysets import HandoffQuerySet, IssueQuerySet
from enforcement.issues.views import sheet
from enforcement.notices.querysets import NoticeQuerySet
from enforcement.patrols.querysets import PatrolRunQuerySet
from enforcement.statistics import scopes
from enforcement.timeline import clock, subjects, views
from enforcement.timeline.models import Attachment
from regions import choices, directory
from regions.api import views as api
from regions.models import Bureau
from tests.isolation.actors import Actor
from tests.isolation.routes import Route, routes
from tests.isolation.walk import Round, complaints, lists, traces
from tests.isolation.world import World, grow

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Leak:
    """A defect someone might well make, and the routes it opens."""

    name: str
    plant: Plant
    routes: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def everything(queryset: Any, *_args: Any) -> Any:
    return queryset.all()


def _issues(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(IssueQuerySet, "within", everything)


def _drafts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FindingQuerySet, "within", everything)


def _handoffs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(HandoffQuerySet, "within", everything)


def _runs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PatrolRunQuerySet, "within", everything)


def _files(patch: pytest.MonkeyPatch) -> None:
    """The file's row is looked up, its subject's scope forgotten."""

    def found(request: Any, pk: Any) -> Attachment:
        row = Attachment.objects.filter(pk=pk).first()
        if row is None or row.subject_type not in {kind.name for kind in subjects.kinds()}:
            raise Http404
        return row

    patch.setattr(views, "_visible", found)


def _choices(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(choices, "_offices", lambda homes: Bureau.objects.filter(ended_on=None))


def _notices(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(NoticeQuerySet, "visible_to", everything)


def _figures(patch: pytest.MonkeyPatch) -> None:
    """Figures of the whole province for everyone: no word gives it away, only the counts."""
    patch.setattr(scopes, "_sees_all", lambda reach: True)
    patch.setattr(scopes, "_doors", lambda officer: None)


def _sites(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(directory.SiteQuerySet, "within", everything)


def _telling_refusal(patch: pytest.MonkeyPatch) -> None:
    """Not yours: 403. Not there: 404. Whoever asks by number learns which exist."""
    honest = sheet.find

    def find(request: Any, number: str) -> Issue:
        try:
            return honest(request, number)
        except Http404:
            if Issue.objects.filter(number=number).exists():
                raise PermissionDenied from None
            raise

    patch.setattr(sheet, "find", find)


LEAKS = (
    Leak("issues without a scope", _issues, ("issues:list", "issues:detail", "api:issue-list", "api:issue-detail")),
    Leak("drafts of other bureaus", _drafts, ("findings:list", "api:finding-list", "api:finding-detail")),
    Leak("handoff documents without a scope", _handoffs, ("issues:handoffs", "issues:handoff", "api:handoff-list")),
    Leak("patrols without a scope", _runs, ("patrols:list", "patrols:run", "api:patrol-run-detail")),
    Leak("files without their subject's scope", _files, ("timeline:download", "timeline:thumbnail")),
    Leak("filter choices from all bureaus", _choices, ("issues:list", "patrols:list")),
    Leak("everyone's notices", _notices, ("notices:inbox", "api:notice-list", "api:notice-detail")),
    Leak(
        "figures that ignore reach", _figures, ("statistics:closure", "api:statistics-closure", "statistics:export_csv")
    ),
    Leak("search over all sites", _sites, ("findings:sites", "api:site-list")),
    Leak("a refusal that tells what exists", _telling_refusal, ("issues:detail",)),
)


def reports(actor: Actor, world: World, names: tuple[str, ...]) -> list[str]:
    """Everything the two tests of the walk find on some routes."""
    chosen: list[Route] = [route for route in routes() if route.name in names]
    assert {route.name for route in chosen} == set(names)
    walk = Round(world.plots["lf"])
    found = [text for route in chosen for text in complaints(actor, route, world, walk)]
    moment = clock.now() + timedelta(minutes=10)  # later than what happens meanwhile
    with clock.moved_to(moment):
        before = lists(actor, world, chosen)
        grow(world, ["lf", "dt"], ["lf", "dt"])
        return found + list(traces(actor, before, lists(actor, world, chosen)))


@pytest.fixture(autouse=True)
def statements_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists keep their statements for as long as the process lives: one built before a leak would hide it, one with it outlive it."""
    monkeypatch.setattr(api, "_KEPT", {})


def handler(world: World) -> Actor:
    return next(actor for actor in world.groups["杏花岭分局"] if actor.name.endswith("handler"))


@pytest.mark.parametrize("leak", LEAKS, ids=str)
def test_the_walk_finds_a_planted_leak(world: World, leak: Leak, monkeypatch: pytest.MonkeyPatch) -> None:
    leak.plant(monkeypatch)
    found = reports(handler(world), world, leak.routes)
    assert found, "the leak was not found"
    assert any("lf/" in text or "dt/" in text or "elsewhere" in text or "absent" in text for text in found)


def test_without_a_leak_it_finds_nothing(world: World) -> None:
    names = tuple(sorted({name for leak in LEAKS for name in leak.routes}))
    assert reports(handler(world), world, names) == []
