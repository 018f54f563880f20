"""Promise: who answers is proposed by the office's own dated rules, tried on last month before they are kept; the
dispatcher decides, and it shows which. A starred item goes to no county, whatever is asked."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from enforcement.findings import actions, routing
from enforcement.findings.models import Finding, RoutingRule, RoutingTable
from enforcement.findings.offices import offices_below
from enforcement.issues.actions import Item, Share, hand_off, perform
from enforcement.issues.models import Issue, Responsibility
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from enforcement.timeline.telling import events_of, tell
from regions.errors import Conflict, Invalid, Refused
from regions.models import AreaMembership
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, filed, signed_in

pytestmark = pytest.mark.django_db
PAGE, HAND_OFF = "/findings/routing/", "/findings/hand-off/"


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def publish(cast: casting.Cast, *rules: RoutingRule, after: int = 0, days: int = 0) -> RoutingTable:
    return routing.publish(
        rules, issuer=cast.province, by=cast.officer(cast.province, Role.DISPATCHER), basis="测试", after=after,
        valid_from=clock.today() + timedelta(days=days),
    )  # fmt: skip


def proposed(cast: casting.Cast, finding: Finding) -> routing.Proposal:
    """What is proposed to look at; a handing off, that reads the rules with its finding, is held to the same."""
    rows = Finding.objects.select_related("located_in__parent")
    loaded: Any = routing.with_rules(rows, clock.today()).get(pk=finding.pk)
    told = routing.propose(loaded, routing.rules_of(cast.province), offices_below(cast.province))
    assert routing.proposals_for([loaded]) == [told if loaded.ruled else routing.Proposal(None)]
    return told


def test_the_first_rule_that_fits_and_leads_somewhere_applies(cast) -> None:
    finding = filed(cast, "confirmed")
    assert (proposed(cast, finding).bureau, proposed(cast, finding).rule) == (cast.xinghualing, 0)
    area = AreaMembership.objects.on(clock.today()).filter(division=cast.taiyuan.division).first()
    publish(
        cast,
        RoutingRule(source="emergency", target="city_office"),
        RoutingRule(pollution_type="扬尘", target="city_office"),
        RoutingRule(division=cast.linfen.division, target="city_office"),
        RoutingRule(division=cast.taiyuan.division, source="patrol", pollution_type="VOC", target="county_team"),
        RoutingRule(area=area.area if area else None, target="bureau", bureau=cast.taiyuan_team),
    )
    assert (proposed(cast, finding).bureau, proposed(cast, finding).rule) == (cast.taiyuan_team, 5)
    Finding.objects.update(pollution_type="voc")
    assert (proposed(cast, finding).bureau, proposed(cast, finding).rule) == (cast.xinghualing_team, 4)
    Finding.objects.update(pollution_type="扬尘")
    assert (proposed(cast, finding).bureau, proposed(cast, finding).version) == (cast.taiyuan, 1)
    cast.taiyuan.ended_on = clock.today()
    cast.taiyuan.save()
    assert (proposed(cast, finding).bureau, proposed(cast, finding).rule) == (cast.taiyuan_team, 5), "it leads nowhere"
    publish(cast, RoutingRule(target="bureau", bureau=cast.yaodu), after=1)
    read: Any = routing.with_rules(Finding.objects.filter(pk=finding.pk), clock.today())
    offices = {office["id"] for office in read.get().ruled_offices}
    assert (cast.yaodu.pk in offices, cast.taiyuan_team.pk in offices) == (True, True), "named, and near"
    publish(cast, RoutingRule(target="city_office"), after=2)
    assert cast.yaodu.pk not in {office["id"] for office in read.get().ruled_offices}, (
        "named by an earlier version only"
    )


def test_versions_are_dated_and_never_rewritten_and_two_writers_meet(cast) -> None:
    finding = filed(cast, "confirmed")
    first = publish(cast, RoutingRule(target="city_office"))
    publish(cast, RoutingRule(target="county_team"), after=1, days=3)
    assert proposed(cast, finding).bureau == cast.taiyuan
    with clock.moved_to(clock.now() + timedelta(days=3)):
        assert proposed(cast, finding).bureau == cast.xinghualing_team
    with pytest.raises(Conflict, match="第2版"):
        publish(cast, RoutingRule(target="city_office"), after=1)
    for change in (lambda: RoutingTable.objects.update(basis="改"), lambda: first.rules.update(source="patrol")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(Invalid, match="不能早于今天"):
        publish(cast, RoutingRule(target="city_office"), after=2, days=-1)
    with pytest.raises(Refused):
        routing.publish([RoutingRule(target="city_office")], issuer=cast.province, basis="试", after=2,
                        by=cast.officer(cast.taiyuan, Role.DISPATCHER), valid_from=clock.today())  # fmt: skip


def test_new_rules_are_tried_on_last_month_and_nothing_is_written_before_publishing(cast) -> None:
    handed_already, waiting = filed(cast, "confirmed", title="甲厂"), filed(cast, "confirmed", title="乙厂")
    handing = actions.Handing(handed_already, actions.whole(cast.taiyuan_team), verifier=cast.province)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    actions.hand_off_findings([handing], issuer=cast.province, by=dispatcher)
    client = signed_in(dispatcher)
    data = {"valid_from": clock.today().isoformat(), "basis": "省厅会议", "after": 0,
            "r0-target": "bureau", "r0-bureau": cast.taiyuan_team.name, "r0-division": "太原市", "r1-target": ""}  # fmt: skip
    words = client.post(PAGE, {**data, "step": "try"}).content.decode()
    assert "2 条的建议会改变" in words
    assert "现行规则 0 条，新规则 1 条" in words
    assert waiting.title in words
    assert not RoutingTable.objects.exists()
    wrong = client.post(PAGE, {**data, "r0-division": "太原", "r0-bureau": "没有的局", "step": "publish"})
    assert wrong.status_code == 400
    assert "辖区内没有“太原”" in wrong.content.decode()
    assert "没有“没有的局”这个单位" in wrong.content.decode()
    assert client.post(PAGE, {**data, "step": "publish"}).status_code == 302
    assert client.post(PAGE, {**data, "step": "publish"}).status_code == 409
    assert "现行第 1 版" in client.get(PAGE).content.decode()
    assert signed_in(cast.officer(cast.taiyuan, Role.DISPATCHER)).get(PAGE).content.decode().count("省厅会议") == 0


@pytest.mark.parametrize(
    ("chosen", "told"), [("太原市执法队（测试）", "按转办规则第 1 版第 1 条"), ("杏花岭分局（测试）", "转办员另行选择")]
)
def test_the_form_proposes_and_the_timeline_tells_what_was_chosen(cast, chosen, told) -> None:
    publish(cast, RoutingRule(target="city_team"))
    finding = filed(cast, "confirmed")
    client = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    form = client.get(HAND_OFF, {"selected": str(finding.pk)}).content.decode()
    assert "转办规则第 1 版第 1 条建议：太原市执法队（测试）" in form
    assert 'value="太原市执法队（测试）"' in form
    entered = {"finding": finding.pk, "version": finding.version, "severity": "general", "bureau1": chosen,
               "weight1": "1", "verifier": "太原市局（测试）"}  # fmt: skip
    data = {"selected": str(finding.pk), "title": "转办", "step": "issue"}
    fields = data | {f"i0-{name}": value for name, value in entered.items()}
    strays = chosen != cast.taiyuan_team.name
    preview = client.post(HAND_OFF, {**fields, "step": "preview"}).content.decode()
    assert ("与转办规则不同" in preview) == ('name="i0-deviates"' in preview) == strays
    if strays:  # not without having been shown that the rules propose another
        refused = client.post(HAND_OFF, fields)
        assert refused.status_code == 400
        assert "请核对后确认" in refused.content.decode()
        fields["i0-deviates"] = "1"
    client.post(HAND_OFF, fields)
    kept = Event.objects.get(kind="promoted").payload
    assert (kept["proposed"], kept["followed"]) == (cast.taiyuan_team.short_name, chosen == cast.taiyuan_team.name)
    assert told in tell(events_of("finding", finding.pk))[0].title


def test_the_api_asks_the_rules_as_the_page_does(cast) -> None:
    publish(cast, RoutingRule(target="city_team"))
    finding = filed(cast, "confirmed")
    dispatcher = caller(cast.officer(cast.province, Role.DISPATCHER))
    team = {"bureau": cast.taiyuan_team.pk, "bureau_name": cast.taiyuan_team.short_name, "version": 1, "rule": 1}
    assert dispatcher.get(f"findings/{finding.pk}/proposal/").json() == team
    for stranger in (cast.officer(cast.taiyuan, Role.DISPATCHER), cast.officer(cast.linfen, Role.DISPATCHER)):
        assert caller(stranger).get(f"findings/{finding.pk}/proposal/").status_code == 404
    item = {"finding": str(finding.pk), "bureau": cast.xinghualing.pk, "verifier": cast.taiyuan.pk}
    refused = dispatcher.post("handoffs/", {"items": [item]})
    assert refused.status_code == 400
    assert "建议由太原市执法队（测试）承办" in refused.json()["errors"]["items"][0]
    assert not Responsibility.objects.exists()
    made = dispatcher.post("handoffs/", {"items": [{**item, "deviates": True}]})
    assert made.status_code == 201
    assert made.json()["items"][0]["proposal"] == team
    assert Event.objects.get(kind="promoted").payload["followed"] is False


def starred(cast: casting.Cast, *shares: Share) -> Issue:
    item = Item("加星问题", "patrol", *HERE, shares, starred=True, verifier=cast.province)
    document = hand_off([item], issuer=cast.province, by=cast.officer(cast.province, Role.DISPATCHER))
    return document.opened[0].issue


def test_a_starred_item_goes_to_no_county_by_any_way(cast) -> None:
    with pytest.raises(Invalid, match="加星件须由市级直接办理，不能交给县级单位"):
        starred(cast, Share(cast.taiyuan, Decimal("0.5")), Share(cast.xinghualing, Decimal("0.5")))
    issue = starred(cast, Share(cast.taiyuan))
    handler = cast.officer(cast.taiyuan, Role.HANDLER)
    perform(issue, "acknowledge", by=handler)
    with pytest.raises(Refused, match="不能交办下级"):
        perform(issue, "delegate", by=handler, bureau=cast.xinghualing, due_on=clock.today() + timedelta(days=3))
    perform(issue, "return", by=handler, reason_code="not_ours", reason="不归我局")
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    with pytest.raises(Invalid, match="不能交给县级单位"):
        perform(issue, "reissue", by=dispatcher, bureau=cast.xinghualing, reason="县里办")
    part = Responsibility.objects.get()
    part.pk, part.bureau, part.division, part.state = None, cast.xinghualing, cast.xinghualing.division, "issued"
    with pytest.raises(DatabaseError, match="starred"), transaction.atomic():
        part.save(force_insert=True)
    perform(issue, "reissue", by=dispatcher, bureau=cast.linfen, reason="由临汾办")
    assert Responsibility.objects.filter(bureau=cast.linfen).exists()
