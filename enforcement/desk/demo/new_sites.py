"""Two sites no register knew, stated in the field: one waits for its leader, one was entered by them. Synthetic, and say so."""

from datetime import timedelta

from enforcement.desk.demo import bureaus
from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.sites import uscc_of
from enforcement.findings import actions as findings
from enforcement.findings import settling
from enforcement.findings.models import Finding
from enforcement.timeline import clock
from regions.registering import Stated
from regions.roles import Role

CITY, COUNTY = "140100", "140107"
#: Beyond the numbers of the demo's other sites.
_FIRST = 9001


def load(cast: Cast) -> None:
    """Through the real actions."""
    _state(
        cast,
        "居民楼下小型喷漆点异味",
        Stated("示例便民钣金喷漆部（演示）", uscc_of(COUNTY, _FIRST), "汽车维修"),
        112.5931,
        37.9012,
    )
    entered = _state(
        cast,
        "临街家具作坊露天刷漆",
        Stated("示例木作家具坊（演示）", uscc_of(COUNTY, _FIRST + 1), "家具制造"),
        112.6047,
        37.9106,
    )
    leader = cast.officer(bureaus.team(CITY), Role.TEAM_LEADER)
    entered = findings.perform(entered, "confirm", by=leader)
    settling.settle(entered, "entered", by=leader, address="示例北街17号（演示）")


def _state(cast: Cast, title: str, stated: Stated, lon: float, lat: float) -> Finding:
    team = bureaus.team(CITY)
    inspector = cast.officer(team, Role.INSPECTOR)
    finding = findings.file_finding(
        by=inspector, filer=cast.bureaus[team], receiver=cast.bureaus[CITY], title=title, source="special_check",
        lon=lon, lat=lat, pollution_type="VOC", occurred_at=clock.now() - timedelta(hours=3), new_site=stated,
        description="现场发现，名册中没有这家单位（演示）。", synthetic=True,
    )  # fmt: skip
    return findings.perform(finding, "submit", by=inspector)
