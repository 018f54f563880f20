"""Promise: people who merge two issues into each other, undo or split them at the same moment wait in one order: one wins."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import connection

from enforcement.issues import actions
from enforcement.issues.actions.merge_offers import decline, offer, take, undo, withdraw
from enforcement.issues.actions.merging import merge, unmerge
from enforcement.issues.actions.splitting import Child, split, unsplit
from enforcement.issues.models import Issue, Merge, MergeOffer, Split
from enforcement.timeline.verification import verify
from regions.errors import DomainError
from regions.models import Bureau
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


def _race_offers(cast: casting.Cast) -> None:
    """An offer is made once and ended once, whoever takes, declines, takes back or answers the survivor at that moment."""
    by, city = cast.officer(cast.province, Role.DISPATCHER), cast.officer(cast.taiyuan, Role.DISPATCHER)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    shares = [actions.Share(cast.xinghualing)]
    item = actions.Item("同一件事", "patrol", 112.58, 37.89, shares, verifier=cast.taiyuan_team)
    for _ in range(2):
        (own,) = issues_of(cast, 1)
        theirs = actions.hand_off([item], issuer=cast.taiyuan, by=city).opened[0].issue
        asked = [partial(offer, a.pk, b.pk, by=city, reason="同一件") for a, b in ((own, theirs), (theirs, own))]
        assert race(asked * 3) == {"won": 1, "Conflict": RACERS - 1}
        made = MergeOffer.objects.latest("pk")
        acts = [
            partial(take, made.pk, by=by), partial(take, made.pk, by=by), partial(decline, made.pk, by=by, reason="不"),
            partial(withdraw, made.pk, by=city, reason="撤"),
        ]  # fmt: skip
        assert race(acts) == {"won": 1, "Conflict": len(acts) - 1}
        made.refresh_from_db()
        assert Merge.objects.filter(offer=made).count() == (made.state == "taken")
        if made.state == "taken":
            assert race([partial(undo, made.pk, by=who, reason="错了") for who in (by, city)]) == {
                "won": 1,
                "Conflict": 1,
            }
        # Taken while the survivor is returned: either it was merged before, or the offer has lapsed.
        made = offer(own.pk, theirs.pk, by=city, reason="同一件")
        back = partial(actions.perform, theirs, "return", by=handler, reason_code="duplicate", reason="重复")
        won = race([partial(take, made.pk, by=by), back])["won"]
        made.refresh_from_db()
        assert won == 1 + (made.state == "taken")
        assert made.state in {"taken", "lapsed"}


def _race_inner_days(cast: casting.Cast) -> None:
    """Who moves a parent's inner day forward and who moves its child's back pass each other one at a time."""
    by = cast.officer(cast.province, Role.DISPATCHER)
    (top,) = issues_of(cast, 1)
    last = top.due_on
    near, far = last - timedelta(days=6), last - timedelta(days=2)

    def parted(issue: Issue, day: date, *bureaus: Bureau) -> Issue:
        children = [Child(f"第{n}处", bureau, due_on=day) for n, bureau in enumerate(bureaus)]
        return split(issue.pk, children, by=by, reason="两处").opened[0].issue

    parent = parted(top, last, cast.xinghualing, cast.yaodu)
    child = parted(parent, near, cast.xinghualing, cast.xinghualing_team)

    def moved(issue: Issue, day: date) -> Callable[[], Any]:
        return partial(actions.perform, issue, "set_inner_due", by=by, due_on=day, reason="改")

    for _ in range(TURNS):
        # Each is within the other's day as it stands; together they aren't.
        assert race([moved(parent, near), moved(child, far)]) == {"won": 1, "Invalid": 1}
        days = {issue: issue.responsibilities.get().milestone_due_on for issue in (parent, child)}
        assert days[child] <= days[parent]
        again = [(parent, last)] if days[parent] == near else [(child, near)]
        for issue, day in again:
            moved(issue, day)()


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
    _race_offers(cast)
    _race_inner_days(cast)
    assert Merge.objects.count() >= TURNS
    assert list(verify(None)) == []
