"""The cast and the tracks of the patrol tests."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from enforcement.issues.actions import exporting
from enforcement.issues.models import Export, Stage
from enforcement.patrols import actions
from enforcement.patrols.models import PatrolRun
from enforcement.patrols.synthetic.patrols import PatrolPlan, patrol
from enforcement.patrols.synthetic.plumes import SyntheticSource
from enforcement.patrols.synthetic.seasons import county_sources
from enforcement.timeline import clock
from regions.models import Officer
from regions.roles import Role
from tests.scenarios import cast as casting

NOW = datetime(2021, 7, 5, 2, 0, tzinfo=UTC)
#: 杏花岭, 2021-07-02 09:00 in Beijing.
PLAN = PatrolPlan("140107", 1_625_187_600_000, 25.0, 11)


@pytest.fixture
def cast(settings, tmp_path, db) -> casting.Cast:
    """The bureaus and people, a store of their own, and Monday 2021-07-05 10:00 in Beijing."""
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
        "exports": {**settings.STORAGES["exports"], "OPTIONS": {"location": tmp_path / "exports"}},
    }
    with clock.moved_to(NOW):
        yield casting.make()


def reported(officer: Officer, run: PatrolRun, kind: str = "docx") -> bytes:
    """The report of a run, asked for on its page by an officer, made by the worker, fetched from the officer's exports."""
    browser = Client()
    browser.force_login(officer)
    answer = browser.post(f"/patrols/{run.pk}/report/", {"format": kind})
    assert answer.status_code == 302
    export = Export.objects.filter(officer=officer).latest("asked_at")
    exporting.DESK.work(str(export.pk))
    export.refresh_from_db()
    assert export.stage == Stage.DONE, export.sentence
    sent = browser.get(f"/issues/exports/{export.pk}/file/")
    assert sent["X-Content-Type-Options"] == "nosniff"
    return b"".join(sent.streaming_content)


@pytest.fixture
def inspector(cast: casting.Cast) -> Officer:
    return cast.officer(cast.taiyuan_team, Role.INSPECTOR)


@pytest.fixture
def leader(cast: casting.Cast) -> Officer:
    return cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)


def sources() -> list[SyntheticSource]:
    return county_sources(PLAN.county_code, 5, 3)


@pytest.fixture
def run(cast: casting.Cast, inspector: Officer) -> PatrolRun:
    """A synthetic run of the Taiyuan team through 杏花岭 with some hot spots."""
    return actions.record_synthetic(
        by=inspector,
        bureau=cast.taiyuan_team,
        readings=patrol(PLAN, sources()),
        name="synthetic-140107",
        facts=actions.RunFacts(route="杏花岭环线"),
    )


@pytest.fixture
def second(cast, inspector, run):
    """The same road three hours later."""
    plan = PatrolPlan(PLAN.county_code, PLAN.started_ms + 3 * 3_600_000, 25.0, PLAN.seed)
    return actions.record_synthetic(
        by=inspector, bureau=cast.taiyuan_team, readings=patrol(plan, sources()), name="s2",
        facts=actions.RunFacts(route="杏花岭复走"),
    )  # fmt: skip
