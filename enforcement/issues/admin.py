"""Deadline policies on the admin site. Issues aren't there: they change by actions only."""

from django.contrib import admin

from enforcement.issues.models import DeadlinePolicy
from regions.administration import ReferenceAdmin, site


@admin.register(DeadlinePolicy, site=site)
class DeadlinePolicyAdmin(ReferenceAdmin):
    list_display = ("name", "source", "severity", "feedback_days", "overall_days", "valid_from", "valid_to", "basis")
