"""A place that comes back is one location: founded by enough days, joined, left by what is voided, never founded twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import numpy as np
from django.db import connection
from rest_framework.test import APIClient

from enforcement.patrols import actions
from enforcement.patrols.actions.persisting import gather_earlier
from enforcement.patrols.models import HotSpot, HotSpotPlace, PatrolRun, PersistentLocation
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.persistence import Place, around, cell_of, gathered, tiles_of
from enforcement.timeline import clock
from enforcement.timeline.verification import verify
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import at_most, signed_in

from .conftest import NOW

HERE = (112.5863, 37.8937)


def past(cast, officer, day: int, *, east_m: float = 0.0, minutes: int = 3) -> PatrolRun:
    """A short drive past one plume on a day of July, some metres farther east."""
    lines = ["时间,纬度,经度,速度(km/h),TVOC(ppb)"]
    lon = HERE[0] + east_m / 87_700
    for second in range(60 * minutes):
        value = round(45 + (1000 + day) * float(np.exp(-0.5 * ((second - 90) / 10) ** 2)))
        moment = f"2021-07-{day:02d} 09:{second // 60:02d}:{second % 60:02d}"
        lines.append(f"{moment},{HERE[1] + second * 2e-5:.6f},{lon:.6f},8,{value}")
    return actions.import_track(
        by=officer, bureau=cast.taiyuan_team, name=f"{day}-{east_m}.csv", data="\n".join(lines).encode(),
        statement=Statement(), facts=actions.RunFacts(route=f"七月{day}日"),
    )  # fmt: skip


def test_three_days_within_a_hundred_metres_are_one_location(cast, inspector, leader):
    past(cast, inspector, 1)
    past(cast, inspector, 1, east_m=30, minutes=4)
    past(cast, inspector, 2, east_m=-20)
    assert not PersistentLocation.objects.exists(), "two days are too few, however many drives"
    run = past(cast, inspector, 3, east_m=60)
    found = PersistentLocation.objects.get()
    assert (found.days, found.spots, found.lapsed) == (3, 4, False)
    assert (found.first_on, found.last_on) == (date(2021, 7, 1), date(2021, 7, 3))
    past(cast, inspector, 4, east_m=400)
    past(cast, inspector, 4, east_m=20)
    found.refresh_from_db()
    assert (found.days, found.spots) == (4, 5)
    shown = signed_in(leader).get(run.get_absolute_url()).content.decode()
    assert "常驻点位：4 天出现" in shown
    own, address = signed_in(leader), f"/patrols/persistent/?division={found.division.code}"
    with at_most(8):
        page = own.get(address).content.decode()
    assert str(found) in page
    one = signed_in(leader).get(found.get_absolute_url()).content.decode()
    assert "TVOC峰值" in one
    assert "再次出现：累计 4 天、5 个热点" in one
    ask = APIClient()
    ask.force_authenticate(leader)
    told = ask.get(f"/api/v1/persistent-locations/{found.pk}/").json()
    assert (told["days"], len(told["history"])) == (4, 5)
    assert len(ask.get("/api/v1/persistent-locations/?lapsed=false").json()["results"]) == 1
    stranger = signed_in(cast.officer(cast.linfen, Role.HANDLER))
    assert stranger.get(found.get_absolute_url()).status_code == 404
    assert str(found.pk) not in stranger.get("/patrols/persistent/").content.decode()


def test_what_is_voided_or_dismissed_leaves_and_is_told(cast, inspector, leader):
    runs = [past(cast, inspector, day) for day in (1, 2, 3)]
    found = PersistentLocation.objects.get()
    actions.void_run(runs[0], by=leader, reason="仪器故障")
    found.refresh_from_db()
    assert (found.days, found.lapsed, found.first_on) == (2, True, date(2021, 7, 2))
    spot = runs[1].hot_spots.get()
    actions.perform(spot, "propose_dismissal", by=inspector, reason="尾气")
    actions.perform(spot, "confirm_dismissal", by=leader)
    found.refresh_from_db()
    assert (found.days, HotSpotPlace.objects.filter(out=True).count()) == (1, 2)
    past(cast, inspector, 4)
    past(cast, inspector, 5)
    found.refresh_from_db()
    assert (found.days, found.lapsed, PersistentLocation.objects.count()) == (3, False, 1)
    assert "天数已不够" in signed_in(leader).get(found.get_absolute_url()).content.decode()
    assert list(verify()) == []


def test_earlier_hot_spots_are_gathered_by_a_command_once(cast, inspector, monkeypatch):
    # As it was before there was a grid.
    with monkeypatch.context() as before:
        before.setattr("enforcement.patrols.actions.keeping.gather", lambda spots, bureau: None)
        for day in (1, 2, 3):
            past(cast, inspector, day)
    assert not HotSpotPlace.objects.exists()
    assert gather_earlier() == 3
    assert PersistentLocation.objects.get().days == 3
    assert gather_earlier() == 0


def test_the_cells_around_hold_whatever_lies_within_a_hundred_metres():
    rng = np.random.default_rng(5)
    for lat in (20.0, 38.0, 53.0):
        for angle in rng.uniform(0, 2 * np.pi, 60).tolist():
            lon, there = 112.0 + float(rng.uniform(0, 0.01)), lat + float(rng.uniform(0, 0.01))
            east, north = 100 * np.cos(angle), 100 * np.sin(angle)
            other = cell_of(lon + east / 111_195 / np.cos(np.radians(there)), there + north / 111_195)
            assert other in around(cell_of(lon, there))
    assert tiles_of([(10, 10), (9, 9)]) == sorted(tiles_of([(9, 9), (10, 10)]))
    day = date(2021, 7, 1)
    near = [Place(n, HERE[0], HERE[1], day + timedelta(days=n * 200)) for n in (1, 2)]
    assert gathered(Place(0, *HERE, day), near, 100, 365, 3) == [], "the third day is more than a year away"


def test_two_imports_past_one_place_found_one_location(committing_db, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }
    with clock.moved_to(NOW):
        cast = casting.make()
        inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
        past(cast, inspector, 1)
        past(cast, inspector, 2)
        barrier = threading.Barrier(4)

        def race(east_m: float) -> None:
            try:
                barrier.wait()
                with clock.moved_to(NOW):
                    past(cast, inspector, 3, east_m=east_m)
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(race, (0, 10, 20, 30)))
    found = PersistentLocation.objects.get()
    assert (found.days, found.spots, HotSpot.objects.count()) == (3, 6, 6)
    assert list(verify()) == []
