"""Promise (performance goals P1): lists take 8 statements at most at any size, creating 15, a transition 12.

All of authentication, scope, numbering, events, outbox and counters included, with a key (Idempotency-Key) and without.
Reissuing and delegating create: a document and a responsibility. Reissuing ends another one beside that, and only its
key's receipt doesn't fit. Routing rules come with the findings they are held against: they cost handing off no statement.
Joining and parting change two issues or three: what they take is written down. Counted are the statements that read or write; the marks of a transaction (BEGIN, SAVEPOINT, RELEASE, COMMIT) are not.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enforcement.findings import routing
from enforcement.findings.models import RoutingRule
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from regions.models import JointControlArea, Secondment, Site, WorkCalendar
from regions.roles import Role
from tests.enforcement.api.calling import Caller, caller, confirmed_finding, issue_to
from tests.enforcement.api.test_findings import filing
from tests.scenarios.cast import Cast
from tests.scenarios.desks import filed

pytestmark = pytest.mark.django_db
MARK = re.compile(r"^(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT)", re.IGNORECASE)


@pytest.fixture(autouse=True)
def calendar(db: None) -> None:
    WorkCalendar.current().value()  # read once per process


@contextmanager
def at_most(count: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as captured:
        yield
    statements = [query["sql"] for query in captured if not MARK.match(query["sql"])]
    assert len(statements) <= count, "\n".join([f"{len(statements)} statements:", *(s[:160] for s in statements)])


@contextmanager
def exactly(count: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as captured:
        yield
    statements = [query["sql"] for query in captured if not MARK.match(query["sql"])]
    assert len(statements) == count, "\n".join([f"{len(statements)} statements:", *(s[:160] for s in statements)])


def narrowest(cast: Cast) -> Caller:
    """Party rows of one county bureau, and a secondment to one site's county."""
    officer = cast.officer(cast.xinghualing, Role.HANDLER)
    today = clock.today()
    Secondment.objects.create(
        officer=officer, division=cast.yaodu.division, since=today, until=today, reason="交叉执法"
    )
    return caller(officer)


def city(cast: Cast) -> Caller:
    return caller(cast.officer(cast.taiyuan, Role.SUPERVISOR))


def widest(cast: Cast) -> Caller:
    return caller(cast.officer(cast.province, Role.SUPERVISOR))


@pytest.mark.parametrize("scope", [narrowest, city, widest])
def test_a_list_takes_eight_statements_at_any_size(cast: Cast, scope) -> None:
    who = scope(cast)
    finding = confirmed_finding(cast)
    filters = {"division": "140100", "area": "taiyuan-basin", "state": "issued", "overdue": "false", "q": "涂装"}
    for count in (1, 50):
        while Issue.objects.count() < count:
            issue_to(cast)
        for query in ({}, filters, {"page_size": 200}, {"ordering": "due_on"}):
            with at_most(8):
                rows = who.get("issues/", **query).json()["results"]
            assert len(rows) == min(count, 50 if "page_size" not in query else 200), query
        for path in ("findings/", "handoffs/"):
            with at_most(8):
                assert who.get(path, page_size=200).status_code == 200
    assert finding.pk


def test_reference_lists_take_eight_statements(cast: Cast) -> None:
    for who in (narrowest(cast), widest(cast)):
        for path in ("divisions/", "areas/", "bureaus/", "sites/"):
            with at_most(8):
                assert who.get(path, page_size=200).status_code == 200


def test_one_issue_takes_as_many_statements_with_many_events_as_with_few(cast: Cast) -> None:
    issue = issue_to(cast)
    handler = narrowest(cast)
    with at_most(16):
        assert handler.get(f"issues/{issue.number}/").status_code == 200
    handler.post(f"issues/{issue.number}/actions/acknowledge/")
    handler.post(f"issues/{issue.number}/actions/request_extension/", {"days": 5, "reason": "设备采购"})
    with at_most(16):
        assert len(handler.get(f"issues/{issue.number}/").json()["events"]) == 3


@pytest.mark.parametrize("key", [None, "k"])
def test_creating_takes_fifteen_statements(cast: Cast, key: str | None) -> None:
    inspector = caller(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    with at_most(15):
        assert inspector.post("findings/", filing(cast), key=key).status_code == 201
    leader = caller(cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
    stating = filing(cast, new_site_name="杏花岭喷涂作坊", new_site_industry="工业涂装")
    with at_most(15):
        made = inspector.post("findings/", stating, key=key and "k2").json()
    inspector.post(f"findings/{made['id']}/actions/submit/")
    with at_most(15):
        settled = leader.post(f"findings/{made['id']}/new-site/", {"fate": "entered"}, key=key)
    assert settled.status_code == 200


def test_handing_off_one_finding_takes_fifteen_statements(cast: Cast) -> None:
    dispatcher = caller(cast.officer(cast.province, Role.DISPATCHER))
    area = JointControlArea.objects.get(key="taiyuan-basin")
    rule = RoutingRule(area=area, target="bureau", bureau=cast.xinghualing)
    for ruled, key in ((False, None), (False, "k"), (True, None), (True, "r"), (True, "s")):
        if ruled and not key:
            dated = {"valid_from": clock.today(), "basis": "测试", "after": 0}
            routing.publish([rule], issuer=cast.province, by=cast.officer(cast.province, Role.DISPATCHER), **dated)
        finding = confirmed_finding(cast)
        item = {"finding": str(finding.pk), "bureau": cast.xinghualing.pk, "verifier": cast.taiyuan_team.pk}
        if key == "s":  # another one than the rules propose
            item |= {"bureau": cast.yaodu.pk, "deviates": True}
        with exactly(14 + bool(key)):
            assert dispatcher.post("handoffs/", {"items": [item]}, key=key).status_code == 201


@pytest.mark.parametrize("key", [None, "k"])
def test_confirming_a_finding_and_naming_its_site_takes_twelve_statements(cast: Cast, key: str | None) -> None:
    leader = caller(cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
    waiting = filed(cast, "leader_review")
    site = Site.objects.create(name="甲厂", division=cast.xinghualing.division, lon=112.58, lat=37.9)
    with at_most(12):
        done = leader.post(f"findings/{waiting.pk}/actions/confirm/", {"version": 2, "site": site.pk}, key=key)
    assert (done.status_code, waiting.versions.count()) == (200, 1)


def test_every_transition_takes_twelve_statements(cast: Cast) -> None:
    handler, dispatcher = narrowest(cast), caller(cast.officer(cast.province, Role.DISPATCHER))
    verifier = caller(cast.officer(cast.taiyuan_team, Role.VERIFIER))
    steps = [
        (handler, "return", {"reason_code": "not_ours", "reason": "不在辖区"}),
        (dispatcher, "refuse_return", {"reason": "在辖区内"}),
        (handler, "acknowledge", {}),
        (handler, "start_rectification", {"plan": "更换活性炭"}),
        (handler, "request_extension", {"days": 5, "reason": "设备采购"}),
        (dispatcher, "grant_extension", {"reason": "同意"}),
        (handler, "submit_feedback", {"verdict": "true", "measures": "已更换", "cause": "老化"}),
        (verifier, "start_verification", {}),
        (verifier, "pass_verification", {"opinion": "达标"}),
        (dispatcher, "close", {}),
        (dispatcher, "strike_off", {}),
    ]
    for key in (None, "k"):
        issue = issue_to(cast)
        for who, action, fields in steps:
            with at_most(12):
                answer = who.post(f"issues/{issue.number}/actions/{action}/", fields, key=key and f"{key}-{action}")
                assert answer.status_code == 200, answer.content.decode()


@pytest.mark.parametrize("key", [None, "k"])
def test_transitions_that_issue_a_document_take_as_many_as_creating(cast: Cast, key: str | None) -> None:
    dispatcher = caller(cast.officer(cast.province, Role.DISPATCHER))
    returned, delegated = issue_to(cast), issue_to(cast, cast.taiyuan)
    fields = {"reason_code": "not_ours", "reason": "不在辖区"}
    narrowest(cast).post(f"issues/{returned.number}/actions/return/", fields)
    with at_most(16 if key else 15):
        fields = {"bureau": cast.yaodu.pk, "reason": "改派"}
        answer = dispatcher.post(f"issues/{returned.number}/actions/reissue/", fields, key=key)
    assert answer.status_code == 200, answer.content.decode()
    city = caller(cast.officer(cast.taiyuan, Role.HANDLER))
    city.post(f"issues/{delegated.number}/actions/acknowledge/")
    with at_most(15):
        fields = {"bureau": cast.xinghualing.pk, "due_on": delegated.due_on.isoformat()}
        answer = city.post(f"issues/{delegated.number}/actions/delegate/", fields, key=key)
    assert answer.status_code == 200, answer.content.decode()


@pytest.mark.parametrize("key", [None, "k"])
def test_joining_and_parting_take_what_two_issues_or_three_take(cast: Cast, key: str | None) -> None:
    dispatcher = caller(cast.officer(cast.province, Role.DISPATCHER))
    issue, other = issue_to(cast), issue_to(cast)
    children = [{"title": "一", "bureau": cast.xinghualing.pk}, {"title": "二", "bureau": cast.yaodu.pk}]
    for action, most, body in (
        ("merge", 16, {"into": other.number, "reason": "同一排放口"}),
        ("unmerge", 19, {"reason": "并错了"}),
        ("split", 32, {"children": children, "reason": "两个单位"}),
        ("unsplit", 23, {"reason": "拆错了"}),
    ):
        with at_most(most + bool(key)):
            answer = dispatcher.post(f"issues/{issue.number}/links/{action}/", body, key=key and f"{key}-{action}")
        assert answer.status_code == 200, answer.content.decode()
