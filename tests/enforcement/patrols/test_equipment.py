"""The register tells what measured, since when and how well: kept by those who may, dated, and nothing in it vanishes."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from enforcement.patrols import actions
from enforcement.patrols.models import CrewMember, Instrument, InstrumentLog, Vehicle
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from enforcement.timeline.verification import verify
from regions.errors import Conflict, Invalid, Refused
from regions.roles import Role


@pytest.fixture
def instrument(cast, leader) -> Instrument:
    return actions.register_instrument(
        by=leader, bureau=cast.taiyuan_team, serial="SPI-7", name="SPI-TOF", kind="spi_tof"
    )


def line(kind: str, hours: float = 1, **numbers) -> actions.LogLine:
    return actions.LogLine(kind, clock.now() - timedelta(hours=hours), **numbers)


def kinds(row) -> list[str]:
    events = Event.objects.filter(subject_type=row._meta.model_name, subject_id=str(row.pk)).order_by("seq")
    return list(events.values_list("kind", flat=True))


def client(officer) -> Client:
    made = Client()
    made.force_login(officer)
    return made


def test_a_leader_registers_and_corrects_and_the_timeline_tells(cast, leader, instrument):
    with pytest.raises(Conflict, match="出厂编号"):
        actions.register_instrument(by=leader, bureau=cast.taiyuan_team, serial="SPI-7", name="又一台", kind="pid")
    # Another bureau's serial is its own affair: no refusal tells of it.
    other = cast.officer(cast.xinghualing_team, Role.TEAM_LEADER)
    actions.register_instrument(by=other, bureau=cast.xinghualing_team, serial="SPI-7", name="SPI-TOF", kind="spi_tof")
    done = actions.correct_instrument(
        instrument, by=leader, name="SPI-TOF 2000", kind="spi_tof", retired_on=date(2021, 7, 1), version=1
    )
    assert (done.name, done.retired_on, done.version) == ("SPI-TOF 2000", date(2021, 7, 1), 2)
    with pytest.raises(Conflict):
        actions.correct_instrument(instrument, by=leader, name="晚来一步", kind="pid", version=1)
    assert kinds(instrument) == ["instrument_registered", "instrument_corrected"]
    assert not list(verify())


def test_an_inspector_logs_but_does_not_keep_and_a_stranger_does_neither(cast, inspector, instrument):
    stranger = cast.officer(cast.yaodu, Role.TEAM_LEADER)
    actions.log(instrument, line("power_on"), by=inspector)
    for act in (
        lambda: actions.correct_instrument(instrument, by=inspector, name="甲", kind="pid"),
        lambda: actions.set_channel(
            instrument, by=inspector, channel="TVOC", valid_from=clock.today(), lag_s=3, basis="x"
        ),
        lambda: actions.log(instrument, line("power_on"), by=stranger),
        lambda: actions.add_crew(
            by=inspector, bureau=cast.taiyuan_team, name="张三", duty="driver", since=clock.today()
        ),
    ):
        with pytest.raises(Refused):
            act()


def test_the_department_keeps_the_register_of_its_contractor(cast):
    cast.contractor.parent = cast.taiyuan
    cast.contractor.save()
    leader = cast.officer(cast.taiyuan, Role.TEAM_LEADER)
    made = actions.register_vehicle(by=leader, bureau=cast.contractor, plate="晋A00001")
    assert list(Vehicle.objects.visible_to(leader)) == [made]
    assert not Vehicle.objects.visible_to(cast.officer(cast.linfen, Role.TEAM_LEADER))


def test_a_channel_is_dated_and_an_older_row_stays(leader, instrument):
    common = {"by": leader, "channel": "TVOC", "basis": "时滞测试 3 次"}
    actions.set_channel(instrument, valid_from=date(2021, 6, 1), lag_s=8, **common)
    actions.set_channel(instrument, valid_from=date(2021, 7, 1), lag_s=12, counted_as="toluene", **common)
    with pytest.raises(Conflict):
        actions.set_channel(instrument, valid_from=date(2021, 7, 1), lag_s=9, **common)
    assert instrument.responses(date(2021, 6, 30))["tvoc"].lag_s == 8
    assert instrument.responses(date(2021, 7, 2))["tvoc"].lag_s == 12


@pytest.mark.parametrize(
    ("kind", "numbers", "field"),
    [
        ("span", {"channel": "TVOC", "expected": 500}, "shown"),
        ("span", {"channel": "TVOC", "expected": 0, "shown": 1}, "expected"),
        ("zero", {"expected": 0, "shown": 1}, "channel"),
        ("calibration", {"channel": "TVOC", "slope": 0, "intercept": 1}, "slope"),
        ("clock", {"offset_s": float("inf")}, "offset_s"),
        ("power_on", {"channel": "TVOC"}, "channel"),
        ("power_on", {"shown": 3}, "shown"),
        ("explosion", {}, "kind"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_right_is_refused_by_its_field(inspector, instrument, kind, numbers, field):
    with pytest.raises(Invalid) as refusal:
        actions.log(instrument, line(kind, **numbers), by=inspector)
    assert refusal.value.field == field
    assert not instrument.logs.exists()


def test_a_line_in_the_future_is_refused(inspector, instrument):
    with pytest.raises(Invalid, match="将来"):
        actions.log(instrument, line("power_on", hours=-1), by=inspector)


def test_a_wrong_line_is_voided_once_and_never_changes(inspector, instrument):
    row = actions.log(instrument, line("span", channel="TVOC", expected=500, shown=590), by=inspector)
    assert row.deviation_percent == pytest.approx(18)
    actions.void_log(row, by=inspector, reason="读错了表")
    with pytest.raises(Conflict):
        actions.void_log(row, by=inspector, reason="再来")
    assert not InstrumentLog.before(instrument, clock.now(), clock.now() - timedelta(days=2))
    for change in (lambda rows: rows.update(shown=1), lambda rows: rows.update(void_reason="改写")):
        with pytest.raises(IntegrityError), transaction.atomic():
            change(InstrumentLog.objects.filter(pk=row.pk))
    with (
        pytest.raises(DatabaseError, match="stays on record"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM patrols_instrumentlog")
    assert kinds(instrument)[-2:] == ["instrument_logged", "instrument_log_voided"]
    assert not list(verify())


def test_people_serve_from_a_day_to_a_day(cast, leader):
    entered = {"by": leader, "bureau": cast.taiyuan_team, "name": "张三", "duty": "driver"}
    member = actions.add_crew(since=date(2021, 6, 1), **entered)
    with pytest.raises(Conflict):
        actions.add_crew(since=date(2021, 6, 2), **entered)
    with pytest.raises(Invalid):
        actions.end_crew(member, by=leader, until=date(2021, 5, 1))
    actions.end_crew(member, by=leader, until=date(2021, 6, 30))
    with pytest.raises(Conflict):
        actions.end_crew(member, by=leader, until=date(2021, 7, 1))
    again = actions.add_crew(since=date(2021, 7, 5), **entered)
    assert [one.serves(date(2021, 7, 1)) for one in (member, again)] == [False, False]
    assert CrewMember.objects.get(pk=member.pk).serves(date(2021, 6, 30))


# --- pages and API ----------------------------------------------------------------------------------------------


def test_a_leader_works_the_pages(cast, leader, inspector, run):
    page = client(leader)
    sent = {"bureau": cast.taiyuan_team.pk, "name": "PTR", "serial": "P-1", "kind": "ptr_tof", "method": ""}
    made = page.post("/patrols/equipment/new/instrument/", sent)
    row = Instrument.objects.get()
    assert made.url == row.get_absolute_url()
    channel = {"channel": "TVOC", "unit": "ppb", "valid_from": "2021-07-01", "lag_s": "8", "basis": "测试"}
    page.post(f"/patrols/equipment/{row.pk}/channel/", channel)
    entered = {"kind": "span", "at": "2021-07-05T08:00", "channel": "TVOC", "expected": "500", "shown": "455"}
    refused = page.post(f"/patrols/equipment/{row.pk}/log/", {**entered, "shown": ""})
    assert refused.status_code == 400
    assert "请填写示值" in refused.content.decode()
    client(inspector).post(f"/patrols/equipment/{row.pk}/log/", entered)
    shown = page.get(row.get_absolute_url()).content.decode()
    assert "标称 500，示值 455" in shown
    assert "偏差 -9.0 %" in shown
    page.post("/patrols/equipment/new/vehicle/", {"bureau": cast.taiyuan_team.pk, "plate": "晋A1", "name": ""})
    vehicle = Vehicle.objects.get()
    page.post(f"/patrols/equipment/vehicles/{vehicle.pk}/correct/", {"version": 1, "retired_on": "2021-07-02"})
    assert "已停用" in page.get("/patrols/equipment/vehicles/").content.decode()
    person = {"bureau": cast.taiyuan_team.pk, "name": "李四", "duty": "quality", "since": "2021-07-01"}
    page.post("/patrols/equipment/new/member/", person)
    assert "李四" in page.get(vehicle.get_absolute_url()).content.decode()
    assert client(inspector).get("/patrols/equipment/new/instrument/").status_code == 403
    stranger = client(cast.officer(cast.yaodu, Role.TEAM_LEADER))
    assert stranger.get(row.get_absolute_url()).status_code == 404
    assert "P-1" not in stranger.get("/patrols/equipment/").content.decode()


def test_the_lists_cost_the_same_with_one_row_and_with_many(cast, leader, django_assert_max_num_queries):
    page = client(leader)
    for count in (1, 30):
        for number in range(count):
            actions.register_instrument(
                by=leader, bureau=cast.taiyuan_team, serial=f"{count}-{number}", name="PID", kind="pid"
            )
        for url in ("/patrols/equipment/", "/api/v1/instruments/", "/api/v1/vehicles/"):
            with django_assert_max_num_queries(8):
                assert page.get(url).status_code == 200


def test_the_api_lists_shows_and_logs_once(cast, inspector, instrument):
    api = APIClient()
    api.force_authenticate(inspector)
    listed = api.get("/api/v1/instruments/").json()["results"]
    assert [(one["serial"], one["kind"], one["retired_on"]) for one in listed] == [("SPI-7", "spi_tof", None)]
    body = {"kind": "calibration", "at": "2021-07-05T08:00:00+08:00", "channel": "TVOC", "slope": 1.04, "intercept": -3}
    url = f"/api/v1/instruments/{instrument.pk}/logs/"
    answers = [api.post(url, body, format="json", headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert instrument.logs.count() == 1
    for wrong, field in (
        ({**body, "slope": "1"}, "slope"),
        ({**body, "slope": True}, "slope"),
        ({**body, "at": "昨天"}, "at"),
    ):
        answer = api.post(url, wrong, format="json")
        assert answer.status_code == 400
        assert field in answer.json()["errors"]
    line_id = answers[0].json()["id"]
    voided = api.post(f"/api/v1/instrument-logs/{line_id}/void/", {"reason": "记错"}, format="json")
    assert voided.json()["void_reason"] == "记错"
    assert api.get(f"/api/v1/instruments/{instrument.pk}/").json()["logs"][0]["voided_at"]
    other = APIClient()
    other.force_authenticate(cast.officer(cast.yaodu, Role.INSPECTOR))
    assert other.get(f"/api/v1/instruments/{instrument.pk}/").status_code == 404
    assert other.post(url, body, format="json").status_code == 404
