"""Promise: at a desk every list is walked, opened, ticked, searched and left by keys alone, and no key disturbs who types."""

from typing import TYPE_CHECKING, Any

import pytest

from regions.roles import Role
from tests.browser.test_handling import cast, phone, sign_in  # noqa: F401
from tests.scenarios.desks import handed

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DESK = {"viewport": {"width": 1366, "height": 768}, "is_mobile": False, "has_touch": False}


def focused(page: "Page") -> str:
    return page.evaluate("document.activeElement.textContent.trim()")


def ring(page: "Page") -> str:
    return page.evaluate("getComputedStyle(document.activeElement).outlineStyle")


def go(page: "Page", letter: str, address: str) -> None:
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url(lambda url: url.split("#")[0].split("?")[0].endswith(address))


def test_a_handler_works_the_whole_morning_by_keys(cast: Any, phone: Any) -> None:  # noqa: F811
    one, two = handed(cast, 2)
    page = phone(**DESK)
    sign_in(page, cast.officer(cast.xinghualing, Role.HANDLER))
    for letter, address in (("b", "/issues/board/"), ("c", "/issues/calendar/"), ("m", "/issues/map/"), ("w", "/")):
        go(page, letter, address)
    go(page, "i", "/issues/")
    rows = [two.number, one.number]  # newest first
    page.keyboard.press("j")
    assert (focused(page), ring(page)) == (rows[0], "solid")
    page.keyboard.press("j")
    page.keyboard.press("j")  # there is no third
    assert focused(page) == rows[1]
    page.keyboard.press("x")
    assert page.locator("[data-bulk-count]").inner_text() == "1"
    page.keyboard.press("k")
    assert focused(page) == rows[0]
    page.keyboard.press("/")
    page.keyboard.type("jkx?gb/")  # all of it is typed, nothing of it acts
    assert page.input_value("[name=q]") == "jkx?gb/"
    assert page.url.endswith("/issues/")
    assert page.locator("#keys").is_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("j")  # the help is read first
    assert page.evaluate("document.querySelector('#keys').contains(document.activeElement)")
    page.uncheck("[data-keys-on]")
    page.keyboard.press("Escape")
    assert page.locator("#keys").is_hidden()
    for key in ("g", "b", "j", "?"):  # turned off, on the next page too
        page.keyboard.press(key)
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("ArrowDown")
    assert focused(page) == rows[0]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{two.get_absolute_url()}")


def test_searching_from_a_page_without_a_field_leads_to_the_ledgers(cast: Any, phone: Any) -> None:  # noqa: F811
    (issue,) = handed(cast)
    page = phone(**DESK)
    sign_in(page, cast.officer(cast.xinghualing, Role.HANDLER))
    page.goto(issue.get_absolute_url())
    page.keyboard.press("/")
    page.wait_for_url("**/issues/#id_q")
    page.wait_for_function("document.activeElement.name === 'q'")
