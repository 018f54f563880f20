"""When something happened. The replay and the tests move this clock; nobody moves the database's.

`now()` becomes an event's `occurred_at`. Its `recorded_at` is the database's clock always, so a moved clock shows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
_moved: ContextVar[datetime | None] = ContextVar("moved clock", default=None)


def now() -> datetime:
    """The moment, aware, UTC."""
    return _moved.get() or datetime.now(UTC)


def today() -> date:
    """The Beijing day of `now()`."""
    return beijing_day(now())


def beijing_day(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def minute(moment: datetime | None) -> str:
    """A moment in Beijing time as papers and files write it, 2021-08-04 18:00; nothing for none."""
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}" if moment else ""


def is_moved() -> bool:
    return _moved.get() is not None


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Runs a block as if it were `moment` (aware). Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("the clock moves to aware moments only")
    token = _moved.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moved.reset(token)
