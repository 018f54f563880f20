"""The demo's register: an instrument, a vehicle and a crew for each contractor, kept through the patrols' own actions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from enforcement.desk.demo.drives import Fleet
from enforcement.desk.demo.people import Cast
from enforcement.patrols import actions
from enforcement.patrols.models import Instrument, PatrolRun
from enforcement.timeline import clock
from enforcement.timeline.clock import BEIJING
from regions.models import Bureau, Officer
from regions.roles import Role

#: The spring before the replayed summer.
REGISTERED = datetime(2021, 5, 20, 10, 0, tzinfo=BEIJING)
GAS = "甲苯标准气 500 ppb（演示）"


def equip(cast: Cast) -> Fleet:
    """A vehicle, an instrument and two people for each contractor; its department's team leader enters them."""
    firms = {key: bureau for key, bureau in cast.bureaus.items() if bureau.is_contractor}
    fleet = Fleet({}, {})
    with clock.moved_to(REGISTERED):
        for number, (key, firm) in enumerate(firms.items(), 1):
            keeper = _keeper(cast, firm)
            fleet.vehicles[key] = actions.register_vehicle(
                by=keeper, bureau=firm, plate=f"演示{number:03d}", name=f"VOC走航车{number}号", synthetic=True
            )
            fleet.instruments[key] = actions.register_instrument(
                by=keeper, bureau=firm, serial=f"DEMO-SPI-{number:03d}", name="SPI-TOF质谱仪（演示）", kind="spi_tof",
                method="单光子电离飞行时间质谱", synthetic=True,
            )  # fmt: skip
            for member, duty in zip(cast.officers[key, Role.INSPECTOR], ("operator", "driver"), strict=False):
                actions.add_crew(
                    by=keeper,
                    bureau=firm,
                    name=f"{member.name}（演示）",
                    duty=duty,
                    since=REGISTERED.date(),
                    synthetic=True,
                )
    return fleet


def calibrate(cast: Cast, instrument: Instrument) -> None:
    """Channels and a calibration of some weeks ago; the replayed summer came before them and is judged as it was."""
    day = clock.today() - timedelta(days=45)
    keeper = _keeper(cast, instrument.bureau)
    for name, counted_as in (("TVOC", "sum"), ("苯", "species"), ("甲苯", "species"), ("C8芳烃", "species")):
        actions.set_channel(
            instrument, by=keeper, channel=name, unit="ppb", counted_as=counted_as, valid_from=day, lag_s=1,
            response_s=1.5, detection_limit=1, basis="时滞测试三次取平均（演示）",
        )  # fmt: skip
    at = datetime(day.year, day.month, day.day, 9, 0, tzinfo=BEIJING)
    for slope, intercept, later in ((1.08, -2.1, 0), (1.03, -1.4, 30)):
        line = actions.LogLine(
            "calibration", at + timedelta(days=later), "TVOC", "ppb", slope=slope, intercept=intercept,
            basis="多点校准 5 点（演示）",
        )  # fmt: skip
        actions.log(instrument, line, by=keeper)


def morning(instrument: Instrument, began: datetime, *, by: Officer, shown: float = 486) -> None:
    """The log of a morning before a drive: switched on, zero, span, clock."""
    entries = (
        actions.LogLine("power_on", began - timedelta(minutes=50)),
        actions.LogLine("zero", began - timedelta(minutes=18), "TVOC", "ppb", expected=0, shown=1.2, basis="零空气（演示）"),
        actions.LogLine("span", began - timedelta(minutes=12), "TVOC", "ppb", expected=500, shown=shown, basis=GAS),
        actions.LogLine("clock", began - timedelta(minutes=6), offset_s=0.4, basis="北斗授时（演示）"),
    )  # fmt: skip
    for entry in entries:
        actions.log(instrument, entry, by=by)


def task(cast: Cast, runs: Sequence[PatrolRun]) -> None:
    """A campaign the drives belong to: each drove the way that was planned, the first only part of it, in this weather."""
    firm = runs[0].bureau
    keeper, days = _keeper(cast, firm), [run.day for run in runs]
    campaign = actions.open_campaign(
        by=keeper, bureau=firm, name="秋冬季VOCs走航（演示）", since=min(days) - timedelta(days=7),
        until=max(days) + timedelta(days=60), method_basis="实施方案（演示），不引用未核实的标准编号", synthetic=True,
    )  # fmt: skip
    for number, run in enumerate(runs):
        readings = actions.readings_of(run)
        way = np.column_stack([readings.lon, readings.lat])[::60]
        if not number:  # what was planned goes on for a while where the drive turned back
            way = np.concatenate([way, way[-1] + np.outer(np.arange(1, 60), way[-1] - way[-2]) / 4])
        text = "\n".join(f"{lon:.6f},{lat:.6f}" for lon, lat in way)
        route = actions.plan_route(campaign, by=keeper, name=run.route.replace("走航", "路线"), data=text.encode())
        weather = actions.Weather(9 - number, 46 + 3 * number, 315, 2.4, "clear", "车载气象仪（演示）")
        actions.note_run(run, readings, by=keeper, campaign=campaign, route=route, weather=weather)


def _keeper(cast: Cast, firm: Bureau) -> Officer:
    assert firm.parent is not None
    return cast.officer(cast.key_of(firm.parent), Role.TEAM_LEADER)
