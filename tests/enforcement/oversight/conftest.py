"""太原's department interviews 杏花岭. All synthetic."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from enforcement.oversight import actions
from enforcement.oversight.models import Interview
from enforcement.timeline import clock
from regions.models import Officer
from regions.roles import Role
from tests.scenarios import cast as casting

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture
def cast(db) -> casting.Cast:
    with clock.moved_to(NOW):
        yield casting.make()


@pytest.fixture
def organiser(cast: casting.Cast) -> Officer:
    return cast.officer(cast.taiyuan, Role.COORDINATOR)


@pytest.fixture
def chief(cast: casting.Cast) -> Officer:
    return cast.officer(cast.taiyuan, Role.SUPERVISOR)


@pytest.fixture
def handler(cast: casting.Cast) -> Officer:
    return cast.officer(cast.xinghualing, Role.HANDLER)


NOTICE: dict[str, Any] = {
    "notice_no": "并环约〔2026〕1号", "meets_at": "2026-03-02T15:00", "place": "市局三楼会议室", "agenda": "通报超期问题\n听取说明",
    "attendees": "分管副区长、区分局局长",
}  # fmt: skip
HELD: dict[str, Any] = {
    "present": "分管副区长", "minutes": "市局通报了超期问题。\n区政府作了说明。",
    "commitments": "完成九件超期问题整改；2026-03-20\n健全调度机制；2026-04-30",
}  # fmt: skip


@pytest.fixture
def proposed(cast: casting.Cast, organiser: Officer) -> Interview:
    return actions.propose(
        by=organiser, bureau=cast.taiyuan, addressee=cast.xinghualing, cause="overdue", reason="二十件中九件超期。"
    )


@pytest.fixture
def held(proposed: Interview, organiser: Officer, chief: Officer) -> Interview:
    row = actions.perform(proposed, "approve", by=chief)
    row = actions.perform(row, "notify", by=organiser, **NOTICE)
    with clock.moved_to(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)):
        return actions.perform(row, "hold", by=organiser, **HELD)
