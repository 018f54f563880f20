"""A drive whose two files are on their way in pieces: the receiver's is whole, the instrument's broke off. Nobody drove it."""

import hashlib
from datetime import UTC, datetime, timedelta

from enforcement.desk.demo import bureaus
from enforcement.desk.demo.people import Cast
from enforcement.patrols.actions import RunFacts, arriving
from enforcement.patrols.models import TrackArrival
from enforcement.timeline import clock
from regions.models import Officer
from regions.roles import Role

INSTRUMENT, RECEIVER = "晚间走航仪器（模拟，没有传完）.csv", "晚间走航定位（模拟）.csv"
#: Rows of the instrument, ten a second, and its channels: somewhat more than one piece.
ROWS, SPECIES = 40_000, 24
MARK = "demo"


def load(cast: Cast) -> None:
    """Begun yesterday evening by the first contractor's crew; kept as long as any unfinished file is."""
    crew = cast.officer(bureaus.firm(0), Role.INSPECTOR)
    began = clock.now() - timedelta(hours=15)
    with clock.moved_to(began):
        files = {RECEIVER: _receiver(began), INSTRUMENT: _instrument(began)}
        sent = {name: _begun(cast, crew, name, data) for name, data in files.items()}
        for name, data in files.items():
            piece = data[: arriving.PIECE]
            arriving.receive(sent[name], by=crew, offset=0, piece=piece, sha256=hashlib.sha256(piece).hexdigest())
        arriving.finish(sent[RECEIVER], by=crew, sha256=hashlib.sha256(files[RECEIVER]).hexdigest())


def _begun(cast: Cast, crew: Officer, name: str, data: bytes) -> TrackArrival:
    facts = RunFacts(route="晚间走航（模拟）", crew=f"{crew.name}等2人（演示）")
    return arriving.begin(
        by=crew, bureau=cast.bureaus[bureaus.firm(0)], name=name, size=len(data), mark=f"{MARK}|{name}",
        stated=arriving.Stated(facts=facts), drive=arriving.Drive(MARK, 2),
    )[0]  # fmt: skip


def _instrument(began: datetime) -> bytes:
    """A CSV that says on its first line that it is made up."""
    at = began.astimezone(UTC) - timedelta(seconds=ROWS / 10)
    values = [",".join(f"{(row + column) % 23 / 10:.1f}" for column in range(SPECIES)) for row in range(23)]
    rows = (
        f"{at + timedelta(milliseconds=100 * row):%Y-%m-%d %H:%M:%S.%f},{40 + row % 17},{values[row % 23]}"
        for row in range(ROWS)
    )
    named = ",".join(f"组分{number:02d}(ppb)" for number in range(1, SPECIES + 1))
    return "\n".join(["# 模拟数据，不是真实走航", f"时间,TVOC(ppb),{named}", *rows, ""]).encode()


def _receiver(began: datetime) -> bytes:
    at = began.astimezone(UTC) - timedelta(seconds=ROWS / 10)
    rows = (
        f"{at + timedelta(seconds=number):%Y-%m-%d %H:%M:%S},{37.87 + number * 4e-6:.6f},{112.55 + number * 2e-6:.6f}"
        for number in range(ROWS // 10)
    )
    return ("# 模拟数据，不是真实走航\n时间,纬度,经度\n" + "\n".join(rows) + "\n").encode()
