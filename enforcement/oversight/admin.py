"""The triggers of interviews. A rule that stands is ended, never rewritten: an interview keeps the one that found it."""

from django.contrib import admin
from django.http import HttpRequest

from enforcement.oversight.models import TriggerRule
from regions.administration import ReferenceAdmin, site


@admin.register(TriggerRule, site=site)
class TriggerRuleAdmin(ReferenceAdmin):
    list_display = (
        "cause",
        "level",
        "threshold",
        "least",
        "window_days",
        "report_days",
        "valid_from",
        "valid_to",
        "basis",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: TriggerRule | None = None) -> list[str]:
        """Of a rule that stands only its end may still be entered."""
        if obj is None:
            return []
        return [field.name for field in TriggerRule._meta.fields if field.name not in {"id", "valid_to"}]
