"""The triggers of interviews, the limits of special inspections. A rule that stands is ended, never rewritten: an interview keeps the one that found it."""

from django.contrib import admin
from django.http import HttpRequest

from enforcement.oversight.models import SpecialRule, TriggerRule
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


@admin.register(SpecialRule, site=site)
class SpecialRuleAdmin(ReferenceAdmin):
    list_display = ("valid_from", "team", "plan_days", "basis")

    def get_readonly_fields(self, request: HttpRequest, obj: SpecialRule | None = None) -> list[str]:
        """A rule that stands isn't rewritten: an inspection keeps the one it began under."""
        return [field.name for field in SpecialRule._meta.fields if field.name != "id"] if obj else []
