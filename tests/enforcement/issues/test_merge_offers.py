"""Promise: a duplicate handed out by two offices is merged by both or by nobody: one offers, the other takes; who is asked
learns of the other's issue what that office discloses and no more; unanswered it isn't lost, and counted it is once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from enforcement.issues import actions
from enforcement.issues.actions import merge_offers
from enforcement.issues.actions.merge_offers import decline, offer, take, tell_lapsed, undo, withdraw
from enforcement.issues.actions.merging import merge, unmerge
from enforcement.issues.models import Issue, Merge, MergeOffer
from enforcement.notices.actions.telling import tell
from enforcement.notices.models import Notice
from enforcement.statistics import folding
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from enforcement.timeline.verification import verify
from regions.errors import Absent, Conflict, DomainError, Invalid, Refused
from regions.models import Bureau, Officer, Posting
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.api.test_statements import at_most as at_writing
from tests.enforcement.statistics import recount
from tests.scenarios import cast as casting
from tests.scenarios.desks import at_most, signed_in

from .whole import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def handed(cast: casting.Cast, issuer: Bureau, title: str = "同一排放口", **more: Any) -> Issue:
    """An issue of an office to 杏花岭分局, verified by the city's office: so that the city sees both, the province its own."""
    given = {"verifier": cast.taiyuan, "address": "府东街1号", **more}
    item = actions.Item(title, "patrol", 112.58, 37.89, [actions.Share(cast.xinghualing)], **given)
    return actions.hand_off([item], issuer=issuer, by=dispatcher(cast, issuer)).opened[0].issue


def dispatcher(cast: casting.Cast, bureau: Bureau) -> Officer:
    return cast.officer(bureau, Role.DISPATCHER)


def pair(cast: casting.Cast) -> tuple[Issue, Issue]:
    """The city's issue of today and the province's of a week ago."""
    with clock.moved_to(clock.now() - timedelta(days=7)):
        old = handed(cast, cast.province, "省里转办的")
    return handed(cast, cast.taiyuan, verifier=cast.taiyuan_team), old


def asked(cast: casting.Cast, own: Issue, theirs: Issue) -> MergeOffer:
    by = dispatcher(cast, cast.taiyuan)
    return offer(own.number, theirs.number, by=by, reason="两次走航的同一排放口", seen_by=by)


def colleague_of(officer: Officer) -> Officer:
    """Another one of the same office and role."""
    made = Officer.objects.create_officer("colleague", "同事", badge_no="B2")
    posting = officer.postings.get()
    Posting.objects.create(officer=made, bureau=posting.bureau, role=posting.role, since=casting.SINCE)
    return made


def figures() -> dict[str, Any]:
    return recount.figures(day=clock.today(), as_of=None)


def sound() -> None:
    folding.fold()
    assert folding.differences() == []
    assert list(verify()) == []


def kinds(issue: Issue) -> list[str]:
    return list(Event.objects.filter(subject_id=str(issue.pk), subject_type="issue").values_list("kind", flat=True))


def heard(officer: Officer) -> list[tuple[str, int | None]]:
    tell()
    return list(Notice.objects.filter(recipient=officer).order_by("pk").values_list("kind", "issue"))


def test_taken_it_counts_once_and_either_office_may_undo_it(cast: casting.Cast) -> None:
    own, theirs = pair(cast)
    city, province = dispatcher(cast, cast.taiyuan), dispatcher(cast, cast.province)
    colleague = colleague_of(city)
    for one, other in ((own, theirs), (theirs, own)):
        for by in (city, province):
            with pytest.raises(Refused, match=r"转办，本单位不能直接合并.*征询合并"):
                merge(one.number, other.number, by=by, reason="同一件")
    before, first = figures()["issued"], theirs.first_due_on
    # The later one goes on here: it takes over the earlier dates.
    made = offer(theirs.number, own.number, by=city, reason="同一排放口", seen_by=city)
    assert figures()["issued"] == before
    take(made.pk, by=province, opinion="同意", seen_by=province)
    own.refresh_from_db()
    assert Issue.objects.get(pk=theirs.pk).state == "merged"
    assert (own.first_due_on, figures()["issued"]) == (first, before - 1)
    link = Merge.objects.get()
    assert (link.bureau, link.by, link.offer) == (cast.province, province, made)
    assert (kinds(theirs)[-2:], kinds(own)[-2:]) == (["merge_offered", "merged"], ["merge_offered", "merged_in"])
    assert heard(province) == [("merge_offered", theirs.pk)]
    assert heard(city) == heard(colleague) == [("merged_in", own.pk)], "of its own question an office isn't told"
    sound()
    undo(made.pk, by=city, reason="不是同一个", seen_by=city)
    assert (Issue.objects.get(pk=theirs.pk).state, figures()["issued"]) == ("issued", before)
    assert heard(province)[-1] == ("unmerged", theirs.pk)
    with pytest.raises(Conflict, match="已经撤销"):
        undo(made.pk, by=city, reason="再撤")
    told = caller(city).get(f"merge-offers/{made.pk}/").json()
    assert (told["state"], bool(told["undone_at"]), told["actions"]) == ("taken", True, [])
    assert "合并已撤销：不是同一个" in signed_in(city).get(made.get_absolute_url()).content.decode()
    # Undone by the other one, from the issue's own page; a merge needs an offer of its own each time.
    again = asked(cast, own, theirs)
    take(again.pk, by=province)
    unmerge(own.number, by=province, reason="并错了")
    assert heard(city)[-1] == ("unmerged", own.pk)
    assert kinds(own)[-1] == "unmerged"
    sound()
    # Once the survivor is answered no merge is undone; who doesn't see it isn't told why.
    last = offer(theirs.number, own.number, by=city, reason="同一排放口", seen_by=city)
    take(last.pk, by=province)
    assert "<textarea" not in signed_in(city).get(f"{last.get_absolute_url()}take/").content.decode()
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    actions.perform(own, "acknowledge", by=handler)
    actions.perform(own, "submit_feedback", by=handler, verdict="true", measures="已整改")
    for by, words in ((city, "已反馈"), (province, "目前的办理情况不允许撤销合并")):
        (step,) = caller(by).get(f"merge-offers/{last.pk}/").json()["actions"]
        assert (step["action"], step["allowed"], words in step["why"]) == ("undo", False, True)
        with pytest.raises(Conflict, match=words):
            undo(last.pk, by=by, reason="并错了")
    with pytest.raises(Conflict, match="目前的办理情况不允许撤销合并"):
        unmerge(theirs.number, by=province, reason="并错了")


def test_who_is_asked_is_shown_what_the_other_office_discloses_and_no_more(cast: casting.Cast) -> None:
    own, theirs = pair(cast)
    form, offering = f"{own.get_absolute_url()}links/offer_merge/", signed_in(dispatcher(cast, cast.taiyuan))
    assert f"?into={theirs.number}" in offering.get(form).content.decode(), "the other office's issue lies near"
    entered = {"version": "1", "into": theirs.number, "reason": " "}
    assert "请填写理由" in offering.post(form, entered).content.decode()
    assert offering.post(form, {**entered, "reason": "同一排放口"}).status_code == 302
    made = MergeOffer.objects.get()
    province = dispatcher(cast, cast.province)
    call = caller(province)
    assert call.get(f"issues/{own.number}/").status_code == 404
    assert signed_in(province).get(own.get_absolute_url()).status_code == 404
    shown = call.get(f"merge-offers/{made.pk}/").json()
    assert shown["issue"] == {
        "number": own.number, "title": own.title, "issuer": cast.taiyuan.pk, "place": "杏花岭区，府东街1号",
        "bureaus": [cast.xinghualing.short_name], "issued_on": own.issued_on.isoformat(),
        "first_due_on": own.first_due_on.isoformat(), "due_on": own.due_on.isoformat(),
    }  # fmt: skip
    assert shown["into"]["number"] == theirs.number
    assert [step["action"] for step in shown["actions"] if step["allowed"]] == ["take", "decline"]
    client = signed_in(province)
    page = client.get(made.get_absolute_url()).content.decode()
    assert own.number in page
    assert own.get_absolute_url() not in page, "told, not opened"
    # Neither strangers nor the asked office's people elsewhere find it; what isn't there looks the same.
    stranger = caller(dispatcher(cast, cast.linfen))
    gone = [stranger.get(f"merge-offers/{pk}/") for pk in (made.pk, 10**9, 10**30)]
    gone += [client.get(f"/issues/merge-offers/{10**30}/"), client.get(f"{made.get_absolute_url()}burn/")]
    gone += [stranger.post(f"merge-offers/{pk}/actions/decline/", {"reason": "不"}) for pk in (made.pk, 10**9)]
    assert {answer.status_code for answer in gone} == {404}
    assert stranger.get("merge-offers/").json()["results"] == []
    # It waits on the workbench until it is answered.
    with at_most(8):
        bench = client.get("/").content.decode()
    assert "合并征询待答复" in bench
    assert made.get_absolute_url() in bench
    assert "合并征询待答复" not in signed_in(dispatcher(cast, cast.taiyuan)).get("/").content.decode()
    declined = client.post(f"{made.get_absolute_url()}decline/", {"reason": "不是同一个车间"})
    assert declined.status_code == 302
    assert "合并征询待答复" not in client.get("/").content.decode()
    after = call.get("merge-offers/", state="declined").json()["results"][0]
    assert (after["issue"]["number"], after["issue"]["due_on"], after["issue"]["bureaus"]) == (own.number, None, [])
    assert (after["ended_why"], after["ended_by"]) == ("不是同一个车间", province.name)


def test_what_a_merge_is_refused_for_is_told_at_offering_and_judged_again_at_taking(cast: casting.Cast) -> None:
    own, theirs = pair(cast)
    city, province = dispatcher(cast, cast.taiyuan), dispatcher(cast, cast.province)
    same, serious = handed(cast, cast.taiyuan), handed(cast, cast.taiyuan, severity="serious")
    county = dispatcher(cast, cast.xinghualing)  # answers for both, issued neither
    before = everything()
    for one, into, by, error, words in (
        (own, own, city, Invalid, "它自己"),
        (own, same, city, Invalid, "请直接合并"),
        (serious, theirs, city, Refused, "更严重"),
        (own, theirs, county, Refused, "只有转办单位的转办员"),
        (own, theirs, province, Absent, "没有"),  # who doesn't see the other one can't name it
        (own, theirs, cast.officer(cast.taiyuan, Role.HANDLER), Refused, "转办员"),
    ):
        with pytest.raises(error, match=words):
            offer(one.number, into.number, by=by, reason="同一件", seen_by=by)
    with pytest.raises(Invalid, match="理由"):
        offer(own.number, theirs.number, by=city, reason=" ")
    with pytest.raises(Conflict, match="刚刚"):
        offer(own.number, theirs.number, by=city, reason="同一件", version=99)
    assert everything() == before
    made = asked(cast, own, theirs)
    before = everything()
    for one, into, words in ((own, theirs, "已有一次合并征询"), (theirs, own, "保留的问题相反")):
        with pytest.raises(Conflict, match=words):
            offer(one.number, into.number, by=city, reason="同一件", seen_by=city)
    both = Posting.objects.create(officer=city, bureau=cast.province, role=Role.DISPATCHER, since=casting.SINCE)
    with pytest.raises(Refused, match="不能是同一人"):
        take(made.pk, by=Officer.objects.get(pk=city.pk))
    both.delete()
    for act, by in ((take, city), (take, county), (decline, county), (withdraw, province), (undo, county)):
        with pytest.raises(Refused, match="转办员可以"):
            act(made.pk, by=by, **({} if act is take else {"reason": "理由"}))  # type: ignore[operator]
    assert everything() == before
    # Meanwhile the city presses its own: the province can't see why, and isn't told.
    actions.perform(own, "escalate", by=cast.officer(cast.taiyuan, Role.SUPERVISOR), reason="久拖不决")
    before = everything()
    call = caller(province)
    for key in (None, "k"):
        answer = call.post(f"merge-offers/{made.pk}/actions/take/", {}, key=key)
        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
        assert "两个问题目前的办理情况不允许合并" in answer.content.decode()
        assert "督办" not in answer.content.decode()
    steps = {step["action"]: step for step in call.get(f"merge-offers/{made.pk}/").json()["actions"]}
    assert (steps["take"]["allowed"], steps["decline"]["allowed"]) == (False, True)
    assert {name: rows for name, rows in everything().items() if "receipt" not in name} == {
        name: rows for name, rows in before.items() if "receipt" not in name
    }
    assert call.post(f"merge-offers/{made.pk}/actions/decline/", {}).status_code == 400
    assert call.post(f"merge-offers/{made.pk}/actions/take/", {"reason": "好"}).status_code == 400


def test_a_county_that_issued_one_of_them_is_an_issuer_like_any_other(cast: casting.Cast) -> None:
    theirs = handed(cast, cast.province)
    own = handed(cast, cast.xinghualing)
    by = dispatcher(cast, cast.xinghualing)
    made = offer(own.number, theirs.number, by=by, reason="同一件", seen_by=by)
    assert (made.bureau, made.asked) == (cast.xinghualing, cast.province)
    take(made.pk, by=dispatcher(cast, cast.province))
    assert Issue.objects.get(pk=own.pk).state == "merged"


def test_declined_withdrawn_or_lapsed_it_changes_nothing_but_the_timelines(cast: casting.Cast) -> None:
    own, theirs = pair(cast)
    city, province = dispatcher(cast, cast.taiyuan), dispatcher(cast, cast.province)
    untouched = [list(rows.order_by("pk").values_list()) for rows in (_parts(own), _parts(theirs))]
    decline(asked(cast, own, theirs).pk, by=province, reason="不是")
    made = asked(cast, own, theirs)
    withdraw(made.pk, by=city, reason="先核实")
    with pytest.raises(Conflict, match="已撤回"):
        take(made.pk, by=province)
    assert [list(rows.order_by("pk").values_list()) for rows in (_parts(own), _parts(theirs))] == untouched
    made = asked(cast, own, theirs)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    actions.perform(own, "acknowledge", by=handler)
    assert MergeOffer.objects.open().count() == 1, "it may still be taken"
    actions.perform(theirs, "acknowledge", by=handler)
    actions.perform(theirs, "submit_feedback", by=handler, verdict="true", measures="已整改")
    lapsed = MergeOffer.objects.get(pk=made.pk)
    assert (lapsed.state, lapsed.ended_by, lapsed.told_at) == ("lapsed", None, None)
    with pytest.raises(Conflict, match="已失效"):
        take(made.pk, by=province)
    assert (tell_lapsed(), tell_lapsed()) == (1, 0)
    for issue in (own, theirs):
        assert kinds(issue).count("merge_lapsed") == 1
    assert [kind for kind, _ in heard(city)] == ["merge_declined", "merge_lapsed"]
    assert [kind for kind, _ in heard(province)] == [
        "merge_offered", "merge_offered", "merge_withdrawn", "merge_offered", "merge_lapsed",
    ]  # fmt: skip
    # Merged into another of its own issuer's, the merged one is asked about no more.
    fresh = handed(cast, cast.province)
    made = asked(cast, own, fresh)
    merge(own.number, handed(cast, cast.taiyuan).number, by=city, reason="同一件")
    assert MergeOffer.objects.get(pk=made.pk).state == "lapsed"
    assert heard(colleague_of(city)) == [], "an office's own merge is no news to it"
    sound()


def _parts(issue: Issue) -> Any:
    return issue.responsibilities.all()


def test_the_database_joins_two_offices_issues_only_on_an_offer_taken(cast: casting.Cast) -> None:
    own, theirs = pair(cast)
    made = asked(cast, own, theirs)
    keys = {"own": own.pk, "theirs": theirs.pk, "offer": made.pk, "by": made.by_id, "bureau": made.bureau_id}
    joined = (
        "INSERT INTO issues_merge (issue_id, into_id, reason, by_id, bureau_id, at, kept, voided_why, offer_id) "
        "VALUES (%(own)s, %(theirs)s, 'x', %(by)s, %(bureau)s, now(), '{}', '', {offer})"
    )
    for sql in (
        joined.replace("{offer}", "NULL"), joined.replace("{offer}", "%(offer)s"),
        "UPDATE issues_mergeoffer SET into_id = issue_id", "UPDATE issues_mergeoffer SET reason = 'y'",
        "UPDATE issues_mergeoffer SET state = 'declined', ended_at = now()", "DELETE FROM issues_mergeoffer",
        "UPDATE issues_mergeoffer SET state = 'taken', ended_at = now(), ended_by_id = by_id",
        "UPDATE issues_mergeoffer SET told_at = now()", "TRUNCATE issues_mergeoffer CASCADE",
        "INSERT INTO issues_mergeoffer (issue_id, into_id, reason, by_id, bureau_id, asked_id, at, state, ended_why) "
        "SELECT into_id, issue_id, 'x', by_id, bureau_id, bureau_id, at, 'open', '' FROM issues_mergeoffer",
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, keys)
    decline(made.pk, by=dispatcher(cast, cast.province), reason="不是")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE issues_mergeoffer SET state = 'taken', ended_at = now()")
    with pytest.raises(DomainError):
        merge_offers.act("burn", made.pk, by=made.by)


def test_asking_and_answering_over_the_api_take_what_two_issues_take(cast: casting.Cast) -> None:
    own, theirs = pair(cast)
    city, province = caller(dispatcher(cast, cast.taiyuan)), caller(dispatcher(cast, cast.province))
    with at_writing(13):
        body = {"into": theirs.number, "reason": "同一排放口"}
        asked_ = city.post(f"issues/{own.number}/links/offer_merge/", body, key="k")
    assert asked_.status_code == 200, asked_.content.decode()
    made = MergeOffer.objects.get()
    assert (asked_.json()["number"], asked_.json()["merge_offer"]) == (own.number, made.pk)
    with at_writing(24):
        taken = province.post(f"merge-offers/{made.pk}/actions/take/", {"opinion": "同意"}, key="k2")
    assert (taken.status_code, taken.json()["state"]) == (200, "taken"), taken.content.decode()
    again = province.post(f"merge-offers/{made.pk}/actions/take/", {"opinion": "同意"}, key="k2")
    assert again.json() == taken.json()
    assert [step["action"] for step in city.get(f"merge-offers/{made.pk}/").json()["actions"]] == ["undo"]
    with at_most(5):
        assert len(city.get("merge-offers/", issue=theirs.number).json()["results"]) == 1
    # The province doesn't see the city's issue: its number finds nothing, as one that isn't there.
    for who, number, found in ((province, theirs.number, 1), (province, own.number, 0), (city, "SX-2019-ZH-99999", 0)):
        assert len(who.get("merge-offers/", issue=number).json()["results"]) == found
