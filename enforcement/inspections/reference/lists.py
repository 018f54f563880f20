"""The checklists the product comes with. Each says where it is from; an office clones and changes them without code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One item as shipped; see `models.ChecklistItem`."""

    section: str
    code: str
    text: str
    kind: str = "yes_no"
    failing: tuple[str, ...] = ("no",)
    choices: tuple[str, ...] = ()
    unit: str = ""
    low: str = ""
    high: str = ""
    asked_if: str = ""
    asked_if_answers: tuple[str, ...] = ()
    evidence: str = "failed"
    law: str = ""
    severity: str = "general"
    becomes: str = "finding"
    pollution_type: str = ""


@dataclass(frozen=True, slots=True)
class Shipped:
    key: str
    name: str
    source: str
    industries: tuple[str, ...]
    items: tuple[Line, ...]


_GUIDE = "帮扶与整改要求"
_KILN = "GB 29620《砖瓦工业大气污染物排放标准》及修改单"

KILN = Shipped(
    "brick-kiln",
    "砖瓦窑专项检查表",
    "太原生态环境 2024-12 公布的砖瓦窑检查要点；1.4、3.3、5.1 等补充项为惯例，请核对后使用",
    ("砖瓦", "窑"),
    (
        Line("在线监测与达标", "1.1", "烟气在线监测数据正常", severity="serious", law=_KILN, pollution_type="烟粉尘"),
        Line("在线监测与达标", "1.2", "污染物排放在限值以内", severity="major", law=_KILN, pollution_type="烟粉尘"),
        Line("在线监测与达标", "1.3", "基准氧含量折算合理，无稀释排放", severity="serious", law=_KILN),
        Line("在线监测与达标", "1.4", "在线监测标准气体在有效期内", becomes="immediate_fix"),
        Line("治理设施", "2.1", "脱硫设施稳定运行", severity="serious", pollution_type="二氧化硫"),
        Line("治理设施", "2.2", "除尘设施稳定运行", severity="serious", pollution_type="烟粉尘"),
        Line("治理设施", "2.3", "脱硫剂等药剂及时添加", becomes="immediate_fix"),
        Line("治理设施", "2.4", "脱硫循环液 pH 值", kind="number", unit="pH", low="7", high="12", failing=(),
             asked_if="2.1", asked_if_answers=("yes",), becomes="advice", evidence="none"),
        Line("治理设施", "2.5", "烟气旁路关闭", severity="major", evidence="always"),
        Line("无组织排放", "3.1", "破碎、筛分粉尘收集并处理", pollution_type="扬尘"),
        Line("无组织排放", "3.2", "窑门、堆场无明显无组织排放", evidence="always", pollution_type="扬尘"),
        Line("无组织排放", "3.3", "原料、燃料入棚或严密苫盖", becomes="immediate_fix", pollution_type="扬尘"),
        Line("台账与燃料", "4.1", "运行台账完整", becomes="immediate_fix"),
        Line("台账与燃料", "4.2", "燃料含硫量", kind="number", unit="%", high="1", failing=(), evidence="none"),
        Line("应急管控", "5.1", "处于重污染天气应急响应期间", failing=(), evidence="none"),
        Line("应急管控", "5.2", "按一厂一策落实应急减排措施", severity="major", asked_if="5.1", asked_if_answers=("yes",)),
        Line(_GUIDE, "6.1", "已现场指导并提出整改要求", failing=(), evidence="none", becomes="advice"),
    ),
)  # fmt: skip

_VOC = "GB 37822《挥发性有机物无组织排放控制标准》"
VOC = Shipped(
    "voc-enterprise",
    "涉VOCs企业检查表",
    "依据 GB 37822、HJ 1230 和排污许可要求整理，限值为惯例，请核对后使用",
    ("涂装", "印刷", "化工", "焦化", "制药", "橡胶", "包装"),
    (
        Line("源头", "1.1", "低VOCs含量原辅材料台账完整", law=_VOC, becomes="immediate_fix", pollution_type="VOCs"),
        Line("源头", "1.2", "含VOCs物料容器加盖密闭", law=_VOC, evidence="failed", pollution_type="VOCs"),
        Line("收集", "2.1", "废气收集方式", kind="choice", choices=("密闭车间", "密闭罩", "局部集气罩", "无收集"), failing=("无收集",),
             severity="serious", pollution_type="VOCs"),
        Line("收集", "2.2", "集气罩开口面最远处风速", kind="number", unit="m/s", low="0.3", failing=(), asked_if="2.1",
             asked_if_answers=("局部集气罩",), law=_VOC, pollution_type="VOCs"),
        Line("治理", "3.1", "治理工艺", kind="choice", choices=("活性炭吸附", "RTO/RCO", "冷凝回收", "其他", "无治理"), failing=("无治理",),
             severity="major", pollution_type="VOCs"),
        Line("治理", "3.2", "治理工艺与废气性质匹配", severity="serious", pollution_type="VOCs"),
        Line("治理", "3.3", "活性炭碘值", kind="number", unit="mg/g", low="650", failing=(), asked_if="3.1",
             asked_if_answers=("活性炭吸附",), evidence="always", pollution_type="VOCs"),
        Line("治理", "3.4", "活性炭装填量、最近更换日期与记录一致", asked_if="3.1", asked_if_answers=("活性炭吸附",)),
        Line("治理", "3.5", "废活性炭危险废物转移联单齐全", asked_if="3.1", asked_if_answers=("活性炭吸附",)),
        Line("治理", "3.6", "RTO 燃烧温度", kind="number", unit="℃", low="760", failing=(), asked_if="3.1",
             asked_if_answers=("RTO/RCO",), severity="serious", evidence="always", pollution_type="VOCs"),
        Line("治理", "3.7", "旁路铅封并计量", severity="major", evidence="always"),
        Line("泄漏检测", "4.1", "按频次开展 LDAR", law="HJ 1230"),
        Line("泄漏检测", "4.2", "泄漏点在 5 日内首次修复、15 日内完成", asked_if="4.1", asked_if_answers=("yes",), law="HJ 1230"),
        Line("无组织", "5.1", "车间外非甲烷总烃", kind="number", unit="mg/m³", high="6", failing=(), law=_VOC, pollution_type="VOCs"),
        Line("运行", "6.1", "开停车、检维修废气收集处理", pollution_type="VOCs"),
        Line("运行", "6.2", "异味情况", kind="text", failing=(), evidence="none"),
    ),
)  # fmt: skip

_RAIL = "2021-08-04 山西省政府新闻发布会公布的铁路、高速沿线整治口径"
CORRIDOR = Shipped(
    "rail-expressway-corridor",
    "铁路、高速公路沿线检查表",
    _RAIL,
    (),
    (
        Line("护网内", "1.1", "护网内堆放清理量", kind="number", unit="m³", low="0", failing=(), evidence="always", becomes="advice"),
        Line("护网内", "1.2", "护网内绿化面积", kind="number", unit="m²", low="0", failing=(), evidence="none", becomes="advice"),
        Line("护网外", "2.1", "沿线堆场仍有裸露", failing=("yes",), evidence="failed", pollution_type="扬尘"),
        Line("护网外", "2.2", "清理堆场数", kind="number", unit="个", low="0", failing=(), evidence="none", becomes="advice"),
        Line("护网外", "2.3", "绿化面积", kind="number", unit="亩", low="0", failing=(), evidence="none", becomes="advice"),
        Line("护网外", "2.4", "裸土全部苫盖或硬化", pollution_type="扬尘"),
        Line("道路", "3.1", "施工工地落实六个百分百", severity="serious", evidence="failed", pollution_type="扬尘"),
        Line("道路", "3.2", "现场全景照片", kind="photo", failing=(), evidence="always", becomes="advice"),
    ),
)  # fmt: skip

AUTUMN_WINTER = Shipped(
    "autumn-winter",
    "秋冬季大气攻坚检查表",
    "山西省生态环境厅 2023-01-12 交叉执法检查重点（秋冬防和应急减排措施、治理设施、超标、旁路、扬尘），惯例整理",
    (),
    (
        Line("应急减排", "1.1", "处于重污染天气应急响应期间", failing=(), evidence="none"),
        Line("应急减排", "1.2", "停限产措施落实到生产线", severity="major", asked_if="1.1", asked_if_answers=("yes",), evidence="always"),
        Line("应急减排", "1.3", "运输车辆管控落实，门禁记录完整", severity="serious", asked_if="1.1", asked_if_answers=("yes",)),
        Line("应急减排", "1.4", "一厂一策公示并可核查", becomes="immediate_fix"),
        Line("治理设施", "2.1", "治理设施情况", kind="choice", choices=("正常运行", "未建设", "未运行", "不正常运行"),
             failing=("未建设", "未运行", "不正常运行"), severity="major", evidence="failed"),
        Line("治理设施", "2.2", "无旁路偷排", severity="major", evidence="failed"),
        Line("达标", "3.1", "在线数据无超标", severity="serious"),
        Line("扬尘", "4.1", "物料堆场、道路扬尘管控到位", pollution_type="扬尘"),
        Line("其他", "5.1", "其他问题", kind="text", failing=(), evidence="none"),
    ),
)  # fmt: skip

LISTS = (KILN, VOC, CORRIDOR, AUTUMN_WINTER)
