"""A small ledger of a city, as it was kept before the system, brought in through the real import. Synthetic, and says so.

Its days lie after the replayed summer, whose figures stay what they are.
"""

import csv
import io

from enforcement.desk.demo.people import Cast
from enforcement.issues.actions import importing
from enforcement.issues.models import LedgerImport, Stage
from regions.roles import Role

CITY = "141000"
NAME = "2022年春季问题台账（演示）.csv"
TITLES = (
    "序号",
    "问题编号",
    "存在问题",
    "问题来源",
    "县区",
    "详细地址",
    "交办时间",
    "签收时间",
    "整改期限",
    "完成时间",
    "整改状态",
    "整改情况",
)
ROWS = (
    ("临-2022-001", "喷漆工序未密闭（演示）", "专项检查", "尧都区", "演示工业园一路", "2022.3.1", "2022.3.2", "2022.3.15", "2022.3.11", "已完成", "已密闭并安装收集罩"),
    ("临-2022-002", "活性炭长期未更换（演示）", "专项检查", "襄汾县", "演示镇东", "2022年3月3日", "2022年3月4日", "2022年3月17日", "2022年3月16日", "已完成", "已更换并建立台账"),
    ("临-2022-003", "物料露天堆放未覆盖（演示）", "走航", "洪洞县", "演示村南", "2022-03-08", "2022-03-08", "2022-03-22", "2022-03-25", "已完成", "已入库"),
    ("临-2022-004", "储罐呼吸阀泄漏（演示）", "走航", "尧都区", "演示路12号", "20220310", "20220311", "20220324", "20220322", "已销号", "已更换阀片"),
    ("临-2022-005", "工地车辆未冲洗（演示）", "专项检查", "尧都区", "演示大街", "2022/3/15", "2022/3/16", "2022/3/29", "2022/3/21", "已完成", "已增设冲洗平台"),
    ("临-2022-006", "在线监测数据异常（演示）", "在线监测", "襄汾县", "演示焦化厂", "2022.4.6", "2022.4.7", "2022.4.20", "2022.4.18", "已销号", "已校准"),
    ("临-2022-007", "废气旁路未封堵（演示）", "专项督察", "洪洞县", "演示化工园", "2022.4.12", "2022.4.13", "2022.4.26", "2022.4.26", "已完成", "旁路已拆除"),
    ("临-2022-008", "加油站油气回收不达标（演示）", "专项检查", "尧都区", "演示加油站", "2022.4.19", "2022.4.20", "2022.5.5", "2022.5.9", "已完成", "已更换密封圈"),
)  # fmt: skip


def load(cast: Cast) -> None:
    """Some hundred statements."""
    dispatcher, bureau = cast.officer(CITY, Role.DISPATCHER), cast.bureaus[CITY]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["2022年春季大气问题台账（演示数据，程序生成）"])
    writer.writerow(TITLES)
    writer.writerows((number, *row) for number, row in enumerate(ROWS, start=1))
    ledger = importing.keep(
        dispatcher, bureau, NAME, out.getvalue().encode("gb18030"), source="special_check", synthetic=True
    )
    # As a worker does, but in this transaction.
    LedgerImport.objects.filter(pk=ledger.pk).update(stage=Stage.WORKING, wanted=LedgerImport.Wanted.IMPORT)
    importing.import_now(ledger, lambda done: None)
