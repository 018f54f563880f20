"""Work asked of a worker: begun again after a kill, given up after too many, stopped when nobody wants it any more."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from enforcement.issues.models import OWED, LedgerRule, Stage
from enforcement.issues.models.jobs import Job
from enforcement.timeline import clock
from enforcement.timeline.jobs import alone, ring
from regions.errors import Conflict, DomainError

log = logging.getLogger(__name__)
J = TypeVar("J", bound=Job)
#: A ring is on its way for so long; then the sweep rings again.
ON_ITS_WAY = timedelta(seconds=20)
#: Longer in the queue, and the page says that nobody seems to work.
PATIENCE = timedelta(seconds=45)
TELL_EVERY_S = 0.5


class Stopped(Exception):
    """Someone stopped the work, or another worker has it."""


class Desk(Generic[J]):
    """One kind of work: its rows, the task that rings for it, and what is done for one row.

    `space` is a number of its own among PostgreSQL's advisory locks.
    """

    def __init__(self, model: type[J], task: str, space: int, given_up: str | Promise, do: Callable[[J], None]) -> None:
        self.model, self.task, self.space, self.given_up, self.do = model, task, space, given_up, do

    def owed(self, pk: Any) -> Any:
        return self.rows().filter(pk=pk, stage__in=OWED)

    def rows(self) -> Any:
        return self.model._default_manager.all()

    def ring(self, key: str) -> None:
        ring(self.task, key)

    def work(self, key: str) -> None:
        """Does what one row asks. Leaves at once when another worker has it or nothing is owed."""
        with alone(self.space, key) as mine:
            if mine:
                self._work(key)

    def _work(self, pk: str) -> None:
        job: J | None = self.owed(pk).select_related("officer").first()
        if job is None:
            return
        with translation.override(job.language):
            if job.attempts >= LedgerRule.in_force(clock.today()).attempts:
                self._fail(job, str(self.given_up))
                return
            begun = {"stage": Stage.WORKING, "attempts": job.attempts + 1, "done": 0}
            if not self.owed(pk).update(**begun):
                return
            try:
                self.do(job)
            except Stopped:
                log.info("%s %s was stopped", self.model.__name__, pk)
            except DomainError as error:
                self._fail(job, str(error))

    def _fail(self, job: J, sentence: str) -> None:
        self.owed(job.pk).update(stage=Stage.FAILED, sentence=sentence[:500], finished_at=clock.now())

    def stop(self, job: J) -> None:
        """Stops the work. Conflict when there is none: it ended meanwhile."""
        if not self.owed(job.pk).update(stage=Stage.CANCELLED, finished_at=clock.now()):
            raise Conflict(_("已经结束，不能再停止。"))

    def teller(self, job: J) -> Callable[[int], None]:
        """Writes how many rows are done a few times a second at most; raises Stopped when nobody wants them any more."""
        last = 0.0

        def tell(done: int) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < TELL_EVERY_S:
                return
            last = now
            if not self.rows().filter(pk=job.pk, stage=Stage.WORKING).update(done=done):
                raise Stopped

        return tell

    def sweep(self) -> None:
        """Rings for every row that waits and nobody works on; a kill, a lost ring, a broker that was down."""
        late = clock.now() - ON_ITS_WAY
        waiting = self.rows().filter(stage__in=OWED, asked_at__lt=late).order_by("asked_at")
        for pk in waiting.values_list("pk", flat=True)[:20]:
            self.ring(str(pk))


def waits_long(job: Job) -> bool:
    """Queued for longer than a worker that lives would let it."""
    return job.stage == Stage.QUEUED and clock.now() - job.asked_at > PATIENCE
