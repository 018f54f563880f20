"""Processes and groups of processes: who is alive, who is ours, and how to end them for certain.

On Linux this reads /proc (a small machine has no `ps`); elsewhere it asks `ps`.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

PROC = Path("/proc")
LINUX = (PROC / "self" / "stat").exists()


def birth(pid: int) -> str | None:
    """A mark that tells process `pid` from a later one with the same number.

    None when there is no such process or it is a zombie, dead but not yet buried.
    """
    if not LINUX:
        return _birth_from_ps(pid)
    fields = _stat(pid)
    if fields is None or fields[0] in "ZX":
        return None
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{fields[19]}"


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the state on; the name before it may hold spaces and brackets."""
    try:
        return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return None


def _birth_from_ps(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(maxsplit=1)
    return answer[1].strip() if len(answer) == 2 and not answer[0].startswith("Z") else None


def _pids() -> Iterable[int]:
    if LINUX:
        return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    listing = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=False)
    return [int(word) for word in listing.stdout.split()]


def group_members(group: int) -> list[int]:
    """Live processes of a process group, zombies left out."""
    if LINUX:
        return [pid for pid in _pids() if (f := _stat(pid)) and f[2] == str(group) and f[0] not in "ZX"]
    listing = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=False)
    rows = (line.split() for line in listing.stdout.splitlines())
    return [int(r[0]) for r in rows if len(r) == 3 and r[1] == str(group) and not r[2].startswith("Z")]


def processes_in(folder: Path) -> list[int]:
    """Live processes whose working directory is `folder`; how a database's own processes are known.

    PostgreSQL gives every back end a session of its own, so its process group doesn't hold them.
    Only Linux can tell; elsewhere the answer is empty and PostgreSQL's own check has to do.
    """
    return [pid for pid in _pids() if _works_in(pid, folder)] if LINUX else []


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return os.path.samefile(PROC / str(pid) / "cwd", folder) and birth(pid) is not None
    except OSError:
        return False


def marked(mark: str) -> list[int]:
    """Live processes that carry `mark` ("NAME=value") in the environment they were started with."""
    needle = b"\0" + os.fsencode(mark) + b"\0"
    found = []
    for pid in _pids() if LINUX else ():
        try:
            environment = b"\0" + (PROC / str(pid) / "environ").read_bytes() + b"\0"
        except OSError:
            continue
        if needle in environment and pid != os.getpid() and birth(pid):
            found.append(pid)
    return found


def is_program(pid: int, names: tuple[str, ...]) -> bool:
    """Whether the process runs one of the named programs."""
    try:
        return (PROC / str(pid) / "exe").readlink().name.removesuffix(" (deleted)") in names
    except OSError:
        return False


def signal_all(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def signal_group(group: int, number: int) -> None:
    """Signal a process group; one that is gone already is not an error."""
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses for a group of zombies
        os.killpg(group, number)


def wait_until(happened: Callable[[], bool], seconds: float, step: float = 0.05) -> bool:
    """Poll until `happened()`; False when `seconds` have passed first."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True


def end_group(group: int, gentle: int = signal.SIGTERM, patience: float = 10.0) -> None:
    """End a whole process group: ask, wait `patience` seconds, then kill what is left."""
    if not group_members(group):
        return
    signal_group(group, gentle)
    if not wait_until(lambda: not group_members(group), patience):
        signal_group(group, signal.SIGKILL)
        wait_until(lambda: not group_members(group), 5.0)


@dataclass(frozen=True)
class Record:
    """What is written down about a child, so that a later launcher can find and end an orphan."""

    name: str
    pid: int
    birth: str
    command: list[str]

    def write(self, folder: Path) -> None:
        path = folder / f"{self.name}.json"
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Record | None":
        """The record in `path`; None when it is absent or was cut short."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; a recycled number has another birth."""
        return birth(self.pid) == self.birth
