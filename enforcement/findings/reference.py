"""Default rules of findings: practice, dated and editable, never constants."""

from datetime import date

from enforcement.findings.models import DuplicateRule
from enforcement.issues.models import Source
from enforcement.issues.reference import BASIS

_SINCE = date(2020, 1, 1)


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
