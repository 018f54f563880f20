"""Promise: the workbench says what waits, what is late and what comes due, each count opens its list, in ten statements."""

import re

import pytest

from enforcement.desk import duties
from enforcement.issues import actions
from enforcement.issues.lifecycle import TABLE
from regions.roles import ADMINISTRATORS, Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import at_most, filed, handed, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


@pytest.mark.parametrize("count", [1, 50])
def test_the_workbench_takes_ten_statements_at_any_size(cast, count) -> None:
    handed(cast, count, days_ago=40)
    handed(cast, count)
    for _ in range(min(count, 9)):
        filed(cast, "confirmed")
    everything = cast.officer(cast.province, Role.DISPATCHER)
    for role in (Role.SUPERVISOR, Role.TEAM_LEADER):
        everything.postings.create(bureau=cast.province, role=role, since=casting.SINCE)
    for officer in (
        cast.officer(cast.xinghualing, Role.HANDLER),
        cast.officer(cast.taiyuan, Role.SUPERVISOR),
        cast.officer(cast.province, Role.SUPERVISOR),
        everything,
    ):
        client = signed_in(officer)
        client.get("/")
        with at_most(10):
            response = client.get("/")
        assert response.status_code == 200


def test_each_count_is_the_length_of_its_list(cast) -> None:
    handed(cast, 3, days_ago=60)
    handed(cast, 2, days_ago=20)
    handed(cast, 4)
    handed(cast, 1, cast.yaodu)
    filed(cast, "confirmed")
    for issue in handed(cast, 2):
        actions.perform(
            issue, "return", by=cast.officer(cast.xinghualing, Role.HANDLER), reason_code="not_ours", reason="不属本局"
        )
    for bureau, role in (
        (cast.xinghualing, Role.HANDLER),
        (cast.province, Role.DISPATCHER),
        (cast.province, Role.SUPERVISOR),
        (cast.taiyuan, Role.SUPERVISOR),
        (cast.taiyuan_team, Role.VERIFIER),
        (cast.taiyuan_team, Role.INSPECTOR),
    ):
        client = signed_in(cast.officer(bureau, role))
        page = client.get("/").content.decode()
        figures = re.findall(r'<a class="figure__link" href="(/issues/[^"]*)">([\d,]+)<', page)
        assert len(figures) >= 3
        for url, value in figures:
            listed = client.get(url.replace("&amp;", "&")).context
            assert listed["total"] == f"共 {value} 件", (role, url)


def test_a_handler_finds_the_next_action_on_the_row(cast) -> None:
    (issue,) = handed(cast)
    client = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    (row,) = client.get("/").context["bench"].waiting
    assert (str(row.action), row.url) == (
        "签收",
        f"/issues/{issue.number}/actions/acknowledge/?responsibility={issue.responsibilities.get().pk}",
    )
    client.post(row.url, {"version": 1})
    (row,) = client.get("/").context["bench"].waiting
    assert str(row.action) == "开始整改"


def test_a_dispatcher_is_asked_for_what_only_a_dispatcher_decides(cast) -> None:
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    asked, returned, quiet = handed(cast, 3)
    actions.perform(asked, "acknowledge", by=handler)
    actions.perform(asked, "request_extension", by=handler, days=3, reason="等待设备")
    actions.perform(returned, "return", by=handler, reason_code="duplicate", reason="重复")
    bench = signed_in(cast.officer(cast.province, Role.DISPATCHER)).get("/").context["bench"]
    assert {(row.issue.pk, str(row.action)) for row in bench.waiting} == {
        (asked.pk, "批准延期"),
        (returned.pk, "判定退回"),
    }
    assert bench.mine == 2
    assert quiet.pk not in {row.issue.pk for row in bench.waiting}


def test_a_supervisor_sees_lateness_by_division_and_presses_once(cast) -> None:
    (late,) = handed(cast, 1, days_ago=60)
    handed(cast, 1, cast.yaodu)
    client = signed_in(cast.officer(cast.province, Role.SUPERVISOR))
    context = client.get("/").context
    assert [(ground.name, ground.late) for ground in context["bench"].grounds] == [("太原市", 1), ("临汾市", 0)]
    assert context["map"]["areas"]["140100"]["tone"] == "1"
    (row,) = context["bench"].waiting
    assert (row.issue, str(row.action)) == (late, "督办")
    client.post(row.url, {"version": 1, "reason": "请尽快办结"})
    bench = client.get("/").context["bench"]
    assert not bench.waiting
    assert [row.issue for row in bench.overdue] == [late]
    assert "签收" in bench.overdue[0].words


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_sees_duties_and_no_business(cast, role) -> None:
    (issue,) = handed(cast, 1, days_ago=60)
    client = signed_in(cast.officer(cast.province, role))
    page = client.get("/").content.decode()
    assert issue.number not in page
    assert "超期" not in page
    for duty in duties.DUTIES[role]:
        assert str(duty[1]) in page
    assert client.get("/issues/").status_code == 403
    assert client.get("/findings/").status_code == 403


def test_an_officer_without_a_posting_is_told_whom_to_ask(cast) -> None:
    officer = cast.officer(cast.yaodu, Role.HANDLER)
    officer.postings.update(until=casting.SINCE)
    response = signed_in(type(officer).objects.get(pk=officer.pk)).get("/")
    assert response.status_code in {200, 403}
    assert "任职" in response.content.decode()


def test_every_event_of_the_lifecycles_has_its_sentence() -> None:
    from django.template.loader import get_template

    from enforcement.desk.templatetags.telling import LOOKS
    from enforcement.findings.lifecycle import TABLE as FINDINGS

    kinds = {row.event for row in TABLE} | {row.event for row in FINDINGS}
    for kind in kinds | {"handed_off", "finding_joined", "attached", "filed", "corrected"}:
        assert get_template(f"timeline/{kind}.txt")
        assert kind in LOOKS
