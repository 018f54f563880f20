"""Counting: what the responsibilities of a scope add up to, as a whole and for groups of divisions. One statement each.

As of now the sums come from the cells: whole months of a period, plus the deltas not folded in, plus the rows of the
days at its edges, plus the rows not due yet, whose part changes from day to day. Past cut-offs, officers who supervise
nothing, and places that are no subtrees are counted row by row over the same relation.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection

from enforcement.findings.lifecycle import State as FindingState
from enforcement.statistics.divisions import Tree
from enforcement.statistics.models import ALL_MONTHS, Fold
from enforcement.statistics.periods import Period, period
from enforcement.statistics.rules import PENDING, SETTLED, TRACED, WHOLE, Effort, Sums
from enforcement.statistics.scopes import Scope
from enforcement.statistics.standings import (
    HANDLING,
    SEEN,
    SETTLED_SINCE,
    WAITING,
    amounts,
    conditions,
    relation,
)
from enforcement.statistics.tracing import RANKS, confirmed

K = TypeVar("K", bound=Hashable)
_ZEROS_PENDING = ["0"] * len(PENDING)
_ZEROS_SETTLED = ["0"] * len(SETTLED)


@dataclass(frozen=True, slots=True)
class Group:
    """Divisions counted together: their subtrees' topmost `nodes` (None where no subtrees make them up), and all."""

    places: frozenset[int]
    nodes: tuple[int, ...] | None


def sums_of(scope: Scope) -> Sums:
    """What the whole scope adds up to."""
    return sums_by(scope, {0: whole_of(scope)})[0]


def whole_of(scope: Scope) -> Group:
    return Group(scope.places if scope.places is not None else frozenset(scope.tree.places), scope.nodes)


def sums_by(scope: Scope, groups: Mapping[K, Group]) -> dict[K, Sums]:
    """What groups of divisions inside the scope add up to; groups may overlap. A single group is the whole scope."""
    sums = {key: Sums() for key in groups}
    nodes, covered = _nodes(scope, groups.values())
    place = "s.division_id" if len(groups) > 1 else "0"
    pieces, parameters = _from_cells(scope, nodes, place) if covered else _from_rows(scope, place)
    of_row: dict[int, list[K]] = {}
    of_node: dict[int, list[K]] = {}
    for key, group in groups.items():
        for pk in group.places if len(groups) > 1 else (0,):
            of_row.setdefault(pk, []).append(key)
        for pk in group.nodes or ():
            of_node.setdefault(pk, []).append(key)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(pieces), parameters)
        for is_node, pk, days, *values in cursor:
            for key in (of_node if is_node else of_row).get(pk, ()):
                sums[key].add(days, values)
    return sums


def _nodes(scope: Scope, groups: Iterable[Group]) -> tuple[list[int], bool]:
    """The cells' nodes the groups need, and whether cells can answer at all."""
    if not scope.now or scope.doors is not None:
        return [], False
    nodes: set[int] = set()
    for group in groups:
        if group.nodes is None:
            return [], False
        nodes.update(group.nodes)
    return sorted(nodes), Fold.objects.filter(tree=scope.tree.fingerprint).exists()


# --- from the cells ---------------------------------------------------------------------------------------------


def _from_cells(scope: Scope, nodes: list[int], place: str) -> tuple[list[str], dict[str, Any]]:
    span = period(scope.since, scope.until)
    where, parameters = conditions(scope, "s", day=None)
    parameters |= {
        "since": scope.since,
        "until": scope.until,
        "nodes": nodes,
        "cell_source": scope.source or "",
        "cell_severity": scope.severity or "",
        "all_months": ALL_MONTHS,
        "first": span.first or date(1900, 1, 1),
        "last": span.last or date(2300, 1, 1),
    }
    # What isn't due yet, whenever it was issued.
    period_where = " AND ".join(
        [where]
        + (["s.issued_on >= %(since)s"] if scope.since else [])
        + (["s.issued_on <= %(until)s"] if scope.until else [])
    )
    pieces = [
        _piece("statistics_tally s", place, "-1", pending=amounts(PENDING), where=f"{WAITING} AND {period_where}")
    ]
    if span.months:
        pieces += [_cells(span), _deltas(where, place)]
    for n, edge in enumerate(span.edges):
        parameters |= {f"low_{n}": edge.low, f"high_{n}": edge.high}
        days = f"BETWEEN %(low_{n})s AND %(high_{n})s AND {where}"
        sign = "" if edge.sign > 0 else "-"
        pieces.append(
            _piece("statistics_tally s", place, HANDLING, amounts(SETTLED, sign), where=f"s.issued_on {days}")
        )
        found = [f"{sign}{WHOLE}" if name == "findings" else "0" for name in SETTLED]
        pieces.append(_piece("statistics_clue s", place, "-1", found, where=f"s.counted AND s.day {days}"))
    return pieces, parameters


def _cells(span: Period) -> str:
    months = "s.month = %(all_months)s" if span.everything else "s.month BETWEEN %(first)s AND %(last)s"
    return _piece(
        "statistics_cell s",
        "s.node_id",
        "s.days",
        [f"s.{name}" for name in SETTLED],
        where=f"s.node_id = ANY(%(nodes)s) AND s.source = %(cell_source)s AND s.severity = %(cell_severity)s AND {months}",
        is_node=True,
    )


def _deltas(where: str, place: str) -> str:
    measures = [f"s.{name}" for name in SETTLED]
    return _piece(
        "statistics_delta s", place, "s.days", measures, where=f"s.month BETWEEN %(first)s AND %(last)s AND {where}"
    )


def _piece(
    rows: str,
    place: str,
    days: str,
    settled: Iterable[str] = _ZEROS_SETTLED,
    pending: Iterable[str] = _ZEROS_PENDING,
    *,
    where: str = "true",
    is_node: bool = False,
) -> str:
    """One part of the answer: MEASURES summed per place and handling days."""
    sums = ", ".join(f"coalesce(sum({sql}), 0)::bigint" for sql in (*settled, *pending))
    return f"SELECT {is_node}, {place}, ({days})::int, {sums} FROM {rows} WHERE {where} GROUP BY 2, 3"


# --- row by row -------------------------------------------------------------------------------------------------


def _from_rows(scope: Scope, place: str) -> tuple[list[str], dict[str, Any]]:
    standings, parameters = relation(scope)
    clues, more = found(scope)
    findings = [str(WHOLE) if name == "findings" else "0" for name in SETTLED]
    pieces = [
        _piece(f"({standings}) s", place, HANDLING, amounts(SETTLED), amounts(PENDING)),
        _piece(f"({clues}) s", place, "-1", findings),
    ]
    return pieces, parameters | more


def found(scope: Scope) -> tuple[str, dict[str, Any]]:
    """The findings of a scope that had been submitted by the cut-off. A past state is the last event's `after`."""
    where, parameters = conditions(scope, day="day")
    now = f"SELECT t.finding_id, t.division_id, t.day FROM statistics_clue t WHERE {where} AND "
    if scope.now:
        return f"{now} t.counted", parameters
    parameters |= {"as_of": scope.as_of, "known_at": scope.known_at}
    last = (
        "SELECT e.payload ->> 'after' FROM timeline_event e WHERE e.subject_type = 'finding' "
        f"AND e.subject_id = t.finding_id::text AND {SEEN.format(x='e.')} AND e.payload ? 'after' "
        "ORDER BY e.seq DESC LIMIT 1"
    )
    return (
        f"{now} CASE WHEN {SETTLED_SINCE} THEN t.counted "
        f"WHEN NOT t.irregular THEN t.submitted_occurred_at IS NOT NULL AND {SEEN.format(x='t.submitted_')} "
        f"ELSE coalesce(({last}), '{FindingState.DRAFT.value}') <> '{FindingState.DRAFT.value}' END",
        parameters,
    )


# --- patrols ----------------------------------------------------------------------------------------------------

_IMPORTED = (
    "EXISTS (SELECT FROM timeline_event e WHERE e.subject_type = 'patrolrun' AND e.subject_id = r.id::text "
    "AND e.kind {kind} 'patrol_voided' AND e.recorded_at <= %(known_at)s)"
)


def effort_of(scope: Scope) -> Effort:
    return effort_by(scope, {0: whole_of(scope)})[0]


def effort_by(scope: Scope, groups: Mapping[K, Group]) -> dict[K, Effort]:
    """Kilometres and hours driven inside the groups' divisions on the days of the period, by runs that count; and the
    hot spots there whose cause was confirmed.

    What was driven outside the province counts nowhere. Patrols have one source and no severity: another source has no
    patrols, a severity leaves them as they are.
    """
    sums: dict[K, list[Any]] = {key: [Decimal(0), Decimal(0), 0, 0, 0] for key in groups}
    driven, causes = segments(scope), confirmed(scope)
    if driven is not None and causes is not None:
        ranks = ", ".join(f"count(*) FILTER (WHERE {RANKS[name]})" for name in TRACED)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT g.division_id, sum(g.km), sum(g.hours), 0, 0, 0 FROM ({driven[0]}) g GROUP BY 1 UNION ALL "
                f"SELECT n.division_id, 0, 0, {ranks} FROM ({causes[0]}) n GROUP BY 1",
                driven[1] | causes[1],
            )
            for place, *values in cursor:
                for key, group in groups.items():
                    if place in group.places:
                        sums[key] = [one + more for one, more in zip(sums[key], values, strict=True)]
    return {key: Effort(*values) for key, values in sums.items()}


def segments(scope: Scope) -> tuple[str, dict[str, Any]] | None:
    """The segments of runs that count in a scope, one row each, and the parameters; None where there can't be any."""
    if scope.source not in (None, "patrol"):
        return None
    terms = ["g.division_id IS NOT NULL"]
    parameters: dict[str, Any] = {"as_of": scope.as_of, "known_at": scope.known_at}
    for name, term, value in (
        ("since", "g.day >= %(since)s", scope.since),
        ("until", "g.day <= %(until)s", scope.until),
        ("places", "g.division_id = ANY(%(places)s)", list(scope.places) if scope.places is not None else None),
    ):
        if value is not None:
            terms.append(term)
            parameters[name] = value
    gone = "r.voided_at IS NOT NULL"
    if scope.as_of:
        terms.append("r.imported_at <= %(as_of)s")
        gone += " AND r.voided_at <= %(as_of)s"
    if scope.known_at:
        terms.append(_IMPORTED.format(kind="<>"))
        gone += f" AND {_IMPORTED.format(kind='=')}"
    if scope.doors is not None:
        terms.append(f"r.id IN ({scope.doors.runs.sql})")
        parameters |= scope.doors.runs.parameters
    return (
        "SELECT g.id, g.run_id, coalesce(nullif(r.route, ''), r.source_name) AS title, g.division_id, g.day, g.km, g.hours "
        "FROM patrols_patrolsegment g JOIN patrols_patrolrun r ON r.id = g.run_id "
        f"WHERE {' AND '.join(terms)} AND NOT ({gone})",
        parameters,
    )


def children(tree: Tree, scope: Scope) -> dict[int, Group]:
    """The divisions a breakdown names: those right below the scope's one subtree, or its several topmost ones."""
    nodes = scope.nodes
    if nodes is None:
        return {}
    below = tree.children[nodes[0]] if len(nodes) == 1 else list(nodes)
    return {pk: Group(tree.below(pk), (pk,)) for pk in below}
