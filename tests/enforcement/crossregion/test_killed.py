"""A worker killed in the middle of a draw loses nothing: the next one draws with the same seed, and one result goes in. And of two
who move one team at once, one moves it.
"""

import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from enforcement.crossregion import actions
from enforcement.crossregion.actions import drawing
from enforcement.crossregion.drawing import targets
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.models import EarlierPlace, Round
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.errors import Conflict
from regions.models import Officer, Secondment
from regions.roles import Role
from tests.enforcement.crossregion import conftest as making
from tests.rig.databases import CommittingDatabase
from tests.scenarios import cast as casting

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.faults, pytest.mark.slow]


#: A worker that has drawn and not yet written.
_DRAWS_AND_HANGS = """
import sys, time, django
django.setup()
from enforcement.crossregion.actions import drawing
drawing._settle = lambda *_args: time.sleep(120)
drawing.draw(sys.argv[1])
"""


def _held() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [drawing._LOCKS])
        return bool(cursor.fetchone()[0])


def _until(true: bool) -> None:
    deadline = time.monotonic() + 30
    while _held() is not true:
        assert time.monotonic() < deadline, "the lock did not come or go"
        time.sleep(0.1)


def test_a_killed_draw_goes_on_with_the_same_seed(committing_db: CommittingDatabase) -> None:
    with clock.moved_to(making.NOW):
        cast = casting.make()
        organiser = cast.officer(cast.province, Role.COORDINATOR)
        making.make_people()
        making.make_sites()
        begun = actions.perform(making.make_draft(organiser), "commit", by=organiser)
        begun = actions.perform(begun, "draw", by=organiser)
    key = str(begun.pk)
    process = subprocess.Popen([sys.executable, "-c", _DRAWS_AND_HANGS, key], cwd=ROOT)
    _until(True)
    assert not drawing.draw(key), "a second worker drew beside the first"
    process.kill()
    process.wait(10)
    _until(False)
    assert Round.objects.get(pk=key).state == "committed"
    assert drawing.sweep() == 1
    drawn = Round.objects.get(pk=key)
    assert drawn.state == "drawn"
    assert bytes(drawn.seed) == bytes(begun.seed)
    expected = targets.draw(bytes(begun.seed), Register.parse(bytes(begun.register)))
    rows = {str(row.site_id) for row in drawn.targets.all()}
    assert rows == {site for sites in expected.values() for site in sites}
    assert Event.objects.filter(subject_type="round", kind="round_drawn").count() == 1
    _one_of_two_moves_the_team(drawn, organiser)


def _one_of_two_moves_the_team(drawn: Round, organiser: Officer) -> None:
    """Two connections, let go at once, each with another county for the same team of the round as both have seen it."""
    with clock.moved_to(making.NOW):
        released = actions.perform(drawn, "release", by=organiser)
    row = released.assignments.select_related("team", "division").order_by("team__name").first()
    open_ = [host for host in making.hosts() if host.parent_id not in (row.team.city_id, row.division.parent_id)]
    gate = threading.Barrier(2)

    def move(county: str) -> str:
        try:
            with clock.moved_to(making.NOW + timedelta(days=6)):
                by = Officer.objects.get(pk=organiser.pk)
                gate.wait(timeout=60)
                actions.perform(
                    released, "move", by=by, version=released.version, team=row.team.name, county=county, reason="道路中断",
                    waived=["air_first", "balance", "one_per_city", "repeat", "skill", "travel"],
                )  # fmt: skip
        except Conflict:
            return "conflict"
        finally:
            connection.close()
        return county

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(move, [host.code for host in open_[:2]]))
    assert Counter(ended)["conflict"] == 1
    now = released.assignments.get(team=row.team).division
    assert now.code in ended
    assert Event.objects.filter(subject_type="round", kind="round_moved").count() == 1
    assert EarlierPlace.objects.get().division == row.division
    member = row.team.members.first().officer_id
    opened = Secondment.objects.filter(officer=member).order_by("pk").values_list("division", flat=True)
    assert list(opened) == [row.division_id, now.pk]
    assert all(found.holds for found in actions.verify(Round.objects.select_related("rule").get(pk=drawn.pk)))
