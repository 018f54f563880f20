"""The rules of a draw, and the words of rosters. A rule is never edited, a newer one is added: whether one is in use must not show either, or a
round in preparation would.
"""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from enforcement.crossregion.models import Ability, DrawRule
from regions.administration import ReferenceAdmin, site


@admin.register(DrawRule, site=site)
class DrawRuleAdmin(ReferenceAdmin):
    list_display = ("valid_from", "max_km", "spread", "targets_per_team", "gap_permille", "basis")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Ability, site=site)
class AbilityAdmin(ReferenceAdmin):
    """Words of rosters. A key stands in registers for ever: it is set once, and a word is retired, not deleted."""

    list_display = ("name", "key", "kind", "retired", "basis")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key", "kind") if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
