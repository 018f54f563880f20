"""A round of cross-enforcement of today's demo, through the real actions: committed to, published with a day's anchor, drawn,
released, under way: visits, clues in the chain, daily reports on time, late and missing, a summary that counts them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from enforcement.crossregion import actions
from enforcement.crossregion.actions import drawing
from enforcement.crossregion.models import Clue, Round, Team
from enforcement.desk.demo import bureaus
from enforcement.desk.demo.checks import CAMPAIGN
from enforcement.desk.demo.people import Cast
from enforcement.findings import actions as findings
from enforcement.inspections import actions as visits
from enforcement.inspections.models import Campaign, Checklist, Mode
from enforcement.issues import actions as issues
from enforcement.issues.models import Issue
from enforcement.timeline import anchors, clock
from regions.models import Bureau, Officer
from regions.roles import Role

CITIES = ("140100", "140200", "140800", "141000")
COUNTIES = ("140107", "140213", "141002", "140802", "140212", "140121", "141024", "140821")
#: Days before today on which each thing was done; the round itself began DAYS days ago.
MADE, COMMITTED, DRAWN, DAYS = 12, 9, 7, 3
WORK = (
    "重点核对治理设施运行、台账和旁路情况，现场指出问题并要求立行立改。",
    "沿主要道路查看堆场苫盖和施工扬尘，与属地交换意见，准备次日入企检查。",
    "调阅在线监测历史数据，核对停产、检修时段的记录。",
)
FOUND = (
    ("治理设施停运，废气直排", "serious", "现场检查时活性炭吸附装置风机未开启，电表读数与生产负荷不符。"),
    ("废气收集不完全，车间敞开作业", "general", "喷涂工位软帘缺失，集气罩开口面风速不足。"),
    ("在线监测采样管路漏气", "serious", "采样伴热管接头松动，通入标准气体示值偏低。"),
)


def load(cast: Cast) -> None:
    """About five hundred statements."""
    now = clock.now()
    organiser = _fresh(cast.officer(bureaus.PROVINCE, Role.COORDINATOR))
    round_ = _prepared(organiser, now)
    with clock.moved_to(now - timedelta(days=COMMITTED - 1)):
        # None where the day of an anchor has come already: then the next one publishes the commitment.
        anchors.write()
    with clock.moved_to(now - timedelta(days=DRAWN)):
        begun = actions.perform(round_, "draw", by=organiser)
        drawing.draw(str(begun.pk))
        round_ = Round.objects.select_related("bureau", "rule").get(pk=round_.pk)
    with clock.moved_to(now - timedelta(days=DRAWN - 1)):
        actions.perform(round_, "release", by=organiser)
    teams = list(round_.teams.select_related("leader", "assignment__division").order_by("name"))
    _work(cast, round_, teams, now)
    _hand_off(cast, round_, now)
    _report(round_, teams, now)


def _fresh(officer: Officer) -> Officer:
    """Without what the object remembers of its posts: a secondment opened since counts."""
    return Officer.objects.get(pk=officer.pk)


def _prepared(organiser: Officer, now: datetime) -> Round:
    with clock.moved_to(now - timedelta(days=MADE)):
        since = clock.beijing_day(now) - timedelta(days=DAYS)
        made = actions.create(
            by=organiser, name="冬季第一轮交叉执法（演示）", since=since, until=since + timedelta(days=11),
            campaign_id=Campaign.objects.get(name=CAMPAIGN).pk, synthetic=True,
        )  # fmt: skip
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("set_rules", {"max_km": 1000, "reason": "四市参加，南北距离较远"}),
        ("set_counties", {"text": "\n".join(f"{code} {rank}" for rank, code in enumerate(COUNTIES, start=1))}),
        ("set_teams", {"text": "\n".join(_roster())}),
        ("set_pool", {"text": "FID检测仪；4\n红外热像仪；2"}),
        ("commit", {}),
    )
    with clock.moved_to(now - timedelta(days=COMMITTED)):
        for action, entered in steps:
            made = actions.perform(made, action, by=organiser, **entered)
    return made


def _roster() -> list[str]:
    """Two teams of each city: an inspector who leads and a verifier; every team knows kilns, so that any draw can be met."""
    lines = []
    for city in CITIES:
        team = Bureau.objects.get(division__code=city, kind="enforcement_team")
        held = team.postings.filter(role__in=[Role.INSPECTOR, Role.VERIFIER]).select_related("officer").order_by("pk")
        people: dict[str, list[str]] = {}
        for posting in held:
            people.setdefault(posting.role, []).append(posting.officer.username)
        short = team.division.short_name
        for place, (word, skill, kit) in enumerate((("一", "臭氧", "FID检测仪"), ("二", "在线监测", "无人机"))):
            leader, second = people[Role.INSPECTOR][place], people[Role.VERIFIER][place]
            lines.append(f"{short}{word}队；{city}；{leader}；{leader}:砖瓦窑+{skill}、{second}；{kit}")
    return lines


def _work(cast: Cast, round_: Round, teams: Sequence[Team], now: datetime) -> None:
    """Some sites visited, three clues found."""
    checklist = Checklist.objects.get(key="voc-enterprise").versions.get(number=1)
    for number, team in enumerate(teams[:4]):
        leader = _fresh(team.leader)
        target = team.targets.select_related("site__division__parent").order_by("place")[0]
        bureau = leader.postings_on(clock.today())[0].bureau
        second = team.members.exclude(officer=leader).select_related("officer").get().officer
        with clock.moved_to(now - timedelta(days=2, hours=number % 3)):
            visit = visits.plan(
                by=leader, bureau=bureau, site=target.site, list_version=checklist, mode=Mode.UNANNOUNCED,
                planned_on=clock.today(), approver=_leader_of(cast, bureau), leader=leader, members=[second],
                source="cross_enforcement", synthetic=True,
            )  # fmt: skip
            visit = visits.perform(visit, "approve", by=visit.approver, approval_no=f"晋交执审〔演示〕{number + 1}号")
            for member in (leader, second):
                visit = visits.perform(visit, "declare", by=member)
            code = visits.code_of(target.site)
            visits.perform(visit, "check_in", by=leader, code=code, lon=target.site.lon, lat=target.site.lat)
            if number < len(FOUND):
                title, severity, seen = FOUND[number]
                entered: dict[str, Any] = {
                    "site": target.site_id,
                    "severity": severity,
                    "pollution_type": "VOC",
                    "description": seen,
                }
                actions.perform(round_, "file_clue", by=leader, title=title, **entered)


def _leader_of(cast: Cast, bureau: Bureau) -> Officer:
    return cast.officer(cast.key_of(bureau), Role.TEAM_LEADER)


def _hand_off(cast: Cast, round_: Round, now: datetime) -> None:
    """Of three clues one waits for its leader, one for the dispatcher, one is an issue the team's bureau verifies."""
    dispatcher = cast.officer(bureaus.PROVINCE, Role.DISPATCHER)
    clues = list(Clue.objects.filter(round=round_).select_related("finding__filer").order_by("filed_at", "id"))
    with clock.moved_to(now - timedelta(days=1, hours=3)):
        for clue in clues[:2]:
            clue.finding = findings.perform(clue.finding, "confirm", by=_leader_of(cast, clue.finding.filer))
    finding = clues[0].finding
    assert finding.located_in is not None
    answering = cast.bureaus[finding.located_in.code]
    # At this moment: the numbers of issues go by the time they were issued, and the season has been played up to now.
    handing = findings.Handing(finding, findings.whole(answering), verifier=finding.filer)
    document = findings.hand_off_findings([handing], issuer=round_.bureau, by=dispatcher, synthetic=True)
    issue: Issue = document.opened[0].issue
    issues.perform(issue, "acknowledge", by=cast.officer(finding.located_in.code, Role.HANDLER))


def _report(round_: Round, teams: Sequence[Team], now: datetime) -> None:
    """The days so far: nearly all on time, one late by an hour and more, one day of one team missing; today's to come."""
    today = clock.beijing_day(now)
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        due = datetime.combine(day, round_.rule.report_due, tzinfo=clock.BEIJING)
        for number, team in enumerate(teams):
            if (back, number) == (1, 2):
                continue
            late = (back, number) == (2, 5)
            at = due + (timedelta(minutes=74) if late else -timedelta(minutes=20 + 7 * number))
            if at >= now:
                continue
            with clock.moved_to(at):
                actions.perform(
                    round_,
                    "report",
                    by=team.leader,
                    work=WORK[(back + number) % len(WORK)],
                    troubles="返程车辆故障，需属地协助。" if late else "",
                    plan="继续检查本队抽中点位。",
                )
