"""A kiln in 杏花岭, a team of three of 太原 and the leader who approves. All synthetic."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from enforcement.inspections import actions
from enforcement.inspections.models import Checklist, Mode, Visit
from enforcement.timeline import clock
from regions.models import Division, Officer, Posting, Site
from regions.roles import Role
from tests.scenarios import cast as casting

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture
def cast(db) -> casting.Cast:
    with clock.moved_to(NOW):
        yield casting.make()


@pytest.fixture
def kiln(cast: casting.Cast) -> Site:
    return Site.objects.create(
        name="测试砖瓦窑",
        industry="砖瓦",
        grade="C",
        division=Division.objects.current().get(code="140107"),
        lon=112.57,
        lat=37.89,
        synthetic=True,
    )


@pytest.fixture
def leader(cast: casting.Cast) -> Officer:
    return cast.officer(cast.taiyuan_team, Role.INSPECTOR)


@pytest.fixture
def second(cast: casting.Cast) -> Officer:
    officer = Officer.objects.create_officer("second", "第二人", badge_no="B2")
    Posting.objects.create(officer=officer, bureau=cast.taiyuan_team, role=Role.INSPECTOR, since=casting.SINCE)
    return officer


@pytest.fixture
def approver(cast: casting.Cast) -> Officer:
    return cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)


@pytest.fixture
def plan(cast, kiln, leader, second, approver) -> Any:
    """Plans a visit; what a test names replaces the usual."""

    def planned(**changes: Any) -> Visit:
        usual = {
            "by": leader,
            "bureau": cast.taiyuan_team,
            "site": kiln,
            "list_version": Checklist.objects.get(key="brick-kiln").versions.get(),
            "mode": Mode.UNANNOUNCED,
            "planned_on": TODAY,
            "approver": approver,
            "leader": leader,
            "members": [second],
        }
        return actions.plan(**{**usual, **changes})

    return planned


@pytest.fixture
def begun(plan, leader, second, approver, kiln) -> Visit:
    """A visit under way: approved, recusal declared by both, the code scanned at the gate."""
    visit = actions.perform(plan(), "approve", by=approver, approval_no="审〔2026〕1号")
    for officer in (leader, second):
        visit = actions.perform(visit, "declare", by=officer)
    return actions.perform(visit, "check_in", by=leader, code=actions.code_of(kiln), lon=112.571, lat=37.891)
