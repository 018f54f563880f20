"""Special inspections of today's demo, through the real actions: one whose plan was sent back once, whose tasks are done, two of
them struck off, and whose progress is published; one under way, with papers asked for, one late."""

from datetime import datetime, timedelta
from typing import Any

from enforcement.desk.demo.ahead import workday_in
from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.sites import Works
from enforcement.findings import actions as findings
from enforcement.issues import actions as issues
from enforcement.issues.models import Issue
from enforcement.oversight.actions import inspecting
from enforcement.oversight.models import SpecialInspection
from enforcement.timeline import clock
from regions.models import Officer
from regions.roles import Role

Days = timedelta
#: Days ago on which the elder inspection came to each of its points: before the oldest of today's issues, whose numbers
#: go by the time they were issued.
ENTERED, TOLD, PLANNED, SENT_BACK, AGAIN, ACCEPTED, TRACKED = 110, 100, 90, 86, 80, 76, 58
#: What the team found, and what is done about it within how many days from the plan.
FOUND = (
    ("建成区散煤复燃", "抽查32户，7户仍在燃用散煤。", "逐户核查，完成清洁取暖改造", 60),
    ("渣土车未密闭运输", "夜查45台次，11台未密闭。", "建立联合夜查机制，未密闭的一律停运", 50),
    ("重污染天气应急响应不到位", "3家企业未按应急减排清单停产。", "修订减排清单，逐厂落实驻厂监督", 90),
)  # fmt: skip


def load_elder(cast: Cast, works: Works) -> None:
    """太原 inspected 杏花岭: from the first day to what is struck off. Some three hundred statements."""
    now = clock.now()
    row = _told(cast, works, now)
    row = _planned(cast, row, now)
    _rectified(cast, row, now)


def load(cast: Cast) -> None:
    """The one under way. Some forty statements."""
    _underway(cast, clock.now())


def _told(cast: Cast, works: Works, now: datetime) -> SpecialInspection:
    inspector = cast.officer("140100-team", Role.INSPECTOR)
    site = works.by_county["140107"][0]
    with clock.moved_to(now - Days(ENTERED)):
        row = _entered(cast, "140100", "140107", "秋冬季大气污染防治专项督察（演示）", "并环督〔演示〕1号")
        row = _ask(row, inspector, "重污染天气应急响应记录", 3)
        row = _supply(cast, row, "140107")
        for number, (title, facts, _measure, _days) in enumerate(FOUND):
            # Apart from one another: each is a matter of its own.
            lon, lat = site.lon + 0.004 * number, site.lat + 0.003 * number
            row = inspecting.perform(
                row, "note", by=inspector, title=title, facts=facts, severity="general", lon=lon, lat=lat
            )
    with clock.moved_to(now - Days(TOLD)):
        for problem in row.problems.select_related("finding"):
            findings.perform(problem.finding, "confirm", by=cast.officer("140100-team", Role.TEAM_LEADER))
        return inspecting.perform(
            row, "tell", by=cast.officer("140100", Role.DISPATCHER), report_no="并环督反馈〔演示〕1号",
            report="督察发现三个方面的问题，请逐项整改。\n（演示用，不是真实意见）",
        )  # fmt: skip


def _planned(cast: Cast, row: SpecialInspection, now: datetime) -> SpecialInspection:
    """The first plan is sent back, the second one accepted."""
    checker = cast.officer("140100", Role.SUPERVISOR)
    with clock.moved_to(now - Days(PLANNED)):
        row = _plan(cast, row, "成立区级整改领导小组。")
    with clock.moved_to(now - Days(SENT_BACK)):
        row = inspecting.perform(row, "reject", by=checker, opinion="没有写明分管领导和调度办法，请补充后重报。")
    with clock.moved_to(now - Days(AGAIN)):
        row = _plan(cast, row, "成立区级整改领导小组，分管副区长任组长，每周调度一次。")
    with clock.moved_to(now - Days(ACCEPTED)):
        return inspecting.perform(row, "accept", by=checker, opinion="措施可行，同意。")


def _plan(cast: Cast, row: SpecialInspection, text: str) -> SpecialInspection:
    bureau = cast.bureaus["140107"].name
    tasks = [
        {"problem": place, "measure": measure, "bureau": bureau, "due_on": workday_in(days)}
        for place, (_title, _facts, measure, days) in enumerate(FOUND, 1)
    ]
    return inspecting.perform(row, "plan", by=cast.officer("140107", Role.HANDLER), plan=text, tasks=tasks)


def _rectified(cast: Cast, row: SpecialInspection, now: datetime) -> None:
    """Every task is an issue like any other: worked off within its days, verified by the team, struck off one by one."""
    dispatcher = cast.officer("140100", Role.DISPATCHER)
    with clock.moved_to(now - Days(TRACKED)):
        row = inspecting.perform(row, "track", by=dispatcher, verifier=cast.bureaus["140100-team"])
        inspecting.perform(row, "publish", by=dispatcher, note="第一次公布：已全部转办")
    tasks = list(row.problems.select_related("finding__issue").order_by("place"))
    for place, problem in enumerate(tasks):
        issue = problem.finding.issue
        assert issue is not None
        _worked_off(cast, issue, FOUND[place][2], now - Days(TRACKED - 1 - place), strike=place < 2)
    with clock.moved_to(now - Days(TRACKED - 20)):
        inspecting.perform(row, "publish", by=dispatcher, note="第二次公布：三项办结，两项销号")


def _worked_off(cast: Cast, issue: Issue, measure: str, begun: datetime, *, strike: bool) -> None:
    """Days after it began: what is done, and by whom."""
    handler, verifier = cast.officer("140107", Role.HANDLER), cast.officer("140100-team", Role.VERIFIER)
    dispatcher = cast.officer("140100", Role.DISPATCHER)
    said = {"verdict": "true", "measures": f"已{measure}，附台账（演示）。"}
    way: list[tuple[int, str, Officer, dict[str, Any]]] = [
        (0, "acknowledge", handler, {}),
        (1, "start_rectification", handler, {}),
        (7, "submit_feedback", handler, said),
        (8, "start_verification", verifier, {}),
        (9, "pass_verification", verifier, {"opinion": "现场抽查属实（演示）。"}),
        (10, "close", dispatcher, {}),
    ]
    if strike:
        way.append((14, "strike_off", dispatcher, {"publication": "市生态环境局网站公示五个工作日（演示）"}))
    for after, action, by, entered in way:
        with clock.moved_to(begun + Days(after)):
            issues.perform(issue, action, by=by, **entered)


def _underway(cast: Cast, now: datetime) -> None:
    """临汾 inspects 尧都; one of two papers is late."""
    inspector = cast.officer("141000-team", Role.INSPECTOR)
    with clock.moved_to(now - Days(7)):
        row = _entered(cast, "141000", "141002", "工业企业错峰生产专项督察（演示）", "临环督〔演示〕1号")
        row = _ask(row, inspector, "错峰生产调控方案及企业清单", 2)
        row = _ask(row, inspector, "重点企业用电量月报", 10)


def _entered(cast: Cast, of: str, whom: str, name: str, notice_no: str) -> SpecialInspection:
    organiser, today = cast.officer(of, Role.DISPATCHER), clock.today()
    row = inspecting.propose(
        by=organiser, bureau=cast.bureaus[of], addressee=cast.bureaus[whom], name=name,
        scope="压实属地责任，检查散煤、扬尘、工业企业应急减排等措施落实情况", basis="演示用方案，不是真实文件",
        since=today, until=today + Days(11), leader=cast.officer(of, Role.SUPERVISOR),
        members=[cast.officer(f"{of}-team", Role.INSPECTOR), cast.officer(f"{of}-team", Role.TEAM_LEADER)], synthetic=True,
    )  # fmt: skip
    row = inspecting.perform(row, "approve", by=cast.officer(of, Role.SUPERVISOR))
    return inspecting.perform(row, "enter", by=organiser, notice_no=notice_no)


def _ask(row: SpecialInspection, by: Officer, text: str, days: int) -> SpecialInspection:
    return inspecting.perform(row, "request", by=by, text=text, due_on=workday_in(days))


def _supply(cast: Cast, row: SpecialInspection, whose: str) -> SpecialInspection:
    return inspecting.perform(
        row, "supply", by=cast.officer(whose, Role.HANDLER), request=1, note="已提供近三次响应记录。"
    )
