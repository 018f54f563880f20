"""Promise: on a phone a handler signs in, finds the issue, acknowledges and answers it; and the same without any script."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from enforcement.desk import saving
from enforcement.issues.models import Feedback, Issue
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import filed, handed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "correct horse battery"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def cast(committing_db) -> casting.Cast:
    return casting.make()


@pytest.fixture
def phone(browser: "Browser", live_site: str) -> "Iterator[Callable[..., Page]]":
    """Pages of a phone; each watches that nothing complains and nothing comes from outside."""
    contexts, complaints = [], []

    def open_page(**more: object) -> "Page":
        context = browser.new_context(
            base_url=live_site, locale="zh-CN", timezone_id="Asia/Shanghai", **{**PHONE, **more}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if complains(message) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request", lambda sent: sent.url.startswith((live_site, "data:", "blob:")) or complaints.append(sent.url)
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def complains(message: "ConsoleMessage") -> bool:
    """An error that isn't the browser's remark about a refused form."""
    return message.type == "error" and "status of 4" not in message.text


def keep(page: "Page", name: str) -> None:
    """A picture for people to look at, where LIANKONG_PICTURES names a folder."""
    if folder := os.environ.get("LIANKONG_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def sign_in(page: "Page", officer: object) -> None:
    page.goto("/login/")
    page.fill("[name=username]", officer.username)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit], main button.button--primary")
    page.wait_for_url("**/")


def fits(page: "Page") -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_handler_acknowledges_and_answers_on_a_phone(cast, phone, script) -> None:
    (issue,) = handed(cast)
    page = phone(java_script_enabled=script)
    sign_in(page, cast.officer(cast.xinghualing, Role.HANDLER))
    assert page.locator("h1").inner_text() == "工作台"
    keep(page, "workbench-phone")
    page.goto("/issues/")
    page.click(f"a:visible:has-text('{issue.number}')")
    assert page.locator("h1").inner_text() == issue.title
    keep(page, "issue-phone")
    page.click("button:has-text('签收')")
    assert "已签收" in page.locator(".messages").inner_text()
    page.goto(f"/issues/{issue.number}/actions/submit_feedback/")
    page.fill("[name=measures]", "已更换活性炭")
    page.click("main form button:has-text('反馈')")
    assert "请填写调查结论" in page.locator("main").inner_text()
    assert page.input_value("[name=measures]") == "已更换活性炭"
    page.check("[name=verdict][value=true]")
    page.click("main form button:has-text('反馈')")
    assert "已反馈" in page.locator(".messages").inner_text()
    assert Issue.objects.get().state == "feedback_submitted"
    assert Feedback.objects.get().measures == "已更换活性炭"


def test_no_page_is_wider_than_the_phone(cast, phone) -> None:
    (issue,) = handed(cast, 1, cast.xinghualing, cast.yaodu, days_ago=60)
    finding = filed(cast, "confirmed")
    page = phone()
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    for number in range(3):
        saving.save("issues", f"第{number}个视图，名称写得不短", f"clock=overdue&q=视图{number}", by=dispatcher)
    sign_in(page, dispatcher)
    document = issue.responsibilities.first().handoff
    opened = []
    for address in (
        "/",
        "/issues/?state=open&clock=overdue",
        "/issues/board/",
        "/issues/calendar/",
        "/issues/map/",
        "/statistics/compare/",
        issue.get_absolute_url(),
        f"/issues/{issue.number}/actions/void/",
        "/issues/handoffs/",
        f"/issues/handoffs/{document.pk}/",
        "/findings/",
        finding.get_absolute_url(),
        f"/findings/hand-off/?selected={finding.pk}",
    ):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status in {200, 403}, address
        assert fits(page), address
        for menu in page.locator(".page-head__actions details").all():
            if not menu.is_visible():
                continue
            menu.locator("summary").click()
            panel = menu.locator(".menu__panel").bounding_box()
            assert panel is not None
            assert panel["x"] >= 0, address
            assert panel["x"] + panel["width"] <= 390, address
            menu.locator("summary").click()
            opened.append(address)
    assert "/findings/" in opened, opened


def test_an_inspector_files_from_where_they_stand(cast, phone) -> None:
    page = phone(geolocation={"longitude": 112.5863, "latitude": 37.8937, "accuracy": 8}, permissions=["geolocation"])
    sign_in(page, cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    page.goto("/findings/new/")
    page.click("button:has-text('使用当前位置')")
    page.wait_for_function("document.querySelector('[name=lon]').value !== ''")
    assert page.input_value("[name=lon]") == "112.586300"
    page.fill("[name=title]", "涂装车间外异味")
    page.click("button:has-text('提交审核')")
    assert "已提交组长审核" in page.locator(".messages").inner_text()
    assert "杏花岭区" in page.locator("main").inner_text()
    keep(page, "finding-phone")


def test_a_dispatcher_ticks_previews_and_issues_at_a_desk(cast, phone) -> None:
    filed(cast, "confirmed", title="甲厂")
    filed(cast, "confirmed", title="乙厂")
    page = phone(viewport={"width": 1366, "height": 768}, is_mobile=False, has_touch=False)
    sign_in(page, cast.officer(cast.province, Role.DISPATCHER))
    page.goto("/findings/")
    assert page.locator(".bulk-bar").is_hidden()
    page.check("[data-bulk-all]")
    assert page.locator("[data-bulk-count]").inner_text() == "2"
    page.click("button:has-text('转办所选')")
    page.click("button:has-text('预览')")
    assert "杏花岭分局（测试）" in page.locator("main").inner_text()
    page.click("button:has-text('确认转办')")
    assert "已转办，文号晋气转〔" in page.locator(".messages").inner_text()
    assert Issue.objects.count() == 2
