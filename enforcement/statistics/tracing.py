"""The hot spots behind the hit rate of tracing: those whose cause people found, as it stood at the cut-off."""

from typing import Any

from enforcement.statistics.scopes import Scope

#: set -> the condition on the rank of the cause in its tracing (null: not among the candidates).
RANKS = {"traced": "true", "traced_top1": "n.rank = 1", "traced_top3": "n.rank <= 3"}


def confirmed(scope: Scope) -> tuple[str, dict[str, Any]] | None:
    """One row for each hot spot with a confirmed cause and a wind that could be traced; None where there can't be any.

    Days are those of the peak. A cause nobody found is none; a source outside the register counts as missed.
    """
    if scope.source not in (None, "patrol"):
        return None
    terms = ["c.kind IN ('site', 'unregistered')", "t.usable = 'yes'", "h.division_id IS NOT NULL"]
    day = "(h.peak_at AT TIME ZONE 'Asia/Shanghai')::date"
    parameters: dict[str, Any] = {"as_of": scope.as_of, "known_at": scope.known_at}
    for name, term, value in (
        ("since", f"{day} >= %(since)s", scope.since),
        ("until", f"{day} <= %(until)s", scope.until),
        ("places", "h.division_id = ANY(%(places)s)", list(scope.places) if scope.places is not None else None),
    ):
        if value is not None:
            terms.append(term)
            parameters[name] = value
    said = ["true"]
    if scope.as_of:
        said.append("confirmed_at <= %(as_of)s")
    if scope.known_at:
        said.append("recorded_at <= %(known_at)s")
    if scope.doors is not None:
        terms.append(f"h.id IN ({scope.doors.hot_spots.sql})")
        parameters |= scope.doors.hot_spots.parameters
    return (
        "SELECT h.id, h.run_id, h.division_id, "
        f"{day} AS day, c.rank, coalesce(nullif(r.route, ''), r.source_name) || ' ' || h.channel || ' ' || h.number AS title "
        "FROM (SELECT DISTINCT ON (hot_spot_id) * FROM patrols_cause "
        f"WHERE {' AND '.join(said)} ORDER BY hot_spot_id, number DESC) c "
        "JOIN patrols_tracing t ON t.id = c.tracing_id JOIN patrols_hotspot h ON h.id = c.hot_spot_id "
        f"JOIN patrols_patrolrun r ON r.id = h.run_id WHERE {' AND '.join(terms)}",
        parameters,
    )
