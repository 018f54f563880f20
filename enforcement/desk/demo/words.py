"""What the demo's officers write in forms, by action. All invented; names no one."""

from collections.abc import Callable
from random import Random
from typing import Any

from enforcement.desk.demo.trades import Trade

VERDICTS = ("true", "basically_true", "partly_true", "untrue")
VERDICT_WEIGHTS = (44, 20, 28, 8)
UNFOUNDED = (
    "经现场核查，当日企业停产检修，未发现排放源；结合视频监控判断为过路车辆影响。",
    "经三次复测，各点位浓度与背景相当，未发现反映的问题，已要求企业加强日常巡查。",
)
OPINIONS = (
    "现场复核，整改措施已落实，复测浓度与背景相当，同意通过。",
    "查阅台账与检测报告，与反馈一致，现场未闻到异味。",
    "抽查治理设施运行参数正常，照片与现场一致，通过。",
    "复测三次均未见高值，整改到位。",
)
REJECTIONS = (
    "复测仍为背景3倍以上，活性炭更换记录与现场不符，请继续整改。",
    "只提供了采购合同，现场设施尚未安装，整改不到位。",
    "照片与现场不一致，集气罩风速低于要求，退回整改。",
)
RETURN_REASONS = {
    "not_ours": ("点位经核实位于相邻辖区，不属本单位管辖。", "该项目由开发区管委会负责监管，请改派。"),
    "duplicate": ("与前一批转办的同一点位问题重复，已在办理。",),
    "insufficient": ("转办材料未载明具体排放环节，现场无法核实，请补充。",),
}
REFUSALS = ("点位坐标在你单位辖区内，请按期办理。", "两次发现的排放环节不同，不属重复，请办理。")
ACCEPTANCES = ("经核实与在办问题重复，同意退回，不再转办。",)
REISSUES = ("经核对边界，点位属该单位辖区，改派办理。", "按职责分工改派。")
EXTENSION_REASONS = (
    "治理设备定制周期较长，预计需增加{days}个工作日。",
    "受汛期降雨影响，土建施工延后，申请延期{days}个工作日。",
)
EXTENSION_REFUSALS = ("剩余工作量不大，请抓紧按期完成。",)
INTERIM = (
    "异味已消除，治理设施升级列入年底前改造计划，阶段性办结。",
    "已停用问题工段，新设施安装需三个月，按月报送进度。",
)
REOPENED = ("回头看发现治理设施停运，重新打开。", "抽查复测再次出现高值，重新打开。")
ESCALATIONS = ("已超过办理期限，请说明原因并于3日内反馈。", "多次走航仍有高值，请主要负责同志现场督促。")
PUBLICATIONS = ("已在市生态环境局网站公示5日，无异议。", "已纳入月度问题整改情况通报。", "")
CLOSINGS = ("", "同意办结。", "整改到位，同意办结。")
SENDING_BACK = ("请补充上风向对照数据后再提交。",)
DISMISSALS = ("复测未再出现高值，判断为过路车辆尾气。", "附近道路沥青摊铺，属短时影响，不予立项。")
SPOT_DISMISSALS = (
    "前方重型货车尾气，持续时间短。",
    "经过道路沥青摊铺作业区，非固定源。",
    "跟车自身尾气影响，复测无高值。",
)


def choose_verdict(rng: Random) -> str:
    return rng.choices(VERDICTS, VERDICT_WEIGHTS)[0]


def fields(action: str, trade: Trade, rng: Random, given: dict[str, Any]) -> dict[str, Any]:
    """The fields an action's form would hold; `given` goes before what is invented."""
    write = _WRITERS.get(action)
    return {**(write(trade, rng, given) if write else {}), **given}


def _feedback(trade: Trade, rng: Random, given: dict[str, Any]) -> dict[str, Any]:
    verdict = given.get("verdict") or choose_verdict(rng)
    if verdict == "untrue":
        return {"verdict": verdict, "measures": rng.choice(UNFOUNDED)}
    cause, measures = rng.choice(list(zip(trade.causes, trade.measures, strict=True)))
    return {"verdict": verdict, "cause": cause, "measures": measures}


def _return(trade: Trade, rng: Random, given: dict[str, Any]) -> dict[str, Any]:
    return {"reason": rng.choice(RETURN_REASONS[given["reason_code"]])}


def _extension(trade: Trade, rng: Random, given: dict[str, Any]) -> dict[str, Any]:
    days = given.get("days") or rng.randint(4, 10)
    return {"days": days, "reason": rng.choice(EXTENSION_REASONS).format(days=days)}


def _one(name: str, texts: tuple[str, ...]) -> Callable[[Trade, Random, dict[str, Any]], dict[str, Any]]:
    return lambda trade, rng, given: {name: rng.choice(texts)}


_WRITERS: dict[str, Callable[[Trade, Random, dict[str, Any]], dict[str, Any]]] = {
    "start_rectification": lambda trade, rng, given: {"plan": rng.choice(trade.plans)},
    "submit_feedback": _feedback,
    "return": _return,
    "request_extension": _extension,
    "refuse_return": _one("reason", REFUSALS),
    "accept_return": _one("reason", ACCEPTANCES),
    "reissue": _one("reason", REISSUES),
    "refuse_extension": _one("reason", EXTENSION_REFUSALS),
    "pass_verification": _one("opinion", OPINIONS),
    "reject_verification": _one("reason", REJECTIONS),
    "close": _one("opinion", CLOSINGS),
    "interim_close": _one("reason", INTERIM),
    "strike_off": _one("publication", PUBLICATIONS),
    "reopen": _one("reason", REOPENED),
    "escalate": _one("reason", ESCALATIONS),
    "void": _one("reason", ("录入有误，作废后另行转办。",)),
}
