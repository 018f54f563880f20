"""Promise: what was typed into the filing form is never lost: kept on the server, restored, gone when filed or let go."""

from typing import Any

import pytest
from django.test import Client

from enforcement.findings.models import FilingDraft, Finding
from regions.roles import Role
from tests.enforcement.findings.test_pages import filling, picture, told
from tests.scenarios import cast as casting
from tests.scenarios.desks import at_most, signed_in

pytestmark = pytest.mark.django_db
NEW, DRAFT = "/findings/new/", "/findings/new/draft/"


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


@pytest.fixture
def inspector(cast: casting.Cast) -> Client:
    return signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))


def typed(**what: Any) -> dict[str, Any]:
    return {
        "title": "半句话",
        "lon": "112.5x",
        "occurred_at": "2021-08-04T09:",
        "site": "晋阳",
        "new_site_name": "城北作坊",
        "severity": "serious",
        **what,
    }


def test_half_a_form_is_kept_and_comes_back_as_it_was(cast: casting.Cast, inspector: Client) -> None:
    saved = inspector.post(DRAFT, typed(), headers={"HX-Request": "true"})
    assert "已自动暂存" in saved.content.decode()
    elsewhere = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    with at_most(12):
        page = elsewhere.get(NEW)
    shown = page.content.decode()
    for value in ('value="半句话"', 'value="112.5x"', 'value="晋阳"', 'value="城北作坊"'):
        assert value in shown
    assert page.context["form"]["severity"].value() == "serious"
    assert "暂存的内容，照片请重新选择" in shown
    leader = signed_in(cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)).get(NEW).content.decode()
    assert "半句话" not in leader, "a colleague's words are theirs"


def test_without_script_a_button_keeps_it(inspector: Client) -> None:
    answer = inspector.post(DRAFT, typed(), follow=True)
    assert answer.redirect_chain == [(NEW, 302)]
    assert "已暂存" in told(answer)[-1]
    assert 'formaction="/findings/new/draft/"' in answer.content.decode()


def test_filing_ends_the_draft_and_a_refused_form_does_not(cast: casting.Cast, inspector: Client) -> None:
    inspector.post(DRAFT, typed())
    refused = inspector.post(NEW, {**filling(cast, lon="东边"), "photos": picture(), "submit": "1"})
    assert refused.status_code == 400
    assert "照片还没有上传" in told(refused)[-1]
    assert FilingDraft.objects.count() == 1
    assert inspector.post(NEW, {**filling(cast), "submit": "1"}).status_code == 302
    assert Finding.objects.count() == 1
    assert not FilingDraft.objects.exclude(entered={}).exists()
    assert "暂存的内容" not in inspector.get(NEW).content.decode()


def test_a_save_that_comes_late_brings_nothing_back(cast: casting.Cast, inspector: Client) -> None:
    """The form saves itself a second after the last word, so that a save may be under way while it is being submitted."""
    one = inspector.get(NEW).context["opened"]
    assert inspector.post(NEW, {**filling(cast), "opened": one, "submit": "1"}).status_code == 302
    late = inspector.post(DRAFT, typed(opened=one), headers={"HX-Request": "true"})
    assert "已自动暂存" not in late.content.decode()
    assert "暂存的内容" not in inspector.get(NEW).content.decode()
    inspector.post(
        DRAFT, typed(opened=one)
    )  # asked for by its button: a second finding, typed into the page gone back to
    assert "半句话" in inspector.get(NEW).content.decode()
    inspector.post(DRAFT, {"discard": "1"})
    for other in (one - 5_000, "", "x" * 40):  # another one, open beside it, is kept as ever
        inspector.post(DRAFT, typed(opened=other))
        assert "半句话" in inspector.get(NEW).content.decode()
        inspector.post(DRAFT, {"discard": "1"})


def test_it_is_let_go_by_choice_or_when_emptied(inspector: Client) -> None:
    inspector.post(DRAFT, typed())
    answer = inspector.post(DRAFT, {"discard": "1"}, follow=True)
    assert "已放弃" in told(answer)[-1]
    assert not FilingDraft.objects.exclude(entered={}).exists()
    inspector.post(DRAFT, typed())
    inspector.post(DRAFT, {"occurred_at": "2021-08-04T09:00", "source": "patrol", "title": "  "})
    assert not FilingDraft.objects.exclude(entered={}).exists()


def test_the_last_words_win_and_are_cut_to_what_a_finding_holds(inspector: Client) -> None:
    inspector.post(DRAFT, typed())
    inspector.post(DRAFT, typed(title="字" * 9000, description="\x00坏字", state="confirmed", filer="1"))
    draft = FilingDraft.objects.get()
    assert draft.entered["title"] == "字" * 120
    assert "\x00" not in draft.entered["description"]
    assert not {"state", "filer", "receiver", "photos"} & set(draft.entered)
    assert inspector.get(NEW).status_code == 200


def test_who_files_nothing_keeps_nothing(cast: casting.Cast, inspector: Client) -> None:
    handler = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    assert handler.post(DRAFT, typed()).status_code == 403
    assert Client().post(DRAFT, typed()).status_code in {302, 403}
    assert inspector.get(DRAFT).status_code == 405
    assert not FilingDraft.objects.exclude(entered={}).exists()
