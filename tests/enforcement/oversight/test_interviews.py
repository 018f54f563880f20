"""Promise: nobody is interviewed without another's approval; what was said and promised stays; the report has its clock; it
is over when every promise is kept, or called again; until the notice is out the interviewed learn nothing."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from docx import Document

from enforcement.oversight import actions
from enforcement.oversight.actions import air, proposing
from enforcement.oversight.lifecycle import STEPS, State, state_moves
from enforcement.oversight.models import AirMonth, Commitment, Interview, TriggerRule
from enforcement.timeline import clock
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Officer
from regions.roles import Role
from tests.enforcement.api.calling import caller, issue_to
from tests.enforcement.api.test_statements import at_most
from tests.enforcement.oversight.conftest import HELD, NOTICE, TODAY


def client_of(officer: Officer) -> Client:
    client = Client()
    client.force_login(officer)
    return client


class TestTheSteps:
    def test_who_proposes_does_not_approve_and_nobody_else_does(self, cast, proposed, organiser, chief) -> None:
        with pytest.raises(Refused, match="督办员"):
            actions.perform(proposed, "approve", by=organiser)
        mine = actions.propose(
            by=chief, bureau=cast.taiyuan, addressee=cast.xinghualing, cause="other", reason="履职不力。"
        )
        with pytest.raises(Refused, match="不能自己审批"):
            actions.perform(mine, "approve", by=chief)
        with pytest.raises(DatabaseError), transaction.atomic():
            Interview.objects.filter(pk=mine.pk).update(approved_by=chief)

    def test_one_interviews_those_below_and_nobody_else(self, cast, organiser, handler) -> None:
        how: dict[str, Any] = {"bureau": cast.taiyuan, "cause": "overdue", "reason": "超期。"}
        with pytest.raises(Invalid) as refused:
            actions.propose(by=organiser, addressee=cast.yaodu, **{**how, "cause": "bad"})
        assert set(refused.value.errors) == {"addressee", "cause"}
        with pytest.raises(Refused):
            actions.propose(by=handler, addressee=cast.xinghualing, **how)

    def test_the_report_is_due_in_working_days_after_it_was_held(self, held: Interview) -> None:
        # Twenty working days after Monday 2 March 2026; the calendar of that year holds no holiday in March.
        assert held.report_due_on == held.first_report_due_on == date(2026, 3, 30)
        assert [(one.place, one.due_on) for one in held.commitments.all()] == [
            (1, date(2026, 3, 20)), (2, date(2026, 4, 30)),
        ]  # fmt: skip

    def test_bad_notices_and_promises_are_told_line_by_line_and_nothing_is_kept(
        self, proposed, organiser, chief
    ) -> None:
        row = actions.perform(proposed, "approve", by=chief)
        for change, field in (({"meets_at": "昨天"}, "meets_at"), ({"meets_at": "2026-03-01T10:00"}, "meets_at"),
                              ({"place": ""}, "place"), ({"agenda": "x" * 2001}, "agenda")):  # fmt: skip
            with pytest.raises(Invalid) as refused:
                actions.perform(row, "notify", by=organiser, **{**NOTICE, **change})
            assert field in refused.value.errors
        row = actions.perform(row, "notify", by=organiser, **NOTICE)
        with pytest.raises(Conflict, match="还没有到约谈时间"):
            actions.perform(row, "hold", by=organiser, **HELD)
        with clock.moved_to(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)), pytest.raises(Invalid) as refused:
            actions.perform(
                row, "hold", by=organiser, **{**HELD, "commitments": "没有期限\n好的；2026-04-01\n早了；2020-01-01"}
            )
        assert [sentence[:3] for sentence in refused.value.errors["commitments"]] == ["第1行", "第3行"]
        assert not Commitment.objects.exists()

    def test_over_when_every_promise_is_kept_and_the_report_was_verified(
        self, held, handler, organiser, chief, cast
    ) -> None:
        verifier = cast.officer(cast.taiyuan, Role.VERIFIER)
        with pytest.raises(Refused):
            actions.perform(held, "report", by=organiser, report="代写")
        row = actions.perform(held, "report", by=handler, report="已整改六件。")
        row = actions.perform(row, "reject", by=verifier, opinion="缺三件的材料。")
        assert (row.state, row.first_report_due_on) == (State.HELD, date(2026, 3, 30))
        row = actions.perform(row, "report", by=handler, report="九件全部整改。")
        with (
            clock.moved_to(clock.now() + timedelta(days=25)),
            pytest.raises(Conflict, match="到期未完成的承诺：完成九件"),
        ):
            actions.perform(row, "accept", by=verifier, opinion="属实。")
        row = actions.perform(row, "fulfil", by=handler, commitment=1, note="已完成")
        with pytest.raises(Invalid):
            actions.perform(row, "fulfil", by=handler, commitment=1, note="再来一次")
        row = actions.perform(row, "accept", by=verifier, opinion="属实。")
        with pytest.raises(Conflict, match="还有1条承诺"):
            actions.perform(row, "close", by=organiser)
        row = actions.perform(row, "fulfil", by=handler, commitment="2", note="已建立")
        assert actions.perform(row, "close", by=organiser).state == State.CLOSED

    def test_what_is_not_kept_is_called_again_and_names_what_was_left(self, held, handler, organiser) -> None:
        actions.perform(held, "fulfil", by=handler, commitment=2, note="已建立")
        row = actions.perform(held, "call_again", by=organiser, reason="进展迟缓")
        assert row.state == State.RENEWED
        second = Interview.objects.get(previous=row)
        assert (second.state, second.addressee) == (State.PROPOSED, row.addressee)
        assert "完成九件超期问题整改" in second.reason
        assert "健全调度机制" not in second.reason

    def test_every_step_out_of_its_state_is_refused_and_changes_nothing(
        self, held: Interview, organiser, chief
    ) -> None:
        for action, step in STEPS.items():
            if State.HELD in step.sources:
                continue
            for officer in (organiser, chief):
                with pytest.raises((Refused, Conflict)):
                    actions.perform(held, action, by=officer, reason="x", opinion="x")
        assert Interview.objects.get(pk=held.pk).version == held.version

    def test_the_database_holds_the_same_moves_and_keeps_what_was_said(self, held: Interview) -> None:
        allowed = set(state_moves())
        for target in State.values:
            try:
                with transaction.atomic():
                    Interview.objects.filter(pk=held.pk).update(state=target)
                    went = True
                    transaction.set_rollback(True)
            except DatabaseError:
                went = False
            assert went is (target == State.HELD or (State.HELD.value, target) in allowed), target
        for change in (
            lambda: Interview.objects.filter(pk=held.pk).update(minutes="改写"),
            lambda: Interview.objects.filter(pk=held.pk).update(notice_no="改"),
            lambda: Interview.objects.filter(pk=held.pk).update(reason="改"),
            lambda: held.commitments.update(text="改"),
            lambda: held.commitments.all().delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


class TestRules:
    def test_a_county_with_too_much_overdue_is_proposed_once_with_its_figures(self, cast) -> None:
        TriggerRule.objects.filter(cause="overdue").delete()
        TriggerRule.objects.create(
            cause="overdue", level="county", threshold=Decimal(40), least=2, window_days=30, report_days=10,
            valid_from=date(2020, 1, 1), basis="测试",
        )  # fmt: skip
        assert actions.propose_by_rules() == []  # a replay proposes nobody
        with clock.moved_to(datetime(2025, 12, 1, 2, 0, tzinfo=UTC)):
            issue_to(cast, title="早已超期")
        assert proposing.apply_rules(TODAY) == []  # one of one, and the rule wants two
        for bureau in (cast.xinghualing, cast.yaodu):
            issue_to(cast, bureau=bureau)
        made = proposing.apply_rules(TODAY)
        assert [(row.division, row.bureau, row.proposed_by) for row in made] == [
            (cast.xinghualing.division, cast.taiyuan, None)
        ]
        assert made[0].figures == {
            "numerator": 1, "denominator": 2, "value": "50.0", "threshold": "40.00", "as_of": "2026-03-02",
        }  # fmt: skip
        assert "2件中超期1件，占50.0%，达到40%。" in made[0].reason
        assert proposing.apply_rules(TODAY) == []
        # Declined: not proposed again within the window, but after it.
        actions.perform(made[0], "decline", by=cast.officer(cast.taiyuan, Role.SUPERVISOR), reason="已专门调度")
        assert proposing.apply_rules(TODAY) == []
        with clock.moved_to(clock.now() + timedelta(days=31)):
            assert len(proposing.apply_rules(clock.today())) == 1

    def test_air_worse_than_a_year_before_on_one_standard_is_proposed_with_both_means(self, cast) -> None:
        county, other = cast.xinghualing.division, cast.yaodu.division
        rule = TriggerRule.objects.get(cause="deterioration", level="county")
        now = {date(2025, 12, 1): "5.50", date(2026, 1, 1): "6.00", date(2026, 2, 1): "5.45"}
        for month, index in now.items():
            before = month.replace(year=month.year - 1)
            for place, was in ((county, "5.00"), (other, "5.60")):
                lines = f"{place.code}；{index}"
                air.enter(lines, month=month, standard="gb3095-2012", source="月报")
                air.enter(f"{place.code} {was}", month=before, standard="gb3095-2012", source="月报")
        # Not ended, and on other limits: neither is compared.
        AirMonth.objects.create(
            division=county, month=date(2026, 3, 1), standard="gb3095-2012", index=Decimal("9.99"), source="月报"
        )
        air.enter(f"{other.code}；9.99", month=date(2026, 2, 1), standard="gb3095-2026", source="月报")
        assert air.compared(TODAY, 100)[other.pk] == (Decimal("5.65"), Decimal("5.60"), 3)
        assert air.compared(date(2026, 3, 31), 40) == {}  # February isn't whole in forty days, March isn't over
        (made,) = proposing.apply_rules(TODAY)
        assert (made.division, made.bureau, made.cause) == (county, cast.taiyuan, "deterioration")
        assert made.figures == {
            "numerator": "5.65", "denominator": "5.00", "months": 3, "value": "13.0", "threshold": "10.00", "as_of": "2026-03-02",
        }  # fmt: skip
        assert made.reason == "截至2026-03-02的3个月综合指数平均5.65，去年同期5.00，上升13.0%，达到10%。"
        assert proposing.apply_rules(TODAY) == []
        for day in range(1, 32):  # by the rule as shipped three months are whole on every day
            assert air.compared(date(2026, 3, day), rule.window_days)[county.pk].months == 3, day
        assert "空气质量恶化" in client_of(cast.officer(cast.taiyuan, Role.SUPERVISOR)).get(
            made.get_absolute_url()).content.decode()  # fmt: skip

    def test_a_month_of_the_air_is_entered_whole_or_every_wrong_line_is_named(self, cast) -> None:
        page = reverse("admin:oversight_airmonth_month")
        keeper = client_of(cast.officer(cast.province, Role.SYSTEM_ADMINISTRATOR))
        body = {
            "month": "2026-02-01",
            "standard": "gb3095-2012",
            "source": "省厅月报",
            "text": "140107；4.52\n141002，5.1",
        }
        assert keeper.get(page).status_code == 200
        wrong = "140107；4.52\n999999；5\n140107；5\n141002；-1\n141002；1e5\n141002；0\n乱\n141002；4,52"
        told = keeper.post(page, {**body, "text": wrong})
        assert told.status_code == 400
        for sentence in ("第2行：没有代码为", "第3行：", "填了两次", "第4行：请按", "第5行", "第6行", "第7行", "第8行"):
            assert sentence in told.content.decode()
        for field, value in (
            ("month", "2026-02-02"),
            ("month", "2199-01-01"),
            ("month", TODAY.replace(day=1).isoformat()),
            ("standard", "x"),
            ("source", ""),
            ("text", ""),
        ):
            assert keeper.post(page, {**body, field: value}).status_code == 400, field
        assert not AirMonth.objects.exists()
        assert keeper.post(page, body).status_code == 302
        assert keeper.post(page, {**body, "text": "140107；4.60"}).status_code == 302
        assert list(AirMonth.objects.order_by("division__code").values_list("index", flat=True)) == [
            Decimal("4.60"), Decimal("5.10"),
        ]  # fmt: skip
        assert "录入一个月" in keeper.get(reverse("admin:oversight_airmonth_changelist")).content.decode()
        assert client_of(cast.officer(cast.province, Role.SECURITY_ADMINISTRATOR)).get(page).status_code == 403


class TestWhoKnows:
    def test_until_the_notice_is_out_it_is_the_bureaus_own(self, cast, proposed, organiser, chief, handler) -> None:
        others = [
            handler,
            cast.officer(cast.xinghualing, Role.SUPERVISOR),
            cast.officer(cast.province, Role.SUPERVISOR),
        ]
        row = actions.perform(proposed, "approve", by=chief)
        for other in others:
            assert not Interview.objects.visible_to(other).exists()
            with pytest.raises(Absent):
                actions.perform(row, "report", by=other, report="x")
        actions.perform(row, "notify", by=organiser, **NOTICE)
        assert all(Interview.objects.visible_to(other).exists() for other in others)
        assert not Interview.objects.visible_to(cast.officer(cast.linfen, Role.SUPERVISOR)).exists()


class TestPagesAndApi:
    def test_on_pages_from_proposing_to_the_minutes(self, cast, organiser, chief, handler) -> None:
        client = client_of(organiser)
        body = {"bureau": cast.taiyuan.pk, "addressee": cast.xinghualing.pk, "cause": "named", "reason": "三次挂牌。"}
        assert client.post(reverse("oversight:new-interview"), {**body, "reason": ""}).status_code == 400
        assert client.post(reverse("oversight:new-interview"), body).status_code == 302
        row = Interview.objects.get()
        act = {name: reverse("oversight:act", args=[row.pk, name]) for name in STEPS}
        assert client_of(chief).post(act["approve"], {"version": 1}).status_code == 302
        outrun = client.post(act["notify"], {**NOTICE, "version": 1})
        assert (outrun.status_code, "刚刚已被他人更新" in outrun.content.decode()) == (409, True)
        assert outrun.context["form"]["place"].value() == NOTICE["place"]  # nothing typed is lost
        assert outrun.context["form"]["version"].value() == 2
        assert client.post(act["notify"], {**NOTICE, "version": 2, "place": ""}).status_code == 400
        assert client.post(act["notify"], {**NOTICE, "version": 2}).status_code == 302
        assert client.post(act["report"], {"version": 3, "report": "x"}).status_code == 409
        early = client.post(act["hold"], {**HELD, "version": 3})
        assert (early.status_code, "还没有到约谈时间" in early.content.decode()) == (409, True)
        assert "区政府作了说明" in early.content.decode()
        with clock.moved_to(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)):
            assert client.post(act["hold"], {**HELD, "version": 3}).status_code == 302
        page = client_of(handler).get(row.get_absolute_url()).content.decode()
        for word in ("完成九件超期问题整改", "并环约〔2026〕1号", "区政府作了说明", "提交书面报告"):
            assert word in page
        assert client_of(handler).get(act["report"]).status_code == 200
        minutes = client.get(reverse("oversight:paper", args=[row.pk, "minutes", "docx"]))
        words = "\n".join(
            cell.text
            for table in Document(io.BytesIO(minutes.content)).tables
            for line in table.rows
            for cell in line.cells
        )
        assert "健全调度机制" in words
        assert client.get(reverse("oversight:paper", args=[row.pk, "notice", "pdf"])).content.startswith(b"%PDF")
        listing = client.get(reverse("oversight:interviews")).content.decode()
        assert "多次挂牌督办" in listing

    def test_over_the_api_with_its_budgets(self, cast, organiser, chief, handler) -> None:
        who, other = caller(organiser), caller(handler)
        with at_most(15):
            made = who.post(
                "interviews/", {"addressee": cast.xinghualing.pk, "cause": "relapse", "reason": "复发。"}, key="i-1"
            )
        assert made.status_code == 201, made.content.decode()
        key = made.json()["id"]
        assert other.get(f"interviews/{key}/").status_code == 404
        with at_most(12):
            assert caller(chief).post(f"interviews/{key}/actions/approve/").json()["state"] == "approved"
        sent = {**NOTICE, "meets_at": "2026-03-02T15:00:00+08:00"}
        assert who.post(f"interviews/{key}/actions/notify/", sent).json()["state"] == "noticed"
        assert who.post(f"interviews/{key}/actions/notify/", sent).status_code == 409
        with clock.moved_to(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)), at_most(12):
            held = who.post(
                f"interviews/{key}/actions/hold/",
                {**HELD, "commitments": [{"text": "完成整改", "due_on": "2026-03-20"}]},
            )
        assert held.json()["report_due_on"] == "2026-03-30"
        shown = other.get(f"interviews/{key}/").json()
        assert [step["action"] for step in shown["actions"] if step["allowed"]] == ["fulfil", "report"]
        assert other.post(f"interviews/{key}/actions/fulfil/", {"commitment": 1, "note": "好"}).status_code == 200
        with at_most(8):
            assert len(other.get("interviews/", state="held", division="140100").json()["results"]) == 1
        assert other.get(f"interviews/{key}/minutes.pdf").content.startswith(b"%PDF")
        assert other.get(f"interviews/{key}/other.pdf").status_code == 404
