"""Saved views of the demo: a county handler's own one and one shared with the bureau, and one of the city's supervisor."""

from enforcement.desk import saving
from enforcement.desk.demo.people import Cast
from regions.roles import Role

COUNTY, CITY = "140107", "140100"
#: Bureau, role, name, filters, shared.
VIEWS = (
    (COUNTY, Role.HANDLER, "三日内到期（演示）", "clock=soon&sort=due", True),
    (COUNTY, Role.HANDLER, "等我办、本环节已超期（演示）", "clock=stage&turn=mine", False),
    (CITY, Role.SUPERVISOR, "全市超期（演示）", "clock=overdue&sort=due", True),
)


def load(cast: Cast) -> None:
    for bureau, role, name, query, shared in VIEWS:
        saving.save("issues", name, query, by=cast.officer(bureau, role), shared=shared)
