"""A run says how well it was measured, and what failed proves nothing without a named person's reason."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import numpy as np
import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from docx import Document
from rest_framework.test import APIClient

from enforcement.patrols import actions
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, Instrument, PatrolRun, QualityRule
from enforcement.patrols.synthetic.patrols import PatrolPlan, patrol
from enforcement.patrols.tracks.control import ControlRule, Logged, Measured, headings, judge, measured, verdict
from enforcement.patrols.tracks.readings import WIND_FROM, WIND_SPEED, Channel, Readings
from enforcement.timeline.models import Event
from enforcement.timeline.verification import verify
from regions.errors import Conflict, Invalid, Refused
from regions.roles import Role

from .conftest import PLAN, reported, sources
from .test_reviewing import open_issue

RULE = ControlRule(
    warm_up_min=30, zero_max_h=24, span_max_h=24, span_max_percent=20, min_valid_percent=80, gap_s=5, max_gap_percent=10,
    clock_max_h=24, max_offset_s=2, idle_kmh=3, tail_deg=60, max_exhaust_percent=10,
)  # fmt: skip


def drive(north_kmh: list[float], wind_from: float | None = None, at_s: list[int] | None = None) -> Readings:
    """A drive due north with these speeds, second by second (or at these seconds)."""
    speed = np.array(north_kmh)
    count = len(speed)
    time_ms = np.array(at_s if at_s is not None else range(count), dtype=np.int64) * 1000
    lat = 37.8 + np.cumsum(speed) / 3.6 / 111_000
    wind = (Channel("风向", "°", WIND_FROM), Channel("风速", "m/s", WIND_SPEED))
    return Readings(
        time_ms, lat, np.full(count, 112.5), speed, np.zeros(count, dtype=np.uint16), np.arange(count),
        wind if wind_from is not None else (), (np.full(count, wind_from), np.full(count, 2.0)) if wind_from is not None else (),
    )  # fmt: skip


# --- pure -------------------------------------------------------------------------------------------------------


def test_standing_with_the_wind_from_behind_is_ones_own_exhaust():
    moving, standing = [20.0] * 10, [0.0] * 20
    assert measured(drive([*moving, *standing, *moving], wind_from=180), RULE).exhaust_s == 20
    assert measured(drive([*moving, *standing, *moving], wind_from=0), RULE).exhaust_s == 0
    assert measured(drive([*moving, *standing, *moving], wind_from=125), RULE).exhaust_s == 20  # 55 degrees off
    assert measured(drive([*moving, *standing, *moving], wind_from=115), RULE).exhaust_s == 0  # 65 degrees off
    assert measured(drive([20.0] * 40, wind_from=180), RULE).exhaust_s == 0  # driving leaves it behind
    assert measured(drive(moving), RULE).exhaust_s is None  # without wind nobody knows
    assert measured(drive(standing, wind_from=180), RULE).exhaust_s == 0  # never driven: nobody knows where it points


def test_the_bonnet_points_where_it_last_drove():
    assert np.isnan(headings(drive([20.0]), 3)[0])
    assert headings(drive([20, 20, 0, 0]), 3)[-1] == pytest.approx(0)


def test_silences_longer_than_the_rule_are_gaps():
    found = measured(drive([20.0] * 6, at_s=[0, 1, 6, 7, 67, 68]), RULE)
    assert (found.gaps, found.gap_s, found.longest_gap_s, found.seconds) == (1, 60, 60, 68)
    nothing = measured(drive([]), RULE)
    assert (nothing.gaps, nothing.seconds) == (0, 0)


@pytest.mark.parametrize(
    ("logged", "run", "share", "failed"),
    [
        (Logged(30, 24, 24, 20, -2), Measured(100, 1, 10, 10, 10), 0.8, set()),
        (Logged(29.9, 1, 1, 1, 0), Measured(100, 0, 0, 0, 0), 1, {"warm_up"}),
        (Logged(60, 24.1, 1, 1, 0), Measured(100, 0, 0, 0, 0), 1, {"zero_age"}),
        (Logged(60, 1, 25, -21, 0), Measured(100, 0, 0, 0, 0), 1, {"span_age", "span_deviation"}),
        (Logged(60, 1, 1, 1, -2.5), Measured(100, 3, 10.1, 5, 10.1), 0.79, {"clock_offset", "gaps", "exhaust", "valid_share"}),
    ],
)  # fmt: skip
def test_each_line_is_held_against_its_limit(logged, run, share, failed):
    items = judge(run, logged, share, RULE)
    assert {item.key for item in items if item.outcome == "failed"} == failed
    assert verdict(items) == ("failed" if failed else "passed")


def test_what_is_not_on_record_leaves_the_sheet_incomplete_unless_the_rule_is_strict():
    items = judge(Measured(100, 0, 0, 0, None), Logged(), 1, RULE)
    assert verdict(items) == "missing"
    strict = ControlRule(**{**{name: getattr(RULE, name) for name in ControlRule.__slots__}, "missing_fails": True})
    assert verdict(judge(Measured(100, 0, 0, 0, None), Logged(), 1, strict)) == "failed"


# --- with people ------------------------------------------------------------------------------------------------


@pytest.fixture
def instrument(cast) -> Instrument:
    return Instrument.objects.create(serial="SPI-7", name="SPI-TOF", kind="spi_tof", bureau=cast.taiyuan_team)


def note(instrument: Instrument, run: PatrolRun, by, kind: str, minutes: float, **numbers):
    line = actions.LogLine(kind, run.started_at - timedelta(minutes=minutes), **numbers)
    return actions.log(instrument, line, by=by)


def drive_with(cast, inspector, instrument: Instrument) -> PatrolRun:
    return actions.record_synthetic(
        by=inspector, bureau=cast.taiyuan_team, readings=patrol(PatrolPlan("140107", PLAN.started_ms, 12.0, 5), sources()),
        name="q", facts=actions.RunFacts(route="质控", instrument=instrument),
    )  # fmt: skip


@pytest.fixture
def failed(cast, inspector, instrument) -> PatrolRun:
    """A run whose span check was 30 % off."""
    run = drive_with(cast, inspector, instrument)
    note(instrument, run, inspector, "power_on", 50)
    note(instrument, run, inspector, "zero", 20, channel="TVOC", expected=0, shown=1)
    note(instrument, run, inspector, "span", 10, channel="TVOC", expected=500, shown=650)
    note(instrument, run, inspector, "clock", 5, offset_s=0.4)
    note(instrument, run, inspector, "calibration", 60 * 24 * 90, channel="TVOC", slope=1.1, intercept=-2)
    note(instrument, run, inspector, "calibration", 60 * 24, channel="TVOC", slope=1.04, intercept=-3)
    actions.requalify(run, actions.readings_of(run), by=inspector)
    return PatrolRun.objects.select_related("bureau").get(pk=run.pk)


def test_a_sheet_is_kept_with_its_run_and_computed_anew_beside_it(cast, inspector, failed):
    first, second = failed.quality_sheets.order_by("number")
    assert (first.verdict, second.verdict) == ("missing", "failed")
    assert second.faults() == "跨度偏差"
    values = {item["key"]: item["value"] for item in second.items}
    assert (values["warm_up"], values["span_deviation"], values["clock_offset"]) == (50, 30, 0.4)
    assert second.calibrations["TVOC"]["slope"] == 1.04  # the newest before the start
    with pytest.raises(DatabaseError, match="stays on record"), transaction.atomic():
        first.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        QualityRule.objects.update(warm_up_min=1)
    with pytest.raises(Refused):
        actions.requalify(failed, actions.readings_of(failed), by=cast.officer(cast.yaodu, Role.TEAM_LEADER))
    kinds = Event.objects.filter(subject_type="patrolrun", subject_id=str(failed.pk)).values_list("kind", flat=True)
    assert list(kinds.order_by("seq")) == ["patrol_imported", "patrol_requalified"]
    assert not list(verify())


def test_its_hot_spots_go_on_only_with_a_named_persons_reason(cast, inspector, failed):
    spot = HotSpot.objects.select_related("run__bureau", "division").filter(run=failed).first()
    offered = {one.action: one.needs for one in actions.available(spot, inspector)}
    assert offered["promote"] == ("title", "quality_reason")
    assert offered["propose_dismissal"] == ("reason",)
    for action, entered in (("promote", {"title": "高值"}), ("join", {"issue": open_issue(cast)})):
        with pytest.raises(Invalid, match="跨度偏差") as refusal:
            actions.perform(spot, action, by=inspector, **entered)
        assert refusal.value.field == "quality_reason"
    with pytest.raises(IntegrityError), transaction.atomic():  # whoever connects
        HotSpot.objects.filter(pk=spot.pk).update(fate=Fate.JOINED, issue=open_issue(cast))
    done = actions.promote(spot, by=inspector, title="高值", quality_reason="停车复测与便携仪器一致")
    assert (done.fate, done.quality_by) == (Fate.FINDING, inspector)
    assert "质控不合格（跨度偏差）" in done.finding.description
    assert f"{inspector.name}说明仍采用的理由：停车复测与便携仪器一致" in done.finding.description
    told = Event.objects.get(subject_type="hotspot", subject_id=str(spot.pk), kind="hot_spot_promoted")
    assert set(told.payload["quality_reason"]) == {"personal", "digest"}
    filed = Event.objects.get(subject_type="finding", subject_id=str(done.finding_id), kind="filed")
    assert filed.payload["origin"]["quality"] == "failed"


def test_an_issue_it_joins_is_told_why(cast, inspector, failed):
    issue = open_issue(cast)
    spot = HotSpot.objects.filter(run=failed).first()
    done = actions.perform(spot, "join", by=inspector, issue=issue, quality_reason="同点位第三次测到")
    joined = Event.objects.get(subject_type="issue", subject_id=str(issue.pk), kind="finding_joined")
    assert "quality_reason" in joined.payload
    assert done.quality_reason == "同点位第三次测到"


def test_the_mark_is_a_word_wherever_the_run_shows(cast, inspector, failed):
    page = Client()
    page.force_login(inspector)
    spot = failed.hot_spots.first()
    for url in ("/patrols/", failed.get_absolute_url(), "/patrols/hot-spots/", spot.get_absolute_url()):
        assert "质控不合格" in page.get(url).content.decode(), url
    shown = page.get(failed.get_absolute_url()).content.decode()
    assert "斜率 1.04，截距 -3" in shown
    form = f"/patrols/hot-spots/{spot.pk}/actions/promote/"
    assert "仍采用的理由" in page.get(form).content.decode()
    again = page.post(
        form, {"version": spot.version, "title": "高值", "severity": "general", "receiver": cast.taiyuan.pk}
    )
    assert again.status_code == 400
    done = page.post(f"{failed.get_absolute_url()}quality/")
    assert done.url.endswith("#quality")
    assert failed.quality_sheets.count() == 3


def test_records_that_are_not_whole_stop_nothing_and_are_said_wherever_one_goes_on(cast, run, inspector):
    """No instrument, no log: warm-up, zero, span and clock are nowhere on record."""
    first, second = run.hot_spots.order_by("number")[:2]
    said, page = "没有记录：预热时间、距零点检查、距跨度检查、跨度偏差、时钟偏差", Client()
    page.force_login(inspector)
    for url in (run.get_absolute_url(), first.get_absolute_url(), *(f"/patrols/hot-spots/{first.pk}/actions/{one}/" for one in (
        "promote", "join"))):  # fmt: skip
        assert f"质控记录不全，{said}。" in page.get(url).content.decode(), url
    assert said in page.get(run.get_absolute_url()).content.decode().partition('id="chosen"')[2], "above the short form"
    assert (
        "质控记录不全，" not in page.get(f"/patrols/hot-spots/{first.pk}/actions/propose_dismissal/").content.decode()
    )
    for url in ("/patrols/", "/patrols/hot-spots/"):
        assert "质控记录不全" in page.get(url).content.decode(), url
    finding = actions.promote(first, by=inspector, title="高值").finding
    assert f"注意：本次走航质控记录不全（{said}）。" in finding.description
    issue = open_issue(cast)
    actions.perform(second, "join", by=inspector, issue=issue)
    assert "转为线索，本次走航质控记录不全" in page.get(first.get_absolute_url()).content.decode()
    assert f"并入问题 {issue.number}，本次走航质控记录不全" in page.get(second.get_absolute_url()).content.decode()
    letter = Document(BytesIO(reported(inspector, run)))
    assert f"质控记录不全（{said}）" in "\n".join(one.text for one in letter.paragraphs)
    assert list(verify()) == []


def test_the_api_shows_the_sheet_and_asks_for_the_reason(inspector, failed):
    api = APIClient()
    api.force_authenticate(inspector)
    listed = api.get("/api/v1/patrol-runs/").json()["results"]
    assert [one["quality"] for one in listed] == ["failed"]
    detail = api.get(f"/api/v1/patrol-runs/{failed.pk}/").json()["quality_sheet"]
    assert (detail["number"], detail["verdict"]) == (2, "failed")
    assert detail["calibrations"]["TVOC"]["intercept"] == -3
    spot = failed.hot_spots.first()
    url = f"/api/v1/hot-spots/{spot.pk}/actions/promote/"
    refused = api.post(url, {"title": "高值"}, format="json")
    assert (refused.status_code, "quality_reason" in refused.json()["errors"]) == (400, True)
    taken = api.post(url, {"title": "高值", "quality_reason": "复测一致"}, format="json")
    assert taken.json()["quality_reason"] == "复测一致"
    made = api.post(f"/api/v1/patrol-runs/{failed.pk}/quality/", headers={"Idempotency-Key": "q-1"})
    assert (made.status_code, made.json()["number"]) == (201, 3)


def test_runs_before_there_were_sheets_get_theirs(run, capsys):
    old = PatrolRun.objects.get(pk=run.pk)
    old.pk, old.source_sha256 = uuid4(), "0" * 64
    old.save(force_insert=True)
    call_command("qualify_runs")
    call_command("qualify_runs")
    assert capsys.readouterr().out.splitlines() == [
        "1 sheets made, 0 runs without readings",
        "0 sheets made, 0 runs without readings",
    ]
    assert (old.sheet.number, old.sheet.made_by) == (1, None)


def test_a_voided_run_is_not_computed_anew(cast, leader, inspector, failed):
    actions.void_run(failed, by=leader, reason="时区有误")
    with pytest.raises(Conflict):
        actions.requalify(failed, actions.readings_of(failed), by=inspector)
