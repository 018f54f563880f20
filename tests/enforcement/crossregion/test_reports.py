"""Promise: every team reports every day by the rule's hour; the report's figures are counted from the rows and not typed in;
who is late is reminded before and after, once each, and stands on the page and in the summary until they have reported.
"""

import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enforcement.crossregion import actions, papers, summing
from enforcement.crossregion.actions import reporting
from enforcement.crossregion.models import DailyReport, Round
from enforcement.notices.actions import letters, reports
from enforcement.notices.models import Notice
from enforcement.notices.wording import lines
from enforcement.papers.pdf import as_pdf
from enforcement.timeline import clock
from enforcement.timeline.verification import verify as verify_timeline
from regions.errors import Invalid, Refused
from regions.models import Officer
from tests.enforcement.crossregion.conftest import CITIES
from tests.enforcement.crossregion.test_underway import visit_of

pytestmark = pytest.mark.django_db
#: The first day, ten in the morning of Beijing; reports are due at eight in the evening.
MORNING = datetime(2021, 9, 6, 2, 0, tzinfo=UTC)
DUE = datetime(2021, 9, 6, 12, 0, tzinfo=UTC)
FIRST = date(2021, 9, 6)
TEAM = f"{CITIES[0]}一组"


@pytest.fixture
def leader(people: dict[str, list[Officer]]) -> Officer:
    return people[CITIES[0]][0]


def reported(round_: Round, by: Officer, at: datetime, **entered: Any) -> DailyReport:
    with clock.moved_to(at):
        actions.perform(round_, "report", by=by, work="检查砖瓦企业2家。", **entered)
    return DailyReport.objects.latest("filed_at", "version")


def test_a_report_on_time_and_one_late_and_a_correction_that_changes_neither(
    released: Round, leader: Officer, people: dict[str, list[Officer]]
) -> None:
    first = reported(released, leader, DUE)
    assert (first.minutes_late, first.version, first.due_at) == (0, 1, DUE)
    late = reported(released, people[CITIES[1]][0], DUE + timedelta(minutes=95))
    assert late.minutes_late == 95
    again = reported(released, leader, DUE + timedelta(days=1), day="2021-09-06")
    assert again.version == 2
    assert again.work == "检查砖瓦企业2家。"
    with clock.moved_to(DUE + timedelta(days=1, hours=1)):
        teams = list(released.teams.all())
        found = reporting.standings(released, teams, [FIRST], clock.now())
        by_team = {row.team.name: (row.standing, row.versions) for row in found}
    assert by_team.pop(TEAM) == ("report_filed", 2)
    assert by_team.pop(f"{CITIES[1]}一组") == ("report_late", 1)
    assert set(by_team.values()) == {("report_missing", 0)}
    assert list(verify_timeline()) == []
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE crossregion_dailyreport SET work = 'x'")


@pytest.mark.parametrize(
    ("at", "entered", "why"),
    [
        (MORNING - timedelta(days=1), {}, "本轮期间"),
        (MORNING, {"day": "2021-09-07"}, "本轮期间"),
        (MORNING, {"day": "6.9."}, "请填写日期"),
        (MORNING, {"plan": "长" * 1001}, "1000字"),
    ],
)
def test_a_report_that_can_t_be_is_refused_and_nothing_is_kept(
    released: Round, leader: Officer, at: datetime, entered: dict[str, Any], why: str
) -> None:
    with clock.moved_to(at), pytest.raises(Invalid, match=why):
        actions.perform(released, "report", by=leader, **{"work": "一", **entered})
    with clock.moved_to(MORNING), pytest.raises(Invalid):
        actions.perform(released, "report", by=leader, work=" ")
    assert not DailyReport.objects.exists()


def test_only_members_report_and_a_team_reads_its_own_alone(
    released: Round, organiser: Officer, leader: Officer, people: dict[str, list[Officer]], client: Client
) -> None:
    row = reported(released, leader, MORNING)
    with clock.moved_to(MORNING):
        with pytest.raises(Refused, match="队员"):
            actions.perform(released, "report", by=organiser, work="代报")
        assert "report" not in {offer.action for offer in actions.available(released, organiser)}
        other = people[CITIES[1]][0]
        for officer, status in ((leader, 200), (organiser, 200), (other, 404)):
            client.force_login(officer)
            assert client.get(row.get_absolute_url()).status_code == status
            listed = client.get(f"/api/v1/rounds/{released.pk}/reports/").json()["results"]
            assert len(listed) == (status == 200)
        shown = client.get(f"/rounds/{released.pk}/reports/").content.decode()
        assert f"{CITIES[1]}一组" in shown
        assert TEAM not in shown
        assert client.get(f"{row.get_absolute_url()}pdf/").status_code == 404


def test_who_has_not_reported_is_reminded_before_and_after_once_each(
    released: Round, organiser: Officer, leader: Officer
) -> None:
    Officer.objects.filter(pk=leader.pk).update(email="leader@example.org")
    assert reports.remind_reports(DUE - timedelta(hours=3)) == 0
    assert reports.remind_reports(DUE - timedelta(hours=2)) == 8
    assert reports.remind_reports(DUE - timedelta(hours=1)) == 0  # said already
    assert reports.remind_reports(DUE - timedelta(minutes=20)) == 8
    reported(released, leader, DUE - timedelta(minutes=10))
    # An hour after: seven leaders and who holds the round for each.
    assert reports.remind_reports(DUE + timedelta(hours=1)) == 14
    assert reports.remind_reports(DUE + timedelta(hours=20)) == 0  # nor a second time next morning
    own = Notice.objects.filter(recipient=leader).order_by("pk")
    assert [notice.offset_minutes for notice in own] == [-120, -30]
    with clock.moved_to(DUE):
        told = [line.text for line in lines(own, leader)]
        assert told[0] == f"{TEAM} 2021-09-06 (周一) 的日报应在 20:00 前报送，请按时报送。"
        assert letters.send_letters() == 2
    assert "日报待报" in mail.outbox[0].subject
    (late, *_rest) = Notice.objects.filter(recipient=organiser)
    assert (late.kind, late.facts["team"] != TEAM) == ("report_late", True)
    assert not reports.remind_reports()  # the clock is moved: a replay reminds no one


def test_a_report_filed_while_the_sweep_is_under_way_is_asked_for_no_more(released: Round, leader: Officer) -> None:
    at = DUE - timedelta(hours=2)
    with clock.moved_to(at):
        found = list(reports._due(released, FIRST, at))
        assert {notice.recipient_id for notice in found} >= {leader.pk}
        reported(released, leader, at)
        assert reports._write(found) == 7
    assert not Notice.objects.filter(recipient=leader).exists()


def test_no_reminder_names_a_round_to_who_may_not_know_of_it(released: Round, leader: Officer, client: Client) -> None:
    reports.remind_reports(DUE - timedelta(hours=2))
    notice = Notice.objects.get(recipient=leader)
    client.force_login(leader)
    shown = client.get("/notices/").content.decode()
    assert f"{TEAM} · 秋季第一轮" in shown
    assert client.get(f"/api/v1/notices/{notice.pk}/").json()["title"] == f"{TEAM} · 秋季第一轮"
    released.teams.get(name=TEAM)
    stranger = Officer.objects.exclude(pk__in=released.teams.values("members__officer")).exclude(
        pk__in=released.clearances.values("officer")).first()  # fmt: skip
    (line,) = lines([notice], stranger)
    assert (line.visible, line.title, line.url) == (False, "", "")


def test_the_summary_counts_from_the_rows_on_the_page_the_paper_and_in_the_api(
    released: Round, organiser: Officer, leader: Officer, people: dict[str, list[Officer]], client: Client
) -> None:
    reported(released, leader, MORNING)
    reported(released, people[CITIES[1]][0], DUE + timedelta(minutes=30))
    with clock.moved_to(DUE + timedelta(hours=1)):
        found = summing.summary(released)
        figures = {row.key: (row.count, row.of, row.rate) for row in found.figures}
        assert figures["targets_visited"] == (0, 24, 0)
        assert figures["reports_filed"] == (2, 8, 25)
        assert [str(part) for part in figures["reports_on_time"]] == ["1", "8", "12.50"]
        assert figures["closed"] == (0, 0, None)
        assert len(found.late) == 7
        client.force_login(organiser)
        client.get("/rounds/")
        with CaptureQueriesContext(connection) as asked:
            shown = client.get(f"/rounds/{released.pk}/summary/").content.decode()
        assert len(asked) <= 10 + 2  # the session and its officer beside the ten of a page of figures
        assert "1 ÷ 应报日报 8" in shown
        assert "日报迟报 7 份" in shown
        told = client.get(f"/api/v1/rounds/{released.pk}/summary/").json()
        assert {row["key"]: row["rate"] for row in told["figures"]}["reports_on_time"] == "12.50"
        answer = client.get(f"/rounds/{released.pk}/summary/docx/")
        words = zipfile.ZipFile(BytesIO(answer.content)).read("word/document.xml").decode()
        assert "日报按时率" in words
        assert "12.50 %" in words
        assert as_pdf(papers.summary_of(found)).startswith(b"%PDF")
        assert client.get(f"/rounds/{released.pk}/summary/odt/").status_code == 404


def test_every_figure_opens_the_rows_it_counts(
    released: Round, organiser: Officer, leader: Officer, people: dict[str, list[Officer]], client: Client
) -> None:
    """On the page and in the API, for who sees all; a team's member sees their own."""
    second, target = people[CITIES[0]][1], released.targets.filter(team__name=TEAM).select_related("site").first()
    visit_of(target, [leader, second], guidance="更换布袋")
    visit_of(target, [leader, second])
    theirs = released.targets.filter(team__name=f"{CITIES[1]}一组").select_related("site").first()
    visit_of(theirs, people[CITIES[1]][:2])
    with clock.moved_to(MORNING):
        for site in (target, theirs):
            by = leader if site == target else people[CITIES[1]][0]
            actions.perform(released, "file_clue", by=by, title="设施未运行", site=site.site_id)
    reported(released, leader, DUE)
    reported(released, people[CITIES[1]][0], DUE + timedelta(minutes=30))
    with clock.moved_to(DUE + timedelta(hours=1)):
        client.force_login(organiser)
        figures = client.get(f"/api/v1/rounds/{released.pk}/summary/").json()["figures"]
        counts = {row["key"]: row["count"] for row in figures}
        assert (counts["visits"], counts["targets_visited"], counts["guidance"], counts["clues"]) == (3, 2, 1, 2)
        page = client.get(f"/rounds/{released.pk}/summary/").content.decode()
        for row in figures:
            found = client.get(row["rows"]).json()["results"]
            number = sum(one["guidance"] for one in found) if row["key"] == "guidance" else len(found)
            assert number == row["count"], row
            shown = row["rows"].removeprefix("/api/v1")
            assert shown in page
            assert client.get(shown).status_code == 200
        assert client.get(f"/api/v1/rounds/{released.pk}/visits/?figure=x").status_code == 400
        for list_ in ("visits", "clues"):  # a name no team can have
            assert client.get(f"/rounds/{released.pk}/{list_}/?team=%00").status_code == 200
            assert client.get(f"/api/v1/rounds/{released.pk}/{list_}/?team=%00").json()["results"] == []
        with CaptureQueriesContext(connection) as asked:
            told = client.get(f"/rounds/{released.pk}/visits/?team={TEAM}").content.decode()
        assert len(asked) <= 8 + 2
        assert told.count(target.site.name) == 2
        assert theirs.site.name not in told
        client.force_login(people[CITIES[1]][0])
        own = client.get(f"/api/v1/rounds/{released.pk}/visits/").json()["results"]
        assert [row["name"] for row in own] == [theirs.site.name]


def test_a_report_on_the_page_and_by_the_api_with_a_key(
    released: Round, leader: Officer, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(leader)
    with clock.moved_to(MORNING):
        form = client.get(f"/rounds/{released.pk}/reports/new/").content.decode()
        assert "本队抽中 3 处" in form
        wrong = client.post(f"/rounds/{released.pk}/reports/new/", {"day": "2021-09-06", "plan": "继续"})
        assert wrong.status_code == 400
        assert "继续" in wrong.content.decode()
        done = client.post(f"/rounds/{released.pk}/reports/new/", {"day": "2021-09-06", "work": "查2家"})
        assert done["Location"] == f"/rounds/{released.pk}/reports/"
        body, path = json.dumps({"work": "查3家"}), f"/api/v1/rounds/{released.pk}/reports/"
        with CaptureQueriesContext(connection) as asked:
            assert client.post(path, body, content_type="application/json").json()["version"] == 2
        # The session and its officer, and the posts of a moved day again, beside the fifteen of a creation.
        assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) <= 15 + 3
        told = [
            client.post(path, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="abc-1").json()
            for _ in range(2)
        ]
        assert told[0] == told[1]
        assert (told[0]["version"], told[0]["figures"]["targets"]) == (3, 3)
        for field in ("filed_at", "figures", "team", "version", "due_at"):
            refused = client.post(path, json.dumps({"work": "查", field: 1}), content_type="application/json")
            assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])
        with django_assert_max_num_queries(8 + 2):
            assert client.get(f"/rounds/{released.pk}/reports/").status_code == 200
        report = DailyReport.objects.latest("version")
        paper = client.get(f"{report.get_absolute_url()}docx/")
        assert "查3家" in zipfile.ZipFile(BytesIO(paper.content)).read("word/document.xml").decode()
