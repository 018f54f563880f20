"""Promise: the API shows an officer their issues, says what may be done, and does it, in the shapes it describes."""

from datetime import UTC, datetime, timedelta

import pytest

from enforcement.issues import actions
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.models import Secondment
from regions.roles import Role
from tests.enforcement.api.calling import Caller, caller, issue_to
from tests.scenarios.cast import Cast

pytestmark = pytest.mark.django_db


def numbers(answer) -> list[str]:
    assert answer.status_code == 200, answer.content.decode()
    return [row["number"] for row in answer.json()["results"]]


def test_a_list_shows_what_one_may_see_and_nothing_else(cast: Cast, handler: Caller, dispatcher: Caller) -> None:
    mine, theirs = issue_to(cast), issue_to(cast, cast.yaodu)
    assert numbers(handler.get("issues/")) == [mine.number]
    assert numbers(dispatcher.get("issues/")) == [theirs.number, mine.number]
    row = handler.get("issues/").json()["results"][0]
    assert row["division"] == "140107"
    assert row["bureaus"] == [cast.xinghualing.short_name]
    assert row["state_label"] == "待签收"
    assert row["issued_at"].endswith("+08:00")
    assert "id" not in row


def test_what_is_absent_and_what_is_forbidden_look_the_same(cast: Cast, handler: Caller) -> None:
    theirs = issue_to(cast, cast.yaodu)
    for path in ("issues/{}/", "issues/{}/actions/acknowledge/"):
        send = handler.post if "actions" in path else handler.get
        forbidden, absent = send(path.format(theirs.number)), send(path.format("SX-2021-ZH-99999"))
        assert forbidden.status_code == absent.status_code == 404
        assert forbidden.content == absent.content
    assert Issue.objects.get(pk=theirs.pk).version == 1


def test_one_issue_tells_its_parts_its_timeline_and_what_may_be_done(cast: Cast, handler: Caller) -> None:
    issue = issue_to(cast)
    shown = handler.get(f"issues/{issue.number}/").json()
    assert [event["kind"] for event in shown["events"]] == ["handed_off"]
    assert shown["responsibilities"][0]["weight"] == "1.0000"
    assert shown["attachments"] == []
    offered = {action["action"]: action for action in shown["actions"]}
    assert offered["acknowledge"]["allowed"]
    assert offered["return"]["needs"] == ["reason_code", "reason"]
    assert not offered["void"]["allowed"]
    assert "转办单位" in offered["void"]["why"]


def test_the_whole_chain_over_the_api(cast: Cast, handler: Caller, dispatcher: Caller) -> None:
    verifier = caller(cast.officer(cast.taiyuan_team, Role.VERIFIER))
    issue = issue_to(cast)
    steps = [
        (handler, "acknowledge", {}),
        (handler, "start_rectification", {"plan": "更换活性炭"}),
        (handler, "submit_feedback", {"verdict": "true", "measures": "已更换活性炭"}),
        (verifier, "start_verification", {}),
        (verifier, "pass_verification", {"opinion": "现场复核达标"}),
        (dispatcher, "close", {}),
        (dispatcher, "strike_off", {"publication": "已公示"}),
    ]
    for version, (who, action, fields) in enumerate(steps, start=1):
        answer = who.post(f"issues/{issue.number}/actions/{action}/", {"version": version, **fields})
        assert answer.status_code == 200, answer.content.decode()
        assert answer.json()["version"] == version + 1
    assert answer.json()["state"] == "struck_off"
    shown = dispatcher.get(f"issues/{issue.number}/").json()
    assert [event["seq"] for event in shown["events"]] == list(range(1, 9))
    assert "已更换活性炭" in str(shown["events"])


def test_refusals_carry_their_reason_and_change_nothing(cast: Cast, handler: Caller, dispatcher: Caller) -> None:
    issue = issue_to(cast)
    url = f"issues/{issue.number}/actions/"
    wrong_hands = dispatcher.post(url + "acknowledge/")
    assert wrong_hands.status_code == 403
    assert wrong_hands["Content-Type"] == "application/problem+json"
    assert "承办单位" in wrong_hands.json()["detail"]
    stale = handler.post(url + "acknowledge/", {"version": 7})
    assert stale.status_code == 409
    unknown = handler.post(url + "fly/")
    assert unknown.status_code == 400
    missing = handler.post(url + "return/", {"reason_code": "not_ours"})
    assert missing.status_code == 400
    assert missing.json()["errors"]["reason"] == ["请填写理由。"]
    surplus = handler.post(url + "acknowledge/", {"opinion": "好"})
    assert surplus.json()["errors"]["opinion"] == ["“签收”不接受此项内容。"]
    elsewhere = handler.post(url + "acknowledge/", {"responsibility": 10**12})
    assert elsewhere.status_code == 404
    assert Issue.objects.get(pk=issue.pk).version == 1
    assert Event.objects.filter(subject_type="issue", subject_id=str(issue.pk)).count() == 1


def test_a_return_is_reissued_within_the_dispatchers_directory(cast: Cast, handler: Caller, dispatcher: Caller) -> None:
    issue = issue_to(cast)
    url = f"issues/{issue.number}/actions/"
    assert handler.post(url + "return/", {"reason_code": "not_ours", "reason": "属尧都区"}).status_code == 200
    answer = dispatcher.post(url + "reissue/", {"bureau": cast.yaodu.pk, "reason": "属尧都区"})
    assert answer.status_code == 200
    assert answer.json()["division"] == "141002"
    assert handler.get(f"issues/{issue.number}/").status_code == 404


def test_filters_narrow_the_list(cast: Cast, dispatcher: Caller) -> None:
    with clock.moved_to(datetime.now(UTC) - timedelta(days=90)):
        old = issue_to(cast, cast.yaodu, title="临汾焦化无组织排放")
    new = issue_to(cast)
    actions.perform(new, "acknowledge", by=cast.officer(cast.xinghualing, Role.HANDLER))
    day = old.issued_on.isoformat()
    cases = [
        ({"state": "acknowledged"}, [new]),
        ({"state": "issued,acknowledged"}, [new, old]),
        ({"division": "141000"}, [old]),
        ({"division": "140000"}, [new, old]),
        ({"division": "１４１００２"}, [old]),
        ({"area": "datong-basin"}, []),
        ({"area": "taiyuan-basin"}, [new]),
        ({"bureau": cast.yaodu.pk}, [old]),
        ({"overdue": "true"}, [old]),
        ({"overdue": "false"}, [new]),
        ({"issued_from": day, "issued_to": day}, [old]),
        ({"from": day, "to": day}, [old]),
        ({"due_before": old.due_on.isoformat()}, [old]),
        ({"due_after": new.due_on.isoformat()}, [new]),
        ({"q": "焦化"}, [old]),
        ({"number": new.number}, [new]),
        ({"ordering": "due_on"}, [old, new]),
        ({"severity": "major"}, []),
        ({"source": "patrol"}, [new, old]),
        ({"site": 1}, []),
        ({"starred": "true"}, []),
    ]
    for query, expected in cases:
        assert numbers(dispatcher.get("issues/", **query)) == [issue.number for issue in expected], query


@pytest.mark.parametrize("ordering", ["newest", "due_on"])
def test_pages_follow_one_another_both_ways(cast: Cast, dispatcher: Caller, ordering: str) -> None:
    expected = [issue_to(cast, title=f"问题{n}").number for n in range(7)]
    if ordering == "newest":
        expected.reverse()
    page = dispatcher.get("issues/", page_size=3, ordering=ordering).json()
    assert page["previous"] is None
    seen, pages = [], []
    while True:
        pages.append([row["number"] for row in page["results"]])
        seen += pages[-1]
        if not page["next"]:
            break
        page = dispatcher.get(page["next"]).json()
    assert seen == expected
    back = dispatcher.get(page["previous"]).json()
    assert [row["number"] for row in back["results"]] == pages[-2]
    first = dispatcher.get(back["previous"]).json()
    assert [row["number"] for row in first["results"]] == pages[0]
    assert first["previous"] is None
    assert first["next"] is not None


def test_a_secondment_opens_and_closes_the_list(cast: Cast, handler: Caller) -> None:
    theirs = issue_to(cast, cast.yaodu)
    assert numbers(handler.get("issues/")) == []
    today = clock.today()
    lent = Secondment.objects.create(
        officer=handler.officer, division=cast.yaodu.division, since=today, until=today, reason="交叉执法"
    )
    assert numbers(handler.get("issues/")) == [theirs.number]
    lent.since = lent.until = today - timedelta(days=1)
    lent.save()
    assert numbers(handler.get("issues/")) == []


def test_administrators_see_no_business(cast: Cast) -> None:
    issue = issue_to(cast)
    for role in (Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR):
        administrator = caller(cast.officer(cast.province, role))
        for path in ("issues/", f"issues/{issue.number}/", "findings/", "handoffs/", "sites/"):
            assert administrator.get(path).status_code == 403, path
        assert administrator.get("divisions/").status_code == 200
