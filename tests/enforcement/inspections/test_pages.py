"""Promise: a campaign is set up, a list edited and published, a visit done from planning to handover, all on pages;
bad input gets a sentence and nothing is lost."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enforcement.inspections import actions, site_history
from enforcement.inspections.actions import campaigns, checklists
from enforcement.inspections.lifecycle import CampaignState, ListState
from enforcement.inspections.models import Campaign, Checklist, ChecklistVersion, MonitoringMonth, Visit
from enforcement.inspections.site_history import history_of
from enforcement.issues import actions as issues
from enforcement.timeline import clock
from regions.errors import Conflict
from regions.models import Officer
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.api.test_statements import at_most
from tests.enforcement.inspections.conftest import TODAY


@pytest.fixture
def keeper(cast) -> Officer:
    return cast.officer(cast.province, Role.COORDINATOR)


def client_of(officer: Officer) -> Client:
    client = Client()
    client.force_login(officer)
    return client


class TestChecklists:
    def test_a_list_is_made_published_and_cloned_without_code(self, keeper: Officer) -> None:
        client = client_of(keeper)
        client.post(reverse("inspections:new-list"), {"name": "加油站", "key": "petrol", "source": "惯例"})
        version = ChecklistVersion.objects.get(checklist__key="petrol")
        move = reverse("inspections:move-list", args=[version.pk, "publish"])
        assert client.post(move, {"version": version.version}).status_code == 400
        item = {"section": "油气回收", "code": "1.1", "text": "油气回收正常", "kind": "yes_no", "failing": "no", "evidence": "failed",
                "becomes": "finding", "severity": "serious", "version": version.version}  # fmt: skip
        assert client.post(reverse("inspections:new-item", args=[version.pk]), item).status_code == 302
        version.refresh_from_db()
        assert client.post(move, {"version": version.version}).status_code == 302
        version.refresh_from_db()
        assert version.state == ListState.PUBLISHED
        client.post(reverse("inspections:move-list", args=[version.pk, "clone"]))
        draft = version.checklist.versions.get(state=ListState.DRAFT)
        assert [row.text for row in draft.items.all()] == ["油气回收正常"]

    def test_the_second_of_two_editors_is_told_and_keeps_what_they_typed(self, keeper: Officer) -> None:
        draft = checklists.clone(Checklist.objects.get(key="brick-kiln").versions.get(), by=keeper)
        client, url = client_of(keeper), reverse("inspections:new-item", args=[draft.pk])
        item = {"section": "一", "code": "9.1", "text": "甲", "kind": "text", "evidence": "none", "becomes": "advice",
                "severity": "general", "version": draft.version}  # fmt: skip
        assert client.post(url, item).status_code == 302
        answer = client.post(url, {**item, "code": "9.2", "text": "乙的内容"})
        assert answer.status_code == 409
        assert "乙的内容" in answer.content.decode()
        assert not draft.items.filter(code="9.2").exists()

    def test_one_draft_at_a_time_and_no_code_twice(self, keeper: Officer) -> None:
        version = Checklist.objects.get(key="brick-kiln").versions.get()
        draft = checklists.clone(version, by=keeper)
        with pytest.raises(Conflict):
            checklists.clone(version, by=keeper)
        item = {"section": "一", "code": "1.1", "text": "重", "kind": "text", "evidence": "none", "becomes": "advice",
                "severity": "general", "version": draft.version}  # fmt: skip
        answer = client_of(keeper).post(reverse("inspections:new-item", args=[draft.pk]), item)
        assert answer.status_code == 400
        assert "已被本表另一项使用" in answer.content.decode()

    def test_others_read_and_do_not_edit(self, cast) -> None:
        client = client_of(cast.officer(cast.xinghualing, Role.HANDLER))
        version = Checklist.objects.get(key="voc-enterprise").versions.get()
        assert "碘值" in client.get(version.get_absolute_url()).content.decode()
        assert client.post(reverse("inspections:move-list", args=[version.pk, "retire"])).status_code == 403


class TestCampaigns:
    def begin(self, keeper: Officer) -> Campaign:
        kiln = Checklist.objects.get(key="brick-kiln").versions.get()
        made = campaigns.create(
            by=keeper, name="堆场清理", legal_basis="测试方案", since=TODAY, until=TODAY.replace(month=6), checklists=[kiln],
            counts=[campaigns.Count("堆场", "个", Decimal(8000)), campaigns.Count("绿化", "亩", Decimal(20000))],
        )  # fmt: skip
        return campaigns.change_state(made, CampaignState.RUNNING, by=keeper, seen=made.version)

    def test_what_counties_enter_adds_up_as_the_province_publishes_it(self, keeper: Officer, cast) -> None:
        campaign = self.begin(keeper)
        yards, green = campaign.quantities.get(name="堆场"), campaign.quantities.get(name="绿化")
        for bureau, amount in ((cast.xinghualing, 7000), (cast.yaodu, 420)):
            handler = cast.officer(bureau, Role.HANDLER)
            campaigns.tally(
                yards,
                by=handler,
                bureau=bureau,
                division=bureau.division,
                amount=Decimal(amount),
                unit="个",
                done_on=TODAY,
            )
            campaigns.tally(
                green,
                by=handler,
                bureau=bureau,
                division=bureau.division,
                amount=Decimal(640),
                unit="公顷",
                done_on=TODAY,
            )
        page = client_of(keeper).get(campaign.get_absolute_url()).content.decode()
        assert "7,420" in page
        assert "1.92" in page
        assert "万亩" in page
        own = client_of(cast.officer(cast.yaodu, Role.HANDLER)).get(campaign.get_absolute_url()).content.decode()
        assert ">420<" in own
        assert "7,000" not in own

    def test_a_bad_line_of_the_quantities_is_named(self, keeper: Officer) -> None:
        form = {
            "name": "行动",
            "legal_basis": "依据",
            "since": "2026-03-02",
            "until": "2026-04-01",
            "counts": "绿化；亩；1\n堆场；座；2\n水；吨；多",
        }
        answer = client_of(keeper).post(reverse("inspections:new-campaign"), form)
        words = answer.content.decode()
        assert answer.status_code == 400
        assert "第2行" in words
        assert "第3行" in words
        assert not Campaign.objects.filter(name="行动").exists()

    def test_an_amount_of_another_area_or_unit_is_refused(self, keeper: Officer, cast) -> None:
        campaign = self.begin(keeper)
        client = client_of(cast.officer(cast.xinghualing, Role.HANDLER))
        yards = campaign.quantities.get(name="堆场")
        form = {"quantity": yards.pk, "division": "141002", "amount": "1", "unit": "个", "done_on": "2026-03-02"}
        url = reverse("inspections:tally", args=[campaign.pk])
        assert client.post(url, form).status_code == 400
        assert client.post(url, {**form, "division": "140107", "unit": "吨"}).status_code == 400
        assert client.post(url, {**form, "division": "140107"}).status_code == 302

    def test_drafts_are_the_holders_alone(self, keeper: Officer, cast) -> None:
        made = campaigns.create(
            by=keeper, name="筹备中", legal_basis="方案", since=TODAY, until=TODAY, checklists=[], counts=[]
        )
        url = made.get_absolute_url()
        assert client_of(keeper).get(url).status_code == 200
        assert client_of(cast.officer(cast.taiyuan, Role.SUPERVISOR)).get(url).status_code == 404


class TestVisits:
    def test_from_planning_to_the_sheet_on_pages(self, cast, kiln, leader, second, approver) -> None:
        client = client_of(leader)
        form = {"bureau": cast.taiyuan_team.pk, "site": kiln.name, "mode": "unannounced", "source": "special_check",
                "list_version": Checklist.objects.get(key="brick-kiln").versions.get().pk, "planned_on": "2026-03-02",
                "leader": leader.pk, "members": [second.pk], "approver": approver.pk}  # fmt: skip
        assert client.post(reverse("inspections:plan"), form).status_code == 302
        visit = Visit.objects.get()
        assert client_of(approver).post(
            reverse("inspections:act", args=[visit.pk, "approve"]), {"version": visit.version, "approval_no": "一号"}
        ).status_code == 302  # fmt: skip
        for officer in (leader, second):
            client_of(officer).post(
                reverse("inspections:act", args=[visit.pk, "declare"]), {"version": Visit.objects.get().version}
            )
        arrived = client.get(reverse("inspections:arrive", args=[actions.code_of(kiln)]))
        assert arrived.status_code == 302
        assert "check_in" in arrived["Location"]
        url = reverse("inspections:act", args=[visit.pk, "check_in"])
        # At the gate a button fills in where the phone is, and the form says what its clock shows: by what the script looks for.
        gate = client.get(arrived["Location"]).content.decode()
        script = Path(str(finders.find("desk/js/place.js"))).read_text(encoding="utf-8")
        for looked_for in ("data-locate", "data-device-time"):
            assert f"[{looked_for}]" in script
            assert looked_for in gate
        assert "desk/js/place" in gate
        assert (
            client.post(url, {"version": Visit.objects.get().version, "code": actions.code_of(kiln)}).status_code == 302
        )
        sheet = reverse("inspections:answers", args=[visit.pk])
        asked = client.get(sheet).content.decode()
        assert "2.1" in asked
        # What a list asks is owed before anyone signs; a note is not.
        assert asked.count("选填") == asked.count('name="n-')
        kept = client.post(sheet, {"version": 1, "a-2.1": "yes", "stay": "1"}, follow=True).content.decode()
        assert "a-2.4" in kept
        bad = client.post(sheet, {"version": 1, "a-2.1": "yes", "a-2.4": "酸性"})
        assert bad.status_code == 400
        assert "请填写数值" in bad.content.decode()

    def test_two_phones_on_one_list_wipe_out_nothing(self, begun: Visit, leader: Officer, second: Officer) -> None:
        sheet = reverse("inspections:answers", args=[begun.pk])
        one, other = client_of(leader), client_of(second)
        blank = {"version": begun.version, "initial-a-1.1": "", "initial-a-1.2": "", "a-1.2": ""}
        assert "initial-a-1.1" in other.get(sheet).content.decode()
        one.post(sheet, {**blank, "a-1.1": "yes"})
        # The other's page was shown before: its blank for 1.1 isn't an answer.
        assert other.post(sheet, {**blank, "a-1.1": "", "a-1.2": "no"}).status_code == 302
        assert {code: row.value for code, row in actions.answers_of(begun).items()} == {"1.1": "yes", "1.2": "no"}
        # Changing what the leader answered meanwhile is told, and goes through once it is knowing.
        told = other.post(sheet, {**blank, "a-1.1": "no", "initial-a-1.2": "no", "a-1.2": "no"})
        assert told.status_code == 400
        assert "刚刚已被组员改为“是”" in told.content.decode()
        assert actions.answers_of(begun)["1.1"].value == "yes"
        assert other.post(sheet, {"version": 1, "initial-a-1.1": "yes", "a-1.1": "no"}).status_code == 302
        assert actions.answers_of(begun)["1.1"].value == "no"

    def test_a_site_shows_its_whole_history_and_its_code(self, begun: Visit, leader: Officer, kiln) -> None:
        client = client_of(leader)
        page = client.get(reverse("inspections:site", args=[kiln.pk])).content.decode()
        assert "砖瓦窑专项检查表" in page
        assert client.get(reverse("inspections:site-code", args=[kiln.pk])).content.startswith(b"<?xml")

    def test_measures_guidance_grades_and_monitoring_stand_in_the_history_in_ones_scope(
        self, cast, begun: Visit, leader: Officer, kiln
    ) -> None:
        actions.perform(begun, "guide", by=leader, item="1.1", text="建议更换布袋")
        kiln.grade = "C"
        kiln.save()
        # Entered late, and the day corrected once more: the day itself is what counts.
        for since in (date(2021, 3, 1), date(2021, 2, 1)):
            kiln.address, kiln.grade_since = f"改了地址，等级没变 {since}", since
            kiln.save()
        kiln.grade, kiln.grade_since = "", date(2021, 5, 10)
        kiln.save()
        month = {"site": kiln, "month": date(2021, 6, 1), "source": "月报"}
        MonitoringMonth.objects.create(**month, due=720, arrived=719, valid=600)
        for wrong in ({"due": 700, "arrived": 701, "valid": 1}, {"due": 0, "arrived": 0, "valid": 0}):
            with pytest.raises(DatabaseError), transaction.atomic():
                MonitoringMonth.objects.create(**{**month, "month": date(2021, 7, 1)}, **wrong)
        handler = cast.officer(cast.xinghualing, Role.HANDLER)
        part = [issues.Share(cast.xinghualing)]
        leak = issues.Item("窑炉漏风", "patrol", kiln.lon, kiln.lat, part, verifier=cast.taiyuan_team, site=kiln)
        dispatcher = cast.officer(cast.province, Role.DISPATCHER)
        issue = issues.hand_off([leak], issuer=cast.province, by=dispatcher).items.get().issue
        issue = issues.perform(issue, "acknowledge", by=handler)
        fine = [{"kind": "fine", "amount": "50000", "document": "罚决〔2021〕3号"}]
        issues.perform(issue, "submit_feedback", by=handler, verdict="true", measures="已堵漏", enforced=fine)
        lines = history_of(kiln, handler).entries
        told = [(line.kind, line.text) for line in lines]
        assert [(line.text, clock.beijing_day(line.at)) for line in lines if line.kind == "grade"] == [
            ("取消绩效等级", date(2021, 5, 10)),
            ("绩效等级 C", date(2021, 2, 1)),
        ]
        assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
        assert [text for kind, text in told if kind == "monitoring"] == [
            "2021-06 传输率99.9%，有效传输率83.3%（有效600 / 应传720个小时值）"
        ]
        begins = datetime(2021, 6, 1, tzinfo=clock.BEIJING)
        assert [line.at for line in lines if line.kind == "monitoring"] == [begins]
        assert [kind for kind, text in told if "罚款 50000.00元 罚决〔2021〕3号" in text] == ["measure"]
        assert "guidance" not in {kind for kind, _text in told}  # the visit is the team's
        assert "建议更换布袋" in client_of(leader).get(reverse("inspections:site", args=[kiln.pk])).content.decode()
        elsewhere = {line.kind for line in history_of(kiln, cast.officer(cast.yaodu, Role.HANDLER)).entries}
        assert elsewhere == {"grade", "monitoring"}
        with CaptureQueriesContext(connection) as captured:
            history_of(kiln, leader)
        assert len(captured) == 2

    def test_the_history_in_the_api_goes_on_where_it_was_cut(
        self, begun: Visit, leader: Officer, kiln, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for month in range(1, 6):
            counts = {"due": 720, "arrived": 700, "valid": 690, "source": "月报"}
            MonitoringMonth.objects.create(site=kiln, month=date(2021, month, 1), **counts)
        # At one moment with a month, where the page is cut.
        kiln.grade, kiln.grade_since = "B", date(2021, 5, 1)
        kiln.save()
        who, path = caller(leader), f"sites/{kiln.pk}/history/"
        whole = who.get(path).json()
        assert (whole["next"], len(whole["results"])) == (None, 8)  # the visit, two grades, five months
        monkeypatch.setattr(site_history, "MOST", 3)
        found, address = [], path
        while address:
            with at_most(8):
                page = who.get(address).json()
            found, address = [*found, *page["results"]], page["next"]
        assert found == whole["results"]
        assert client_of(leader).get(reverse("inspections:site", args=[kiln.pk])).content.decode().count("下一页") == 1
        for wrong in ("x", "2021-01-01", "0001-01-01T00:00:00Z"):
            assert who.get(path, before=wrong).status_code == 400
            page = client_of(leader).get(reverse("inspections:site", args=[kiln.pk]), {"before": wrong})
            assert (page.status_code, "翻页位置无效" in page.content.decode()) == (400, True)
        assert who.get(path, before="2200-01-01T00:00:00-23:59").json()["results"] == who.get(path).json()["results"]
        assert who.get("sites/999999999/history/").status_code == 404

    def test_lists_take_the_same_statements_for_one_and_for_many(
        self, plan, leader, django_assert_max_num_queries
    ) -> None:
        client = client_of(leader)
        for count in (1, 12):
            for _n in range(count):
                plan()
            with django_assert_max_num_queries(8):
                client.get(reverse("inspections:visits"))
