"""Rules of findings on the admin site. Findings aren't there: they change by actions only."""

from django.contrib import admin

from enforcement.findings.models import DuplicateRule
from regions.administration import ReferenceAdmin, site


@admin.register(DuplicateRule, site=site)
class DuplicateRuleAdmin(ReferenceAdmin):
    list_display = (
        "name", "source", "same_site", "radius_m", "text_percent", "photo_bits", "signs", "days", "valid_from", "valid_to",
        "basis",
    )  # fmt: skip
