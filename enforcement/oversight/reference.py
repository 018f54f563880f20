"""Default triggers of interviews and limits of special inspections: our own choices, dated and editable, never constants in
code."""

from datetime import date
from decimal import Decimal

from enforcement.oversight.models import SpecialRule, TriggerRule

SINCE = date(2020, 11, 1)
BASIS = "约谈办法（环督察〔2020〕42号）的情形；阈值、件数和天数为默认值，可在基础数据中增设新规则"
SPECIAL_BASIS = (
    "参照《中央生态环境保护督察工作规定》（2019）的督察、反馈、整改程序；人数和天数为默认值，可在基础数据中增设新规则"
)
#: Cause, level, threshold (per cent or times), least, days.
RULES = (
    ("overdue", "county", "30", 10, 90),
    ("overdue", "city", "20", 30, 90),
    ("relapse", "county", "20", 5, 180),
    ("relapse", "city", "15", 10, 180),
    ("named", "county", "3", 1, 180),
    ("named", "city", "6", 1, 180),
    # Per cent by which the mean index of the months is above the year before's, and how many months there must be.
    # In 125 days three months are whole on any day of a month; in fewer the rule would sleep most of it.
    ("deterioration", "county", "10", 3, 125),
    ("deterioration", "city", "5", 3, 125),
)


def load() -> None:
    """Adds the defaults of a cause where no rule of it stands yet. Idempotent."""
    if not SpecialRule.objects.exists():
        SpecialRule.objects.create(valid_from=SINCE, team=3, plan_days=30, basis=SPECIAL_BASIS)
    known = set(TriggerRule.objects.values_list("cause", flat=True))
    for cause, level, threshold, least, days in RULES:
        if cause in known:
            continue
        TriggerRule.objects.create(
            cause=cause, level=level, threshold=Decimal(threshold), least=least, window_days=days, report_days=20,
            valid_from=SINCE, basis=BASIS,
        )  # fmt: skip
