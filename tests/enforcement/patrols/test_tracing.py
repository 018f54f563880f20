"""From a hot spot upwind: the true wind, the sector, the candidates and why, versions that stay, and the cause people find."""

import io
from datetime import timedelta

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from docx import Document
from rest_framework.test import APIClient

from enforcement.patrols import actions, suspicion
from enforcement.patrols.models import Anemometer, Candidate, Cause, HotSpot, Instrument, Tracing, TracingRule
from enforcement.patrols.reference import FINGERPRINTS
from enforcement.patrols.tracing import scoring, sectors, winds
from enforcement.patrols.tracing.patterns import Pattern, likeness, species_of, unknown_species
from enforcement.patrols.tracing.winds import METRES_PER_DEGREE, Reference, TrueWind
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.readings import WIND_FROM, WIND_SPEED, Channel, Readings
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from enforcement.timeline.verification import verify
from regions.errors import Conflict, Invalid, Refused
from regions.models import Division, Site
from regions.roles import Role
from tests.scenarios.desks import at_most, handed, signed_in

from .conftest import reported

HERE = (112.5863, 37.8937)  # in 杏花岭
SHAPE = sectors.SectorSettings(void_ms=0.5, light_ms=1.5, half_deg=30, light_half_deg=60, far_m=2000, extent_m=80)


def drive(heading_deg: float, kmh: float, came: float, ms: float, unit: str = "m/s") -> Readings:
    """Two minutes at 1 Hz in one direction, the wind channels as given."""
    at = np.arange(120)
    metres = at * kmh / 3.6
    lat = HERE[1] + metres * np.cos(np.radians(heading_deg)) / METRES_PER_DEGREE
    lon = HERE[0] + metres * np.sin(np.radians(heading_deg)) / METRES_PER_DEGREE / np.cos(np.radians(HERE[1]))
    channels = (Channel("风向", "°", WIND_FROM), Channel("风速", unit, WIND_SPEED))
    return Readings(
        at * 1000, lat, lon, np.full(120, kmh), np.zeros(120, dtype=np.uint16), at + 2, channels,
        (np.full(120, came), np.full(120, ms)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "kmh", "came", "ms", "unit", "reference"),
    [
        (0, 36, 90, 3, "m/s", Reference.TRUE),
        # Driving north at 10 m/s in 3 m/s from the east: felt from 17° to the right of the bow, at 10.4 m/s.
        (0, 36, np.degrees(np.arctan2(3, 10)), np.hypot(3, 10), "m/s", Reference.APPARENT),
        (0, 36, np.degrees(np.arctan2(3, 10)), np.hypot(3, 10), "m/s", Reference.BOW),
        # Driving east into it: felt straight from the bow.
        (90, 36, 0, 13 * 3.6, "km/h", Reference.BOW),
    ],
)
def test_the_vehicles_own_motion_is_taken_out_of_the_wind(heading, kmh, came, ms, unit, reference):
    wind = winds.true_wind(drive(heading, kmh, float(came), float(ms), unit), 60_000, 30, 30, reference)
    assert wind.from_deg == pytest.approx(90, abs=1)
    assert wind.ms == pytest.approx(3, abs=0.05)


def test_air_that_eddies_about_and_units_nobody_knows_give_no_direction():
    eddying = drive(0, 20, 90, 2)
    eddying.values[0][::2] = 270
    wind = winds.true_wind(eddying, 60_000, 30, 30, Reference.TRUE)
    assert wind.ms < 0.2
    assert sectors.upwind(*HERE, wind, SHAPE) is None
    assert winds.true_wind(drive(0, 20, 90, 2, "级"), 60_000, 30, 30, Reference.TRUE) is None


def test_the_sector_widens_in_light_wind_and_with_a_swinging_one():
    angles = [sectors.half_angle(TrueWind(0, ms, 5, 60), SHAPE) for ms in (3.0, 1.5, 1.0, 0.5)]
    assert angles == [30, 30, 45, 60]
    assert sectors.half_angle(TrueWind(0, 3, 48, 60), SHAPE) == 48
    assert sectors.upwind(*HERE, TrueWind(0, 0.49, 5, 60), SHAPE) is None
    outline = sectors.upwind(*HERE, TrueWind(90, 3, 5, 60), SHAPE).outline()
    assert outline[0] == outline[-1]
    east = max(lon for lon, _lat in outline)
    assert (east - HERE[0]) * METRES_PER_DEGREE * np.cos(np.radians(HERE[1])) == pytest.approx(2000, abs=5)


def suspect(key, metres_east, shares=None, metres_north=0.0, **facts):
    lon = HERE[0] + metres_east / METRES_PER_DEGREE / np.cos(np.radians(HERE[1]))
    lat = HERE[1] + metres_north / METRES_PER_DEGREE
    known = {"permit": True, "grade": "C", "history": 0, **facts}
    return scoring.Suspect(key, lon, lat, shares, **known)


def test_who_lies_upwind_and_gives_off_the_same_comes_first(db):
    rule = TracingRule.in_force(clock.today()).score()
    sector = sectors.upwind(*HERE, TrueWind(90, 3, 5, 60), SHAPE)
    paint = Pattern({"C8芳烃": 50.0, "甲苯": 20.0, "乙酸丁酯": 15.0, "苯": 1.0}, {})
    coating, coking = FINGERPRINTS["涂装"][1], FINGERPRINTS["炼焦"][1]
    found = scoring.ranked(
        sector,
        [
            suspect(1, 250, coking),
            suspect(2, 420, coating),
            suspect(3, -200, coating),  # downwind
            suspect(4, 2100, coating),  # too far
            suspect(5, 900, coating, metres_north=40),
            suspect(6, 420, None, metres_north=60),  # nobody knows what it makes
            suspect(7, 50, coking, metres_north=-55),  # beside the road, whatever its direction
        ],
        paint,
        rule,
    )
    assert [one.key for one in found][:2] == [2, 5]
    assert {one.key for one in found} == {1, 2, 5, 6, 7}
    assert found[0].match.species[0] == "C8芳烃"
    better = scoring.ranked(sector, [suspect(1, 420, coating), suspect(2, 420, coating, history=2)], paint, rule)
    assert [one.key for one in better] == [2, 1]


def test_a_pattern_is_compared_only_where_both_say_something():
    paint = FINGERPRINTS["涂装"][1]
    assert likeness(Pattern(dict(paint), {}), paint, 3).likeness == pytest.approx(1)
    assert likeness(Pattern({"苯": 5.0, "甲苯": 1.0}, {}), paint, 3) is None, "two species are too few"
    assert likeness(Pattern({"氨": 5.0, "硫化氢": 1.0, "甲醇": 1.0}, {}), paint, 3) is None
    assert likeness(Pattern({"苯": 0.0, "甲苯": 0.0, "萘": 0.0}, {}), paint, 3) is None
    assert species_of(" 邻-二甲苯 ") == species_of("M/P-Xylene") == "C8芳烃"
    assert species_of("TVOC") is None
    for _words, shares in FINGERPRINTS.values():
        assert not unknown_species(shares)
        assert sum(shares.values()) == pytest.approx(1, abs=0.011)


# --- the rows ---------------------------------------------------------------------------------------------------


def track(ms: float = 3.0, came: float = 90.0) -> bytes:
    """Five minutes northwards past a plume of paint, in wind from the east."""
    lines = ["时间,纬度,经度,速度(km/h),TVOC(ppb),苯(ppb),甲苯(ppb),二甲苯(ppb),乙酸丁酯(ppb),风向(°),风速(m/s)"]
    for second in range(300):
        plume = float(np.exp(-0.5 * ((second - 120) / 10) ** 2))
        values = [round(45 + 1500 * plume), *(round(1 + share * 1500 * plume, 1) for share in (0.02, 0.18, 0.5, 0.16))]
        moment = f"2021-07-02 09:{second // 60:02d}:{second % 60:02d}"
        at = f"{HERE[1] + second * 2e-5:.6f},{HERE[0]:.6f}"
        lines.append(f"{moment},{at},8,{','.join(map(str, values))},{came},{ms}")
    return "\n".join(lines).encode()


def site(cast, name: str, metres_east: float, industry: str, code: str = "140107", **facts) -> Site:
    lon = HERE[0] + metres_east / METRES_PER_DEGREE / np.cos(np.radians(HERE[1]))
    division = Division.objects.current().get(code=code)
    return Site.objects.create(
        name=name, division=division, lon=lon, lat=HERE[1] + 120 * 2e-5, industry=industry, **facts
    )


@pytest.fixture
def works(cast) -> list[Site]:
    return [
        site(cast, "近处焦化", 200, "炼焦"),
        site(cast, "喷涂厂", 420, "表面涂装", grade="D"),
        site(cast, "下风印刷", -300, "包装印刷"),
        site(cast, "临汾的厂", 600, "表面涂装", code="141002"),
    ]


@pytest.fixture
def spot(cast, inspector, works) -> HotSpot:
    run = actions.import_track(
        by=inspector, bureau=cast.taiyuan_team, name="上午.csv", data=track(), statement=Statement(),
        facts=actions.RunFacts(route="溯源线"),
    )  # fmt: skip
    return run.hot_spots.select_related("run__bureau__parent", "finding").get()


@pytest.fixture
def issue(cast, spot, leader):
    """The hot spot joined to an issue the county answers for."""
    made = handed(cast)[0]
    actions.perform(spot, "join", by=leader, issue=made)
    spot.refresh_from_db()
    return made


def test_an_import_traces_each_hot_spot_and_says_why(spot, works, leader):
    tracing = spot.tracings.select_related("rule").get()
    assert (tracing.number, tracing.usable, tracing.made_by) == (1, "yes", None)
    assert tracing.candidates.get(rank=1).site_id == works[1].pk
    assert works[2].pk not in {one.site_id for one in tracing.candidates.all()}
    with at_most(4):  # two of them the officer's own posts
        told = suspicion.told([tracing], leader)[tracing.pk]
    assert told.suspects[0].reasons == "上风向 420 m，表面涂装，二甲苯/甲苯匹配，绩效D级"
    assert "东风（90°）3 m/s" in told.sentence
    # A site of another city is counted, not named.
    assert told.hidden == 1
    assert "临汾的厂" not in str(told)
    assert Event.objects.get(kind="hot_spot_found").payload["usable"] == "yes"


@pytest.mark.parametrize(("ms", "usable", "words"), [(0.3, "calm", "小于 0.5 m/s"), (1.0, "yes", "风小")])
def test_light_wind_is_said_and_calm_air_traces_nothing(cast, inspector, works, ms, usable, words):
    run = actions.import_track(
        by=inspector, bureau=cast.taiyuan_team, name="静风.csv", data=track(ms), statement=Statement(),
        facts=actions.RunFacts(),
    )  # fmt: skip
    tracing = Tracing.objects.select_related("rule").get(hot_spot__run=run)
    assert tracing.usable == usable
    assert words in suspicion.sentence(tracing)
    assert Candidate.objects.filter(tracing=tracing).exists() is (usable == "yes")
    page = signed_in(inspector).get(tracing.hot_spot.get_absolute_url()).content.decode()
    assert words in page
    assert ('class="sector"' in page) is (usable == "yes")


def test_an_anemometer_in_the_register_says_what_the_wind_is_measured_against(cast, inspector, works):
    instrument = Instrument.objects.create(serial="W-1", name="PTR", bureau=cast.taiyuan_team)
    Anemometer.objects.create(instrument=instrument, valid_from="2021-01-01", reference="apparent", offset_deg=0)
    run = actions.import_track(
        by=inspector, bureau=cast.taiyuan_team, name="视风.csv", data=track(), statement=Statement(),
        facts=actions.RunFacts(instrument=instrument),
    )  # fmt: skip
    tracing = Tracing.objects.get(hot_spot__run=run)
    # 2.2 m/s northwards: what was felt from the east came from the south-east.
    assert tracing.wind_from == pytest.approx(90 + np.degrees(np.arctan2(2.22, 3)), abs=3)


def test_tracing_again_makes_the_next_version_and_leaves_the_first(cast, spot, works, inspector, leader):
    first = list(Candidate.objects.values_list("rank", "site", "score"))
    readings = actions.readings_of(spot.run)
    site(cast, "新登记的汽修", 410, "汽修喷漆")
    with pytest.raises(Refused, match="重新溯源"):
        actions.retrace(spot, readings, by=cast.officer(cast.taiyuan, Role.COORDINATOR))
    second = actions.retrace(spot, readings, by=inspector, seen=1)
    assert (second.number, second.candidates.count()) == (2, 4)
    with pytest.raises(Conflict, match="刷新"):
        actions.retrace(spot, readings, by=inspector, seen=1)
    assert list(Candidate.objects.filter(tracing__number=1).values_list("rank", "site", "score")) == first
    for row in (spot.tracings.get(number=1), second.candidates.first()):
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(
                **{"made_at" if row.pk == second.pk else "number" if isinstance(row, Tracing) else "rank": 9}
            )
    page = signed_in(leader).get(f"{spot.get_absolute_url()}?tracing=1").content.decode()
    assert "新登记的汽修" not in page
    assert "重新溯源（第2版）" in page
    assert list(verify()) == []


def test_the_county_that_answers_says_what_it_was_and_corrects_itself(cast, spot, works, issue, leader):
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    assert HotSpot.objects.visible_to(handler).filter(pk=spot.pk).exists(), "who is handed a problem sees its ground"
    with pytest.raises(Refused, match="承办"):
        actions.confirm_cause(spot, by=leader, kind="site", site=works[1])
    first = actions.confirm_cause(spot, by=handler, kind="site", site=works[0], seen=0)
    assert first.rank == 3, "the paint shop of another city lies between"
    with pytest.raises(Conflict, match="刷新"):
        actions.confirm_cause(spot, by=handler, kind="site", site=works[1], note="复核", seen=0)
    with pytest.raises(Invalid, match="依据"):
        actions.confirm_cause(spot, by=handler, kind="site", site=works[1], seen=1)
    second = actions.confirm_cause(spot, by=handler, kind="site", site=works[1], note="喷漆房开门作业", seen=1)
    assert (second.number, second.rank) == (2, 1)
    assert actions.confirm_cause(spot, by=cast.officer(cast.taiyuan_team, Role.VERIFIER), kind="unregistered",
                                 note="路边补漆").number == 3  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        Cause.objects.filter(pk=first.pk).update(rank=1)
    page = signed_in(handler).get(spot.get_absolute_url()).content.decode()
    assert "现场核实：未登记的污染源" in page
    assert "喷漆房开门作业" in page
    assert list(verify()) == []


def test_before_there_is_an_issue_the_team_that_drove_says_so(cast, spot, works, leader, inspector):
    with pytest.raises(Refused):
        actions.confirm_cause(spot, by=inspector, kind="not_found")
    for kind, named, note in (("site", None, ""), ("site", works[3], ""), ("unregistered", None, ""), ("x", None, ""),
                              ("not_found", works[1], ""), ("not_found", None, "\x00")):  # fmt: skip
        with pytest.raises(Invalid):
            actions.confirm_cause(spot, by=leader, kind=kind, site=named, note=note)
    assert actions.confirm_cause(spot, by=leader, kind="not_found").rank is None


def test_the_pages_lead_from_the_issue_to_the_cause(cast, spot, works, issue):
    handler, stranger = cast.officer(cast.xinghualing, Role.HANDLER), cast.officer(cast.linfen, Role.HANDLER)
    page = signed_in(handler)
    address = f"/patrols/hot-spots/{spot.pk}/cause/"
    assert address in page.get(issue.get_absolute_url()).content.decode()
    form = page.get(address).content.decode()
    assert "1. 喷涂厂（上风向 420 m" in form
    assert "临汾的厂" not in form
    assert page.post(address, {"cause": "other", "site": "", "seen": "0"}).status_code == 400
    assert page.post(address, {"cause": str(works[3].pk), "seen": "0"}).status_code == 400
    assert page.post(address, {"cause": "unregistered", "seen": "0", "note": ""}).status_code == 400
    assert page.post(address, {"cause": str(works[1].pk), "seen": "0"}).status_code == 302
    assert page.post(address, {"cause": "not_found", "seen": "0", "note": "再查"}).status_code == 409
    assert signed_in(stranger).get(address).status_code == 404
    assert Cause.objects.get().rank == 1


def test_the_run_page_and_the_report_show_the_sector_and_its_first_candidates(spot, works, inspector):
    why = "上风向 420 m，表面涂装，二甲苯/甲苯匹配，绩效D级"
    # The register goes on changing; what was found and why stays as it was found, and the report says of which day it is.
    type(works[1]).objects.filter(pk=works[1].pk).update(industry="餐饮", grade="A")
    page = signed_in(inspector).get(f"{spot.run.get_absolute_url()}?spot={spot.number}").content.decode()
    assert f'aria-label="{spot}的上风向扇区"' in page, "drawn for print and without script"
    assert f"<strong>喷涂厂</strong> {why}" in page
    first = Candidate.objects.select_related("tracing", "site").get(rank=1)
    first.parts |= first.parts.pop("site")  # as the first ones kept it, beside what the score is made of
    assert suspicion.reasons(first.tracing, first, first.site) == why
    assert "上风向扇区" in page
    assert '"sectors": [{' in page
    assert "临汾的厂" not in page
    chosen = page[page.index('name="site"') :]
    assert f'<option value="{works[1].pk}" selected>1. 喷涂厂' in chosen[: chosen.index("</select>")]
    letter = Document(io.BytesIO(reported(inspector, spot.run)))
    cells = [cell.text for table in letter.tables for row in table.rows for cell in row.cells]
    assert any(f"1. 喷涂厂：{why}（" in cell and "不在您范围内的候选：1 个" in cell for cell in cells)
    assert "东风（90°）3 m/s\n左右各 30°，2000 米以内" in cells
    assert len(letter.inline_shapes) == 3, "the map, the series, the sectors"
    said = "\n".join(one.text for one in letter.paragraphs)
    assert "溯源时（2021-07-05）按当时的点位名册和规则所存" in said
    assert "可见范围按报告当日（2021-07-05）" in said
    told = actions.perform(spot, "promote", by=inspector, title="高值", site=works[1], submit=True)
    assert (told.finding.site, told.finding.state) == (works[1], "leader_review")


def test_who_confirms_a_contractors_clue_is_offered_the_candidates_its_crew_is_not_told(cast, works):
    cast.contractor.parent = cast.taiyuan
    cast.contractor.save()
    crew = cast.officer(cast.contractor, Role.INSPECTOR)
    run = actions.import_track(
        by=crew, bureau=cast.contractor, name="上午.csv", data=track(), statement=Statement(),
        facts=actions.RunFacts(route="溯源线"),
    )  # fmt: skip
    assert "喷涂厂" not in signed_in(crew).get(run.get_absolute_url()).content.decode()
    clue = actions.perform(run.hot_spots.get(), "promote", by=crew, title="高值", submit=True).finding
    desk, address = signed_in(cast.officer(cast.taiyuan, Role.DISPATCHER)), f"/findings/{clue.pk}/actions/confirm/"
    beside = desk.get(f"{run.get_absolute_url()}?spot={clue.hot_spot.number}").content.decode()
    assert f'href="{address}"' in beside, "one press from the run's page"
    offered = desk.get(address).content.decode()
    assert "喷涂厂（溯源第 1 名：上风向 420 m，表面涂装" in offered
    assert "临汾的厂" not in offered
    refused = desk.post(address, {"version": clue.version, "likely": str(works[3].pk), "site": ""})
    assert refused.status_code == 400
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        assert desk.post(address, {"version": clue.version}).status_code == 302
        transaction.set_rollback(True)
    assert not [one for one in asked if "patrols_candidate" in one["sql"]], "a bare press looks up no candidates"
    assert desk.post(address, {"version": clue.version, "likely": str(works[1].pk), "site": ""}).status_code == 302
    clue.refresh_from_db()
    assert (clue.site, clue.state) == (works[1], "confirmed")


def test_the_api_says_and_takes_the_same(cast, spot, works, issue, inspector):
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    ask = APIClient()
    ask.force_authenticate(handler)
    address = f"/api/v1/hot-spots/{spot.pk}/sources/"
    with at_most(10):
        told = ask.get(address).json()
    assert told["tracings"][0]["candidates"][0]["reasons"].startswith("上风向 420 m")
    assert (told["tracings"][0]["hidden"], told["causes"]) == (1, [])
    assert ask.post(address, {}, format="json").status_code == 403
    assert ask.post(f"{address}confirm/", {"kind": "site", "site": works[3].pk}, format="json").status_code == 400
    sent = {"kind": "site", "site": works[1].pk, "seen": 0}
    for _again in range(2):
        answer = ask.post(f"{address}confirm/", sent, format="json", headers={"Idempotency-Key": "one-cause-0001"})
        assert answer.status_code == 201, answer.content
    assert Cause.objects.count() == 1
    own = APIClient()
    own.force_authenticate(inspector)
    assert own.post(address, {"seen": 1}, format="json").json()["tracings"][0]["number"] == 2
    assert own.post(address, {"seen": 1}, format="json").status_code == 409


def test_what_became_known_later_doesnt_help_tracing_again(cast, spot, works, leader):
    actions.confirm_cause(spot, by=leader, kind="site", site=works[0])
    again = actions.retrace(spot, actions.readings_of(spot.run), by=leader)
    assert all(isinstance(one.parts["grade"], float) for one in again.candidates.all()), "the score's own part stays"
    assert {one.parts["history"] for one in again.candidates.all()} == {TracingRule.in_force(clock.today()).no_history}
    with clock.moved_to(clock.now() + timedelta(days=1)):
        assert Cause.objects.get().confirmed_at < clock.now()


def test_the_hit_rate_is_a_figure_with_its_rows_and_its_cut_off(cast, spot, works, leader):
    actions.confirm_cause(spot, by=leader, kind="site", site=works[0])
    with clock.moved_to(clock.now() + timedelta(days=2)):
        actions.confirm_cause(spot, by=leader, kind="site", site=works[1], note="复核")
        ask = signed_in(cast.officer(cast.taiyuan, Role.SUPERVISOR))
        stranger = signed_in(cast.officer(cast.linfen, Role.SUPERVISOR))

        def told(who=ask, **query) -> list:
            figures = who.get("/api/v1/statistics/closure/", query).json()["figures"]
            rates = [figures[f"tracing_{name}_rate"] for name in ("top1", "top3")]
            for one in rates:
                rows = who.get(one["list"]).json()["results"]
                assert len(rows) == one["numerator"]
                assert len(who.get(one["denominator_list"]).json()["results"]) == one["denominator"]
            return [(one["value"], one["numerator"], one["denominator"]) for one in rates]

        assert told() == [(1, 1, 1), (1, 1, 1)]
        assert told(as_of="2021-07-05") == [(0, 0, 1), (1, 1, 1)], "before it was corrected"
        assert told(as_of="2021-07-04") == told(stranger) == [(None, 0, 0)] * 2
        assert told(**{"from": "2021-07-03"}) == told(source="emergency") == [(None, 0, 0)] * 2
        assert told(signed_in(leader)) == [(1, 1, 1), (1, 1, 1)], "who supervises nothing sees their own"
        page = ask.get("/statistics/").content.decode()
        assert "溯源前三命中率" in page
        listed = ask.get("/statistics/rows/?figure=tracing_top3_rate&part=denominator").content.decode()
        assert str(spot.pk) in listed
        with clock.moved_to(clock.now() + timedelta(days=1)):
            actions.confirm_cause(spot, by=leader, kind="unregistered", note="路边露天喷漆")
            assert told() == [(0, 0, 1), (0, 0, 1)], "a source outside the register is a miss"
            actions.confirm_cause(spot, by=leader, kind="not_found", note="停产，未查到")
            assert told() == [(None, 0, 0)] * 2
