"""Promise: whatever the wall clock does, each (responsibility, stage) is told once, and beat does not fall silent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from config.beat import SteadyScheduler
from config.celery import app
from enforcement.notices.actions import pulse
from enforcement.notices.actions.reminding import remind_and_escalate
from enforcement.notices.models import Notice
from enforcement.notices.rules import Deadline
from regions.models import WorkCalendar
from regions.workdays import add_workdays
from tests.enforcement.notices.seats import issues, staff
from tests.enforcement.notices.test_reminding import only
from tests.scenarios import cast as casting

pytestmark = pytest.mark.faults
MORNING = datetime(2028, 2, 14, 1, 0, tzinfo=UTC)  # 09:00 in Beijing, a leap year


@pytest.mark.django_db
def test_jumps_lose_nothing_and_double_nothing() -> None:
    """Two weeks of sweeps around 29 February, with jumps of hours and days, forth and back."""
    cast = casting.make()
    staff(cast)
    only(Deadline.OVERALL)
    jumps = {
        3: timedelta(hours=2),
        5: -timedelta(hours=2),
        8: timedelta(days=1),
        11: timedelta(days=5),
        14: -timedelta(days=1),
    }
    with time_machine.travel(MORNING - timedelta(days=30), tick=False):
        found = issues(cast, 5)
    due_on = found[0].due_on
    with time_machine.travel(MORNING, tick=False) as clock:
        start = add_workdays(due_on, -4, WorkCalendar.current().value()).day
        clock.move_to(datetime(start.year, start.month, start.day, 1, 0, tzinfo=UTC))
        for hour in range(0, 24 * 18, 6):
            day = hour // 24
            remind_and_escalate()
            if day in jumps and hour % 24 == 6:
                clock.shift(jumps[day])
                remind_and_escalate()
                clock.shift(-jumps[day])
                remind_and_escalate()
            clock.shift(timedelta(hours=6))
    rows = list(Notice.objects.exclude(offset_days=None).values_list("responsibility", "offset_days", "recipient"))
    assert len(rows) == len(set(rows))
    heard = {offset: sum(row[1] == offset for row in rows) for offset in (-3, -1, 0, 1, 3, 7)}
    assert heard == {-3: 5, -1: 5, 0: 5, 1: 5, 3: 5, 7: 5}


class Rung(SteadyScheduler):
    """Beat without a broker: it writes down what it would have sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.sent: list[str] = []
        super().__init__(*args, **kwargs)

    producer = None

    def apply_async(self, entry: Any, *args: Any, **kwargs: Any) -> None:
        self.sent.append(entry.name)


@pytest.fixture
def beat(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Rung:
    monkeypatch.setattr(pulse, "beat", lambda part: None)
    scheduler = Rung(app=app, schedule_filename=str(tmp_path / "schedule"))
    yield scheduler
    scheduler._store.close()


def run(beat: Rung, clock: Any, seconds: int) -> int:
    """Lets beat live for a while, a second at a time; how many sweeps it rang for."""
    beat.sent.clear()
    for _ in range(seconds):
        while beat.tick() == 0:
            pass
        clock.shift(timedelta(seconds=1))
    return beat.sent.count("sweep-outbox")


@pytest.mark.parametrize("jump", [timedelta(hours=-2), timedelta(hours=2), timedelta(days=5), timedelta(days=-1)])
def test_beat_goes_on_after_the_clock_was_set(beat: Rung, jump: timedelta) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        assert run(beat, clock, 61) >= 4
        clock.shift(jump)
        assert run(beat, clock, 61) in (4, 5)


def test_a_stock_beat_falls_silent(tmp_path: Any) -> None:
    """Why there is a scheduler of our own: this one waits for the old clock. (If this fails, Celery has learnt it.)"""
    from celery.beat import PersistentScheduler

    class Stock(Rung):
        def tick(self, *args: Any, **kwargs: Any) -> float:
            return float(PersistentScheduler.tick(self, *args, **kwargs))

    beat = Stock(app=app, schedule_filename=str(tmp_path / "schedule"))
    with time_machine.travel(MORNING, tick=False) as clock:
        run(beat, clock, 61)
        clock.shift(timedelta(hours=-2))
        assert run(beat, clock, 61) == 0
    beat._store.close()


@pytest.mark.django_db
def test_signs_of_life_are_dated_by_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    from enforcement.notices.models import Heartbeat

    monkeypatch.setattr(connection, "close", lambda: None)  # this test's own transaction
    monkeypatch.setattr(pulse, "_last", {})
    with time_machine.travel(MORNING, tick=False):
        pulse.beat(Heartbeat.Part.BEAT)
    seen = Heartbeat.objects.get(part="beat").seen_at
    assert abs((datetime.now(UTC) - seen).total_seconds()) < 600
