"""Promise: one action for several issues is each issue's own: what can't is told with its reason, nothing is half done."""

import re

import pytest

from enforcement.issues import actions, bulk
from enforcement.issues.models import Issue
from enforcement.timeline.models import Event, Receipt
from regions.models import WorkCalendar
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.scenarios import cast as casting
from tests.scenarios.desks import at_most, handed, signed_in

pytestmark = pytest.mark.django_db
PAGE = "/issues/several/"


@pytest.fixture
def cast() -> casting.Cast:
    WorkCalendar.current().value()  # read once per process
    return casting.make()


def tokens(page: str) -> list[str]:
    return re.findall(r'name="item" value="([^"]+)" checked', page)


def states(issues: list[Issue]) -> list[str]:
    return [Issue.objects.get(pk=issue.pk).state for issue in issues]


def test_a_handler_acknowledges_what_they_ticked_and_reads_how_each_came_out(cast) -> None:
    issues = handed(cast, 4)
    (theirs,) = handed(cast, 1, cast.yaodu, title="金丝雀")
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    actions.perform(issues[3], "acknowledge", by=handler)
    client = signed_in(handler)
    listed = client.get("/issues/").content.decode()
    assert 'name="action" value="acknowledge"' in listed
    assert 'name="action" value="escalate"' not in listed  # a supervisor's
    ticked = [issue.number for issue in (*issues, theirs)]
    with at_most(10):
        page = client.get(PAGE, {"selected": ticked, "action": "acknowledge"})
    text = page.content.decode()
    assert len(tokens(text)) == 3
    assert "不能办理 1 件" in text
    assert "该问题现为“已签收”，不能签收。" in text
    assert "不在您的范围内" in text
    assert theirs.title not in text
    # Someone is quicker with one of them; one more is unticked.
    actions.perform(issues[1], "return", by=handler, reason_code="duplicate", reason="重复")
    chosen = [token for token in tokens(text) if not token.startswith(issues[2].number)]
    events = Event.objects.count()
    done = client.post(PAGE, {"action": "acknowledge", "item": [*chosen, f"{theirs.number}:1:"]})
    assert (done.context["done"], done.context["left"]) == (1, 2)
    words = {row["outcome"].number: row["outcome"].words for row in done.context["outcomes"]}
    assert words[issues[0].number] == "已签收"
    assert "刚刚已被他人更新" in words[issues[1].number]
    assert words[theirs.number] == "没有这个问题。"
    assert states([*issues, theirs]) == ["acknowledged", "returned", "issued", "acknowledged", "issued"]
    assert Event.objects.count() == events + 1
    # Sent once more it changes nothing.
    again = client.post(PAGE, {"action": "acknowledge", "item": chosen})
    assert (again.context["done"], Event.objects.count()) == (0, events + 1)


def test_a_supervisor_presses_many_with_the_same_words(cast) -> None:
    issues = handed(cast, 3, days_ago=60)
    client = signed_in(cast.officer(cast.province, Role.SUPERVISOR))
    text = client.get(PAGE, {"selected": [i.number for i in issues], "action": "escalate"}).content.decode()
    empty = client.post(PAGE, {"action": "escalate", "item": tokens(text), "reason": " "})
    assert empty.status_code == 400
    assert "请填写理由" in empty.content.decode()
    assert Event.objects.filter(kind="escalated").count() == 0
    done = client.post(PAGE, {"action": "escalate", "item": tokens(text), "reason": "超期未办"})
    assert done.context["done"] == 3
    assert Event.objects.filter(kind="escalated").count() == 3


def test_work_is_passed_on_to_one_bureau_row_by_row(cast) -> None:
    issues = handed(cast, 2)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    for issue in issues:
        actions.perform(issue, "acknowledge", by=handler)
    Issue.objects.filter(pk=issues[1].pk).update(starred=True)
    client = signed_in(handler)
    page = client.get(PAGE, {"selected": [i.number for i in issues], "action": "delegate"})
    assert len(page.context["ready"]) == 1
    assert "加星件" in page.content.decode()
    inner = issues[0].due_on.isoformat()
    body = {
        "action": "delegate", "item": tokens(page.content.decode()), "bureau": cast.xinghualing_team.pk, "due_on": inner,
    }  # fmt: skip
    assert client.post(PAGE, body).context["done"] == 1
    assert issues[0].responsibilities.count() == 2


def test_what_cannot_be_asked_is_a_sentence_and_changes_nothing(cast) -> None:
    issues = handed(cast, 1)
    client = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    for query, sentence in (
        ({"action": "void", "selected": issues[0].number}, "不能批量办理"),
        ({"action": "acknowledge"}, "请先勾选问题"),
        ({"action": "acknowledge", "selected": [f"SX-{n}" for n in range(bulk.MOST + 1)]}, "一次最多办理100件"),
        ({"action": "\x00", "selected": "\x00"}, "不能批量办理"),
    ):
        answer = client.get(PAGE, query, follow=True)
        assert sentence in str(next(iter(answer.context["messages"])))
    for token in ("\x00", "x:y:z", ":::", issues[0].number + ":0:0", "9" * 500):
        answer = client.post(PAGE, {"action": "acknowledge", "item": token})
        assert answer.status_code == 200
        assert answer.context["done"] == 0
    assert states(issues) == ["issued"]


def test_the_api_previews_and_does_the_same_once_for_a_key(cast) -> None:
    issues = handed(cast, 2)
    who = caller(cast.officer(cast.xinghualing, Role.HANDLER))
    body = {
        "action": "acknowledge",
        "items": [{"number": issues[0].number, "version": 1}, {"number": issues[1].number, "version": 7}],
    }
    looked = who.post("issues/several/", {**body, "preview": True})
    assert looked.json()["done"] == 2
    assert states(issues) == ["issued", "issued"]
    for _ in range(2):
        answer = who.post("issues/several/", body, key="eight-o-clock")
        assert answer.status_code == 200
        assert [(row["done"], row["state"]) for row in answer.json()["results"]] == [
            (True, "acknowledged"),
            (False, None),
        ]
    assert Event.objects.filter(kind="acknowledged").count() == 1
    # Cut short before the whole was answered: what was done is done and told so, what is left goes on.
    (left,) = handed(cast, 1)
    body["items"] += [{"number": left.number}]
    assert who.post("issues/several/", body, key="eight-o-clock").status_code == 422
    who.post("issues/several/", body, key="nine")
    Receipt.objects.filter(key="nine").delete()
    again = who.post("issues/several/", body, key="nine").json()
    assert [row["done"] for row in again["results"]] == [False, False, True]
    assert Event.objects.filter(kind="acknowledged").count() == 2
    assert who.post("issues/several/", {**body, "items": []}).status_code == 400
    assert who.post("issues/several/", {**body, "action": "void"}).status_code == 400
