"""Who runs the embedded servers: one host at a time for each var/, and guests who use what runs.

The host is a launcher, or a `manage` command that found nobody. A kernel lock says so, which a kill
releases; no pid file needs to be believed.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import processes
from deploy.local.messages import Trouble, say
from deploy.local.parts import EmbeddedParts
from deploy.local.places import Places
from deploy.local.surroundings import MARK, Addresses, mark_of

PATIENCE_OF_A_GUEST = 120.0


@contextmanager
def as_host(places: Places) -> Iterator[None]:
    """Be the only host of this var/; raises Trouble when another launcher is."""
    lock = _try_lock(places.run / "host.lock")
    if lock is None:
        raise Trouble(
            f"另一个启动程序正在使用 {places.var}，请先停止它，或用 LIANKONG_VAR 另选目录。",
            f"Another launcher is using {places.var}; stop it first, or choose another folder by LIANKONG_VAR.",
        )
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def servers(places: Places) -> Iterator[Addresses]:
    """Addresses of running servers: a launcher's, if one is up, or started for the occasion."""
    parts = EmbeddedParts(places)
    guests = places.run / "guests.lock"
    deadline = time.monotonic() + PATIENCE_OF_A_GUEST
    while True:
        lock = _try_lock(places.run / "host.lock")
        if lock is not None:
            break
        with _shared(guests):
            if parts.answer():
                yield parts.addresses
                return
        if time.monotonic() > deadline:
            raise Trouble(
                f"另一个启动程序占用 {places.var}，但其数据库没有应答。",
                f"Another launcher holds {places.var}, but its database does not answer.",
            )
        time.sleep(0.3)
    held = [lock]
    try:
        end_orphans(places)
        parts.start()
        yield parts.addresses
        held.append(_lock_out_guests(guests))
    finally:
        parts.stop()
        for handle in held:
            os.close(handle)


def end_orphans(places: Places) -> None:
    """End everything a killed launcher left running, and nothing else.

    A record counts only while the process has the birth that was written down; on Linux the variable
    given to every child finds those whose leader is gone.
    """
    found = False
    for path in sorted(places.run.glob("*.json")):
        if path.stem in ("postgres", "valkey"):
            continue  # they need a stop of their own kind, which they do when they start
        record = processes.Record.read(path)
        if record and record.alive:
            found = True
            processes.end_group(record.pid, patience=3.0)
        path.unlink(missing_ok=True)
    strays = _strays(places)
    if found or strays:
        say("已清理上次未正常退出的进程。", "Cleared processes left by a launcher that was killed.")
    processes.signal_all(strays, 9)
    processes.wait_until(lambda: not _strays(places), 5.0)


def _strays(places: Places) -> list[int]:
    """Marked processes apart from the two servers."""
    mark = f"{MARK}={mark_of(places.var)[MARK]}"
    return [pid for pid in processes.marked(mark) if not processes.is_program(pid, ("postgres", "valkey-server"))]


def _lock_out_guests(path: Path) -> int:
    """Wait until no guest uses the servers, and let no new one in."""
    lock = _try_lock(path)
    if lock is None:
        say("等待正在使用数据库的其他命令结束。", "Waiting for other commands that use the database.")
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _try_lock(path: Path) -> int | None:
    """A handle that holds the exclusive lock, or None when somebody has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


@contextmanager
def _shared(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)
