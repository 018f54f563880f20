"""Promise: a list's filters are kept under a name, for oneself or one's bureau; what they show is the reader's own scope."""

from typing import Any

import pytest
from django.test import Client

from enforcement.desk.models import DefaultView, SavedView
from regions.models import WorkCalendar
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.scenarios import cast as casting
from tests.scenarios.desks import at_most, handed, signed_in

pytestmark = pytest.mark.django_db
LIST = "/issues/"


@pytest.fixture
def cast() -> casting.Cast:
    WorkCalendar.current().value()  # read once per process
    return casting.make()


def save(client: Client, name: str, query: str, **more: str) -> Any:
    body = {"name": name, "query": query, "next": LIST, **more}
    return client.post("/lists/issues/views/", body, follow=True)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def tabs(client: Client) -> list[str]:
    return [tab.name for tab in client.get(LIST).context["glance"].views.get("issues", [])]


def test_a_view_is_kept_in_one_order_and_opens_with_its_filters(cast) -> None:
    handed(cast, 1)
    mine = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    answer = save(mine, " 快到期  的 ", "sort=due&after=x&clock=soon&nonsense=1&q=")
    assert told(answer) == ["已保存视图“快到期 的”。"]
    assert answer.redirect_chain[-1][0] == "/issues/?clock=soon&sort=due"
    assert answer.context["form"].in_use == {"clock": "soon", "sort": "due"}
    with at_most(8):
        page = mine.get("/issues/?sort=due&clock=soon").content.decode()
    assert "管理视图" in page
    assert "保存为视图" in mine.get("/issues/?clock=overdue").content.decode()
    assert tabs(signed_in(cast.officer(cast.xinghualing, Role.SUPERVISOR))) == []


def test_what_cannot_be_kept_is_a_sentence(cast) -> None:
    mine = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    for name, query, sentence in (
        ("", "clock=soon", "请填写视图名称"),
        ("名" * 31, "clock=soon", "不超过30字"),
        ("空", "", "没有筛选条件"),
        ("空", "after=x&nonsense=1", "没有筛选条件"),
        ("长", "q=" + "字" * 2000, "筛选条件太长"),
        ("零\x00", "clock=soon", "请填写视图名称"),
    ):
        assert sentence in told(save(mine, name, query))[0]
    save(mine, "快到期", "clock=soon")
    assert "同名" in told(save(mine, "快到期", "clock=overdue"))[0]
    assert SavedView.objects.count() == 1
    assert mine.post("/lists/nonsense/views/", {"name": "x", "query": "q=1"}).status_code == 404


def test_a_bureau_shares_a_view_and_nobody_else_knows_of_it(cast) -> None:
    maker = cast.officer(cast.xinghualing, Role.HANDLER)
    colleague = cast.officer(cast.xinghualing, Role.SUPERVISOR)
    stranger = cast.officer(cast.yaodu, Role.SUPERVISOR)
    save(signed_in(maker), "本单位超期", "clock=overdue", shared="1")
    view = SavedView.objects.get()
    assert tabs(signed_in(colleague)) == ["本单位超期"]
    other = signed_in(stranger)
    assert tabs(other) == []
    for change in ("default", "usual", "end"):
        assert other.post(f"/views/{view.pk}/{change}/").status_code == 404
        assert caller(stranger).post(f"views/{view.pk}/{change}/").status_code == 404
    assert caller(stranger).get("views/").json()["results"] == []
    handler = cast.officer(cast.xinghualing, Role.VERIFIER)
    refused = signed_in(handler).post(f"/views/{view.pk}/end/", follow=True)
    assert "只能由保存的人" in told(refused)[0]
    ended = signed_in(colleague).post(f"/views/{view.pk}/end/", follow=True)
    assert told(ended) == ["已移除视图“本单位超期”。"]
    again = signed_in(colleague).post(f"/views/{view.pk}/end/", follow=True)
    assert "刚刚已被移除" in told(again)[0]
    view.refresh_from_db()
    assert (view.ended_by, tabs(signed_in(maker))) == (colleague, [])


def test_the_default_opens_from_the_navigation_and_can_be_dropped(cast) -> None:
    officer = cast.officer(cast.xinghualing, Role.HANDLER)
    mine = signed_in(officer)
    save(mine, "快到期", "clock=soon", default="1")
    save(mine, "超期", "clock=overdue&severity=major", default="1")
    assert DefaultView.objects.count() == 1
    assert 'href="/issues/?clock=overdue&amp;severity=major"' in mine.get("/").content.decode()
    mine.post(f"/views/{SavedView.objects.get(name='超期').pk}/usual/")
    assert 'href="/issues/?clock=overdue&amp;severity=major"' not in mine.get("/").content.decode()
    mine.post(f"/views/{SavedView.objects.get(name='快到期').pk}/default/")
    mine.post(f"/views/{SavedView.objects.get(name='快到期').pk}/end/")
    assert DefaultView.objects.count() == 0


def test_the_api_does_the_same_in_few_statements(cast, django_assert_max_num_queries) -> None:
    who = caller(cast.officer(cast.xinghualing, Role.HANDLER))
    body = {"list": "issues", "name": "快到期", "query": "sort=due&clock=soon", "shared": True, "default": True}
    with django_assert_max_num_queries(18):
        made = who.post("views/", body, key="one")
    assert made.status_code == 201
    assert made.json()["query"] == "clock=soon&sort=due"
    assert made.json()["default"] is True
    assert who.post("views/", body, key="one").json() == made.json()
    assert SavedView.objects.count() == 1
    assert who.post("views/", body).status_code == 400
    with at_most(8):
        listed = who.get("views/", list="issues").json()["results"]
    assert [(row["name"], row["mine"], row["shared_with"]) for row in listed] == [("快到期", True, cast.xinghualing.pk)]
    pk = listed[0]["id"]
    assert who.post(f"views/{pk}/usual/").json()["default"] is False
    assert who.post(f"views/{pk}/end/").status_code == 200
    assert who.get("views/").json()["results"] == []
    assert who.post(f"views/{pk}/end/").status_code == 404
