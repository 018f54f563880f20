"""Promise: people who merge two issues into each other, undo or split them at the same moment wait in one order: one wins."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.db import connection

from enforcement.issues.actions.merging import merge, unmerge
from enforcement.issues.actions.splitting import Child, split, unsplit
from enforcement.issues.models import Issue, Merge, Split
from enforcement.timeline.verification import verify
from regions.errors import DomainError
from regions.roles import Role
from tests.rig.databases import CommittingDatabase
from tests.scenarios import cast as casting

from .test_races import issues_of

RACERS, TURNS = 6, 4


def race(deeds: list[Callable[[], Any]]) -> Counter[str]:
    """Each deed on a connection of its own, all let go at once: how many came through, and the refusals by kind."""
    gate, tally = threading.Barrier(len(deeds)), Counter[str]()

    def run(deed: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=60)
            deed()
            tally["won"] += 1
        except DomainError as error:
            tally[type(error).__name__] += 1
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        list(pool.map(run, deeds))
    return tally


def test_one_wins_and_nobody_waits_for_ever(committing_db: CommittingDatabase) -> None:
    cast = casting.make()
    by = cast.officer(cast.province, Role.DISPATCHER)
    children = [Child("一", cast.xinghualing), Child("二", cast.xinghualing_team)]
    for _ in range(TURNS):
        one, other = issues_of(cast, 2)
        across = [partial(merge, a.pk, b.pk, by=by, reason="同一问题") for a, b in ((one, other), (other, one))]
        assert race(across * (RACERS // 2)) == {"won": 1, "Conflict": RACERS - 1}
        merged = Issue.objects.get(pk__in=[one.pk, other.pk], state="merged")
        assert race([partial(unmerge, merged.pk, by=by, reason="并错了")] * RACERS)["won"] == 1
        # A split and a merge of the same issue: whoever comes second finds it changed.
        mixed = [partial(split, one.pk, children, by=by, reason="两处"), across[0]]
        assert race(mixed * (RACERS // 2)) == {"won": 1, "Conflict": RACERS - 1}
        if Split.objects.filter(issue=one, voided_at=None).exists():
            assert race([partial(unsplit, one.pk, by=by, reason="拆错了")] * RACERS)["won"] == 1
    assert Merge.objects.count() >= TURNS
    assert list(verify(None)) == []
