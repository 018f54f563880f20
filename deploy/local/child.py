"""One supervised process: started in a group of its own, written down, watched, ended as a whole."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local import processes
from deploy.local.account import Account

BIGGEST_LOG = 10 * 1024 * 1024


@dataclass
class Child:
    """A process the launcher starts and answers for.

    `stop` is the signal that asks it to finish, `patience` the seconds it gets before it is killed.
    `relatives` names further processes that belong to it but left its group (PostgreSQL's back ends).
    """

    name: str
    command: list[str]
    records: Path
    log: Path
    cwd: Path
    environment: dict[str, str]
    account: Account | None = None
    stop: int = signal.SIGTERM
    patience: float = 10.0
    relatives: Callable[[], list[int]] = list
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start it in a new session and write its record; raises OSError when it can't be started."""
        _turn_over(self.log)
        options: dict[str, Any] = self.account.spawn_options() if self.account else {}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **options,
            )
        self.started = time.monotonic()
        born = processes.birth(self.process.pid) or ""
        processes.Record(self.name, self.process.pid, born, self.command).write(self.records)

    @property
    def running(self) -> bool:
        """Whether its first process lives (asking also buries a dead one)."""
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self.process.poll() if self.process else None

    def end(self) -> None:
        """Ask it to finish, then make sure that nothing of it is left, children included."""
        if self.process is None:
            return
        if self.running:
            self.process.send_signal(self.stop)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience)
        self.sweep()
        self.process = None

    def sweep(self) -> None:
        """Kill whatever is left of it: the group, then the relatives outside the group."""
        if self.process is None:
            return
        group = self.process.pid
        processes.signal_group(group, signal.SIGKILL)
        self.process.wait(10.0)
        processes.signal_all(self.relatives(), signal.SIGKILL)
        processes.wait_until(lambda: not processes.group_members(group) and not self.relatives(), 5.0)
        (self.records / f"{self.name}.json").unlink(missing_ok=True)


def _turn_over(log: Path) -> None:
    """Set a log that has grown too long aside; one old file is kept."""
    if log.exists() and log.stat().st_size > BIGGEST_LOG:
        os.replace(log, log.with_suffix(".old.log"))
