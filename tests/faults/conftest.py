"""What the fault tests break: processes, the broker, the clock. Each ends everything it started."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.valkey import Valkey
from enforcement.notices.actions import doorbell
from tests.faults.machinery import Machinery, own_broker
from tests.rig.databases import CommittingDatabase


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="lk-fault-") as name:
        yield Path(name)


@pytest.fixture
def broker(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    monkeypatch.setattr(doorbell, "_quiet_until", 0.0)
    with own_broker(short_folder) as server:
        yield server


@pytest.fixture
def machinery(committing_db: CommittingDatabase, broker: Valkey, short_folder: Path) -> Iterator[Machinery]:
    made = Machinery(committing_db, broker.url(), short_folder)
    try:
        yield made
    finally:
        made.end()
