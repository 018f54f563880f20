"""A track is imported whole or not at all, once, and its kilometres are computed from what was kept."""

from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enforcement.patrols import actions
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, HotSpotRule, PatrolRun, PatrolSegment, TrackRuleSetting
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.problems import TrackRefused
from enforcement.patrols.tracks.quality import measure
from enforcement.timeline import clock, verification
from enforcement.timeline.evidence import store
from enforcement.timeline.models import Event
from regions.errors import Conflict, Invalid, Refused
from regions.models import Posting
from regions.roles import Role

from .conftest import PLAN
from .hostile_files import flagged_cases, good, refused_cases, row, text

TRACK = Path(__file__).resolve().parents[4] / "shared" / "data" / "bangalore_track.csv"
DENIED = (Role.DISPATCHER, Role.HANDLER, Role.VERIFIER, Role.SUPERVISOR, Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR)


def take(cast, inspector, data: bytes, **more):
    return actions.import_track(
        by=inspector,
        bureau=cast.taiyuan_team,
        name=more.pop("name", "上午.csv"),
        data=data,
        statement=more.pop("statement", Statement()),
        **more,
    )


def test_an_import_keeps_source_readings_sums_and_event(cast, inspector):
    data = text(good(200))
    run = take(cast, inspector, data)
    assert store().take(run.source_sha256) == data
    readings = actions.readings_of(run)
    assert len(readings) == run.rows_kept == run.rows_total == 200
    assert float(run.km) == pytest.approx(measure(readings, 200, run.rule.value()).km, abs=0.001)
    assert run.km == sum(segment.km for segment in run.segments.all())
    assert run.hours == sum(segment.hours for segment in run.segments.all())
    assert (run.division.code[:4], run.day.isoformat(), run.valid_share) == ("1401", "2021-07-01", Decimal("1.0000"))
    event = Event.objects.get(subject_type="patrolrun", subject_id=str(run.pk))
    assert (event.kind, event.payload["source"]) == ("patrol_imported", run.source_sha256)


def test_a_trial_keeps_nothing(cast, inspector):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        trial = actions.trial_read(
            by=inspector, bureau=cast.taiyuan_team, name="a.csv", data=text(good()), statement=Statement()
        )
    assert all(query["sql"].lstrip().upper().startswith("SELECT") for query in queries.captured_queries)
    assert len(trial.track.readings) == 20
    assert not PatrolRun.objects.exists()
    assert not Path(store().location).exists()


def test_the_same_file_is_not_imported_twice_by_a_bureau(cast, inspector):
    data = text(good())
    run = take(cast, inspector, data)
    with pytest.raises(actions.AlreadyImported) as refusal:
        take(cast, inspector, data, name="另一个名字.csv")
    assert refusal.value.run == run
    assert "上午.csv" in str(refusal.value)
    team = cast.officer(cast.linfen, Role.INSPECTOR)
    other = actions.import_track(by=team, bureau=cast.linfen, name="x.csv", data=data, statement=Statement())
    assert other.pk != run.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        PatrolRun.objects.bulk_create([_twin(run)])


def _twin(run: PatrolRun) -> PatrolRun:
    twin = PatrolRun.objects.get(pk=run.pk)
    twin.pk = None
    twin.id = type(run)._meta.pk.get_default()
    return twin


def test_two_files_of_the_same_drive_are_two_runs(cast, inspector):
    take(cast, inspector, text(good()))
    take(cast, inspector, text([*good(), row(20)]))
    assert PatrolRun.objects.count() == 2


@pytest.mark.parametrize("case", [*refused_cases(), *flagged_cases()], ids=str)
def test_no_hostile_file_stores_half_a_run(cast, inspector, case):
    if case.refused:
        with pytest.raises(TrackRefused):
            take(cast, inspector, case.data)
        assert not PatrolRun.objects.exists()
        assert not Path(store().location).exists()
    else:
        run = take(cast, inspector, case.data)
        assert set(case.flagged) <= set(run.problems)
        assert len(actions.readings_of(run)) == case.kept


def test_remarks_can_be_a_reason_to_take_nothing(cast, inspector):
    lines = good()
    lines[5] = row(5, tvoc="-3")
    with pytest.raises(Invalid, match="第 7 行"):
        take(cast, inspector, text(lines), on_problems="refuse")
    assert not PatrolRun.objects.exists()
    assert take(cast, inspector, text(lines), on_problems="flag").problems == {"negative": 1}
    with pytest.raises(Invalid):
        take(cast, inspector, text(good(3)), on_problems="whatever")


@pytest.mark.parametrize("role", DENIED)
def test_only_the_bureaus_inspectors_and_leaders_import(cast, role):
    officer = cast.officer(cast.taiyuan_team, role)
    with pytest.raises(Refused):
        take(cast, officer, text(good()))
    stranger = cast.officer(cast.linfen, Role.INSPECTOR)
    with pytest.raises(Refused):
        take(cast, stranger, text(good()))


def test_a_file_name_is_kept_without_its_folders(cast, inspector):
    assert take(cast, inspector, text(good()), name="..\\..\\C:\\temp\\a\0b.csv").source_name == "ab.csv"
    assert take(cast, inspector, text(good(21)), name="../../etc/").source_name == "track"


@pytest.mark.skipif(not TRACK.exists(), reason="the real track is not beside the project")
def test_the_real_track_is_imported_flagged_and_never_promoted(cast, inspector):
    HotSpotRule.objects.create(
        **{
            **{
                f.name: getattr(HotSpotRule.objects.earliest("valid_from"), f.name)
                for f in HotSpotRule._meta.fields
                if f.name != "id"
            },
            "channel": "AE51_BC",
            "unit": "µg/m³",
            "floor": 50,
        }
    )
    run = take(cast, inspector, TRACK.read_bytes(), name=TRACK.name, statement=Statement("Asia/Kolkata"))
    assert (run.rows_outside, run.division, float(run.km)) == (3000, None, pytest.approx(18.478, abs=0.01))
    assert [(segment.division, segment.km) for segment in run.segments.all()] == [(None, run.km)]
    spot = run.hot_spots.first()
    assert spot is not None
    with pytest.raises(Refused, match="省"):
        actions.promote(spot, by=inspector, title="班加罗尔")
    with pytest.raises(IntegrityError), transaction.atomic():
        HotSpot.objects.filter(pk=spot.pk).update(fate=Fate.FINDING)


def test_a_synthetic_run_says_so_and_has_judged_hot_spots(run):
    assert run.synthetic
    assert run.hot_spots.count() >= 2
    numbers = list(run.hot_spots.order_by("started_at").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    for spot in run.hot_spots.all():
        assert spot.peak >= spot.rule.floor
        assert spot.ratio >= spot.rule.ratio
        assert spot.rule_values["ratio"] == spot.rule.ratio
        assert spot.division.code.startswith("1401")
        assert Event.objects.filter(subject_type="hotspot", subject_id=str(spot.pk), kind="hot_spot_found").count() == 1


def test_kilometres_per_county_and_day_are_sums_of_segments(run):
    code = PLAN.county_code
    assert sum(s.km for s in PatrolSegment.objects.filter(division__code=code, day=run.day)) <= run.km
    assert float(run.km) >= PLAN.km
    assert run.km == sum(s.km for s in run.segments.all())


def test_a_used_rule_does_not_change_and_a_newer_one_is_used_from_its_day(cast, run, inspector):
    with pytest.raises(IntegrityError), transaction.atomic():
        HotSpotRule.objects.update(ratio=9)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrackRuleSetting.objects.update(max_gap_s=30)
    before = HotSpotRule.objects.earliest("valid_from")
    newer = HotSpotRule.objects.earliest("valid_from")
    newer.pk, newer.valid_from, newer.floor = None, "2021-07-04", 100_000
    newer.save()
    assert HotSpotRule.in_force(run.day)["tvoc", "ppb"] == before
    from enforcement.patrols.synthetic.patrols import patrol

    from .conftest import sources

    again = actions.record_synthetic(
        by=inspector, bureau=cast.taiyuan_team, readings=patrol(PLAN, sources()[:4]), name="b", facts=actions.RunFacts()
    )
    assert again.hot_spots.count() == 0


def test_the_database_keeps_runs_segments_and_hot_spots(run):
    spot = run.hot_spots.first()
    for refused in (
        lambda: run.segments.all()._raw_delete("default"),
        lambda: HotSpot.objects.filter(pk=spot.pk)._raw_delete("default"),
        lambda: PatrolRun.objects.filter(pk=run.pk)._raw_delete("default"),
        lambda: PatrolRun.objects.filter(pk=run.pk).update(km=1),
        lambda: PatrolSegment.objects.filter(run=run).update(km=1),
        lambda: HotSpot.objects.filter(pk=spot.pk).update(peak=1),
        lambda: HotSpot.objects.filter(pk=spot.pk).update(series={}),
    ):
        with pytest.raises(Exception, match=r"refused|does not change|do not change"), transaction.atomic():
            refused()


def test_hot_spots_from_before_pictures_were_kept_get_the_very_same_once(run, leader, capsys):
    now = run.hot_spots.order_by("number").first()
    kept = now.series
    old = HotSpot.objects.get(pk=now.pk)
    old.pk, old.number, old.series = uuid4(), 900, {}
    old.fate, old.reason, old.proposed_by, old.decided_by = (
        "dismissed",
        "旧",
        run.imported_by,
        leader,
    )  # decided long ago
    old.save(force_insert=True)
    call_command("picture_hot_spots")
    call_command("picture_hot_spots")
    assert capsys.readouterr().out.splitlines() == [
        "1 hot spots given their picture, 0 runs without readings",
        "0 hot spots given their picture, 0 runs without readings",
    ]
    assert HotSpot.objects.get(pk=old.pk).series == kept != {}
    for changes in ({"series": {"from_ms": 0}}, {"series": {}}, {"reason": "改"}):
        with pytest.raises(Exception, match=r"do not change|is final"), transaction.atomic():
            HotSpot.objects.filter(pk=old.pk).update(**changes)
    with pytest.raises(Exception, match="do not change"), transaction.atomic():
        HotSpot.objects.filter(pk=now.pk).update(series={})


def test_a_void_run_counts_no_more_and_its_file_may_come_again(cast, inspector, leader):
    run = take(cast, inspector, text(good()))
    with pytest.raises(Refused):
        actions.void_run(run, by=inspector, reason="坐标系选错")
    with pytest.raises(Invalid):
        actions.void_run(run, by=leader, reason=" ")
    actions.void_run(run, by=leader, reason="坐标系选错")
    with pytest.raises(Conflict):
        actions.void_run(run, by=leader, reason="坐标系选错")
    assert not PatrolRun.objects.valid().exists()
    assert take(cast, inspector, text(good())).pk != run.pk


def test_a_run_with_a_promoted_hot_spot_cannot_be_voided(run, inspector, leader):
    actions.promote(run.hot_spots.first(), by=inspector, title="高值")
    with pytest.raises(Conflict):
        actions.void_run(run, by=leader, reason="误导入")


def test_altered_bytes_are_noticed(run):
    path = Path(store().location) / store().path_of(run.readings_key)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Conflict):
        actions.readings_of(run)
    browser = Client()
    browser.force_login(run.imported_by)
    told = browser.get(run.hot_spots.first().get_absolute_url()).content.decode()
    assert "登记的摘要不符" in told
    assert "spark--large" in told, "the curve kept with the hot spot is still there"


def test_runs_are_seen_by_their_bureau_and_by_who_supervises_the_counties(cast, run):
    def sees(officer):
        return PatrolRun.objects.visible_to(officer).filter(pk=run.pk).exists()

    assert sees(cast.officer(cast.taiyuan_team, Role.VERIFIER))
    assert sees(cast.officer(cast.taiyuan, Role.SUPERVISOR))
    assert sees(cast.officer(cast.province, Role.COORDINATOR))
    assert sees(cast.officer(cast.xinghualing, Role.SUPERVISOR))
    assert not sees(cast.officer(cast.xinghualing, Role.HANDLER))
    assert not sees(cast.officer(cast.linfen, Role.SUPERVISOR))
    assert not sees(cast.officer(cast.yaodu, Role.INSPECTOR))
    assert not sees(cast.officer(cast.province, Role.AUDITOR))
    assert HotSpot.objects.visible_to(cast.officer(cast.linfen, Role.SUPERVISOR)).count() == 0
    assert HotSpot.objects.visible_to(cast.officer(cast.taiyuan, Role.SUPERVISOR)).count() == run.hot_spots.count()


def test_a_contractors_run_is_seen_by_the_department_it_works_for(cast, inspector):
    cast.contractor.parent = cast.taiyuan
    cast.contractor.save()
    worker = cast.officer(cast.contractor, Role.INSPECTOR)
    run = actions.import_track(
        by=worker, bureau=cast.contractor, name="a.csv", data=text(good()), statement=Statement()
    )
    assert PatrolRun.objects.visible_to(cast.officer(cast.taiyuan, Role.DISPATCHER)).filter(pk=run.pk).exists()
    assert not PatrolRun.objects.visible_to(inspector).filter(pk=run.pk).exists()
    Posting.objects.filter(officer=worker).update(until="2021-01-01")
    assert not PatrolRun.objects.visible_to(type(worker).objects.get(pk=worker.pk)).exists()


def test_the_chains_of_runs_and_hot_spots_verify(run, inspector, tmp_path):
    first, second = run.hot_spots.order_by("number")[:2]
    actions.promote(first, by=inspector, title="高值")
    actions.perform(second, "propose_dismissal", by=inspector, reason="尾气")
    assert [str(fault) for fault in verification.verify(tmp_path)] == []
    PatrolRun.objects.filter(pk=run.pk).update(voided_at=clock.now())
    assert any("patrolrun" in str(fault) for fault in verification.verify(tmp_path))


def test_rules_are_kept_by_the_system_administrator_and_fixed_once_used(cast, run, client):
    administrator = cast.officer(cast.province, Role.SYSTEM_ADMINISTRATOR)
    client.force_login(administrator)
    rule = HotSpotRule.objects.earliest("valid_from")
    assert client.get("/admin/patrols/hotspotrule/").status_code == 200
    page = client.get(f"/admin/patrols/hotspotrule/{rule.pk}/change/").content.decode()
    assert 'name="_save"' not in page
    assert client.get("/admin/patrols/hotspotrule/add/").status_code == 200
    client.force_login(cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
    assert client.get("/admin/patrols/hotspotrule/").status_code in (302, 403)
