"""Adds what is missing and touches nothing an office edited."""

from datetime import UTC, date, datetime
from decimal import Decimal

from enforcement.inspections.lifecycle import ListState
from enforcement.inspections.models import Checklist, ChecklistItem, ChecklistVersion, TargetRule, VisitRule
from enforcement.inspections.reference.lists import LISTS, Shipped
from enforcement.timeline.actions import record

SINCE = date(2015, 1, 1)
RATIONED = date(2025, 1, 1)
MADE = datetime(2015, 1, 1, tzinfo=UTC)
PRACTICE = "现场检查惯例（默认值，可在基础数据中增设新规则）"
RATION = "国办发〔2024〕54号：入企检查事先审批、扫码、年度上限；上限次数为默认值，可在基础数据中增设新规则"

LOTS = "双随机、一公开（国办发〔2015〕58号）；比例和风险权重为默认值，可在基础数据中增设新规则"
STRATA = {"A": 5, "B": 15, "C": 30, "D": 40, "": 10}
RISKS = {"A": 1, "B": 2, "C": 4, "D": 6, "leading": 1, "not_leading": 4, "": 3}


def load() -> None:
    """Idempotent."""
    if not VisitRule.objects.exists():
        common = {"min_badged": 2, "check_in_metres": 800, "clock_minutes": 10}
        VisitRule.objects.create(valid_from=SINCE, yearly_cap=12, basis=PRACTICE, **common)
        VisitRule.objects.create(valid_from=RATIONED, yearly_cap=4, basis=RATION, **common)
    if not TargetRule.objects.exists():
        TargetRule.objects.create(valid_from=SINCE, team=2, max_targets=500, strata=STRATA, risks=RISKS, basis=LOTS)
    for shipped in LISTS:
        if not Checklist.objects.filter(key=shipped.key).exists():
            _add(shipped)


def _add(shipped: Shipped) -> None:
    made = Checklist.objects.create(key=shipped.key, name=shipped.name, industries=list(shipped.industries))
    version = ChecklistVersion.objects.create(
        checklist=made,
        number=1,
        source=shipped.source,
        made_at=MADE,
    )
    ChecklistItem.objects.bulk_create(
        ChecklistItem(
            list_version=version,
            place=place,
            section=item.section,
            code=item.code,
            text=item.text,
            kind=item.kind,
            choices=list(item.choices),
            unit=item.unit,
            low=Decimal(item.low) if item.low else None,
            high=Decimal(item.high) if item.high else None,
            failing=list(item.failing),
            asked_if=item.asked_if,
            asked_if_answers=list(item.asked_if_answers),
            evidence=item.evidence,
            law=item.law,
            severity=item.severity,
            becomes=item.becomes,
            pollution_type=item.pollution_type,
        )
        for place, item in enumerate(shipped.items, start=1)
    )
    # Items belong to a draft; then it is in force.
    version.state, version.published_at = ListState.PUBLISHED, MADE
    version.save(update_fields=["state", "published_at"])
    record(version, "checklist_published", by=None, number=1, items=len(shipped.items))
