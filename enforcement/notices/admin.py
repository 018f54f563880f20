"""Reminder rules on the admin site. Notices and the ledger aren't there: nobody edits what was said."""

from django.contrib import admin

from enforcement.notices.models import ReminderRule
from regions.administration import ReferenceAdmin, site


@admin.register(ReminderRule, site=site)
class ReminderRuleAdmin(ReferenceAdmin):
    list_display = ("kind", "deadline", "offset_days", "audience", "valid_from", "valid_to", "basis")
    list_filter = ("deadline", "kind")
