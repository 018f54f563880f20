"""The rules of visits. A rule is never edited, a newer one is added: visits keep the one they were planned under."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from enforcement.inspections.models import MonitoringMonth, TargetRule, VisitRule
from regions.administration import ReferenceAdmin, site


class DatedRuleAdmin(ReferenceAdmin):
    """A rule that stands is read, never rewritten."""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(VisitRule, site=site)
class VisitRuleAdmin(DatedRuleAdmin):
    list_display = ("valid_from", "min_badged", "yearly_cap", "check_in_metres", "basis")


@admin.register(TargetRule, site=site)
class TargetRuleAdmin(DatedRuleAdmin):
    list_display = ("valid_from", "team", "max_targets", "basis")


@admin.register(MonitoringMonth, site=site)
class MonitoringMonthAdmin(ReferenceAdmin):
    """Months of online monitoring; a wrong count is corrected, the database keeps what stood there."""

    list_display = ("site", "month", "due", "arrived", "valid", "source")
    list_select_related = ("site",)
    raw_id_fields = ("site",)
