"""Rules of findings on the admin site. Findings aren't there: they change by actions only."""

from django.contrib import admin

from enforcement.findings.models import DuplicateRule, FieldLimit, FilingQuestion, PollutionType
from regions.administration import ReferenceAdmin, site


@admin.register(DuplicateRule, site=site)
class DuplicateRuleAdmin(ReferenceAdmin):
    list_display = (
        "name", "source", "same_site", "radius_m", "text_percent", "photo_bits", "signs", "days", "valid_from", "valid_to",
        "basis",
    )  # fmt: skip


@admin.register(FilingQuestion, site=site)
class FilingQuestionAdmin(ReferenceAdmin):
    list_display = (
        "key", "label", "kind", "source", "pollution_type", "after_key", "after_answer", "required", "place", "valid_from",
        "valid_to", "basis",
    )  # fmt: skip
    list_filter = ("source", "kind")


@admin.register(PollutionType, site=site)
class PollutionTypeAdmin(ReferenceAdmin):
    list_display = ("name", "valid_from", "valid_to", "basis")


@admin.register(FieldLimit, site=site)
class FieldLimitAdmin(ReferenceAdmin):
    list_display = ("clock_minutes", "track_m", "valid_from", "valid_to", "basis")
