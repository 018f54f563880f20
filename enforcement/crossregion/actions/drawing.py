"""Committing, and the draw in a worker. The seed is made once, with the commitment; a draw that is killed resumes with it.

A worker holds a session lock of the database while it draws: killed, its connection ends and the lock with it, and the
next ring or sweep starts again. Two that draw at once harm nobody: the row lock lets one result in.
"""

import hashlib
import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from enforcement.crossregion.actions.freezing import freeze
from enforcement.crossregion.actions.preparing import reason
from enforcement.crossregion.drawing import assignment, clashes, loans, seeds, targets
from enforcement.crossregion.drawing.certificate import certify, placings
from enforcement.crossregion.drawing.faults import Fault
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.lifecycle import State
from enforcement.crossregion.models import Assignment, Loan, Round, Target
from enforcement.crossregion.wording import sentence
from enforcement.timeline import clock, jobs, pledges
from enforcement.timeline.actions import record
from regions.errors import Invalid
from regions.models import Division, Officer, Site

log = logging.getLogger(__name__)
DRAW = "enforcement.crossregion.tasks.draw"
_LOCKS = 7_141_005  # of draws, among PostgreSQL's advisory locks
EXPLAIN_S = 90
#: Seconds a draw and its explanation take at most, below the worker's limit (`task_time_limit`): killed by that it would be drawn
#: again, and killed again, for ever.
WHOLE_S = 560
#: Of these, what is left for lending, dealing and the certificate, or for the explanation.
AFTERWARDS_S = 60


def commit(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Freezes the register, makes the seed, publishes the hash over both. Contradictions are refused here."""
    register = freeze(round_)
    faults = [*clashes.contradictions(register), *placings(register, {row.team: row.county for row in register.pins})]
    if faults:
        raise Invalid(sentence(faults[0]), errors={"register": [sentence(fault) for fault in faults[:20]]})
    round_.register, round_.seed = register.canonical(), seeds.new_seed()
    round_.commitment = seeds.commitment(round_.seed, round_.register)
    round_.committed_at = clock.now()
    round_.explanation = None
    pledges.deposit(round_.commitment)
    return {"commitment": round_.commitment, "deposited": True}


def begin(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    round_.draw_begun_at, round_.explanation = clock.now(), None
    key = str(round_.pk)
    transaction.on_commit(lambda: ring(key), robust=True)
    return {"commitment": round_.commitment}


def reopen(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Back to a draft. The seed is told and never used again: nobody commits until a draw suits them unseen."""
    told = reason(entered)
    facts = {**told, "commitment": round_.commitment, "seed": bytes(round_.seed or b"").hex()}
    round_.register = round_.seed = round_.committed_at = round_.explanation = None
    round_.commitment = ""
    return facts


def ring(key: str) -> None:
    """Wakes a worker to draw a round."""
    jobs.ring(DRAW, key)


def sweep() -> int:
    """Draws every round whose draw was begun and isn't done. Gives how many were drawn here."""
    waiting = Round.objects.filter(state=State.COMMITTED, draw_begun_at__isnull=False).values_list("pk", flat=True)
    return sum(draw(str(key)) for key in list(waiting))


def draw(key: str) -> bool:
    """Draws a round, if it waits for it and no other worker is at it; tells whether this call settled it."""
    with jobs.alone(_LOCKS, key) as alone:
        round_ = Round.objects.filter(pk=key, state=State.COMMITTED, draw_begun_at__isnull=False).first()
        if not alone or round_ is None:
            return False
        seed, register = bytes(round_.seed or b""), Register.parse(bytes(round_.register or b""))
        started = time.monotonic()
        drawn = targets.draw(seed, register)
        result = assignment.assign(seed, register, drawn, whole_s=WHOLE_S - AFTERWARDS_S)
        if not result.found:
            left = WHOLE_S - (time.monotonic() - started)
            found = clashes.explain(seed, register, drawn, budget_s=min(EXPLAIN_S, left)).plain()
            return _settle(round_, None, {**found, "status": result.status})
        lent = loans.lend(seed, register, drawn, result.places)
        dealt = assignment.deal(seed, register, drawn, result.places, lent)
        certificate = certify(seed, register, drawn, result.places, dealt, lent)
        facts: dict[str, Any] = {
            "status": result.status,
            "objective_km": f"{result.objective:.6f}",
            "bound_km": f"{result.bound:.6f}",
            "gap": f"{result.gap:.6f}",
            "seconds": f"{result.seconds:.1f}",
            "loans": {key: list(kinds) for key, kinds in lent.items()},
            "targets_sha256": hashlib.sha256(targets.written(drawn)).hexdigest(),
        }
        if not certificate.sound:
            log.error("round %s: the assignment was not certified", key)
            faults = [fault.plain() for fault in certificate.faults]
            return _settle(round_, None, {"status": "uncertified", "obvious": faults, "clashing": [], "helps": []})
        kept = {"places": result.places, "result": facts, "certificate": certificate.plain()}
        return _settle(round_, kept, None, drawn, dealt)


def _settle(
    round_: Round,
    kept: dict[str, Any] | None,
    explanation: dict[str, Any] | None,
    drawn: dict[str, tuple[str, ...]] | None = None,
    dealt: dict[str, str | None] | None = None,
) -> bool:
    """Writes what came out, once: whoever comes second finds the round settled."""
    with transaction.atomic():
        locked = Round.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=round_.pk)
        if locked.state != State.COMMITTED or locked.draw_begun_at is None or locked.commitment != round_.commitment:
            return False
        if kept is not None and (gone := _gone(drawn or {})):
            kept, explanation = None, {"status": "gone", "obvious": gone, "clashing": [], "helps": []}
        locked.draw_begun_at = None
        locked.version += 1
        if kept is None:
            locked.explanation = explanation
            locked.save()
            record(locked, "round_not_drawn", by=None, bureau=locked.bureau, status=(explanation or {}).get("status"))
            return True
        locked.places, locked.result, locked.certificate = kept["places"], kept["result"], kept["certificate"]
        locked.state, locked.drawn_at = State.DRAWN, clock.now()
        locked.save()
        _write(locked, kept["places"], drawn or {}, dealt or {})
        record(locked, "round_drawn", by=None, bureau=locked.bureau, violations=0, **kept["result"])
    return True


def _gone(drawn: dict[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """Targets that were in the register and aren't in the books any more, by name and number."""
    keys = {key for sites in drawn.values() for key in sites}
    there = {str(pk) for pk in Site.objects.filter(pk__in=[int(key) for key in keys]).values_list("pk", flat=True)}
    return [Fault("complete", "site_gone", {"site": site}).plain() for site in Site.called(sorted(keys - there))]


def _write(
    round_: Round, places: dict[str, str], drawn: dict[str, tuple[str, ...]], dealt: dict[str, str | None]
) -> None:
    hosts = {row.code: row.pk for row in Division.objects.filter(code__in={*places.values(), *drawn})}
    Assignment.objects.bulk_create(
        Assignment(round=round_, team_id=team, division_id=hosts[county]) for team, county in sorted(places.items())
    )
    Target.objects.bulk_create(
        Target(round=round_, site_id=int(key), division_id=hosts[county], place=place, team_id=dealt.get(key))
        for county, sites in sorted(drawn.items())
        for place, key in enumerate(sites, start=1)
    )
    write_loans(round_, (round_.result or {}).get("loans", {}))


def write_loans(round_: Round, lent: Mapping[str, Iterable[str]]) -> None:
    """What each team takes from the pool, in place of what was written before."""
    Loan.objects.filter(round=round_).delete()
    Loan.objects.bulk_create(
        Loan(round=round_, team_id=key, kind=kind) for key, kinds in sorted(lent.items()) for kind in kinds
    )
