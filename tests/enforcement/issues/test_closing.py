"""Promise: an answer holds what the office asks for, others check it, a third team looks back, a supervisor is answered."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from enforcement.issues import actions, sampling
from enforcement.issues.actions import drawing
from enforcement.issues.models import (
    Escalation,
    FeedbackRule,
    Issue,
    LawArticle,
    LookBack,
    LookBackDraw,
    Measure,
    MeasureKind,
    Reply,
)
from enforcement.issues.sampling import Entry
from enforcement.statistics.rules import figures_of
from enforcement.timeline import clock
from enforcement.timeline.attachments import attach
from regions.errors import Conflict, Invalid, Refused
from regions.roles import Role
from tests.enforcement.issues.evidence import paper
from tests.enforcement.timeline.test_likeness import saved, scene, tampered
from tests.scenarios import cast as casting
from tests.scenarios.test_chain import issue_to

pytestmark = pytest.mark.django_db
CLOSING = ("start_verification", "pass_verification", "close")


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def handler(cast: casting.Cast) -> Any:
    return cast.officer(cast.xinghualing, Role.HANDLER)


def rectifying(cast: casting.Cast, severity: str = "general") -> Issue:
    issue = issue_to(cast)
    Issue.objects.filter(pk=issue.pk).update(severity=severity)
    actions.perform(issue, "acknowledge", by=handler(cast))
    return actions.perform(issue, "start_rectification", by=handler(cast))


def closed(cast: casting.Cast) -> Issue:
    issue = rectifying(cast)
    actions.perform(issue, "submit_feedback", by=handler(cast), verdict="true", measures="已更换")
    verifier = cast.officer(cast.taiyuan_team, Role.VERIFIER)
    actions.perform(issue, "start_verification", by=verifier)
    actions.perform(issue, "pass_verification", by=verifier, opinion="达标", method="on_site")
    return actions.perform(issue, "close", by=cast.officer(cast.province, Role.DISPATCHER))


# --- feedback ---------------------------------------------------------------------------------------------------


def test_each_thing_a_feedback_lacks_is_named_and_nothing_is_sent(cast: casting.Cast) -> None:
    issue, who = rectifying(cast, "major"), handler(cast)
    version = Issue.objects.get(pk=issue.pk).version
    with pytest.raises(Invalid) as lacks:
        actions.perform(issue, "submit_feedback", by=who, verdict="true", measures="已更换")
    assert {name: len(told) for name, told in lacks.value.errors.items()} == {"cause": 1, "enforced": 1, "photos": 2}
    assert Issue.objects.get(pk=issue.pk).version == version
    paper(issue, who, "before", "image/jpeg")
    paper(issue, who, "after", "image/jpeg")
    fine = LawArticle.objects.filter(kind=MeasureKind.FINE).earliest("pk")
    rows = [{"kind": "fine", "amount": "12500.50", "article": fine.pk}, {"kind": "accountability", "persons": 2}]
    actions.perform(issue, "submit_feedback", by=who, verdict="true", measures="已更换", cause="老化", enforced=rows)
    one, two = Measure.objects.order_by("place")
    assert (one.amount, one.article, two.persons) == (Decimal("12500.50"), fine, 2)
    # After a rejection the old photo is not enough.
    verifier = cast.officer(cast.taiyuan_team, Role.VERIFIER)
    actions.perform(issue, "start_verification", by=verifier)
    actions.perform(issue, "reject_verification", by=verifier, reason="仍有异味", method="evidence")
    with pytest.raises(Invalid, match="本次整改后"):
        actions.perform(issue, "submit_feedback", by=who, verdict="true", measures="再换", cause="老化", enforced=rows)
    actions.perform(issue, "submit_feedback", by=who, verdict="untrue", measures="停产，未见排放")  # nothing to mend


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"kind": "fine"}, "罚款请填写金额"),
        ({"kind": "fine", "amount": "-1"}, "金额"),
        ({"kind": "fine", "amount": "1.005"}, "金额"),
        ({"kind": "fine", "amount": "1e20"}, "金额"),
        ({"kind": "fine", "amount": "NaN"}, "金额"),
        ({"kind": "praise"}, "不在可选范围"),
        ({"kind": "interview", "persons": "0"}, "应在"),
        ({"kind": "interview", "article": 2**62}, "法律依据"),
        ({"kind": "interview", "article": "x"}, "整数"),
        ({"kind": "transfer", "document": "字" * 61}, "不能超过60字"),
    ],
)
def test_a_wrong_measure_is_told_by_its_row(cast: casting.Cast, row: dict[str, Any], why: str) -> None:
    issue = rectifying(cast)
    rows = [{"kind": "correction_order"}, row]
    with pytest.raises(Invalid, match=why) as wrong:
        actions.perform(issue, "submit_feedback", by=handler(cast), verdict="true", measures="已换", enforced=rows)
    assert "第2行" in wrong.value.errors["enforced"][0]
    assert not Measure.objects.exists()


def test_an_article_of_yesterday_or_of_another_measure_is_refused(cast: casting.Cast) -> None:
    issue = rectifying(cast)
    article = LawArticle.objects.filter(kind=MeasureKind.FINE).earliest("pk")
    for kind, ends in (("seal_seizure", None), ("fine", clock.today())):
        LawArticle.objects.filter(pk=article.pk).update(valid_to=ends)
        rows = [{"kind": kind, "amount": "100", "article": article.pk}]
        with pytest.raises(Invalid, match="法律依据"):
            actions.perform(issue, "submit_feedback", by=handler(cast), verdict="true", measures="已换", enforced=rows)


def test_the_most_specific_rule_of_feedback_applies() -> None:
    from enforcement.issues.actions.answering import rule_for

    since = date(2024, 1, 1)
    rows = [
        FeedbackRule(pk=1, name="all", valid_from=since),
        FeedbackRule(pk=2, name="voc", pollution_type="voc", valid_from=since),
        FeedbackRule(pk=3, name="patrol", source="patrol", valid_from=since),
        FeedbackRule(pk=4, name="over", source="patrol", severity="major", valid_from=since, valid_to=date(2025, 1, 1)),
    ]
    issue = Issue(source="patrol", pollution_type="voc", severity="major")
    assert rule_for(rows, issue, date(2024, 6, 1)).name == "over"  # type: ignore[union-attr]
    assert rule_for(rows, issue, date(2025, 6, 1)).name == "patrol"  # type: ignore[union-attr]
    assert rule_for(rows, issue, date(2023, 6, 1)) is None


# --- photos -----------------------------------------------------------------------------------------------------


@pytest.fixture
def evidence_folder(tmp_path: Any, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }


@pytest.mark.usefixtures("evidence_folder")
def test_the_verifier_is_told_of_a_reused_photo_and_by_name_only_of_issues_they_may_see(cast: casting.Cast) -> None:
    who = handler(cast)
    seen, unseen = rectifying(cast), issue_to(cast)
    mine = rectifying(cast)
    attach(seen, BytesIO(saved(scene(3))), by=who, role="after")
    attach(unseen, BytesIO(saved(scene(4))), by=who, role="after")
    unseen.parties.filter(bureau=cast.taiyuan_team).update(until=clock.now())
    Issue.objects.filter(pk=unseen.pk).update(verifier=cast.linfen)
    attach(mine, BytesIO(tampered(scene(3), 0)), by=who, role="after")
    attach(mine, BytesIO(saved(scene(4))), by=who, role="before")
    client = Client()
    client.force_login(cast.officer(cast.taiyuan_team, Role.VERIFIER))
    page = client.get(mine.get_absolute_url())
    told = {(twin.where, bool(twin.url), twin.exact) for twin in page.context["closing"]["twins"]}
    assert told == {(seen.number, True, False), ("另一个问题", False, True)}
    assert unseen.number not in page.content.decode()
    client.force_login(who)
    assert client.get(mine.get_absolute_url()).context["closing"]["twins"] == []  # who rectifies isn't told


def test_the_page_says_how_far_apart_before_and_after_were_taken(cast: casting.Cast) -> None:
    issue, who = rectifying(cast), handler(cast)
    from enforcement.timeline.models import Attachment

    for role, lat in (("before", 37.8937), ("after", 37.8947)):
        row = paper(issue, who, role, "image/jpeg")
        Attachment.objects.create(
            **{
                name: getattr(row, name)
                for name in ("subject_type", "subject_id", "role", "name", "media_type", "size", "uploaded_by")
            },
            sha256=row.sha256[::-1],
            received_at=row.received_at + timedelta(seconds=1),
            lon=112.5863,
            lat=lat,
        )
    client = Client()
    client.force_login(who)
    spot = client.get(issue.get_absolute_url()).context["closing"]["spot"]
    assert (110 <= spot.metres <= 112, spot.far) == (True, True)


# --- milestones -------------------------------------------------------------------------------------------------


def test_interim_closure_keeps_a_clock_running_to_the_last_milestone(cast: casting.Cast) -> None:
    issue, who = rectifying(cast), handler(cast)
    first_due = issue.first_due_on
    days = [clock.today() + timedelta(days=n) for n in (60, 90)]
    rows = [{"title": f"第{n}步", "due_on": day.isoformat()} for n, day in enumerate(days)]
    actions.perform(issue, "submit_feedback", by=who, verdict="true", measures="已停用")
    verifier = cast.officer(cast.taiyuan_team, Role.VERIFIER)
    actions.perform(issue, "start_verification", by=verifier)
    actions.perform(issue, "pass_verification", by=verifier, opinion="异味消除")
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    actions.perform(issue, "interim_close", by=dispatcher, reason="治理设施升级需三个月")
    with pytest.raises(Invalid, match="不能晚于"):  # the issuer didn't agree to that
        actions.perform(issue, "plan_milestones", by=who, milestones=rows)
    actions.perform(issue, "reopen", by=dispatcher, reason="请先列出节点")
    actions.perform(issue, "plan_milestones", by=who, milestones=rows)
    part = issue.responsibilities.get()
    assert part.milestone_due_on == days[0]
    actions.perform(issue, "submit_feedback", by=who, verdict="true", measures="已停用")
    actions.perform(issue, "start_verification", by=verifier)
    actions.perform(issue, "pass_verification", by=verifier, opinion="异味消除")
    issue = actions.perform(issue, "interim_close", by=dispatcher, reason="治理设施升级需三个月")
    part.refresh_from_db()
    assert (part.state, part.due_on, part.stage_due_on) == ("interim_closed", days[1], days[1])
    assert issue.first_due_on == first_due
    proof = paper(issue, who)
    first, second = part.milestones.order_by("due_on")
    actions.perform(issue, "reach_milestone", by=who, milestone=first.pk, evidence=proof.pk)
    with pytest.raises(Invalid, match="另一个节点"):
        actions.perform(issue, "reach_milestone", by=who, milestone=second.pk, evidence=proof.pk)
    part.refresh_from_db()
    assert part.milestone_due_on == days[1]
    with pytest.raises(DatabaseError), transaction.atomic():
        part.milestones.update(due_on=days[0])


# --- look-back --------------------------------------------------------------------------------------------------


def test_a_draw_is_done_again_from_its_seed_and_spares_nobody(cast: casting.Cast) -> None:
    third = cast.officer(cast.xinghualing_team, Role.VERIFIER)
    done = [closed(cast) for _ in range(3)]
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    today = clock.today()
    with pytest.raises(Refused):
        drawing.draw(cast.province, first=today, last=today, by=handler(cast))
    kept = drawing.draw(cast.province, first=today, last=today, by=dispatcher)
    assert (len(kept.register), len(kept.drawn)) == (3, 1)
    assert drawing.again(LookBackDraw.objects.get())
    call_command("verify_look_backs")
    # Nobody draws again until the result suits them.
    with pytest.raises(Invalid, match="没有可供抽取"):
        drawing.draw(cast.province, first=today, last=today, by=dispatcher)
    item = LookBack.objects.get()
    assert item.bureau == cast.xinghualing_team
    assert item.issue in done
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        LookBackDraw.objects.update(seed="0" * 64)
    assert Issue.objects.visible_to(third).filter(pk=item.issue_id).exists()
    kept.seed = "0" * 64
    assert not drawing.again(kept)
    kept.register = [[item.issue.number, item.responsibility_id, "", []]]
    assert not drawing.again(kept)


def test_the_share_of_each_stratum_is_drawn_rounded_up() -> None:
    register = [Entry(f"N{n}", n, "a" if n < 25 else "b", (7, 8)) for n in range(28)]
    drawn = sampling.draw(b"s" * 32, register, Decimal("0.1"), 2)
    assert [sum(key < 25 for key, _ in drawn), sum(key >= 25 for key, _ in drawn)] == [3, 2]
    assert drawn == sampling.draw(b"s" * 32, list(reversed(register)), Decimal("0.1"), 2)
    assert {team for _, team in drawn} <= {7, 8}
    often: dict[int, int] = {}
    for seed in range(300):
        for key, _team in sampling.draw(seed.to_bytes(32, "big"), register, Decimal("0.1"), 2):
            often[key] = often.get(key, 0) + 1
    assert set(often) == set(range(28))  # everyone can be drawn
    assert all(10 <= often[n] <= 70 for n in range(25))


def test_a_look_back_is_made_by_a_third_team_with_new_evidence_and_its_failure_reopens(cast: casting.Cast) -> None:
    issue = closed(cast)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    old = paper(issue, dispatcher)
    soon = clock.today() + timedelta(days=14)
    for team in (cast.xinghualing, cast.taiyuan_team, cast.contractor):
        with pytest.raises(Invalid):
            actions.perform(issue, "schedule_look_back", by=dispatcher, bureau=team.pk, look_by=soon)
    actions.perform(issue, "schedule_look_back", by=dispatcher, bureau=cast.xinghualing_team.pk, look_by=soon)
    third = cast.officer(cast.xinghualing_team, Role.VERIFIER)
    given = {"reason": "治理设施停运", "evidence": old.pk}
    with pytest.raises(Invalid, match="不能使用以前的材料"):
        actions.perform(issue, "fail_look_back", by=third, **given)
    with pytest.raises(Refused):
        actions.perform(issue, "fail_look_back", by=cast.officer(cast.taiyuan_team, Role.VERIFIER), **given)
    given["evidence"] = paper(issue, third).pk
    issue = actions.perform(issue, "fail_look_back", by=third, **given)
    part = issue.responsibilities.get()
    assert (issue.state, part.relapse_count, part.look_back_count) == ("rectifying", 1, 1)
    assert part.stage_due_on is not None
    assert part.counts_from == clock.today()
    with pytest.raises(Conflict):
        actions.perform(issue, "fail_look_back", by=third, **given)
    from enforcement.statistics import counting
    from enforcement.statistics.scopes import scope_for

    scope = scope_for(cast.officer(cast.province, Role.SUPERVISOR), {})
    figure = figures_of(counting.sums_of(scope), counting.effort_of(scope))["relapse_rate"]
    assert (figure.numerator, figure.denominator, figure.value) == (1, 1, 1)


def test_the_database_refuses_a_look_back_by_who_had_a_part(cast: casting.Cast) -> None:
    issue = closed(cast)
    part = issue.responsibilities.get()
    for bureau in (cast.xinghualing, cast.taiyuan_team):
        with pytest.raises(DatabaseError, match="does not look back"), transaction.atomic():
            LookBack.objects.create(
                responsibility=part, issue=issue, bureau=bureau, by=handler(cast), at=clock.now(), due_on=clock.today()
            )


# --- supervision ------------------------------------------------------------------------------------------------


def test_a_supervisor_lists_an_issue_and_is_answered(cast: casting.Cast) -> None:
    issue = rectifying(cast)
    city, province = cast.officer(cast.taiyuan, Role.SUPERVISOR), cast.officer(cast.province, Role.SUPERVISOR)
    soon, later = (clock.today() + timedelta(days=n) for n in (3, 9))
    actions.perform(issue, "escalate", by=city, reason="久拖不决", reply_by=later)
    issue = actions.perform(
        issue, "list_escalation", by=province, reason="群众反映强烈", leader="副省长某某", reply_by=soon
    )
    assert issue.listed
    with pytest.raises(Conflict, match="已挂牌"):
        actions.perform(issue, "list_escalation", by=city, reason="再挂", leader="某", reply_by=soon)
    first, second = Escalation.objects.order_by("pk")
    assert [(row.level, row.number[-2:]) for row in (first, second)] == [("city", "1号"), ("province", "1号")]
    part = issue.responsibilities.get()
    assert part.reply_due_on == soon
    for words in ("已约谈企业", "设备已到货"):
        actions.perform(issue, "reply_escalation", by=handler(cast), reply=words)
    assert list(Reply.objects.order_by("pk").values_list("escalation", flat=True)) == [first.pk, second.pk]
    with pytest.raises(Conflict, match="没有等待回复"):
        actions.perform(issue, "reply_escalation", by=handler(cast), reply="又")
    part.refresh_from_db()
    assert part.reply_due_on is None
    assert actions.perform(issue, "unlist_escalation", by=province, reason="已整改到位").listed is False
    with pytest.raises(DatabaseError), transaction.atomic():
        Escalation.objects.update(unlisted_why="改写")


def test_the_ladder_is_only_climbed_and_each_level_lifts_its_own(cast: casting.Cast) -> None:
    issue = rectifying(cast)
    county, city, province = (
        cast.officer(bureau, Role.SUPERVISOR) for bureau in (cast.xinghualing, cast.taiyuan, cast.province)
    )
    soon = clock.today() + timedelta(days=5)
    listing = {"reason": "群众反映强烈", "leader": "副市长某某", "reply_by": soon}

    def rung() -> tuple[str, str, bool]:
        issue.refresh_from_db()
        return issue.rung, issue.responsibilities.get().rung, issue.listed

    actions.perform(issue, "escalate", by=county, reason="催办")
    assert rung() == ("county", "county", False)
    actions.perform(issue, "list_escalation", by=city, **listing)
    assert rung() == ("city", "city", True)
    for action in ("escalate", "unlist_escalation"):
        with pytest.raises(Refused, match="市级督办"):
            actions.perform(issue, action, by=county, reason="催办")
    with pytest.raises(Conflict, match="已挂牌"):
        actions.perform(issue, "list_escalation", by=city, **listing)
    # Raised: the city's listing ends, the province's goes on.
    actions.perform(issue, "list_escalation", by=province, **{**listing, "leader": "副省长某某"})
    assert rung() == ("province", "province", True)
    assert list(Escalation.objects.filter(unlisted_at=None, listed=True).values_list("leader", flat=True)) == [
        "副省长某某"
    ]
    with pytest.raises(Refused, match="省级督办"):
        actions.perform(issue, "unlist_escalation", by=city, reason="已到位")
    actions.perform(issue, "unlist_escalation", by=province, reason="已到位")
    assert rung() == ("county", "county", False)
    with pytest.raises(Refused, match="县级督办"):
        actions.perform(issue, "lift_escalation", by=province, reason="已到位")
    actions.perform(issue, "lift_escalation", by=county, reason="已到位")
    assert rung() == ("", "", False)
    with pytest.raises(Conflict, match="没有可解除"):
        actions.perform(issue, "lift_escalation", by=county, reason="已到位")
    with pytest.raises(Conflict, match="没有等待回复"):
        actions.perform(issue, "reply_escalation", by=handler(cast), reply="已办")
    for sql in (
        "UPDATE issues_escalation SET lifted_at = NULL, unlisted_at = NULL WHERE listed",
        "UPDATE issues_escalation SET level = 'county'",
        "DELETE FROM issues_escalation",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_supervision_goes_along_with_a_duty_that_is_passed_on(cast: casting.Cast) -> None:
    issue = issue_to(cast)
    city, soon = cast.officer(cast.taiyuan, Role.SUPERVISOR), clock.today() + timedelta(days=5)
    actions.perform(issue, "escalate", by=city, reason="久拖不决", reply_by=soon)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    actions.perform(issue, "return", by=handler(cast), reason_code="not_ours", reason="不属本单位")
    actions.perform(issue, "reissue", by=dispatcher, bureau=cast.xinghualing_team.pk, reason="改派")
    part = issue.responsibilities.get(bureau=cast.xinghualing_team)
    assert (part.rung, part.reply_due_on) == ("city", soon)
    actions.perform(issue, "reply_escalation", by=cast.officer(cast.xinghualing_team, Role.HANDLER), reply="已督促")
    part.refresh_from_db()
    assert part.reply_due_on is None
    issue = actions.perform(issue, "lift_escalation", by=city, reason="已到位")
    assert issue.rung == ""


def test_the_urging_letter_is_a_document_in_both_kinds(cast: casting.Cast) -> None:
    issue = rectifying(cast)
    reason = "超期多日，请主要负责同志现场督促"
    actions.perform(issue, "escalate", by=cast.officer(cast.taiyuan, Role.SUPERVISOR), reason=reason)
    client = Client()
    client.force_login(handler(cast))
    row = Escalation.objects.get()
    for kind, starts in (("docx", b"PK"), ("pdf", b"%PDF")):
        answer = client.get(f"/issues/{issue.number}/escalations/{row.pk}/letter.{kind}")
        assert answer.content.startswith(starts)
    from docx import Document

    answer = client.get(f"/issues/{issue.number}/escalations/{row.pk}/letter.docx")
    document = Document(BytesIO(answer.content))
    words = "\n".join(p.text for p in document.paragraphs)
    assert reason in words
    assert row.number in words
    client.force_login(cast.officer(cast.yaodu, Role.HANDLER))
    assert client.get(f"/issues/{issue.number}/escalations/{row.pk}/letter.pdf").status_code == 404


def test_lists_are_narrowed_to_what_is_pressed_listed_paused_or_to_be_looked_at(cast: casting.Cast) -> None:
    listed, pressed, plain = (rectifying(cast) for _ in range(3))
    looked = closed(cast)
    province = cast.officer(cast.province, Role.SUPERVISOR)
    soon = clock.today() + timedelta(days=5)
    actions.perform(listed, "list_escalation", by=province, reason="督", leader="某", reply_by=soon)
    actions.perform(pressed, "escalate", by=province, reason="督")
    actions.perform(pressed, "reply_escalation", by=handler(cast), reply="已办")
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    actions.perform(looked, "schedule_look_back", by=dispatcher, bureau=cast.xinghualing_team.pk, look_by=soon)
    client = Client()
    client.force_login(province)

    def found(**words: str) -> set[int]:
        return {row.issue.pk for row in client.get("/issues/", words).context["rows"]}

    assert found(pressed="listed") == {listed.pk}
    assert found(pressed="province") == {listed.pk, pressed.pk}
    assert found(pressed="city") == set()
    assert found(pressed="any") == {listed.pk, pressed.pk}
    assert found(pressed="unanswered") == {listed.pk}
    assert found(pressed="look_back") == {looked.pk}
    assert found(clock="paused") == set()
    assert plain.pk in found()
