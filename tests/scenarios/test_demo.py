"""Promise: the demo is whole. The summer of 2021 adds up because the rows say so, and every account has a living desk."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from deploy.local import roles
from enforcement.crossregion.actions import verify as verify_round
from enforcement.crossregion.models import Round
from enforcement.crossregion.summing import summary
from enforcement.desk.demo import accounts, season
from enforcement.desk.demo.drives import counted_km
from enforcement.desk.demo.loading import load
from enforcement.findings.lifecycle import State as FindingState
from enforcement.findings.likely import likely_sites
from enforcement.findings.models import Finding
from enforcement.inspections.models import TargetDraw, Visit
from enforcement.issues import actions
from enforcement.issues.lifecycle import OPEN, State
from enforcement.issues.models import Handoff, Issue, MergeOffer, Responsibility, Span
from enforcement.notices.models import Notice
from enforcement.oversight.models import Interview, SpecialInspection
from enforcement.patrols.actions import readings_of, rejudge, rules_for
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, PatrolRun, PersistentLocation, SheetVerdict
from enforcement.patrols.tracks import judging
from enforcement.statistics import folding
from enforcement.timeline import clock
from enforcement.timeline.models import Attachment, Event
from enforcement.timeline.verification import verify
from regions.models import Officer, Site
from regions.roles import ADMINISTRATORS, Role
from regions.scoping import reach_of
from tests.rig import databases

pytestmark = pytest.mark.slow
CUTOFF = date(2021, 8, 4)
CLOSURE = "/api/v1/statistics/closure/"


@dataclass
class Demo:
    """The loaded demo: the lines it told, and the accounts as the file says."""

    told: list[str]
    accounts: list[dict[str, str]]

    def account(self, username: str) -> dict[str, str]:
        return next(row for row in self.accounts if row["username"] == username)

    def token(self, username: str) -> str:
        body = {"username": username, "password": self.account(username)["password"]}
        answer = Client().post("/api/v1/auth/token/", body, content_type="application/json")
        assert answer.status_code in (200, 201), answer.content
        return str(answer.json()["token"])

    def figures(self, token: str, **query: str) -> dict[str, Any]:
        answer = Client().get(CLOSURE, query, headers={"Authorization": f"Token {token}"})
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()["figures"]
        return found


@pytest.fixture(scope="module")
def demo(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """One database with the demo for all tests of this module, its anchors in a folder of their own; each leaves it as it was."""
    name = f"{databases.database_name()}_demo"
    databases.clone(databases.template(), name)
    with django_db_blocker.unblock(), override_settings(ANCHOR_FOLDER=tmp_path_factory.mktemp("anchors")):
        urls = databases.database_url(name, roles.APP), databases.database_url(name, roles.OWNER)
        before = databases._lead_django_to(name, *urls)
        try:
            told: list[str] = []
            assert load(told.append)
            yield Demo(told, json.loads(accounts.path().read_text(encoding="utf-8")))
        finally:
            databases._lead_django_to(*before)
            databases.drop(name)


@pytest.fixture
def undone(demo: Demo) -> Iterator[Demo]:
    """What a test does to the demo is rolled back."""
    with transaction.atomic():
        yield demo
        transaction.set_rollback(True)


def value(figure: dict[str, Any]) -> Decimal:
    return Decimal(str(figure["value"]))


# --- the summer of 2021 -----------------------------------------------------------------------------------------


def test_the_published_figures_of_4_august_come_from_the_rows(demo: Demo) -> None:
    figures = demo.figures(demo.token("province-supervisor"), as_of="2021-08-04")
    assert value(figures["patrol_km"]) == 23400
    assert value(figures["issued"]) == 557
    assert value(figures["closed"]) == 437
    assert value(figures["open"]) == 120
    assert round(value(figures["closure_rate"]), 4) == Decimal("0.7846")
    assert figures["closure_rate"]["numerator"] in ("437", "437.0000", 437)
    page = Client()
    page.force_login(Officer.objects.get(username="province-supervisor"))
    text = page.get(reverse("statistics:closure"), {"from": "2021-05-01", "as_of": "2021-08-04"}).content.decode()
    printed = re.findall(r'class="figure__(?:link" href="[^"]*|basis)">([^<]*)', text)
    for words in ("合 2.34万公里", "23,400", "557", "437", "78.46"):
        assert [one for one in printed if words in one], words
    assert sum(run.km for run in PatrolRun.objects.filter(day__lte=CUTOFF)) == 23400
    assert Issue.objects.filter(issued_on__lte=CUTOFF).count() == 557


def test_one_more_closed_under_the_clock_of_4_august_is_one_more_in_the_figure(undone: Demo) -> None:
    supervisor = undone.token("province-supervisor")
    evening = datetime(2021, 8, 4, 23, 30, tzinfo=clock.BEIJING)
    last = Span.objects.filter(occurred_at__lt=evening).order_by("responsibility_id", "-occurred_at", "-seq")
    standing = {s.responsibility_id: s.state for s in last.distinct("responsibility_id")}
    one = Responsibility.objects.filter(
        pk__in=[pk for pk, state in standing.items() if state == State.RECTIFYING],
        weight=1,
        parent=None,
        state="closed",
    ).earliest("pk")
    who = {
        role: Officer.objects.filter(postings__bureau=bureau, postings__role=role).earliest("pk")
        for role, bureau in (
            (Role.HANDLER, one.bureau),
            (Role.VERIFIER, one.issue.verifier),
            (Role.DISPATCHER, one.issue.issuer),
        )
    }
    steps: tuple[tuple[str, Role, dict[str, Any]], ...] = (
        ("reopen", Role.DISPATCHER, {"reason": "提前办理"}),
        ("submit_feedback", Role.HANDLER, {"verdict": "true", "measures": "已整改"}),
        ("start_verification", Role.VERIFIER, {}),
        ("pass_verification", Role.VERIFIER, {"opinion": "到位"}),
        ("close", Role.DISPATCHER, {}),
    )
    with clock.moved_to(evening):
        for action, role, data in steps:
            actions.perform(one.issue, action, by=who[role], responsibility=one.pk, **data)
    figures = undone.figures(supervisor, as_of="2021-08-04")
    assert (value(figures["issued"]), value(figures["closed"])) == (557, 438)
    assert round(value(figures["closure_rate"]), 4) == Decimal("0.7864")


def test_the_season_stands_in_every_state_on_4_august_and_is_done_by_the_end_of_the_year(demo: Demo) -> None:
    summer = Responsibility.objects.filter(issue__issued_on__lte=CUTOFF)
    last = Span.objects.filter(occurred_at__lte=season.cutoff()).order_by("responsibility_id", "-occurred_at", "-seq")
    standing = {span.responsibility_id: span for span in last.distinct("responsibility_id")}
    states = {span.state for span in standing.values()}
    assert states == {state.value for state in State} - {State.WITHDRAWN, State.VOID, State.MERGED}
    late = [s for s in standing.values() if s.state in OPEN and s.due_on < CUTOFF]
    extended = [s for s in standing.values() if s.state in OPEN and s.extension_count]
    rejected = [s for s in standing.values() if s.state in OPEN and s.rejection_count]
    assert min(len(late), len(extended), len(rejected)) >= 4
    assert {s.weight for s in standing.values()} == {Decimal(0), Decimal("0.5"), Decimal(1)}
    assert not summer.filter(state__in=OPEN).exists()
    assert Span.objects.filter(responsibility__in=summer).latest("occurred_at").occurred_at < datetime(
        2022, 1, 1, tzinfo=clock.BEIJING
    )


def test_every_state_and_every_fate_is_present(demo: Demo) -> None:
    assert set(Responsibility.objects.values_list("state", flat=True)) == set(State.values)
    assert set(Finding.objects.values_list("state", flat=True)) >= {
        FindingState.DRAFT,
        FindingState.LEADER_REVIEW,
        FindingState.CONFIRMED,
        FindingState.PROMOTED,
    }
    assert set(HotSpot.objects.values_list("fate", flat=True)) == {Fate.OPEN, Fate.FINDING, Fate.JOINED, Fate.DISMISSED}
    assert not HotSpot.objects.filter(run__day__lte=CUTOFF, fate=Fate.OPEN).exists()
    assert {code[:4] for code in PatrolRun.objects.values_list("segments__division__code", flat=True) if code} == {
        f"14{city:02d}" for city in range(1, 12)
    }


def test_the_rules_held_and_the_timeline_is_whole(demo: Demo) -> None:
    assert list(verify()) == []
    assert folding.differences() == []
    for bureau, serials in _serials().items():
        assert serials == list(range(1, len(serials) + 1)), bureau
    numbers = Issue.objects.filter(issued_on__year=2021).order_by("number").values_list("number", "issued_at")
    assert [issued for _number, issued in numbers] == sorted(issued for _number, issued in numbers)


def _serials() -> dict[tuple[int, int], list[int]]:
    found: dict[tuple[int, int], list[int]] = {}
    for bureau, year, serial in Handoff.objects.order_by("issued_at", "pk").values_list("bureau", "year", "serial"):
        found.setdefault((bureau, year), []).append(serial)
    return found


def test_the_replay_sends_nothing_and_the_living_hear_what_is_due(demo: Demo) -> None:
    assert not Notice.objects.filter(issue__issued_on__lte=CUTOFF).exists()
    assert Notice.objects.exists()


def test_everything_says_that_it_is_synthetic(demo: Demo) -> None:
    for model in (Issue, Finding, Site, Handoff, Officer, Attachment, PatrolRun):
        assert model._default_manager.exists()
        assert not model._default_manager.filter(synthetic=False).exists(), model
    assert not Site.objects.exclude(name__contains="演示").exists()
    for site in Site.objects.select_related("division"):
        site.full_clean(validate_unique=False, validate_constraints=False)
    assert 300 <= Site.objects.count() <= 520


# --- today ------------------------------------------------------------------------------------------------------


def test_a_small_current_season_has_something_late_due_today_and_due_soon(demo: Demo) -> None:
    now = clock.now()
    living = Issue.objects.filter(issued_on__gt=CUTOFF, imported=False)
    assert 35 <= living.count() <= 90
    assert all(now - timedelta(days=60) < issue.issued_at <= now for issue in living)
    assert living.overdue(on=clock.today()).count() >= 3
    assert living.due_within(first=clock.today(), last=clock.today() + timedelta(days=4)).count() >= 3
    assert Event.objects.filter(occurred_at__gt=now).count() == 0
    assert MergeOffer.objects.open().get().asked.division.level == "province", "a city asks, and waits for the answer"


def test_a_place_that_was_high_on_three_days_is_a_persistent_location(demo: Demo) -> None:
    location = PersistentLocation.objects.earliest("found_at")
    assert location.days == 3
    assert not location.lapsed
    assert location.synthetic
    # The newest drive can be worked on as it is; one whose checks failed, and one without any, stand beside it.
    newest, *others = PatrolRun.objects.order_by("-started_at")[:3]
    assert newest.sheet.verdict == SheetVerdict.PASSED
    assert {run.sheet.verdict for run in others} == {SheetVerdict.FAILED, SheetVerdict.MISSING}


def test_a_drive_in_a_calm_shows_what_stricter_rules_would_drop_and_why(demo: Demo) -> None:
    run = PatrolRun.objects.get(route__contains="清晨静风")
    assert run.hot_spots.exists(), "the rules in force take them"
    told = {one.channel: rejudge(run, one, run.imported_by) for one in rules_for(run) if one.compare_only}
    assert told["TVOC"].gone
    assert {one.why for one in told["TVOC"].dropped} == {judging.CALM, judging.FAST}
    assert "苯系物" in told, "the sum of its aromatics can be judged"


def test_a_hired_crews_clue_waits_without_a_site_for_who_confirms_it_and_is_offered_one(demo: Demo) -> None:
    clue = HotSpot.objects.get(fate=Fate.FINDING, finding__state=FindingState.LEADER_REVIEW).finding
    assert clue is not None
    assert (clue.filer.is_contractor, clue.site) == (True, None)
    dispatcher = Officer.objects.get(username=next(
        row["username"] for row in demo.accounts if (row["role"], row["division"]) == ("dispatcher", "140000")
    ))  # fmt: skip
    assert likely_sites(clue, dispatcher)


def test_checks_stand_at_every_turn_and_say_that_they_are_synthetic(demo: Demo) -> None:
    visits = Visit.objects.all()
    assert set(visits.values_list("state", flat=True)) == {"received", "recorded", "underway", "planned"}
    assert set(TargetDraw.objects.values_list("state", "synthetic")) == {("revealed", True)}
    assert all(visit.synthetic for visit in visits)
    found = Finding.objects.filter(checklist_answer__visit__in=visits)
    assert {finding.state for finding in found} == {FindingState.LEADER_REVIEW}
    assert all(finding.synthetic for finding in found)
    assert 2 <= found.count() <= 4


def test_governments_are_interviewed_and_inspected_at_several_stages_all_synthetic(demo: Demo) -> None:
    interviews = Interview.objects.exclude(proposed_by=None).values_list("state", "synthetic")
    assert set(interviews) == {("held", True), ("reported", True), ("noticed", True)}
    specials = SpecialInspection.objects.values_list("state", "synthetic")
    assert set(specials) == {("rectifying", True), ("underway", True)}


def test_the_accounts_file_is_for_its_owner_and_names_one_account_per_role_and_level(demo: Demo) -> None:
    path: Path = accounts.path()
    assert path.stat().st_mode & 0o777 == 0o600
    assert all(set(row) == {"username", "password", "role", "division", "bureau"} for row in demo.accounts)
    assert 30 <= len(demo.accounts) <= 45
    assert len({row["password"] for row in demo.accounts}) == len(demo.accounts)
    seats = {(row["role"], row["division"]) for row in demo.accounts}
    assert {role for role, _division in seats} == set(Role)
    for city in ("140100", "140200", "141000"):
        assert {role for role, code in seats if code == city} >= {"dispatcher", "handler", "supervisor", "verifier"}
        assert any(code[:4] == city[:4] and code != city for _role, code in seats)
    assert {row["role"] for row in demo.accounts if row["division"] == "140000"} >= {r.value for r in ADMINISTRATORS}
    handlers = [r for r in demo.accounts if r["role"] == "handler" and r["division"] == "140107"]
    assert len({row["bureau"] for row in handlers}) == 2
    assert Officer.objects.exclude(username__in=[r["username"] for r in demo.accounts]).exists()
    names = list(Officer.objects.values_list("name", flat=True))
    assert len(set(names)) == len(names), "two of one name look like one who confirms what they filed"


def test_every_account_signs_in_and_its_workbench_answers(undone: Demo) -> None:
    for row in undone.accounts:
        browser = Client()
        answer = browser.post(reverse("login"), {"username": row["username"], "password": row["password"]})
        assert answer.status_code == 302, row["username"]
        assert browser.get(reverse("desk:workbench")).status_code == 200, row["username"]


def test_every_handler_dispatcher_and_verifier_has_something_to_do(undone: Demo) -> None:
    for row in undone.accounts:
        officer = Officer.objects.get(username=row["username"])
        mine = Issue.objects.visible_to(officer).filter(issued_on__gt=CUTOFF).open()
        if row["role"] in (Role.HANDLER, Role.DISPATCHER, Role.VERIFIER):
            assert any(a.allowed for issue in mine for a in actions.available(issue, officer)), row["username"]
        if row["role"] in ADMINISTRATORS:
            assert not mine.exists()
    seconded = Officer.objects.get(username="linfen-inspector")
    assert reach_of(seconded).divisions, "the cross-enforcement officer sees a county of Taiyuan"


# --- again ------------------------------------------------------------------------------------------------------


def test_loading_again_changes_nothing_and_a_lost_file_is_written_anew(demo: Demo) -> None:
    events, officers = Event.objects.count(), Officer.objects.count()
    told: list[str] = []
    assert not load(told.append)
    assert told == []
    assert (Event.objects.count(), Officer.objects.count()) == (events, officers)
    old = {row["username"]: row["password"] for row in demo.accounts}
    os.unlink(accounts.path())
    assert not load(told.append)
    demo.accounts = json.loads(accounts.path().read_text(encoding="utf-8"))
    assert {row["username"] for row in demo.accounts} == set(old)
    assert all(row["password"] != old[row["username"]] for row in demo.accounts)
    assert demo.token("taiyuan-handler")
    assert not connection.in_atomic_block


def test_kilometres_are_computed_from_the_stored_readings(demo: Demo) -> None:
    run = PatrolRun.objects.filter(day__lte=CUTOFF).latest("started_at")
    readings = readings_of(run)
    assert counted_km(readings, run.rule.value()) == run.km == run.segments.aggregate(km=Sum("km"))["km"]
    assert len(readings) == run.rows_kept
    assert datetime.fromtimestamp(int(readings.time_ms[0]) / 1000, tz=UTC) == run.started_at


def test_a_round_is_under_way_published_verified_and_counted(demo: Demo) -> None:
    round_ = Round.objects.select_related("rule", "bureau").get(synthetic=True)
    assert round_.state == "released"
    assert [found.text for found in verify_round(round_) if not found.holds] == []
    assert any("（抽取之前）" in found.text for found in verify_round(round_))
    told = summary(round_)
    figures = {row.key: row for row in told.figures}
    assert (figures["visits"].count, figures["clues"].count, figures["closed"].of) == (4, 3, 1)
    assert {row.standing for row in told.late} == {"report_late", "report_missing"}
    (issue,) = Issue.objects.filter(findings__round_clue__round=round_).select_related("verifier__division", "division")
    assert issue.verifier.division != issue.division.parent
