"""The same world as the isolation tests, made once for this package; each test undoes what it did."""

from tests.isolation.conftest import undone, world

__all__ = ["undone", "world"]
