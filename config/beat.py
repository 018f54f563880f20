"""Celery beat that outlives a wall clock set back, and shows that it lives."""

from typing import Any

from celery.beat import PersistentScheduler
from celery.utils.log import get_logger

log = get_logger(__name__)


class SteadyScheduler(PersistentScheduler):
    """An entry whose last run lies in the future was dated by a clock since set back: it counts from now, not from then.

    Without this, beat is silent until the clock has caught up: two hours back, two hours of silence.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:
        self._forget_the_future()
        self._sign_of_life()
        return float(super().tick(*args, **kwargs))

    def _forget_the_future(self) -> None:
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > entry.default_now()]
        if not ahead:
            return
        log.warning("the clock was set back: %s entries count anew", len(ahead))
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        self._heap = None  # its places in the queue are moments of the old clock

    def _sign_of_life(self) -> None:
        from enforcement.notices.actions import pulse  # once Django is up
        from enforcement.notices.models import Heartbeat

        pulse.beat(Heartbeat.Part.BEAT)
