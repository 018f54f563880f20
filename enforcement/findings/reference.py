"""Default rules of findings: practice, dated and editable, never constants."""

from datetime import date
from typing import Any

from enforcement.findings.models import DuplicateRule, FieldLimit, FilingQuestion, PollutionType
from enforcement.issues.models import Source
from enforcement.issues.reference import BASIS

_SINCE = date(2020, 1, 1)

TYPES = ("VOC", "扬尘", "异味", "油烟", "黑烟", "秸秆焚烧", "散煤燃烧", "机动车尾气")
_K = FilingQuestion.Kind
#: (key, label, kind, more). What one asks on the spot; none is required by default.
QUESTIONS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("peak", "最高值", _K.NUMBER, {"source": Source.PATROL, "pollution_type": "VOC", "unit": "ppb"}),
    ("wind", "风向", _K.CHOICE, {"source": Source.PATROL, "choices": "北\n东北\n东\n东南\n南\n西南\n西\n西北\n静风"}),
    ("facility_on", "治理设施是否运行", _K.YES_NO, {"pollution_type": "VOC"}),
    ("facility_why", "未运行的原因", _K.TEXT, {"pollution_type": "VOC", "after_key": "facility_on", "after_answer": "否"}),
    ("covered", "裸土、物料是否覆盖", _K.YES_NO, {"pollution_type": "扬尘"}),
    ("bare_m2", "未覆盖面积", _K.NUMBER,
     {"pollution_type": "扬尘", "after_key": "covered", "after_answer": "否", "unit": "平方米"}),
    ("permit_shown", "是否出示排污许可证", _K.YES_NO, {"source": Source.SPECIAL_CHECK}),
    ("monitor_gap", "数据异常时长", _K.NUMBER, {"source": Source.ONLINE_MONITORING, "unit": "小时"}),
)  # fmt: skip


def load() -> None:
    """Adds the defaults where none of a kind stands yet. Idempotent: what the office edited stays."""
    if not DuplicateRule.objects.exists():
        DuplicateRule.objects.bulk_create(
            [
                DuplicateRule(name="各来源", valid_from=_SINCE, basis=BASIS),
                # A vehicle passes many works on one road: nearness alone says little, so two signs are asked for.
                DuplicateRule(name="走航", source=Source.PATROL, signs=2, valid_from=_SINCE, basis=BASIS),
            ]
        )
    if not PollutionType.objects.exists():
        PollutionType.objects.bulk_create([PollutionType(name=name, valid_from=_SINCE, basis=BASIS) for name in TYPES])
    if not FilingQuestion.objects.exists():
        FilingQuestion.objects.bulk_create(
            [
                FilingQuestion(key=key, label=label, kind=kind, place=n, valid_from=_SINCE, basis=BASIS, **more)
                for n, (key, label, kind, more) in enumerate(QUESTIONS, start=1)
            ]
        )
    if not FieldLimit.objects.exists():
        FieldLimit.objects.create(valid_from=_SINCE, basis=BASIS)
