"""Special inspections of today's demo, through the real actions: one whose tasks have just become issues and whose progress is
published; one under way, with papers asked for, one late."""

from datetime import datetime, timedelta

from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.sites import Works
from enforcement.findings import actions as findings
from enforcement.oversight.actions import inspecting
from enforcement.oversight.models import SpecialInspection
from enforcement.timeline import clock
from regions.models import Officer
from regions.roles import Role

Days = timedelta
#: What the team found, and what is done about it within how many days from the plan.
FOUND = (
    ("建成区散煤复燃", "抽查32户，7户仍在燃用散煤。", "逐户核查，完成清洁取暖改造", 60),
    ("渣土车未密闭运输", "夜查45台次，11台未密闭。", "建立联合夜查机制，未密闭的一律停运", 50),
    ("重污染天气应急响应不到位", "3家企业未按应急减排清单停产。", "修订减排清单，逐厂落实驻厂监督", 90),
)  # fmt: skip


def load(cast: Cast, works: Works) -> None:
    """Some hundred and fifty statements."""
    now = clock.now()
    _tracked(cast, works, now)
    _underway(cast, now)


def _tracked(cast: Cast, works: Works, now: datetime) -> None:
    """太原 inspected 杏花岭."""
    inspector = cast.officer("140100-team", Role.INSPECTOR)
    site = works.by_county["140107"][0]
    with clock.moved_to(now - Days(70)):
        row = _entered(cast, "140100", "140107", "秋冬季大气污染防治专项督察（演示）", "并环督〔演示〕1号")
        row = _ask(row, inspector, "重污染天气应急响应记录", 3)
        row = _supply(cast, row, "140107")
        for number, (title, facts, _measure, _days) in enumerate(FOUND):
            # Apart from one another: each is a matter of its own.
            lon, lat = site.lon + 0.004 * number, site.lat + 0.003 * number
            row = inspecting.perform(
                row, "note", by=inspector, title=title, facts=facts, severity="general", lon=lon, lat=lat
            )
    with clock.moved_to(now - Days(60)):
        for problem in row.problems.select_related("finding"):
            findings.perform(problem.finding, "confirm", by=cast.officer("140100-team", Role.TEAM_LEADER))
        row = inspecting.perform(
            row, "tell", by=cast.officer("140100", Role.DISPATCHER), report_no="并环督反馈〔演示〕1号",
            report="督察发现三个方面的问题，请逐项整改。\n（演示用，不是真实意见）",
        )  # fmt: skip
    with clock.moved_to(now - Days(40)):
        bureau = cast.bureaus["140107"].name
        tasks = [
            {"problem": place, "measure": measure, "bureau": bureau, "due_on": clock.today() + Days(days)}
            for place, (_title, _facts, measure, days) in enumerate(FOUND, 1)
        ]
        row = inspecting.perform(
            row,
            "plan",
            by=cast.officer("140107", Role.HANDLER),
            plan="成立区级整改领导小组，分管副区长任组长。",
            tasks=tasks,
        )
    with clock.moved_to(now - Days(36)):
        row = inspecting.perform(row, "accept", by=cast.officer("140100", Role.SUPERVISOR), opinion="措施可行，同意。")
    # At this moment: documents are numbered by the time of issuing, and the season has been played up to now.
    dispatcher = cast.officer("140100", Role.DISPATCHER)
    row = inspecting.perform(row, "track", by=dispatcher, verifier=cast.bureaus["140100-team"])
    inspecting.perform(row, "publish", by=dispatcher, note="第一次公布")


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
    return inspecting.perform(row, "request", by=by, text=text, due_on=clock.today() + Days(days))


def _supply(cast: Cast, row: SpecialInspection, whose: str) -> SpecialInspection:
    return inspecting.perform(
        row, "supply", by=cast.officer(whose, Role.HANDLER), request=1, note="已提供近三次响应记录。"
    )
