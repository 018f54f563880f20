"""In a real browser: the track is drawn without anything from outside, on a desk and on a phone, and nothing complains."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from enforcement.issues.actions import exporting
from enforcement.issues.models import Export, Issue
from enforcement.patrols import actions
from enforcement.patrols.models import PlannedRoute, TrackArrival, TrackUpload
from enforcement.patrols.synthetic.patrols import patrol
from enforcement.timeline import clock
from regions.models import Posting
from regions.roles import Role
from tests.scenarios import cast as casting

from .conftest import PLAN, sources
from .hostile_files import good, row, text
from .test_joining import at

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def sign_in(page, live_site: str, officer) -> None:
    session = SessionStore()
    session[SESSION_KEY] = str(officer.pk)
    session[BACKEND_SESSION_KEY] = configured.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = officer.get_session_auth_hash()
    session.create()
    page.context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": live_site}])


def keep(page, name: str) -> None:
    """A picture for people to look at, where LIANKONG_PICTURES names a folder."""
    if folder := os.environ.get("LIANKONG_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.fixture
def site(committing_db, settings, tmp_path):
    """The run, its team's inspector and a store of their own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
        "exports": {**settings.STORAGES["exports"], "OPTIONS": {"location": tmp_path / "exports"}},
    }
    cast = casting.make()
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    # Of yesterday: a finding may not be of long ago.
    plan = replace(PLAN, started_ms=int(clock.now().timestamp() * 1000) - 86_400_000)
    run = actions.record_synthetic(
        by=inspector, bureau=cast.taiyuan_team, readings=patrol(plan, sources()), name="s",
        facts=actions.RunFacts(route="杏花岭环线"),
    )  # fmt: skip
    return cast, inspector, run


def test_the_track_is_drawn_without_anything_from_outside(site, page, live_site):
    _cast, inspector, run = site
    complaints: list[str] = []
    foreign: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: foreign.append(sent.url) if not sent.url.startswith((live_site, "data:")) else None)
    sign_in(page, live_site, inspector)
    page.goto(run.get_absolute_url())
    page.wait_for_selector("#track .leaflet-pane path, #track canvas")
    assert page.locator("[data-map-fallback]").is_hidden()
    keep(page, "run-desktop")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.wait_for_selector("#track .leaflet-pane path, #track canvas")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    keep(page, "run-phone")
    assert (complaints, foreign) == ([], [])


def test_upload_look_and_review(site, page, live_site, tmp_path):
    _cast, inspector, run = site
    lines = good(300)
    lines[40] = row(40, lat="abc")
    track = tmp_path / "上午走航.csv"
    track.write_bytes(text(lines, encoding="gb18030"))
    sign_in(page, live_site, inspector)
    page.goto("/patrols/")
    keep(page, "runs")
    page.click("text=上传轨迹")
    page.set_input_files("input[type=file]", str(track))
    page.fill("input[name=route]", "迎泽大街")
    keep(page, "upload")
    page.click("button:has-text('试读')")
    page.wait_for_selector("#trial .leaflet-pane path, #trial canvas", state="attached")
    keep(page, "trial")
    page.click("button:has-text('带标记导入')")
    page.wait_for_selector("h1:has-text('迎泽大街')")
    spot = run.hot_spots.first()
    page.goto(spot.get_absolute_url())
    keep(page, "hot-spot")
    page.click("a:has-text('转为线索')")
    keep(page, "promote")
    page.click("a:has-text('取消')")
    page.wait_for_selector(f"h1:has-text('{spot}')")
    page.goto("/patrols/hot-spots/")
    keep(page, "hot-spots")
    large = tmp_path / "下午走航.csv"
    large.write_bytes(text(good(300)) + b"\n" * (5 << 20))
    assert sent_in_pieces(page, large) == ["0", "4194304", "4194304"], "the piece whose connection broke is sent again"
    assert TrackUpload.objects.get(name=large.name).sha256 == hashlib.sha256(large.read_bytes()).hexdigest()
    given_up_in_another_tab(page, large)
    sent_together(page, tmp_path)


def sent_in_pieces(page, file: Path) -> list[str]:
    """Where the pieces began that the page's script sent, the connection breaking under the second."""
    offsets: list[str] = []

    def broken_once(route) -> None:
        if route.request.method == "PATCH":
            offsets.append(route.request.headers["upload-offset"])
        if len(offsets) == 2 and route.request.method == "PATCH":
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/track-uploads/*/", broken_once)
    page.goto("/patrols/upload/")
    page.set_input_files("input[type=file]", str(file))
    keep(page, "upload-large")
    page.click("button:has-text('试读')")
    page.wait_for_selector("[data-words]:has-text('自动从中断处续传')")
    keep(page, "upload-broken")
    page.wait_for_url("**/patrols/uploads/*/")
    return offsets


def given_up_in_another_tab(page, file: Path) -> None:
    """The page says so and sends no piece for ever when the file it sends is abandoned elsewhere."""
    page.unroute("**/api/v1/track-uploads/*/")

    def abandoned(route) -> None:
        TrackArrival.objects.filter(upload=None).update(abandoned_at=clock.now())
        route.continue_()

    page.route("**/api/v1/track-uploads/*/", abandoned)
    page.goto("/patrols/upload/")
    page.set_input_files("input[type=file]", str(file))
    page.click("button:has-text('试读')")
    page.wait_for_selector("[data-words]:has-text('已经放弃上传')")


def sent_together(page, folder: Path) -> None:
    """Two files of one drive chosen at once: a page left on the way, both chosen again, each goes on; one upload."""
    page.unroute("**/api/v1/track-uploads/*/")
    files = [folder / "仪器.csv", folder / "定位.csv"]
    files[0].write_bytes(text([f"{at(s)},45" for s in range(300)], "时间,TVOC(ppb)") + b"\n" * (5 << 20))
    files[1].write_bytes(text([line.rsplit(",", 1)[0] for line in good(300)], "时间,纬度,经度,速度(km/h)"))
    offsets: list[tuple[str, str]] = []

    def left_on_the_way(route) -> None:
        if route.request.method == "PATCH":
            offsets.append((route.request.url.rsplit("/", 2)[1], route.request.headers["upload-offset"]))
        if len(offsets) == 2 and route.request.method == "PATCH":
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/track-uploads/*/", left_on_the_way)
    page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    for leaves in (True, False):
        page.goto("/patrols/upload/")
        page.set_input_files("input[type=file]", [str(file) for file in files])
        page.click("button:has-text('试读')")
        if leaves:
            page.wait_for_selector("[data-words]:has-text('自动从中断处续传')")
            keep(page, "upload-together")
    page.wait_for_url("**/patrols/uploads/*/")
    upload = TrackUpload.objects.get(name__contains="2 个文件")
    assert sorted(upload.arrivals.values_list("name", flat=True)) == sorted(file.name for file in files)
    first, *others = [offset for key, offset in offsets if key == offsets[0][0]]
    assert (first, "0" in others) == ("0", False), "the first piece is sent once"


def test_a_route_is_drawn_by_clicking_on_the_map_on_a_phone(site, page, live_site):
    cast, _inspector, run = site
    leader = cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)
    campaign = actions.open_campaign(by=leader, bureau=cast.taiyuan_team, name="专项", since=run.day, until=run.day)
    sign_in(page, live_site, leader)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_site}/patrols/campaigns/{campaign.pk}/route/")
    page.wait_for_selector("#board.leaflet-container")
    page.locator("#board").evaluate("board => board.scrollIntoView({block: 'center'})")
    box = page.locator("#board").bounding_box()
    for part in (0.25, 0.4, 0.5, 0.6):
        page.mouse.click(box["x"] + box["width"] * part, box["y"] + box["height"] * part)
    page.click("button:has-text('撤销一点')")
    page.click("button:has-text('加入中心点')")
    assert "已点 4 个点" in page.inner_text("[data-told]")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    keep(page, "route-drawn-phone")
    page.fill("input[name=name]", "手画线")
    page.click("button:has-text('新增计划路线')")
    page.wait_for_selector("td:has-text('手画线')")
    assert len(PlannedRoute.objects.get().line) == 4
    keep(page, "campaign-phone")


def test_the_pages_work_without_script(site, browser, live_site):
    _cast, inspector, run = site
    context = browser.new_context(base_url=live_site, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_site, inspector)
    page.goto(run.get_absolute_url())
    assert page.locator("[data-map-fallback] svg path.track").count() > 5
    assert page.locator(".chart__plot--wide path.line-accent").count() == 1
    context.close()


def test_a_second_of_the_chart_is_a_place_on_the_map_and_back(site, page, live_site):
    _cast, inspector, run = site
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, live_site, inspector)
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{live_site}{run.get_absolute_url()}")
    page.wait_for_selector("[data-linked]")
    assert int(page.get_attribute("[data-linked]", "data-linked")) == run.rows_kept
    assert page.locator("#map canvas").count() == 1, "the track is drawn on a canvas"
    assert page.locator("#map path.leaflet-interactive").count() == 0
    chart = page.locator(".chart__plot--wide svg.plot")
    page.set_viewport_size({"width": 1440, "height": 2400})
    page.wait_for_timeout(300)
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    halfway = page.inner_text("#second")
    assert "ppb" in halfway
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 60)
    assert page.inner_text("#second") != halfway
    cursor = page.locator(".chart__plot--wide .plot-cursor")
    before = cursor.get_attribute("x1")
    live = page.locator("#map .live-map").bounding_box()
    for part in (0.3, 0.4, 0.5, 0.6, 0.7):
        page.mouse.click(live["x"] + live["width"] * part, live["y"] + live["height"] * 0.5)
    page.wait_for_timeout(200)
    assert cursor.get_attribute("x1") != before
    keep(page, "linked")
    assert complaints == []


def test_three_clicks_from_the_run_to_a_handed_off_issue_and_one_to_its_report(site, page, live_site):
    """Two people: an inspector's one click, and two of a leader who is also the department's dispatcher."""
    cast, inspector, run = site
    leader = cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)
    Posting.objects.create(officer=leader, bureau=cast.taiyuan, role=Role.DISPATCHER, since=casting.SINCE)
    clicks = []

    def press(words: str) -> None:
        page.click(f"main :is(a, button):visible:text-is('{words}')")
        clicks.append(words)

    page.set_viewport_size({"width": 1440, "height": 1000})
    sign_in(page, live_site, inspector)
    page.goto(run.get_absolute_url())
    page.wait_for_selector("#track .candidate, #track path.sector", state="attached")
    press("转为线索")
    assert "已转为线索并提交组长审核" in page.locator(".messages").inner_text()
    page.context.clear_cookies()
    sign_in(page, live_site, leader)
    page.goto(run.get_absolute_url())
    keep(page, "run-dispatcher")
    press("确认并转办")
    keep(page, "confirm-and-hand-off")
    press("确认线索并转办")
    assert "已转办，文号并环转〔" in page.locator(".messages").inner_text()
    assert (Issue.objects.count(), len(clicks)) == (1, 3)
    page.goto(run.get_absolute_url())
    page.click("button:has-text('报告（PDF）')")
    page.wait_for_selector("#report progress")
    with page.expect_download() as coming:
        exporting.DESK.work(str(Export.objects.get().pk))
    assert Path(coming.value.path()).read_bytes().startswith(b"%PDF")
    assert page.locator("#report a:has-text('下载')").is_visible()
