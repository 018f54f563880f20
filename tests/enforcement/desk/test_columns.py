"""Promise: an officer's columns stay theirs: chosen by a plain form, kept on the server, the cards of a phone as before."""

import re
from typing import Any

import pytest
from django.test import Client

from enforcement.desk.models import ListColumns
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import at_most, filed, handed, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


@pytest.fixture
def desk(cast: casting.Cast) -> Client:
    handed(cast)
    filed(cast, "confirmed")
    return signed_in(cast.officer(cast.province, Role.SUPERVISOR))


def save(client: Client, name: str, *columns: str, back: str = "", **more: str) -> Any:
    return client.post(f"/lists/{name}/columns/", {"columns": list(columns), "next": back or f"/{name}/", **more})


def heads(client: Client, address: str) -> list[str]:
    """The heads a desk shows, the title's first."""
    page = client.get(address).content.decode()
    found = re.findall(r'<th scope="col"(?: class="([^"]*)")?>([^<]*)</th>', page)
    return [words for kind, words in found if "cards-only" not in kind]


def test_columns_chosen_are_shown_and_remembered_on_every_device(cast: casting.Cast, desk: Client) -> None:
    assert heads(desk, "/issues/") == ["问题", "属地", "承办单位", "状态", "期限", "转办"]
    answer = save(desk, "issues", "due", "severity", "address", back="/issues/?state=open")
    assert answer["Location"] == "/issues/?state=open"
    assert heads(desk, "/issues/") == ["问题", "严重程度", "地址", "期限"]
    elsewhere = signed_in(cast.officer(cast.province, Role.SUPERVISOR))
    assert heads(elsewhere, "/issues/") == ["问题", "严重程度", "地址", "期限"]
    assert heads(signed_in(cast.officer(cast.taiyuan, Role.SUPERVISOR)), "/issues/")[1] == "属地"
    save(desk, "issues", reset="1")
    assert heads(desk, "/issues/") == ["问题", "属地", "承办单位", "状态", "期限", "转办"]
    assert not ListColumns.objects.exists()


def test_each_list_has_its_own(desk: Client) -> None:
    save(desk, "findings", "state", "issue", "filed_by")
    assert [word for word in heads(desk, "/findings/") if word] == ["线索", "填报人", "状态", "问题编号"]
    assert heads(desk, "/issues/")[1] == "属地"
    assert ListColumns.objects.get().columns == ["filed_by", "state", "issue"]


def test_every_column_can_be_shown(desk: Client) -> None:
    for name in ("issues", "findings"):
        page = desk.get(f"/{name}/").content.decode()
        keys = re.findall(r'name="columns" value="(\w+)"', page)
        save(desk, name, *keys)
        shown = desk.get(f"/{name}/").content.decode()
        row = re.search(r"<tbody>.*?</tr>", shown, re.DOTALL)
        head = re.search(r"<thead>.*?</tr>", shown, re.DOTALL)
        assert row
        assert head
        assert row[0].count("<td") == head[0].count("<th ")
        ticks = row[0].count('class="cell--tick"')  # who may act on several has a box before each row
        assert row[0].count("<td") == len(keys) + 1 + ticks
        with at_most(8):
            desk.get(f"/{name}/")


def test_the_card_of_a_phone_keeps_what_it_shows(desk: Client) -> None:
    save(desk, "issues", "severity")
    page = desk.get("/issues/").content.decode()
    for words in ("属地", "承办单位", "状态", "期限"):
        assert f'data-label="{words}"' in page


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([], "请至少选择一列"),
        (["state", "password"], "没有这一列"),
        (["\x00"], "没有这一列"),
        (["x" * 5000], "没有这一列"),
    ],
)
def test_a_wrong_choice_changes_nothing(desk: Client, columns: list[str], said: str) -> None:
    save(desk, "issues", "severity")
    answer = save(desk, "issues", *columns)
    assert answer.status_code == 302
    assert said in desk.get("/issues/").content.decode()
    assert ListColumns.objects.get().columns == ["severity"]


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil", "x" * 9000]
)
def test_it_goes_back_to_a_page_of_ours_only(desk: Client, back: str) -> None:
    assert save(desk, "issues", "state", back=back)["Location"] == "/issues/"


def test_there_are_no_other_lists(desk: Client) -> None:
    assert desk.post("/lists/officers/columns/", {"columns": ["state"]}).status_code == 404
    assert desk.get("/lists/issues/columns/").status_code == 405
    assert Client().post("/lists/issues/columns/", {"columns": ["state"]}).status_code in {302, 403}
