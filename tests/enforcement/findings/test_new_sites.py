"""Promise: a site no register knows is stated in the field and gets in by a second person's hand; nothing else lets it in."""

import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from enforcement.findings import actions, settling
from enforcement.findings.models import Finding, ProposedSite
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.errors import Conflict, Invalid, Refused
from regions.models import Division, Posting, Secondment, Site
from regions.registering import Stated
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.api.test_findings import filing
from tests.enforcement.findings.test_pages import NEW, filling
from tests.hostile.values import WORDS
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, filed, signed_in

pytestmark = pytest.mark.django_db
CODE = "91130200699229617X"  # the example of HJ 608-2017


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def stating(cast: casting.Cast, **changes: object) -> dict[str, object]:
    stated = {"new_site_name": "杏花岭喷涂作坊", "new_site_uscc": CODE, "new_site_industry": "工业涂装"}
    return filling(cast, **{**stated, "submit": "1", **changes})


def test_stated_by_one_and_entered_by_another(cast: casting.Cast) -> None:
    inspector = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    typo = inspector.post(NEW, stating(cast, new_site_uscc=CODE[:-2] + "8X"))
    assert typo.status_code == 400
    assert "统一社会信用代码“91130200699229618X”不正确" in typo.content.decode()
    assert "杏花岭喷涂作坊" in typo.content.decode()
    known = Site.objects.create(name="杏花岭涂装厂", division=cast.xinghualing.division, lon=HERE[0], lat=HERE[1])
    for changes, sentence in (
        ({"new_site_name": known.name}, "名册中杏花岭区已有“杏花岭涂装厂”"),
        ({"site": known.name}, "已选择名册中的点位"),
        ({"new_site_name": ""}, "此项必填"),
        ({"lon": "100.5", "lat": "30.5"}, "新点位须在本省内"),
    ):
        assert sentence in inspector.post(NEW, stating(cast, **changes)).content.decode()
    assert not Finding.objects.exists()

    inspector.post(NEW, stating(cast, new_site_uscc=CODE.lower()))
    finding = Finding.objects.get()
    assert finding.site is None
    assert not Site.objects.filter(name="杏花岭喷涂作坊").exists()
    page = reverse("findings:new_site", args=[finding.pk])
    assert inspector.get(page).status_code == 403
    assert inspector.post(page, {"version": 2, "fate": "entered"}).status_code == 403

    leader_of = cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)
    leader = signed_in(leader_of)
    assert page in leader.get(finding.get_absolute_url()).content.decode()
    Site.objects.create(name="别处的厂", division=cast.xinghualing.division, lon=112.9, lat=37.5, uscc=CODE)
    Site.objects.create(name="远处的厂", division=cast.xinghualing.division, lon=112.9, lat=37.5)
    shown = leader.get(page).content.decode()
    assert "杏花岭涂装厂" in shown  # alike: next door
    assert "别处的厂" in shown  # of the same code
    assert "远处的厂" not in shown
    form = {"version": finding.version, "fate": "entered", "name": "杏花岭喷涂作坊", "uscc": CODE, "system": "wgs84"}
    assert leader.post(page, {**form, "fate": "refused"}).status_code == 400
    finding = actions.perform(finding, "confirm", by=leader_of)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    handing = actions.Handing(finding, actions.whole(cast.xinghualing))
    with pytest.raises(Refused, match="新点位还没有审核"):
        actions.hand_off_findings([handing], issuer=cast.province, by=dispatcher)

    form |= {"version": finding.version, "industry": "汽车维修", "lon": "112.58", "lat": "37.89", "address": "东街"}
    assert leader.post(page, form).status_code == 302
    site = Site.objects.get(name="杏花岭喷涂作坊")
    assert (site.uscc, site.industry, site.division.code, site.lon, site.address) == (
        CODE, "汽车维修", "140107", 112.58, "东街",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.metadata ->> 'user' FROM regions_siteevent e JOIN pghistory_context c ON c.id = e.pgh_context_id "
            "WHERE e.pgh_obj_id = %s",
            [site.pk],
        )
        assert cursor.fetchall() == [(str(leader_of.pk),)]
    finding.refresh_from_db()
    assert finding.site == site
    assert finding.versions.get().site is None
    assert finding in Finding.objects.matching("喷涂作坊")
    told = leader.get(finding.get_absolute_url()).content.decode()
    assert "提出新点位“杏花岭喷涂作坊”" in told
    assert "登记“杏花岭喷涂作坊”入名册" in told
    assert leader.post(page, form).status_code == 409
    assert Event.objects.filter(subject_id=str(finding.pk)).count() == finding.version
    handoff = actions.hand_off_findings([handing], issuer=cast.province, by=dispatcher)
    assert handoff.opened[0].issue.site == site
    with pytest.raises(DatabaseError), transaction.atomic():
        ProposedSite.objects.update(name="别的")


def test_whose_act_it_is_and_how_far_it_reaches(cast: casting.Cast) -> None:
    finding = filed(cast)
    inspector = finding.filed_by
    finding = actions.correct(finding, by=inspector, new_site=Stated("小作坊"))
    finding = actions.correct(finding, by=inspector, title="厂界异味（改）")
    finding = actions.correct(finding, by=inspector, new_site=Stated("小作坊甲"))
    assert [(row.name, row.fate) for row in finding.proposed_sites.all()] == [
        ("小作坊", "withdrawn"),
        ("小作坊甲", "waiting"),
    ]
    leader = cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)
    with pytest.raises(Refused, match="提交后"):
        settling.settle(finding, "entered", by=leader)
    finding = actions.perform(finding, "submit", by=inspector)
    Posting.objects.create(officer=inspector, bureau=cast.taiyuan_team, role=Role.TEAM_LEADER, since=casting.SINCE)
    inspector.__dict__.pop("_postings", None)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    for who, why in ((inspector, "填报人不能"), (handler, "只有")):
        with pytest.raises(Refused, match=why):
            settling.settle(finding, "entered", by=who)
    # The team of 太原 writes no site of 尧都; the province's dispatcher may.
    with pytest.raises(Refused, match="不在您可登记的区划内"):
        settling.settle(finding, "entered", by=leader, lon=111.52, lat=36.08)
    with pytest.raises(Invalid, match="本省内"):
        settling.settle(finding, "entered", by=leader, lon=100.0, lat=30.0)
    assert not Site.objects.exists()
    settled = settling.settle(
        finding, "entered", by=cast.officer(cast.province, Role.DISPATCHER), lon=111.52, lat=36.08
    )
    assert settled.site.division.code == "141002"
    with pytest.raises(Conflict):
        settling.settle(settled, "refused", by=leader, reason="晚了")
    # What a contractor states its own leader doesn't settle; and the name a division has stands there once.
    hired = filed(cast, filer=cast.contractor)
    hired = actions.correct(hired, by=hired.filed_by, new_site=Stated("小作坊乙"))
    hired = actions.perform(hired, "submit", by=hired.filed_by)
    with pytest.raises(Refused, match="只有"):
        settling.settle(hired, "entered", by=cast.officer(cast.contractor, Role.TEAM_LEADER))
    with pytest.raises(Invalid, match="尧都区已有“小作坊甲”"):
        settling.settle(hired, "entered", by=cast.officer(cast.province, Role.DISPATCHER), lon=111.53, lat=36.09,
                        mended={"name": "小作坊甲"})  # fmt: skip
    assert Site.objects.count() == 1
    # A draft that names a known site after all withdraws what it stated.
    draft = actions.correct(filed(cast), by=inspector, new_site=Stated("小作坊丁"))
    draft = actions.correct(draft, by=inspector, site=settled.site)
    assert (draft.site_waits, draft.proposed_sites.get().fate) == (False, "withdrawn")


def test_over_the_api(cast: casting.Cast) -> None:
    inspector = caller(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    leader = caller(cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
    wrong = inspector.post("findings/", filing(cast, new_site_name="作坊", new_site_uscc="123"))
    assert wrong.status_code == 400
    assert "new_site_uscc" in wrong.json()["errors"]
    made = inspector.post("findings/", filing(cast, new_site_name="作坊")).json()
    url = f"findings/{made['id']}/"
    assert inspector.get(url).json()["new_site"]["name"] == "作坊"
    emptied = {"version": 1, "new_site_name": "", "new_site_uscc": "", "new_site_industry": ""}
    assert inspector.post(url + "corrections/", emptied).status_code == 201
    assert inspector.get(url).json()["new_site"] is None
    inspector.post(url + "corrections/", {"version": 2, "new_site_name": "作坊乙"})
    inspector.post(url + "actions/submit/")
    assert inspector.post(url + "new-site/", {"fate": "entered"}).status_code == 403
    known = Site.objects.create(name="杏花岭涂装厂", division=cast.xinghualing.division, lon=HERE[0], lat=HERE[1])
    far = Site.objects.create(name="尧都涂装厂", division=cast.yaodu.division, lon=111.5, lat=36.1)
    assert leader.post(url + "new-site/", {"fate": "known", "site": far.pk}).status_code == 400
    assert leader.post(url + "new-site/", {"fate": "known"}).status_code == 400
    assert leader.post(url + "new-site/", {"fate": "refused"}).status_code == 400
    at_page = signed_in(leader.officer)
    for words in list(WORDS.values())[::9]:
        for body in (
            {"fate": words},
            {"fate": "entered", "name": words, "lon": 1},
            {"fate": "entered", "uscc": words + "x"},
        ):
            assert leader.post(url + "new-site/", body).status_code == 400, body
        for field in ("name", "uscc", "site", "lon", "version"):
            page = at_page.post(f"/findings/{made['id']}/new-site/", {"fate": "known", "version": 4, field: words})
            assert page.status_code in (400, 409), (field, words)
    assert leader.post(url + "new-site/", {"fate": "entered", "fate_at": 1}).status_code == 400
    next_door = Division.objects.get(code="140105")
    twin = Site.objects.create(name=known.name, division=next_door, lon=112.56, lat=37.75)
    several = at_page.post(f"/findings/{made['id']}/new-site/", {"fate": "known", "version": 4, "site": twin.name})
    assert "有多个“杏花岭涂装厂”（小店区、杏花岭区），请改填排污许可证编号" in several.content.decode()
    body = {"fate": "known", "site": known.pk}
    assert leader.post(url + "new-site/", body, key="settle-once").status_code == 200
    assert leader.post(url + "new-site/", body, key="settle-once").status_code == 200
    assert leader.post(url + "new-site/", body).status_code == 409
    assert leader.get(url).json()["site"] == known.pk


def test_the_map_shows_ones_own_ground_and_sites(cast: casting.Cast) -> None:
    here = Site.objects.create(name="杏花岭涂装厂", division=cast.xinghualing.division, lon=HERE[0], lat=HERE[1])
    Site.objects.create(name="尧都涂装厂", division=cast.yaodu.division, lon=111.5, lat=36.1)
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    drawn = json.loads(client.get(reverse("findings:ground")).content)
    assert [point["label"] for point in drawn["points"]] == [here.name]
    codes = {feature["properties"]["code"] for feature in drawn["boundaries"]["features"]}
    assert "140107" in codes
    assert "141002" not in codes
    (south, west), (north, east) = drawn["view"]
    assert south < HERE[1] < north
    assert west < HERE[0] < east
    inspector, today = cast.officer(cast.taiyuan_team, Role.INSPECTOR), clock.today()
    Posting.objects.create(officer=inspector, bureau=cast.xinghualing, role=Role.INSPECTOR, since=today)
    county = json.loads(signed_in(inspector).get(reverse("findings:ground")).content)
    assert "140122" in {feature["properties"]["code"] for feature in county["boundaries"]["features"]}
    (low, _west), (high, _east) = county["view"]
    assert low < HERE[1] < high, "with a post in a county besides the city's it opens on the county"
    assert high - low < (north - south) / 3
    Secondment.objects.create(
        officer=inspector, division=cast.yaodu.division, since=today, until=today, reason="交叉执法"
    )
    lent = json.loads(client.get(reverse("findings:ground")).content)
    assert "141002" in {feature["properties"]["code"] for feature in lent["boundaries"]["features"]}
    assert len(lent["points"]) == 2
    (south, west), (north, east) = lent["view"]
    assert south < 36.1 < north < HERE[1], "it opens where one is lent to"
    other = cast.officer(cast.linfen, Role.INSPECTOR)
    Posting.objects.create(officer=other, bureau=cast.taiyuan_team, role=Role.INSPECTOR, since=today)
    (south, _west), (north, _east) = json.loads(signed_in(other).get(reverse("findings:ground")).content)["view"]
    assert south < 36.1 < HERE[1] < north, "two cities are alike, though one's code ends with a nought more"
    page = client.get(NEW).content.decode()
    assert f'data-map-url="{reverse("findings:ground")}"' in page
