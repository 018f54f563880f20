"""One synthetic drive as the two files an instrument and a receiver would have left, imported through the front door."""

from datetime import UTC, datetime, timedelta

from enforcement.desk.demo.drives import Fleet
from enforcement.desk.demo.people import Cast
from enforcement.patrols.actions import RunFacts, import_track
from enforcement.patrols.models import PatrolRun
from enforcement.patrols.tracks import bundle
from enforcement.patrols.tracks.bundle import SourceFile
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.readings import Readings
from enforcement.timeline import clock
from regions.roles import Role

HEADER = "时间,TVOC(ppb),苯(ppb),甲苯(ppb),C8芳烃(ppb),风向(°),风速(m/s)"
INSTRUMENT, RECEIVER = "仪器数据（模拟）.csv", "定位（模拟）.gpx"
_FILED_AFTER = timedelta(minutes=40)


def keep_as_files(readings: Readings, key: str, county: str, cast: Cast, fleet: Fleet) -> PatrolRun:
    """Imports a drive of the contractor `key` from an instrument's CSV without places and a receiver's GPX.

    Single species are asked for in µg/m³, TVOC can't be; two rows of the CSV are damaged.
    """
    crew = cast.officer(key, Role.INSPECTOR)
    ended = datetime.fromtimestamp(int(readings.time_ms[-1]) / 1000, tz=UTC)
    data = bundle.pack([SourceFile(INSTRUMENT, _instrument(readings)), SourceFile(RECEIVER, _receiver(readings))])
    with clock.moved_to(ended + _FILED_AFTER):
        return import_track(
            by=crew,
            bureau=cast.bureaus[key],
            name=f"{INSTRUMENT} 等 2 个文件.zip",
            data=data,
            statement=Statement("UTC", mapping={"units": "µg/m³"}),
            facts=RunFacts(
                route=f"{county}走航，两个文件合并（模拟）",
                crew=f"{crew.name}等2人（演示）",
                vehicle=fleet.vehicles[key],
                synthetic=True,
                instruments={INSTRUMENT: fleet.instruments[key]},
            ),
        )


def _instrument(readings: Readings) -> bytes:
    """Half a second after the receiver's full seconds, as an instrument's own clock would have it."""
    lines = [HEADER]
    for number, ms in enumerate(readings.time_ms[:-1].tolist()):
        moment = datetime.fromtimestamp((ms + 500) / 1000, tz=UTC)
        cells = ",".join(f"{column[number]:g}" for column in readings.values)
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S}.5,{cells}")
    lines[60], lines[90] = lines[60][:24], lines[90].replace(",", ",-", 1)
    return "\n".join(lines).encode("gb18030")


def _receiver(readings: Readings) -> bytes:
    points = "".join(
        f'<trkpt lat="{lat:.6f}" lon="{lon:.6f}"><time>{datetime.fromtimestamp(ms / 1000, tz=UTC):%Y-%m-%dT%H:%M:%SZ}</time>'
        f"<speed>{kmh / 3.6:.2f}</speed></trkpt>"
        for ms, lat, lon, kmh in zip(
            readings.time_ms.tolist(), readings.lat.tolist(), readings.lon.tolist(), readings.speed_kmh.tolist(),
            strict=True,
        )
    )  # fmt: skip
    head = '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
    return f"{head}{points}</trkseg></trk></gpx>".encode()
