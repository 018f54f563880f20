"""Promise: an officer reads their own inbox and nobody else's; what they may no longer see is not in it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enforcement.issues import actions
from enforcement.issues.models import Issue
from enforcement.notices.actions.telling import tell
from enforcement.notices.models import Notice
from regions.models import Officer
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.notices.seats import issue, issues, staff
from tests.scenarios import cast as casting

pytestmark = pytest.mark.django_db
INBOX = "/notices/"


@pytest.fixture
def cast() -> casting.Cast:
    made = casting.make()
    staff(made)
    return made


@pytest.fixture
def handler(cast: casting.Cast) -> Officer:
    return cast.officer(cast.xinghualing, Role.HANDLER)


def signed_in(officer: Officer) -> Client:
    client = Client()
    client.force_login(officer)
    return client


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def lost_issue(cast: casting.Cast, handler: Officer) -> Issue:
    """Told to 杏花岭, then reissued to 尧都: the handler holds its notice and may not see it any more."""
    found = issue(cast, title="尧都喷漆房夜间直排")
    tell()
    actions.perform(found, "return", by=handler, reason_code="not_ours", reason="位于尧都区")
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    actions.perform(found, "reissue", by=dispatcher, bureau=cast.yaodu.pk, reason="属尧都区")
    return found


def test_a_notice_leads_to_its_issue_and_is_marked_as_read(cast: casting.Cast, handler: Officer) -> None:
    found = issue(cast)
    tell()
    client = signed_in(handler)
    page = text(client.get(INBOX))
    assert found.get_absolute_url() in page
    assert "请及时签收" in page
    notice = Notice.objects.get(recipient=handler)
    answer = client.post(reverse("notices:read", args=[notice.pk]) + "?show=all")
    assert answer.url == INBOX + "?show=all"
    first = Notice.objects.get(pk=notice.pk).read_at
    assert first is not None
    client.post(reverse("notices:read", args=[notice.pk]))
    assert Notice.objects.get(pk=notice.pk).read_at == first  # read is read
    assert found.number not in text(client.get(INBOX))
    assert found.number in text(client.get(INBOX, {"show": "all"}))


def test_a_get_marks_nothing(cast: casting.Cast, handler: Officer) -> None:
    issue(cast)
    tell()
    client = signed_in(handler)
    client.get(INBOX)
    assert client.get(reverse("notices:read", args=[Notice.objects.get().pk])).status_code == 405
    assert Notice.objects.get().read_at is None


def test_nobody_opens_or_marks_the_notice_of_another(cast: casting.Cast, handler: Officer) -> None:
    found = issue(cast)
    tell()
    notice = Notice.objects.get()
    stranger = cast.officer(cast.province, Role.SUPERVISOR)  # sees the issue, and still not this inbox
    client, api = signed_in(stranger), caller(stranger)
    assert found.number not in text(client.get(INBOX, {"show": "all"}))
    for path in (notice.pk, notice.pk + 1000, 2**70):
        assert client.post(reverse("notices:read", args=[path])).status_code == 404
        assert api.get(f"notices/{path}/").status_code == 404
        assert api.post(f"notices/{path}/read/").status_code == 404
    client.post(reverse("notices:read_all"), {"up_to": str(2**63 - 1)})
    assert api.post("notices/read/").json() == {"marked": 0}
    assert Notice.objects.get().read_at is None
    assert api.get("notices/").json()["results"] == []


def test_a_notice_of_an_issue_out_of_sight_says_nothing_of_it(cast: casting.Cast, handler: Officer) -> None:
    found = lost_issue(cast, handler)
    page = text(signed_in(handler).get(INBOX, {"show": "all"}))
    (row,) = caller(handler).get("notices/").json()["results"]
    for said in (page, str(row)):
        assert found.number not in said
        assert "喷漆房" not in said
        assert "按转办单" not in said
    assert row["text"] == "所涉问题已不在您的查看范围内。"
    assert (row["kind"], row["issue"], row["division"], row["due_on"]) == (None, None, None, None)
    assert "不在您的查看范围内" in page


def test_marking_all_leaves_what_arrived_meanwhile(cast: casting.Cast, handler: Officer) -> None:
    issues(cast, 2)
    tell()
    client = signed_in(handler)
    newest = client.get(INBOX).context["newest"]
    issue(cast)
    tell()
    client.post(reverse("notices:read_all"), {"up_to": newest})
    assert Notice.objects.unread().count() == 1
    for wrong in ("", "x", "-1", "１e9", str(2**70)):
        answer = client.post(reverse("notices:read_all"), {"up_to": wrong}, follow=True)
        assert "没有标记任何提醒" in text(answer)
    assert Notice.objects.unread().count() == 1


def test_a_hostile_title_stays_text(cast: casting.Cast, handler: Officer) -> None:
    issue(cast, title="<script>alert(1)</script>{{ 7|add:1 }}")
    tell()
    page = text(signed_in(handler).get(INBOX))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:1 }}" in page


def test_the_inbox_asks_as_much_for_many_as_for_one(cast: casting.Cast, handler: Officer) -> None:
    client = signed_in(handler)
    issue(cast)
    tell()
    client.get(INBOX)
    with CaptureQueriesContext(connection) as one:
        client.get(INBOX)
    issues(cast, 20)
    tell()
    with CaptureQueriesContext(connection) as many:
        client.get(INBOX)
    assert len(many) == len(one) <= 8, [q["sql"] for q in many]


def test_pages_follow_one_another(cast: casting.Cast, handler: Officer) -> None:
    issues(cast, 35)
    tell()
    client = signed_in(handler)
    first = client.get(INBOX)
    second = client.get(first.context["next_url"])
    numbers = [line.pk for answer in (first, second) for line in answer.context["lines"]]
    assert len(set(numbers)) == 35
    assert "翻页位置无效" in text(client.get(INBOX, {"after": "x"}))


def test_the_api_lists_filters_and_marks(cast: casting.Cast, handler: Officer) -> None:
    found = issues(cast, 3)
    tell()
    api = caller(handler)
    rows = api.get("notices/").json()["results"]
    assert [row["issue"] for row in rows] == [i.number for i in reversed(found)]
    assert rows[0]["division"] == "140107"
    assert rows[0]["kind"] == "handed_off"
    marked = api.post(f"notices/{rows[0]['id']}/read/", {}, key="k1").json()
    assert marked["read_at"] is not None
    assert api.post(f"notices/{rows[0]['id']}/read/", {}, key="k1").json() == marked
    assert len(api.get("notices/", unread="true").json()["results"]) == 2
    assert len(api.get("notices/", unread="false").json()["results"]) == 1
    assert api.get("notices/", unread="maybe").status_code == 400
    assert api.post("notices/read/", {"up_to": rows[2]["id"]}).json() == {"marked": 1}
    assert api.post("notices/read/", {"up_to": "all"}).status_code == 400
    assert api.post("notices/read/", {"everything": True}).status_code == 400
    assert api.post("notices/read/").json() == {"marked": 1}
