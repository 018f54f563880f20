"""Keeps the processes of one installation alive: starts, watches, restarts with a pause, stops in order."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from deploy.local.child import Child
from deploy.local.messages import Trouble, say

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0  # seconds of life after which an earlier death is forgotten
ROUND = 0.2


class Watched(Protocol):
    """What can be watched: an embedded server, or a plain child."""

    @property
    def child(self) -> Child | None: ...

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def restart(self) -> None: ...


@dataclass
class Plain:
    """A child that needs no more than being started again."""

    child: Child

    def start(self) -> None:
        self.child.start()

    def stop(self) -> None:
        self.child.end()

    def restart(self) -> None:
        """Only after the whole group is gone: orphaned web workers would still hold the port."""
        self.child.sweep()
        self.child.start()


@dataclass
class Seat:
    """One watched thing and how its restarts go."""

    watched: Watched
    pause: float = FIRST_PAUSE
    due: float | None = None

    @property
    def name(self) -> str:
        return self.watched.child.name if self.watched.child else "?"


class Supervisor:
    """Watches what it is given, in the order given; stops in reverse."""

    def __init__(self, watched: list[Watched]) -> None:
        self.seats = [Seat(one) for one in watched]
        self.leaving = threading.Event()

    def watch(self, each_round: Callable[[], None] = lambda: None) -> None:
        """Until `leaving` is set, restart whatever dies."""
        while not self.leaving.wait(ROUND):
            for seat in self.seats:
                self._look_after(seat)
            each_round()

    def stop(self) -> None:
        """Stop everything, the last started first."""
        for seat in reversed(self.seats):
            seat.watched.stop()

    def _look_after(self, seat: Seat) -> None:
        child = seat.watched.child
        if child is None or child.running:
            return
        now = time.monotonic()
        if seat.due is None:
            self._plan(seat, child, now)
        elif now >= seat.due:
            self._restart(seat)

    def _plan(self, seat: Seat, child: Child, now: float) -> None:
        if now - child.started > STEADY_AFTER:
            seat.pause = FIRST_PAUSE
        seat.due = now + seat.pause
        say(
            f"{child.name} 意外退出（代码 {child.exit_code}），{seat.pause:g} 秒后重新启动，日志见 {child.log}。",
            f"{child.name} died (code {child.exit_code}); restarting in {seat.pause:g} s, log in {child.log}.",
        )
        seat.pause = min(seat.pause * 2, LONGEST_PAUSE)

    def _restart(self, seat: Seat) -> None:
        seat.due = None
        try:
            seat.watched.restart()
        except (Trouble, OSError) as reason:
            # The next round finds it dead and plans again, with a longer pause.
            say(f"{seat.name} 未能重新启动：{reason}", f"{seat.name} could not be restarted.")
            return
        say(f"{seat.name} 已重新启动。", f"{seat.name} is running again.")
