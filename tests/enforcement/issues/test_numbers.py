"""Promise: an issue's number is its own and nobody waits for it; a document's follows the one before, without a gap.

Real connections, real transactions: what would wait for ever otherwise is cut by a lock timeout and told.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection, transaction

from enforcement.issues.actions import Item, Share, hand_off
from enforcement.issues.models import Handoff, Issue
from regions.models import Bureau
from regions.roles import Role
from tests.rig.databases import CommittingDatabase
from tests.scenarios import cast as casting
from tests.scenarios.cast import Cast


def item(to: Bureau) -> Item:
    return Item(title="编号测试", source="patrol", lon=112.58, lat=37.89, shares=[Share(to)])


def issue_one(cast: Cast, issuer: Bureau) -> Handoff:
    to = cast.xinghualing if issuer != cast.xinghualing else cast.yaodu
    return hand_off([item(to)], issuer=issuer, by=cast.officer(issuer, Role.DISPATCHER))


def desks(cast: Cast) -> list[Bureau]:
    """Bureaus with a dispatcher; each has issued one document, so that every series and the year's numbers exist."""
    found = [cast.province, cast.taiyuan, cast.linfen, cast.xinghualing, cast.yaodu, cast.taiyuan_team]
    for desk in found:
        issue_one(cast, desk)
    return found


def together(count: int, work: Callable[[int, threading.Barrier], None]) -> None:
    gate = threading.Barrier(count)

    def one(place: int) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")
            work(place, gate)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, range(count)))


def serials() -> list[int]:
    return [int(number.rsplit("-", 1)[1]) for number in Issue.objects.values_list("number", flat=True)]


def test_dispatchers_of_different_bureaus_do_not_wait_for_each_other(committing_db: CommittingDatabase) -> None:
    cast = casting.make()
    offices = desks(cast)

    def hold(place: int, gate: threading.Barrier) -> None:
        with transaction.atomic():
            issue_one(cast, offices[place])
            # Nobody commits before everybody has written: whoever waited for another's number would wait for ever.
            gate.wait(timeout=30)

    together(len(offices), hold)
    assert Handoff.objects.count() == 2 * len(offices)
    assert len(set(serials())) == Issue.objects.count() == 2 * len(offices)


def test_at_one_desk_only_the_last_step_waits(committing_db: CommittingDatabase) -> None:
    """The document's number is drawn when everything that needs none is written; an abandoned one goes to the next."""
    cast = casting.make()
    desks(cast)
    here, held = threading.Barrier(2), threading.Event()

    def hand(place: int, _: threading.Barrier) -> None:
        if place == 1:
            here.wait(timeout=30)
            held.set()
            issue_one(cast, cast.province)
            return
        with suppress(RuntimeError), transaction.atomic():
            issue_one(cast, cast.province)
            here.wait(timeout=30)
            held.wait(timeout=30)
            raise RuntimeError("abandoned")

    together(2, hand)
    mine = Handoff.objects.filter(bureau=cast.province).order_by("serial")
    assert list(mine.values_list("serial", flat=True)) == [1, 2]


@pytest.mark.slow
def test_sixteen_dispatchers_get_numbers_of_their_own_and_documents_without_a_gap(
    committing_db: CommittingDatabase,
) -> None:
    cast = casting.make()
    offices = desks(cast)
    turns = 6

    def race(place: int, gate: threading.Barrier) -> None:
        gate.wait(timeout=60)
        for turn in range(turns):
            with suppress(RuntimeError), transaction.atomic():
                issue_one(cast, offices[place % len(offices)])
                if (place + turn) % 3 == 0:
                    raise RuntimeError("abandoned")

    together(16, race)
    drawn = serials()
    assert len(set(drawn)) == len(drawn) == len(offices) + 16 * turns * 2 // 3
    for desk in offices:
        mine = sorted(Handoff.objects.filter(bureau=desk).values_list("serial", flat=True))
        assert mine == list(range(1, len(mine) + 1)), desk


def test_the_first_number_of_a_year_is_drawn_by_a_role_that_creates_nothing(committing_db: CommittingDatabase) -> None:
    """A role without DDL draws; the owner's function makes the year's sequence, and nothing that isn't a year's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT issues_draw(2031, 3), issues_draw(2031, 1)")
        assert cursor.fetchone() == ([1, 2, 3], [4])
        for year, count in ((1800, 1), (2031, 0), (2031, 5000)):
            with pytest.raises(Exception, match="no numbers"), transaction.atomic():
                cursor.execute("SELECT issues_draw(%s, %s)", [year, count])
