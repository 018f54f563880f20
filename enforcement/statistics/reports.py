"""A report: every figure of a scope, and of the divisions it is broken down by. Two statements, whatever its size."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from enforcement.statistics.counting import Group, children, effort_by, sums_by, whole_of
from enforcement.statistics.divisions import Place
from enforcement.statistics.rules import MEASURES, Effort, Figure, Sums, figures_of
from enforcement.statistics.scopes import Scope


@dataclass(frozen=True, slots=True)
class Line:
    """One division of a breakdown; `place` None is what the scope's own bureaus answer for (本级)."""

    place: Place | None
    name: str
    figures: dict[str, Figure]

    @property
    def code(self) -> str:
        return self.place.code if self.place else ""


@dataclass(frozen=True, slots=True)
class Report:
    """`lines` are the divisions right below the scope's; `counties` all its counties, for the map."""

    scope: Scope
    figures: dict[str, Figure]
    lines: list[Line]
    counties: list[Line]


def report_on(scope: Scope, *, broken_down: bool = False) -> Report:
    """The scope's figures and, when `broken_down`, those of its divisions and counties."""
    tree, groups = scope.tree, {0: whole_of(scope)}
    below: dict[int, Group] = {}
    finer: dict[int, Group] = {}
    if broken_down:
        below = children(tree, scope)
        finer = _finer(scope, below)
        groups |= below | finer | _counties(scope)
    sums, efforts = sums_by(scope, groups), effort_by(scope, groups)

    def line(pk: int) -> Line:
        return Line(tree.places[pk], tree.places[pk].name, figures_of(sums[pk], efforts[pk]))

    # Places that no longer are, and places where who asks takes no part, are named only where something counts.
    def named(pk: int) -> bool:
        return (scope.doors is None and tree.places[pk].current) or _any(sums[pk], efforts[pk])

    shown = [pk for pk in groups if pk and named(pk)]
    cities = [pk for pk in below if pk in shown]
    if len(cities) == 1:
        # Of an area made of cities and counties the one may be a county, with nothing finer under it.
        below = {pk: group for pk, group in finer.items() if tree.places[pk].parent == cities[0]} or below
    lines = [line(pk) for pk in shown if pk in below]
    own = _own(sums, efforts, below)
    if own is not None:
        lines.append(Line(None, _("本级"), figures_of(*own)))
    counties = [line(pk) for pk in shown if tree.places[pk].level == "county"]
    return Report(scope, figures_of(sums[0], efforts[0]), lines, counties)


def _finer(scope: Scope, below: dict[int, Group]) -> dict[int, Group]:
    """The divisions under those of the breakdown, where an officer sees their bureau's rows alone: all in one city, they
    are told by county, not as if they were the city's."""
    tree = scope.tree
    if scope.doors is None:
        return {}
    return {pk: Group(tree.below(pk), (pk,)) for parent in below for pk in tree.children.get(parent, ())}


def _counties(scope: Scope) -> dict[int, Group]:
    places = scope.tree.places.values()
    wanted = scope.places
    return {
        place.pk: Group(frozenset({place.pk}), (place.pk,))
        for place in places
        if place.level == "county" and place.current and (wanted is None or place.pk in wanted)
        and not scope.tree.children.get(place.pk)
    }  # fmt: skip


def _any(sums: Sums, effort: Effort) -> bool:
    return any(sums.measures.values()) or bool(effort.km or effort.hours or effort.traced)


def _own(sums: dict[int, Sums], efforts: dict[int, Effort], below: dict[int, Group]) -> tuple[Sums, Effort] | None:
    """The whole less its parts; None when nothing is left."""
    if not below:
        return None
    rest = Sums(dict(sums[0].measures), dict(sums[0].handling))
    for pk in below:
        for name in MEASURES:
            rest.measures[name] -= sums[pk].measures[name]
        for days, weight in sums[pk].handling.items():
            rest.handling[days] -= weight
    effort = efforts[0]
    for pk in below:
        effort = effort.less(efforts[pk])
    own = rest, effort
    return own if _any(*own) else None


def rates(lines: list[Line]) -> Iterator[tuple[Line, Decimal]]:
    """The lines with a closure rate."""
    for line in lines:
        value = line.figures["closure_rate"].value
        if value is not None:
            yield line, value
