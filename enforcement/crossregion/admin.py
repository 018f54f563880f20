"""The rules of a draw. A rule is never edited, a newer one is added: whether one is in use must not show either, or a
round in preparation would.
"""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from enforcement.crossregion.models import DrawRule
from regions.administration import ReferenceAdmin, site


@admin.register(DrawRule, site=site)
class DrawRuleAdmin(ReferenceAdmin):
    list_display = ("valid_from", "max_km", "spread", "targets_per_team", "gap_permille", "basis")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
