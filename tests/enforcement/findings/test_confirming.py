"""Promise: who confirms a finding may say of which site it is, within their sight, as a version; a contractor's gets one so."""

import pytest
from django.db import transaction
from django.urls import reverse

from enforcement.findings import actions
from enforcement.findings.likely import Likely
from enforcement.findings.models import Finding
from enforcement.findings.site_forms import ConfirmForm
from enforcement.timeline.models import Event
from enforcement.timeline.verification import verify
from regions.errors import Invalid
from regions.models import Site
from regions.registering import Stated
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.hostile.values import WORDS
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, at_most, filed, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def works(cast: casting.Cast, name: str = "杏花岭涂装厂", bureau: str = "xinghualing") -> Site:
    return Site.objects.create(name=name, division=getattr(cast, bureau).division, lon=HERE[0], lat=HERE[1])


def test_a_contractors_clue_gets_its_site_from_who_confirms_it(cast: casting.Cast) -> None:
    site, elsewhere = works(cast), works(cast, "临汾的厂", "yaodu")
    clue = filed(cast, "leader_review", filer=cast.contractor)
    Finding.objects.filter(pk=clue.pk).update(receiver=cast.taiyuan)
    clue.parties.filter(bureau=cast.province).update(bureau=cast.taiyuan)
    dispatcher = signed_in(cast.officer(cast.taiyuan, Role.DISPATCHER))
    address = reverse("findings:act", args=[clue.pk, "confirm"])
    assert "指明点位并确认" in dispatcher.get(clue.get_absolute_url()).content.decode()
    with at_most(8):
        assert dispatcher.get(address).status_code == 200
    form = {"version": clue.version, "site": elsewhere.name}
    far = dispatcher.post(address, form)
    assert (far.status_code, "没有找到“临汾的厂”" in far.content.decode()) == (400, True), "outside their ground"
    for name, word in WORDS.items():
        with transaction.atomic():
            answer = dispatcher.post(address, {**form, "site": word, "likely": word})
            assert answer.status_code in (302, 400), name  # blank ones leave it as it is
            transaction.set_rollback(True)
    assert dispatcher.post(address, {**form, "site": site.name}).status_code == 302
    clue.refresh_from_db()
    assert (clue.state, clue.site, clue.version, clue.is_clue) == ("confirmed", site, 3, False)
    assert [(one.version, one.site) for one in clue.versions.all()] == [(2, None)]
    assert clue in Finding.objects.matching("涂装厂")
    told = dispatcher.get(clue.get_absolute_url()).content.decode()
    assert "确认线索，指明点位“杏花岭涂装厂”" in told
    confirmed = Event.objects.get(subject_type="finding", subject_id=str(clue.pk), kind="confirmed")
    assert confirmed.bureau == cast.taiyuan, "the department's act, not the contractor's"
    assert list(verify()) == []


def test_a_candidate_chosen_counts_and_two_sites_are_one_too_many(cast: casting.Cast) -> None:
    old, site, other = works(cast, "旧厂"), works(cast), works(cast, "另一家厂")
    officer = cast.officer(cast.taiyuan, Role.DISPATCHER)
    finding = Finding(site=old, version=2)

    def form(**typed: str) -> ConfirmForm:
        made = ConfirmForm({"version": "2", **typed}, officer=officer, finding=finding, likely=[Likely(site, "上风向")])
        made.is_valid()
        return made

    assert form(site=old.name, likely=str(site.pk)).chosen == site
    assert form(site="", likely=str(site.pk)).chosen == site, "emptied, and a candidate chosen"
    assert form(site=site.name, likely=str(site.pk)).chosen == site
    assert form(site="", likely="").chosen is None
    assert "请只留一个" in str(form(site=other.name, likely=str(site.pk)).errors["site"])


def test_over_the_api_a_site_is_mended_taken_away_or_left(cast: casting.Cast) -> None:
    right, wrong = works(cast), works(cast, "隔壁的厂")
    leader = caller(cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
    found = []
    for _each in range(3):
        draft = actions.correct(filed(cast), by=cast.officer(cast.taiyuan_team, Role.INSPECTOR), site=wrong)
        found.append(actions.perform(draft, "submit", by=draft.filed_by))
    mended, emptied, left = found
    sent = leader.post(f"findings/{mended.pk}/actions/send_back/", {"version": 3, "reason": "改", "site": right.pk})
    assert (sent.status_code, "只有确认线索时" in sent.content.decode()) == (400, True)
    absent = leader.post(f"findings/{mended.pk}/actions/confirm/", {"site": works(cast, "远", "yaodu").pk})
    assert (absent.status_code, list(absent.json()["errors"])) == (400, ["site"])
    for finding, body in ((mended, {"site": right.pk}), (emptied, {"site": None}), (left, {})):
        assert leader.post(f"findings/{finding.pk}/actions/confirm/", body).status_code == 200
        finding.refresh_from_db()
    assert [(one.site, one.versions.count()) for one in found] == [(right, 2), (None, 2), (wrong, 1)]
    page = signed_in(leader.officer).get(mended.get_absolute_url()).content.decode()
    assert "点位改为“杏花岭涂装厂”（原为“隔壁的厂”）" in page
    assert (
        "不再写明点位（原为“隔壁的厂”）" in signed_in(leader.officer).get(emptied.get_absolute_url()).content.decode()
    )


def test_confirmed_along_with_its_handoff_the_issue_is_of_that_site(cast: casting.Cast) -> None:
    site = works(cast)
    clues = [filed(cast, "leader_review", filer=cast.contractor) for _each in (1, 2)]
    both = cast.officer(cast.province, Role.DISPATCHER)
    desk, address = signed_in(both), reverse("findings:hand_off")
    shown = desk.get(address, {"selected": str(clues[0].pk), "preview": "1"}).content.decode()
    assert "没有写明点位；知道的，请返回修改" in shown
    sent = {
        "title": "转办", "selected": str(clues[0].pk), "step": "preview", "i0-finding": str(clues[0].pk), "i0-version": "2",
        "i0-severity": "general", "i0-verifier": cast.taiyuan.name, "i0-bureau1": cast.xinghualing.name, "i0-weight1": "1",
        "i0-deviates": "1", "i0-confirms": "1", "i0-site": "没有的厂",
    }  # fmt: skip
    assert "没有找到“没有的厂”" in desk.post(address, sent).content.decode()
    assert "· 杏花岭涂装厂" in desk.post(address, {**sent, "i0-site": site.name}).content.decode()
    assert desk.post(address, {**sent, "i0-site": site.name, "step": "issue"}).status_code == 302
    item = {"finding": str(clues[1].pk), "bureau": cast.xinghualing.pk, "deviates": True, "site": site.pk}
    desk_api = caller(both)
    assert desk_api.post("handoffs/", {"items": [item]}).status_code == 400, "not confirmed along"
    far = works(cast, "临汾的厂", "yaodu")
    nobodys = {**item, "confirms": True, "site": 2**62}
    refused = caller(cast.officer(cast.taiyuan, Role.DISPATCHER)).post(
        "handoffs/", {"items": [{**nobodys, "site": far.pk}]}
    )
    assert refused.status_code == 400
    refused = desk_api.post("handoffs/", {"items": [{**item, "confirms": True}, nobodys]})
    assert "第2项：没有这个点位" in refused.content.decode()
    assert desk_api.post("handoffs/", {"items": [{**item, "confirms": True}]}).status_code == 201
    for clue in clues:
        clue.refresh_from_db()
        assert (clue.site, clue.issue.site, clue.versions.get().site) == (site, site, None)


def test_while_a_new_site_waits_none_is_named_beside_it(cast: casting.Cast) -> None:
    finding = actions.correct(
        filed(cast), by=cast.officer(cast.taiyuan_team, Role.INSPECTOR), new_site=Stated("小作坊")
    )
    finding = actions.perform(finding, "submit", by=finding.filed_by)
    leader = cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)
    with pytest.raises(Invalid, match="请先审核新点位"):
        actions.perform(finding, "confirm", by=leader, site=works(cast))
    page = signed_in(leader).get(reverse("findings:act", args=[finding.pk, "confirm"])).content.decode()
    assert 'name="site"' not in page
    assert actions.perform(finding, "confirm", by=leader).site_waits
