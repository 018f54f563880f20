"""Default deadline policies: provincial practice, dated and editable, never constants in a rule."""

from datetime import date

from enforcement.issues.models import DeadlinePolicy, Severity

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


def load() -> None:
    """Adds the defaults where no policy stands yet. Idempotent."""
    if DeadlinePolicy.objects.exists():
        return
    DeadlinePolicy.objects.bulk_create(
        [
            DeadlinePolicy(name="一般问题", feedback_days=7, overall_days=15, **_COMMON),
            DeadlinePolicy(name="严重问题", severity=Severity.MAJOR, feedback_days=15, overall_days=23, **_COMMON),
        ]
    )
