"""Promise: the pages of issues show what one may see, press and must mend; they answer in few statements and write nothing."""

import sys
from decimal import Decimal

import pytest
from django.urls import reverse

from enforcement.issues import actions
from enforcement.issues.models import Issue
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import at_most, handed, signed_in

pytestmark = pytest.mark.django_db
LIST = "/issues/"


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def page(issue: Issue, action: str = "") -> str:
    return reverse("issues:act", args=[issue.number, action]) if action else issue.get_absolute_url()


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- the list ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 50])
@pytest.mark.parametrize("query", ["", "?state=open&division=140107&clock=soon&q=涂装&turn=mine&sort=due"])
def test_the_list_takes_eight_statements_at_any_size(cast, count, query) -> None:
    handed(cast, count)
    for officer in (
        cast.officer(cast.xinghualing, Role.HANDLER),
        cast.officer(cast.province, Role.SUPERVISOR),
        cast.officer(cast.province, Role.DISPATCHER),
    ):
        client = signed_in(officer)
        client.get(LIST)  # the calendar is read once per process
        with at_most(8):
            response = client.get(LIST + query)
        assert response.status_code == 200


def test_the_list_shows_only_ones_own(cast) -> None:
    mine = handed(cast, 2)
    (theirs,) = handed(cast, 1, cast.yaodu, title="金丝雀")
    answer = signed_in(cast.officer(cast.xinghualing, Role.HANDLER)).get(LIST).content.decode()
    assert all(issue.number in answer for issue in mine)
    assert theirs.number not in answer
    assert "金丝雀" not in answer
    assert "尧都" not in answer


def test_filters_narrow_and_stand_as_chips(cast) -> None:
    late = handed(cast, 2, days_ago=60)
    fresh = handed(cast, 3)
    client = signed_in(cast.officer(cast.province, Role.SUPERVISOR))
    response = client.get(LIST, {"clock": "overdue"})
    assert {row.issue.number for row in response.context["rows"]} == {issue.number for issue in late}
    assert "期限：已超期" in response.content.decode()
    assert response.context["total"] == "共 2 件"
    response = client.get(LIST, {"q": fresh[0].number})
    assert [row.issue for row in response.context["rows"]] == [fresh[0]]
    response = client.get(
        LIST, {"issued_from": fresh[0].issued_on.isoformat(), "severity": "general", "bureau": cast.xinghualing.pk}
    )
    assert len(response.context["rows"]) == 3
    assert not client.get(LIST, {"area": "datong-basin", "division": "141000"}).context["rows"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"due_from": "2021-02-30"}, "实际存在的日期"),
        ({"due_from": "1021-02-03"}, "超出可查范围"),
        ({"issued_from": "2021-08-04", "issued_to": "2021-08-01"}, "止日不能早于起日"),
        ({"state": "';--"}, "不在可选范围内"),
        ({"after": "not-a-mark"}, "翻页位置无效"),
        ({"before": "W10"}, "翻页位置无效"),
        ({"after": "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5Il0"}, "翻页位置无效"),
        ({"figure": "nonsense"}, "没有"),
        ({"as_of": "2021-08-04"}, "只能与"),
    ],
)
def test_a_wrong_filter_is_a_sentence(cast, query, sentence) -> None:
    handed(cast, 1)
    response = signed_in(cast.officer(cast.province, Role.SUPERVISOR)).get(LIST, query)
    assert response.status_code == 200
    assert sentence in response.content.decode()


@pytest.mark.parametrize("word", ["\x00", "％＿", "😀" * 59, "<script>", "\u202e"])
def test_hostile_words_are_only_words(cast, word) -> None:
    client = signed_in(cast.officer(cast.province, Role.SUPERVISOR))
    response = client.get(LIST, {"q": word, "state": word, "division": word, "after": word})
    assert response.status_code == 200
    assert "<script>" not in response.content.decode().split("<main")[1]


@pytest.mark.parametrize("sort", ["", "due"])
def test_paging_forth_and_back_shows_every_issue_once(cast, sort, monkeypatch) -> None:
    monkeypatch.setattr(sys.modules["enforcement.issues.views.ledger"], "SIZE", 3)
    handed(cast, 4)
    handed(cast, 4, days_ago=9)
    client = signed_in(cast.officer(cast.province, Role.SUPERVISOR))
    url, seen, pages = f"{LIST}?sort={sort}", [], []
    while url:
        pages.append(url)
        context = client.get(url).context
        seen += [row.issue.pk for row in context["rows"]]
        last, url = context, context["next_url"]
    assert sorted(seen) == sorted(Issue.objects.values_list("pk", flat=True))
    assert len(pages) == 3
    back = client.get(last["previous_url"]).context
    assert [row.issue.pk for row in back["rows"]] == seen[3:6]
    first = client.get(back["previous_url"]).context
    assert [row.issue.pk for row in first["rows"]] == seen[:3]
    assert first["previous_url"] == ""


def test_an_empty_list_says_what_to_do(cast) -> None:
    client = signed_in(cast.officer(cast.province, Role.SUPERVISOR))
    assert "台账里还没有问题" in client.get(LIST).content.decode()
    assert "清除全部条件" in client.get(LIST, {"state": "closed"}).content.decode()


# --- the page and its actions ---------------------------------------------------------------------------------------


def test_the_page_tells_the_chain_and_offers_what_may_be_pressed(cast) -> None:
    (issue,) = handed(cast)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    client = signed_in(handler)
    answer = client.get(page(issue))
    steps = answer.context["steps"]
    assert [step.offer.action for step in steps["allowed"]] == ["acknowledge", "return"]
    assert {step.offer.action for step in steps["others"]} == {"escalate", "list_escalation", "void"}
    text = answer.content.decode()
    assert "等待杏花岭分局（测试）签收" in text
    assert "只有转办单位的转办员可以作废" in text
    assert "晋气转〔" in text
    assert "前办结：杏花岭分局（测试）" in text


@pytest.mark.parametrize("who", ["yaodu", "contractor", "linfen"])
def test_forbidden_and_absent_are_the_same(cast, who) -> None:
    (issue,) = handed(cast)
    client = signed_in(cast.officer(getattr(cast, who), Role.INSPECTOR))
    absent = Issue(number="SX-1999-ZH-00001")
    for address in (page, lambda i: page(i, "acknowledge")):
        forbidden, missing = client.get(address(issue)), client.get(address(absent))
        assert forbidden.status_code == missing.status_code == 404
        assert (
            forbidden.content.decode().split("page-head__text")[1]
            == missing.content.decode().split("page-head__text")[1]
        )
    assert client.post(page(issue, "acknowledge"), {"version": 1}).status_code == 404


def test_the_whole_chain_on_pages(cast) -> None:
    (issue,) = handed(cast)
    handler = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    verifier = signed_in(cast.officer(cast.taiyuan_team, Role.VERIFIER))
    dispatcher = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    steps = [
        (handler, "acknowledge", {}, "已签收"),
        (handler, "request_extension", {"days": "5", "reason": "等待设备到货"}, "已申请延期"),
        (dispatcher, "grant_extension", {"reason": "同意"}, "已批准延期"),
        (handler, "submit_feedback", {"verdict": "true", "measures": "已更换活性炭"}, "已反馈"),
        (verifier, "start_verification", {}, "已开始核查"),
        (verifier, "pass_verification", {"opinion": "复测达标"}, "已核查通过"),
        (dispatcher, "close", {}, "已办结"),
        (dispatcher, "strike_off", {"publication": "已公示七日"}, "已销号"),
    ]
    for version, (client, action, data, words) in enumerate(steps, start=1):
        response = client.post(page(issue, action), {"version": version, **data}, follow=True)
        assert response.status_code == 200, action
        assert told(response) == [f"{issue.number}：{words}。"]
    text = response.content.decode()
    for sentence in (
        "申请延期 5 个工作日",
        "批准延期 5 个工作日，期限由",
        "反馈：属实",
        "核查通过",
        "办结，自签收起用时",
        "销号",
        "已公示七日",
    ):
        assert sentence in text
    assert "finding" not in text.split("<main")[1]


def test_what_is_missing_is_said_beside_the_field_and_nothing_is_lost(cast) -> None:
    (issue,) = handed(cast)
    client = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    client.post(page(issue, "acknowledge"), {"version": 1})
    response = client.post(page(issue, "submit_feedback"), {"version": 2, "measures": "已更换活性炭"})
    assert response.status_code == 400
    text = response.content.decode()
    assert "请填写调查结论。" in text
    assert "已更换活性炭</textarea>" in text
    assert Issue.objects.get().version == 2


def test_a_stale_form_conflicts_and_keeps_what_was_typed(cast) -> None:
    (issue,) = handed(cast)
    client = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    client.post(page(issue, "acknowledge"), {"version": 1})
    data = {"version": 1, "verdict": "true", "measures": "已更换活性炭"}
    response = client.post(page(issue, "submit_feedback"), data)
    assert response.status_code == 409
    assert "刚刚已被他人更新" in told(response)[-1]
    assert "已更换活性炭" in response.content.decode()
    assert response.context["form"]["version"].value() == "2"
    client.post(page(issue, "submit_feedback"), {**data, "version": 2})
    lost = client.post(page(issue, "submit_feedback"), {**data, "version": 2})
    assert lost.status_code == 409
    assert "已更换活性炭" in lost.content.decode()
    assert Issue.objects.get().version == 3


def test_what_one_may_not_press_is_refused_with_its_reason(cast) -> None:
    (issue,) = handed(cast)
    verifier = signed_in(cast.officer(cast.taiyuan_team, Role.VERIFIER))
    shown = verifier.get(page(issue, "acknowledge"))
    assert shown.status_code == 403
    assert "只有承办单位的承办人可以签收" in shown.content.decode()
    refused = verifier.post(page(issue, "acknowledge"), {"version": 1})
    assert refused.status_code == 403
    assert "只有承办单位的承办人可以签收" in refused.content.decode()
    assert verifier.get(page(issue, "no-such-action")).status_code == 404


@pytest.mark.parametrize("version", ["", "0", "-1", "9" * 40, "１", "x", "\x00"])
def test_a_strange_version_changes_nothing(cast, version) -> None:
    (issue,) = handed(cast, 1)
    issue_version = Issue.objects.get().version
    client = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    response = client.post(page(issue, "return"), {"version": version, "reason_code": "not_ours", "reason": "x\x00"})
    assert response.status_code in {400, 409}
    assert Issue.objects.get().version == issue_version


def test_a_shared_issue_names_the_part_each_button_is_for(cast) -> None:
    (issue,) = handed(cast, 1, cast.xinghualing, cast.yaodu)
    client = signed_in(cast.officer(cast.yaodu, Role.HANDLER))
    text = client.get(page(issue)).content.decode()
    assert "尧都分局（测试）" in text
    mine = issue.responsibilities.get(bureau=cast.yaodu)
    other = issue.responsibilities.get(bureau=cast.xinghualing)
    assert mine.weight == Decimal("0.5")
    wrong = client.post(page(issue, "acknowledge") + f"?responsibility={other.pk}", {"version": 1})
    assert wrong.status_code == 403
    client.post(page(issue, "acknowledge") + f"?responsibility={mine.pk}", {"version": 1})
    mine.refresh_from_db()
    assert mine.state == "acknowledged"


def test_reading_writes_nothing_and_posts_are_posts(cast) -> None:
    (issue,) = handed(cast)
    client = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    client.get(page(issue))
    for address in (page(issue), page(issue, "acknowledge"), page(issue, "return")):
        with at_most(40):
            assert client.get(address).status_code == 200
    assert client.post(page(issue)).status_code == 405
    assert client.get(reverse("issues:add_evidence", args=[issue.number])).status_code == 405
    assert Issue.objects.get().version == 1


def test_a_returned_issue_is_reissued_to_a_bureau_of_the_list(cast) -> None:
    (issue,) = handed(cast)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    actions.perform(issue, "return", by=handler, reason_code="not_ours", reason="位于尧都区")
    client = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    form = client.get(page(issue, "reissue")).content.decode()
    assert "尧都分局（测试）" in form
    assert "清风走航公司（测试）" not in form
    wrong = client.post(page(issue, "reissue"), {"version": 2, "bureau": cast.contractor.pk, "reason": "属尧都区"})
    assert wrong.status_code == 400
    assert "请从列表中选择" in wrong.content.decode()
    done = client.post(
        page(issue, "reissue"), {"version": 2, "bureau": cast.yaodu.pk, "reason": "属尧都区"}, follow=True
    )
    assert "已改派" in told(done)[0]
    assert "改派至尧都分局（测试）" in done.content.decode()


# --- handoff documents ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 50])
def test_documents_are_listed_in_few_statements(cast, count) -> None:
    for _ in range(count):
        handed(cast, 1)
    client = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    with at_most(8):
        response = client.get("/issues/handoffs/")
    assert len(response.context["rows"]) == min(count, 30)


def test_a_document_shows_a_bureau_only_its_own_items(cast) -> None:
    (mine,) = handed(cast)
    document = mine.responsibilities.get().handoff
    stranger = signed_in(cast.officer(cast.yaodu, Role.HANDLER))
    assert stranger.get(reverse("issues:handoff", args=[document.pk])).status_code == 404
    assert stranger.get(reverse("issues:handoff", args=[10**30])).status_code == 404
    shown = signed_in(cast.officer(cast.xinghualing, Role.HANDLER)).get(reverse("issues:handoff", args=[document.pk]))
    assert document.number in shown.content.decode()
    assert mine.number in shown.content.decode()
