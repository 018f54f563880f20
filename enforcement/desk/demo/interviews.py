"""Interviews of today's demo, through the real actions: one whose report is late and of whose promises one is kept and one
overdue, one whose report waits to be verified, one noticed for the coming days."""

from datetime import datetime, time, timedelta
from typing import Any

from enforcement.desk.demo import bureaus
from enforcement.desk.demo.ahead import workday_in
from enforcement.desk.demo.people import Cast
from enforcement.oversight import actions
from enforcement.oversight.models import Interview
from enforcement.timeline import clock
from regions.roles import Role

Days = timedelta


def load(cast: Cast) -> None:
    """Some eighty statements."""
    now = clock.now()
    _late(cast, now)
    _to_verify(cast, now)
    _coming(cast, now)


def _late(cast: Cast, now: datetime) -> None:
    """太原 interviewed 杏花岭 long enough ago that the written report is late."""
    with clock.moved_to(now - Days(45)):
        row = _noticed(
            cast, "140100", "140107", "overdue", "未办结问题24件中超期9件，占37.5%，连续两个月居全市末位。",
            notice_no="并环约〔演示〕1号", place="太原市生态环境局三楼会议室",
        )  # fmt: skip
    with clock.moved_to(now - Days(41)):
        row = _held(
            cast, row, "140100",
            [("完成9件超期问题整改", 21), ("建立区级周调度机制", 28), ("完成涉VOCs企业治理设施排查", 70)],
        )  # fmt: skip
    with clock.moved_to(now - Days(20)):
        _fulfil(cast, row, "140107", 2, "已印发周调度办法，每周一由分管副区长调度。")


def _to_verify(cast: Cast, now: datetime) -> None:
    """临汾 interviewed 尧都; its report has come in and waits for somebody else's eye."""
    with clock.moved_to(now - Days(30)):
        row = _noticed(
            cast, "141000", "141002", "relapse", "近半年回头看8件中复发3件，复发率37.5%。",
            notice_no="临环约〔演示〕2号", place="临汾市生态环境局会议室",
        )  # fmt: skip
    with clock.moved_to(now - Days(26)):
        row = _held(cast, row, "141000", [("3件复发问题重新整改到位", 20), ("对同类企业逐一复查", 60)])
    with clock.moved_to(now - Days(9)):
        row = _fulfil(cast, row, "141002", 1, "3件均已重新整改，附监测报告。")
        actions.perform(
            row, "report", by=cast.officer("141002", Role.HANDLER),
            report="一、3件复发问题已全部重新整改。\n二、同类企业42家，已复查31家，其余按计划推进。\n（演示用，不是真实报告）",
        )  # fmt: skip


def _coming(cast: Cast, now: datetime) -> None:
    """The province calls 大同 in, in three days or the working day after."""
    with clock.moved_to(now - Days(2)):
        _noticed(
            cast, bureaus.PROVINCE, "140200", "named", "近半年被挂牌督办6次，问题集中在散煤和工业堆场。",
            notice_no="晋气约〔演示〕3号", place="省大气办会议室", ahead=5,
        )  # fmt: skip


def _noticed(cast: Cast, of: str, whom: str, cause: str, reason: str, *, ahead: int = 3, **letter: Any) -> Interview:
    organiser = cast.officer(of, Role.DISPATCHER)
    row = actions.propose(
        by=organiser, bureau=cast.bureaus[of], addressee=cast.bureaus[whom], cause=cause, reason=reason, synthetic=True
    )
    row = actions.perform(row, "approve", by=cast.officer(of, Role.SUPERVISOR), note="同意约谈。")
    day = workday_in(ahead)
    notice: dict[str, Any] = {
        "meets_at": datetime.combine(day, time(15), tzinfo=clock.BEIJING).isoformat(),
        "agenda": "一、通报有关问题\n二、听取情况说明\n三、提出整改要求",
        "attendees": "分管负责人、生态环境部门主要负责人",
    }  # fmt: skip
    return actions.perform(row, "notify", by=organiser, **notice, **letter)


def _held(cast: Cast, row: Interview, of: str, promised: list[tuple[str, int]]) -> Interview:
    """The promises with days counted from the day it is put on record, the one after."""
    minutes = "约谈单位通报了问题及数据。\n被约谈地区说明了情况，表示照单全收、限期整改。\n（演示用，不是真实纪要）"
    commitments = [{"text": text, "due_on": workday_in(days)} for text, days in promised]
    return actions.perform(
        row, "hold", by=cast.officer(of, Role.DISPATCHER), present="分管负责人、生态环境部门主要负责人",
        minutes=minutes, commitments=commitments,
    )  # fmt: skip


def _fulfil(cast: Cast, row: Interview, whose: str, place: int, note: str) -> Interview:
    return actions.perform(row, "fulfil", by=cast.officer(whose, Role.HANDLER), commitment=place, note=note)
