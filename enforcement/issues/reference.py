"""Default rules of the clock, of answers and of look-backs: practice and law, dated and editable, never constants."""

from datetime import date
from decimal import Decimal

from enforcement.issues.models import (
    DeadlinePolicy,
    FeedbackRule,
    LawArticle,
    LedgerRule,
    LetterTemplate,
    LookBackRule,
    MeasureKind,
    Severity,
)
from enforcement.timeline import clock

BASIS = "省内惯例（默认值，可在基础数据中修改）"
_COMMON = {
    "acknowledge_days": 1,
    "return_days": 2,
    "verify_days": 5,
    "close_days": 2,
    "extension_max_days": 10,
    "extension_max_count": 1,
    "valid_from": date(2020, 1, 1),
    "basis": BASIS,
}


#: What an answer to a graver problem must bring, since it was put down in writing.
_ANSWERS = {"needs_cause": True, "needs_before": True, "needs_after": True, "needs_measures": True}
_SINCE = date(2022, 1, 1)

AIR, ENVIRONMENT = "中华人民共和国大气污染防治法", "中华人民共和国环境保护法"
_AIR_SINCE, _ENVIRONMENT_SINCE = date(2016, 1, 1), date(2015, 1, 1)
_AIR_SOURCE = "2015年修订，2016年1月1日起施行；2018年10月26日修正"
_ENVIRONMENT_SOURCE = "2014年修订，2015年1月1日起施行"
M = MeasureKind
#: (law, article, gist, measure). An article that allows several measures stands once for each.
ARTICLES = (
    (AIR, "第九十九条", "无证排污、超标超总量排污、以逃避监管方式排污：责令改正", M.CORRECTION_ORDER),
    (AIR, "第九十九条", "无证排污、超标超总量排污、以逃避监管方式排污：罚款十万元至一百万元", M.FINE),
    (AIR, "第九十九条", "无证排污、超标超总量排污、以逃避监管方式排污：限制生产、停产整治", M.RESTRICT_PRODUCTION),
    (AIR, "第一百零八条", "挥发性有机物未密闭、未安装或未使用污染防治设施等：责令改正", M.CORRECTION_ORDER),
    (AIR, "第一百零八条", "挥发性有机物未密闭、未安装或未使用污染防治设施等：罚款二万元至二十万元", M.FINE),
    (AIR, "第一百一十五条", "施工工地未采取扬尘防治措施：责令改正", M.CORRECTION_ORDER),
    (AIR, "第一百一十五条", "施工工地未采取扬尘防治措施：罚款一万元至十万元", M.FINE),
    (AIR, "第一百一十七条", "物料堆存、装卸未采取扬尘防治措施：责令改正", M.CORRECTION_ORDER),
    (AIR, "第一百一十七条", "物料堆存、装卸未采取扬尘防治措施：罚款一万元至十万元", M.FINE),
    (AIR, "第二十二条", "超过总量控制指标或未完成改善目标的地区：约谈主要负责人", M.INTERVIEW),
    (AIR, "第三十条", "违法排放造成或可能造成严重大气污染，证据可能灭失：查封、扣押", M.SEAL_SEIZURE),
    (ENVIRONMENT, "第二十五条", "违法排放污染物造成或可能造成严重污染：查封、扣押设施设备", M.SEAL_SEIZURE),
    (ENVIRONMENT, "第六十条", "超标超总量排污：限制生产、停产整治", M.RESTRICT_PRODUCTION),
    (ENVIRONMENT, "第六十三条", "尚不构成犯罪的四类行为：移送公安机关", M.TRANSFER),
    (ENVIRONMENT, "第六十八条", "政府及有关部门失职：对责任人员问责", M.ACCOUNTABILITY),
)


OPENING = "{承办单位}：\n现将下列大气污染问题共{件数}项转你单位办理。请于收到之日起按期签收、调查、整改并反馈，最迟于{期限}前办结。"
ITEM = "第{项次}项　{编号}：{情况}"
CLOSING = "不属本单位管辖、重复转办或事实不清的，请在退回期限内写明理由退回。\n联系单位：{转办单位}"


def load() -> None:
    """Adds the defaults where none of a kind stands yet. Idempotent: what the office edited stays."""
    if not DeadlinePolicy.objects.exists():
        DeadlinePolicy.objects.bulk_create(
            [
                DeadlinePolicy(name="一般问题", feedback_days=7, overall_days=15, **_COMMON),
                DeadlinePolicy(name="严重问题", severity=Severity.MAJOR, feedback_days=15, overall_days=23, **_COMMON),
            ]
        )
    if not FeedbackRule.objects.exists():
        FeedbackRule.objects.bulk_create(
            [
                FeedbackRule(name="一般问题", valid_from=_SINCE, basis=BASIS),
                FeedbackRule(
                    name="较重问题", severity=Severity.SERIOUS, valid_from=_SINCE, basis=BASIS,
                    **{**_ANSWERS, "needs_measures": False},
                ),
                FeedbackRule(name="严重问题", severity=Severity.MAJOR, valid_from=_SINCE, basis=BASIS, **_ANSWERS),
            ]
        )  # fmt: skip
    if not LawArticle.objects.exists():
        LawArticle.objects.bulk_create([_article(*row) for row in ARTICLES])
    if not LookBackRule.objects.exists():
        LookBackRule.objects.create(
            name="每月抽取一成", stratum=LookBackRule.Stratum.CITY, share=Decimal("0.1"), least=1, due_days=10,
            valid_from=date(2020, 1, 1), basis=BASIS,
        )  # fmt: skip
    if not LedgerRule.objects.exists():
        LedgerRule.objects.create(
            valid_from=date(2020, 1, 1), export_rows=200_000, export_days=7, export_waiting=3, import_mb=20,
            import_rows=5_000, attempts=3, basis="默认值，可在基础数据中修改",
        )  # fmt: skip
    if not LetterTemplate.objects.exists():
        LetterTemplate.objects.create(
            version=1, heading="大气污染问题转办单", opening=OPENING, item=ITEM, closing=CLOSING,
            valid_from=date(2020, 1, 1), basis=BASIS, published_at=clock.now(),
        )  # fmt: skip


def _article(law: str, article: str, summary: str, kind: str) -> LawArticle:
    air = law == AIR
    return LawArticle(
        law=law,
        article=article,
        summary=summary,
        kind=kind,
        valid_from=_AIR_SINCE if air else _ENVIRONMENT_SINCE,
        source=_AIR_SOURCE if air else _ENVIRONMENT_SOURCE,
    )
