"""Promise: what a visiting team finds enters the chain as an issue of the bureau with jurisdiction, and nobody of that bureau's
city verifies it: not as the verifier named, not after a transfer, not past the application.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from enforcement.crossregion import actions, summing
from enforcement.crossregion.models import Clue, Round
from enforcement.findings import actions as findings
from enforcement.findings.handing import ItemForm, item_forms
from enforcement.findings.models import Finding
from enforcement.findings.offices import offices_below
from enforcement.findings.routing import rules_of
from enforcement.issues import actions as issues
from enforcement.issues.models import Issue, Source, Verification
from enforcement.timeline import clock
from enforcement.timeline.verification import verify as verify_timeline
from regions.errors import Invalid, Refused
from regions.models import Bureau, BureauKind, Division, Officer, Posting
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.api.test_statements import at_most
from tests.enforcement.crossregion.conftest import CITIES, MOVED, person
from tests.scenarios.cast import Cast

pytestmark = pytest.mark.django_db
MORNING = datetime(2021, 9, 6, 2, 0, tzinfo=UTC)
TEAM = f"{CITIES[0]}一组"


def bureau(division: Division, name: str, kind: str = BureauKind.DEPARTMENT) -> Bureau:
    return Bureau.objects.create(name=name, short_name=name, kind=kind, division=division, answers_for_division=False)


def officer(at: Bureau, role: Role, username: str) -> Officer:
    made = person(username, at)
    Posting.objects.filter(officer=made).update(role=role)
    return made


@pytest.fixture
def member(people: dict[str, list[Officer]]) -> Officer:
    return people[CITIES[0]][0]


def filed(released: Round, member: Officer, **entered: Any) -> Clue:
    target = released.targets.filter(team__name=TEAM).first()
    with clock.moved_to(MORNING):
        actions.perform(
            released, "file_clue", by=member, **{"title": "治理设施未运行", "site": target.site_id, **entered}
        )
    return Clue.objects.select_related("finding__filer", "finding__receiver", "team").get()


def confirmed(clue: Clue) -> Finding:
    leader = officer(clue.finding.filer, Role.TEAM_LEADER, "leader-of-team")
    with clock.moved_to(MORNING):
        return findings.perform(clue.finding, "confirm", by=leader)


def handed(finding: Finding, to: Bureau, verifier: Bureau, by: Officer) -> Issue:
    shares = [issues.Share(to, Decimal(1))]
    with clock.moved_to(MORNING + timedelta(minutes=5)):
        handing = findings.Handing(finding, shares, verifier=verifier)
        return findings.hand_off_findings([handing], issuer=finding.receiver, by=by).opened[0].issue


def county_of(released: Round) -> Division:
    return released.assignments.select_related("division__parent").get(team__name=TEAM).division


def test_a_clue_of_a_drawn_target_is_a_finding_before_the_holder_of_the_round(released: Round, member: Officer) -> None:
    clue = filed(released, member)
    finding = clue.finding
    assert (finding.source, finding.state, finding.receiver) == (
        Source.CROSS_ENFORCEMENT,
        "leader_review",
        released.bureau,
    )
    assert finding.located_in == county_of(released)
    assert (clue.team.name, clue.target.site) == (TEAM, finding.site)
    assert list(verify_timeline()) == []


def test_a_clue_outside_the_team_s_county_or_of_nobody_s_team_is_refused(
    released: Round, member: Officer, organiser: Officer, people: dict[str, list[Officer]]
) -> None:
    theirs = released.targets.exclude(team__name=TEAM).first()
    home = Division.objects.counties().filter(parent__code=CITIES[0]).first()
    with clock.moved_to(MORNING):
        for entered, why in (
            ({"site": theirs.site_id}, "不是本队抽到的点位"),
            ({"site": "x"}, "不是本队抽到的点位"),
            ({"lon": home.lon, "lat": home.lat}, "不在本队受检的"),
            ({}, "填写经纬度"),
            ({"site": released.targets.filter(team__name=TEAM).first().site_id, "title": " "}, "必填"),
        ):
            with pytest.raises(Invalid, match=why):
                actions.perform(released, "file_clue", by=member, **{"title": "设施未运行", **entered})
        with pytest.raises(Refused, match="队员"):
            actions.perform(released, "file_clue", by=organiser, title="设施未运行", site=theirs.site_id)
    assert not Clue.objects.exists()
    assert not Finding.objects.exists()


def test_a_leader_s_clue_goes_its_way_past_a_colleague_and_who_files_none_is_told_before_typing(
    released: Round, member: Officer, people: dict[str, list[Officer]], client: Client
) -> None:
    page = f"/rounds/{released.pk}/clues/new/"
    own = Posting.objects.filter(officer=member)
    own.update(role=Role.VERIFIER)
    with clock.moved_to(MORNING):
        client.force_login(member)
        shown = client.get(page)
        assert (shown.status_code, "请同队的巡查员或组长填报" in shown.content.decode()) == (403, True)
        assert 'name="title"' not in shown.content.decode()
        assert "请同队的巡查员或组长填报" in client.get(released.get_absolute_url()).content.decode()
        target = released.targets.filter(team__name=TEAM).first()
        body = {"title": "设施未运行", "site": str(target.site_id), "severity": "general"}
        assert client.post(page, body).status_code == 403
        assert not Clue.objects.exists()
        own.update(role=Role.TEAM_LEADER)
        told = client.post(page, body, follow=True).content.decode()
        assert "线索已存为草稿，由本单位巡查员提交" in told
        finding = Clue.objects.select_related("finding").get().finding
        assert finding.state == "draft"
        # Whoever filed it doesn't put it before themselves.
        with pytest.raises(Refused, match="巡查员"):
            findings.perform(finding, "submit", by=Officer.objects.get(pk=member.pk))
        assert findings.perform(finding, "submit", by=people[CITIES[0]][1]).state == "leader_review"
        with pytest.raises(Refused, match="不能确认自己填报"):
            findings.perform(finding, "confirm", by=Officer.objects.get(pk=member.pk))
    assert list(verify_timeline()) == []


def test_its_verifier_is_never_of_the_handler_s_city(released: Round, member: Officer, cast: Cast) -> None:
    finding, county = confirmed(filed(released, member)), county_of(released)
    answering, above = bureau(county, "县局"), bureau(county.parent, "市支队", BureauKind.ENFORCEMENT_TEAM)
    neighbour = bureau(county.parent.children.exclude(pk=county.pk).first(), "邻县局")
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    for verifier in (above, neighbour):
        with pytest.raises(Invalid, match="不能与承办单位同属一市"):
            handed(finding, answering, verifier, dispatcher)
    issue = handed(finding, answering, finding.filer, dispatcher)
    assert (issue.source, issue.verifier) == (Source.CROSS_ENFORCEMENT, finding.filer)
    # Nor does a reissue or a delegation bring it there: the verifier stays, and no bureau of its city may answer.
    own = bureau(finding.filer.division, "队员本市局")
    handler = officer(answering, Role.HANDLER, "handler")
    with clock.moved_to(MORNING + timedelta(hours=1)):
        issues.perform(issue, "return", by=handler, reason_code="not_ours", reason="不属本局")
        with pytest.raises(Invalid, match="不能与承办单位同属一市"):
            issues.perform(issue, "reissue", by=dispatcher, bureau=own, reason="重新认定")
        issues.perform(issue, "reissue", by=dispatcher, bureau=neighbour, reason="重新认定")


def test_past_the_application_the_database_refuses_it(released: Round, member: Officer, cast: Cast) -> None:
    finding, county = confirmed(filed(released, member)), county_of(released)
    answering, above = bureau(county, "县局"), bureau(county.parent, "市支队", BureauKind.ENFORCEMENT_TEAM)
    issue = handed(finding, answering, finding.filer, cast.officer(cast.province, Role.DISPATCHER))
    part, handler = issue.responsibilities.get(), officer(answering, Role.HANDLER, "handler")
    abroad, at_home = officer(finding.filer, Role.VERIFIER, "abroad"), officer(above, Role.VERIFIER, "at-home")
    with clock.moved_to(MORNING + timedelta(hours=1)):
        for action in ("acknowledge", "start_rectification"):
            issues.perform(issue, action, by=handler)
        issues.perform(issue, "submit_feedback", by=handler, verdict="true", measures="已恢复运行")
        issues.perform(issue, "start_verification", by=abroad)
        feedback = part.feedbacks.get()
        with pytest.raises(DatabaseError, match="another city"), transaction.atomic():
            Verification.objects.create(
                responsibility=part,
                feedback=feedback,
                by=at_home,
                bureau=above,
                at=clock.now(),
                passed=True,
                opinion="行",
            )
        issues.perform(issue, "pass_verification", by=abroad, opinion="现场核查已整改")
        issues.perform(issue, "close", by=cast.officer(cast.province, Role.DISPATCHER))
        figures = {row.key: (row.count, row.of) for row in summing.summary(released).figures}
    assert (figures["clues"], figures["handed_off"], figures["closed"]) == ((1, None), (1, 1), (1, 1))


def test_the_form_proposes_the_team_that_found_it(released: Round, member: Officer, cast: Cast) -> None:
    finding = confirmed(filed(released, member))
    county = county_of(released)
    Bureau.objects.filter(division__in=[county, county.parent], answers_for_division=True).update(
        answers_for_division=False
    )
    for place, name in ((county, "县局"), (county.parent, "市局")):
        bureau(place, name)
        Bureau.objects.filter(name=name).update(answers_for_division=True)
    finding = Finding.objects.select_related("located_in__parent", "filer__division", "receiver__division").get(
        pk=finding.pk
    )
    offices = offices_below(released.bureau)
    (form,) = item_forms([finding], released.bureau, offices, rules_of(released.bureau), member)
    assert form.initial["bureau1"] == "县局"
    assert form.initial["verifier"] == finding.filer.name
    data = {
        f"i0-{name}": value for name, value in {**form.initial, "verifier": "市局", "version": finding.version}.items()
    }
    wrong = ItemForm(data, prefix="i0", finding=finding, offices=offices, officer=member)
    assert "不能与承办单位同属一市" in str(wrong.errors["verifier"])


def test_a_clue_on_the_page_and_in_the_api_within_its_statements(
    released: Round, member: Officer, organiser: Officer, client: Client, django_assert_max_num_queries: Any
) -> None:
    target = released.targets.filter(team__name=TEAM).first()
    client.force_login(member)
    with clock.moved_to(MORNING):
        page = f"/rounds/{released.pk}/clues/"
        assert target.site.name in client.get(f"{page}new/").content.decode()
        wrong = client.post(
            f"{page}new/", {"title": "", "site": str(target.site_id), "severity": "general", "lon": "x"}
        )
        assert wrong.status_code == 400
        with at_most(15):  # session and officer among them
            done = client.post(f"{page}new/", {"title": "露天喷涂", "site": str(target.site_id), "severity": "serious"})
        assert done["Location"] == page
        body = json.dumps({"title": "异味", "site": target.site_id})
        told = client.post(f"/api/v1/rounds/{released.pk}/clues/", body, content_type="application/json")
        assert told.status_code == 201, told.content.decode()
        assert (told.json()["county"], told.json()["issue"]) == (county_of(released).code, None)
        for field in ("round", "team", "finding", "filed_by", "target"):
            surplus = json.dumps({"title": "异味", "site": target.site_id, field: 1})
            refused = client.post(f"/api/v1/rounds/{released.pk}/clues/", surplus, content_type="application/json")
            assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])
        with django_assert_max_num_queries(8 + 2):
            shown = client.get(page).content.decode()
        assert "露天喷涂" in shown
        calling = caller(member)
        # Four less than the fifteen a creation may take.
        with at_most(11 + MOVED):
            third = calling.post(f"rounds/{released.pk}/clues/", {"title": "扬尘", "site": target.site_id}, key="c-3")
        assert third.status_code == 201
        assert list(verify_timeline()) == []
        assert len(client.get(f"/api/v1/rounds/{released.pk}/clues/").json()["results"]) == 3
        client.force_login(organiser)
        assert "异味" in client.get(page).content.decode()
