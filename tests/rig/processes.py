"""Processes of their own for tests in which several people act at once.

Spawned, never forked: a fork takes along the descriptors of browsers, servers and connections of earlier tests, and
whatever closes one of those late closes a descriptor that is the child's own by then.
"""

import multiprocessing
import pickle
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import SpawnProcess
from queue import Empty
from typing import Any

_context = multiprocessing.get_context("spawn")


class Together:
    """`number` processes at work beside this one, on the database DATABASE_URL leads to.

    Each stays until the end of the block: Django's start, seconds of processor time, comes once and not with every order.
    """

    def __init__(self, number: int) -> None:
        self._answers: Any = _context.Queue()
        self._orders: list[Any] = [_context.Queue() for _ in range(number)]
        self._processes: list[SpawnProcess] = []
        self._given = 0
        self._got: list[Any] = []

    def __enter__(self) -> "Together":
        for orders in self._orders:
            process = _context.Process(target=_obey, args=(orders, self._answers), daemon=True)
            process.start()
            self._processes.append(process)
        return self

    def __exit__(self, *raised: Any) -> None:
        for orders in self._orders:
            orders.put(None)
        for process in self._processes:
            process.join(60)
            process.terminate()
        if raised[0] is None:
            assert [process.exitcode for process in self._processes] == [0] * len(self._processes), (
                "one didn't end well"
            )

    def start(self, place: int, work: Callable[..., Any], *arguments: Any) -> None:
        """Has the process at `place` do `work(*arguments)`; both have to be picklable."""
        # Pickled once more: models may only be read after Django is set up.
        self._orders[place].put(pickle.dumps((work, arguments)))
        self._given += 1

    def working(self, seconds: float) -> bool:
        """Whether anyone still works; waits up to `seconds` for an answer. Fails where one ended instead."""
        if len(self._got) == self._given:
            return False
        with suppress(Empty):
            self._got.append(self._answers.get(timeout=seconds))
        assert all(process.is_alive() for process in self._processes), "one of them failed"
        return len(self._got) < self._given

    def results(self) -> list[Any]:
        """What the orders given since the last time returned, in no order; waits for all."""
        while self.working(1):
            pass
        found, self._got, self._given = self._got, [], 0
        return found


def _obey(orders: Any, answers: Any) -> None:
    import django

    django.setup()
    while (order := orders.get()) is not None:
        function, arguments = pickle.loads(order)
        answers.put(function(*arguments))
