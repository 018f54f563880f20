"""Promise: on a phone what is typed keeps itself and comes back, a tap on the map is a place, and photos stay chosen."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from enforcement.findings.models import FilingDraft, Finding
from enforcement.timeline.models import Attachment
from regions.roles import Role
from tests.browser.test_handling import cast, keep, phone, sign_in
from tests.scenarios import cast as casting

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["cast", "phone"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def photo() -> dict[str, object]:
    out = io.BytesIO()
    Image.effect_noise((900, 700), 90).save(out, "JPEG", quality=95)
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_typed_words_come_back_and_a_photo_survives_a_refusal(cast: casting.Cast, phone: "Callable[..., Page]") -> None:
    page = phone()
    sign_in(page, cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    page.goto("/findings/new/")
    page.fill("[name=title]", "涂装车间外VOC高值")
    page.wait_for_selector("#kept:has-text('已自动暂存')")
    page.goto("/")
    page.goto("/findings/new/")
    assert page.input_value("[name=title]") == "涂装车间外VOC高值"
    page.set_input_files("[name=photos]", [photo()])  # type: ignore[list-item]
    page.wait_for_selector(".previews img")
    page.click("button[name=submit]")  # no place yet: refused
    page.wait_for_selector(".errorlist, .field__error, .notice--late")
    page.wait_for_selector(".previews img")
    keep(page, "filing-refused-phone")
    page.click(".pick > summary")
    page.wait_for_selector("[data-pick-centre]:not([hidden])")
    page.locator(".live-map--pick").tap()  # its middle: somewhere in one's own city
    page.wait_for_selector(".live-map--pick .picked")
    assert 111.5 < float(page.input_value("[name=lon]")) < 113.2
    assert 37.4 < float(page.input_value("[name=lat]")) < 38.5
    keep(page, "filing-picked-phone")
    page.click("button[name=submit]")
    page.wait_for_url("**/findings/*-*/")
    assert "已提交组长审核" in page.inner_text("main")
    keep(page, "filed-phone")
    finding = Finding.objects.get()
    assert finding.state == "leader_review"
    assert finding.located_in.code.startswith("1401")
    assert Attachment.objects.count() == 1
    assert not FilingDraft.objects.exclude(entered={}).exists()


def test_what_is_typed_into_the_form_gone_back_to_is_kept(cast: casting.Cast, phone: "Callable[..., Page]") -> None:
    """The browser's Back shows the form of a finding that was filed; a second finding typed into it is another one."""
    page = phone()
    sign_in(page, cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    page.goto("/findings/new/")
    for name, words in (("title", "第一条线索"), ("lon", "112.5863"), ("lat", "37.8937")):
        page.fill(f"[name={name}]", words)
    page.click("button[name=submit]")
    page.wait_for_url("**/findings/*-*/")
    page.evaluate("history.back()")  # from the browser's store of pages, as people get it
    page.wait_for_url("**/findings/new/", wait_until="commit")
    page.fill("[name=title]", "第二条线索")
    page.wait_for_selector("#kept:has-text('已自动暂存')")
    assert FilingDraft.objects.get().entered["title"] == "第二条线索"


def test_an_upload_can_be_cancelled(cast: casting.Cast, phone: "Callable[..., Page]") -> None:
    page = phone()
    sign_in(page, cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    page.goto("/findings/new/")
    page.fill("[name=title]", "涂装车间外VOC高值")
    page.fill("[name=lon]", "112.5863")
    page.fill("[name=lat]", "37.8937")
    page.set_input_files("[name=photos]", [photo()])  # type: ignore[list-item]
    page.route("**/findings/new/", lambda route: None)  # the network that never answers
    page.click("button[name=submit]")
    page.wait_for_selector(".sending progress")
    keep(page, "uploading-phone")
    page.click(".sending button")
    assert page.query_selector(".sending") is None
    assert page.input_value("[name=title]") == "涂装车间外VOC高值"
    assert not Finding.objects.exists()
