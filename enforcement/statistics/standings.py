"""How responsibilities stand at a cut-off, as one SQL relation `s`; every figure is an aggregate over it.

As of now the relation is the tally (one row per responsibility, kept with every event). For a past cut-off, rows that
haven't moved since are taken from the tally too and the others from their spans: the last span, in the order of the
issue's chain, that occurred by `as_of` and was recorded by `known_at`. Both give the same columns, so that all figures
share their formulas.
"""

from typing import Any

from enforcement.issues import lifecycle
from enforcement.statistics.rules import SETS
from enforcement.statistics.scopes import Scope

ZONE = "Asia/Shanghai"


def _listed(states: Any) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


#: What a standing's state means, for any relation `x` with a `state`.
LIVE = f"x.state NOT IN ({_listed(lifecycle.ENDED)})"
DONE = f"x.state IN ({_listed(lifecycle.DONE)})"
INTERIM = f"x.state = '{lifecycle.State.INTERIM_CLOSED.value}'"
#: The facts figures are made of, from a live row or a span `x` (the two share `issues.models.Standing`).
FACTS = {
    "weight": "(x.weight * 10000)::smallint",
    "live": LIVE,
    "done": DONE,
    "interim": INTERIM,
    "returned": "x.return_count > 0",
    "verified": "x.verification_count > 0",
    "reworked": "x.rejection_count > 0",
    "extended": "x.extension_count > 0",
    "looked_back": "x.look_back_count > 0",
    "relapsed": "x.relapse_count > 0",
    "due_on": "x.due_on",
    "closed_on": f"(x.closed_at AT TIME ZONE '{ZONE}')::date",
    "handling_days": "x.handling_days",
}


def late_by(day: str, row: str = "s") -> str:
    """The condition that the due date had passed, with the clock running, by the day something next happened."""
    return f"{row}.live AND NOT {row}.done AND {row}.due_on < {day}"


_OPEN = "s.live AND NOT s.done"
#: Measure -> the rows of `s` it takes in, as a condition. The day of the cut-off is %(day)s.
CONDITIONS: dict[str, str] = {
    "gross": "true",
    "returned": "s.returned",
    "issued": "s.live",
    "closed": "s.done",
    "interim_closed": "s.interim",
    "verified": "s.live AND s.verified",
    "reworked": "s.live AND s.reworked",
    "extended": "s.live AND s.extended",
    "looked_back": "s.live AND s.looked_back",
    "relapsed": "s.live AND s.relapsed",
    "on_time": "s.done AND s.closed_on <= s.due_on",
    "late": "s.live AND s.late",
    "never_late": f"{_OPEN} AND NOT s.late",
    "handled": "s.done AND s.handling_days IS NOT NULL",
    "not_due": "s.live AND s.due_on > %(day)s",
    "extended_not_due": "s.live AND s.extended AND s.due_on > %(day)s",
    "on_time_not_due": "s.done AND s.closed_on <= s.due_on AND s.due_on > %(day)s",
    "open_waiting": f"{_OPEN} AND s.due_on >= %(day)s",
    "never_late_waiting": f"{_OPEN} AND NOT s.late AND s.due_on >= %(day)s",
}
#: The handling days a row is counted under; -1 for none.
HANDLING = "CASE WHEN s.done THEN coalesce(s.handling_days, -1) ELSE -1 END"
#: The rows PENDING measures can take in.
WAITING = "s.live AND s.due_on >= %(day)s"


def amounts(measures: tuple[str, ...], sign: str = "") -> list[str]:
    """One SQL expression for each measure: the row's weight where it counts, else 0."""
    return [
        "0" if name == "findings" else f"CASE WHEN {CONDITIONS[name]} THEN {sign}s.weight ELSE 0 END"
        for name in measures
    ]


def member_of(name: str) -> str:
    """The condition on a row of `s` that it belongs to a set of `rules.SETS`: its measures add up to one."""
    terms = [f"{sign} * ({CONDITIONS[measure]})::int" for measure, sign in SETS[name].items()]
    return f"({' + '.join(terms)}) > 0"


def relation(scope: Scope) -> tuple[str, dict[str, Any]]:
    """`SELECT ...` of the standings of a scope, one row per responsibility, and its parameters."""
    where, parameters = conditions(scope)
    now = f"SELECT t.* FROM statistics_tally t WHERE {where}"
    if scope.now:
        return now, parameters
    parameters |= {"as_of": scope.as_of, "known_at": scope.known_at}
    return (
        f"SELECT {_columns('t')} FROM statistics_tally t WHERE {SETTLED_SINCE} AND {where} "
        f"UNION ALL SELECT {_columns('p')} FROM ({_spans(where)}) p WHERE p.next_at IS NULL",
        parameters,
    )


SEEN = "{x}occurred_at <= coalesce(%(as_of)s::timestamptz, 'infinity') AND {x}recorded_at <= coalesce(%(known_at)s::timestamptz, 'infinity')"
SETTLED_SINCE = "t.last_occurred_at <= coalesce(%(as_of)s::timestamptz, 'infinity') AND t.last_recorded_at <= coalesce(%(known_at)s::timestamptz, 'infinity')"
_KEYS = ("responsibility_id", "issue_id", "division_id", "issued_on", "source", "severity")


def _columns(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in (*_KEYS, *FACTS, "late"))


def _spans(where: str) -> str:
    """Every span seen at the cut-off, with `late` over all of a responsibility's and `next_at` null on the last."""
    facts = ", ".join(f"{sql} AS {name}" for name, sql in FACTS.items())
    keys = ", ".join(f"t.{name}" for name in _KEYS)
    late = late_by(f"(q.next_at AT TIME ZONE '{ZONE}')::date", "q")
    return (
        f"SELECT q.*, coalesce(bool_or({late}) OVER (PARTITION BY q.responsibility_id), false) AS late FROM ("
        f"SELECT {keys}, {facts}, lead(x.occurred_at) OVER (PARTITION BY x.responsibility_id ORDER BY x.seq) AS next_at "
        f"FROM statistics_tally t JOIN issues_span x ON x.responsibility_id = t.responsibility_id "
        f"WHERE NOT ({SETTLED_SINCE}) AND {SEEN.format(x='x.')} AND {where}) q"
    )


def conditions(scope: Scope, alias: str = "t", day: str | None = "issued_on") -> tuple[str, dict[str, Any]]:
    """The scope's filters on a row, as SQL and parameters. `day` is the column a period counts by; None leaves it out."""
    terms = ["true"]
    parameters: dict[str, Any] = {"day": scope.day}
    for name, term, value in (
        ("since", f"{alias}.{day} >= %(since)s", scope.since if day else None),
        ("until", f"{alias}.{day} <= %(until)s", scope.until if day else None),
        ("source", f"{alias}.source = %(source)s", scope.source),
        ("severity", f"{alias}.severity = %(severity)s", scope.severity),
        ("places", f"{alias}.division_id = ANY(%(places)s)", None if scope.places is None else sorted(scope.places)),
    ):
        if value is not None:
            terms.append(term)
            parameters[name] = value
    if scope.doors is not None:
        door = scope.doors.issues if day == "issued_on" else scope.doors.findings
        terms.append(f"{alias}.{'issue_id' if day == 'issued_on' else 'finding_id'} IN ({door.sql})")
        parameters |= door.parameters
    return " AND ".join(terms), parameters
