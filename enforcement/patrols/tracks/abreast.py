"""Work on two processors at once: numpy, Polars and zlib let go of Python's lock while they are busy.

Only where a process has memory to spare under its ceiling: a thread that can't have its stack knows no MemoryError.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

THREADS = 2
#: Many items are handed out in so many shares.
SHARES = 8
#: Spare memory asked for under a ceiling, for the threads themselves.
ROOM_BYTES = 48 * 1024 * 1024

T = TypeVar("T")
R = TypeVar("R")


def has_room(size: int = 0) -> bool:
    """Whether so many bytes, and threads, fit well under the process's ceiling, if it has one."""
    ceiling, _hard = resource.getrlimit(resource.RLIMIT_DATA)
    if ceiling == resource.RLIM_INFINITY:
        return True
    held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    return ceiling - held > size + ROOM_BYTES


@contextmanager
def meanwhile(work: Callable[[], R], size: int = 0) -> Iterator[Future[R]]:
    """Does the work while something else is done; its result is there at the end. What it raises is raised, before what the
    other raises: bytes that were altered are no reason to refuse them.

    ``size`` is the memory (bytes) that both take together; with less to spare one is done after the other.
    """
    begun: Future[R] = Future()
    if not has_room(size):
        begun.set_result(work())
        yield begun
        return
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(work)
        try:
            yield begun
        finally:
            begun.result()


def do_abreast(work: Callable[[T], None], items: Iterable[T]) -> None:
    """Work on each of many like items, which leaves its result where it belongs."""
    items = list(items)
    shares = [items[number::SHARES] for number in range(min(SHARES, len(items)))]

    def do(share: list[T]) -> None:
        for item in share:
            work(item)

    for _done in abreast(do, shares):
        pass


def abreast(work: Callable[[T], R], items: Iterable[T], size: int = 0) -> Iterator[R]:
    """What ``work`` makes of each item, in order; ``size`` is the memory (bytes) that the items on hand take together."""
    items = list(items)
    if len(items) < 2 or not has_room(size):
        yield from map(work, items)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(work, items)
