"""Processes of their own for tests in which several people act at once.

Spawned, never forked: a fork takes along the descriptors of browsers, servers and connections of earlier tests, and
whatever closes one of those late closes a descriptor that is the child's own by then.
"""

import multiprocessing
import pickle
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from queue import Empty
from typing import Any

_context = multiprocessing.get_context("spawn")


class Together:
    """Functions at work beside this process, on the database DATABASE_URL leads to; `results` waits for all."""

    def __init__(self) -> None:
        self._answers: Any = _context.Queue()
        self._started: list[SpawnProcess] = []

    def start(self, work: Callable[..., Any], *arguments: Any) -> None:
        """Starts `work(*arguments)`; both have to be picklable."""
        # Pickled once more: models may only be read after Django is set up.
        process = _context.Process(target=_enter, args=(pickle.dumps((work, arguments)), self._answers), daemon=True)
        process.start()
        self._started.append(process)

    def working(self, seconds: float) -> bool:
        """Whether anyone still works; waits up to `seconds` for the first."""
        alive = [process for process in self._started if process.is_alive()]
        if alive:
            alive[0].join(seconds)
        return bool(alive)

    def results(self) -> list[Any]:
        """What they returned, in no order. Fails where one ended otherwise."""
        while self.working(1):
            pass
        assert [process.exitcode for process in self._started] == [0] * len(self._started), "one of them failed"
        found = []
        try:
            for _ in self._started:
                found.append(self._answers.get(timeout=10))
        except Empty:
            raise AssertionError("one of them gave no result") from None
        return found


def _enter(work: bytes, answers: Any) -> None:
    import django

    django.setup()
    function, arguments = pickle.loads(work)
    answers.put(function(*arguments))
