"""Rules and equipment on the admin site. Runs and hot spots aren't there: they change by actions only."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from enforcement.patrols.models import (
    Anemometer,
    HotSpot,
    HotSpotRule,
    ImportRule,
    IndustryFingerprint,
    Instrument,
    InstrumentChannel,
    PatrolRun,
    PersistenceRule,
    PersistentLocation,
    QualityRule,
    QualitySheet,
    Redrive,
    RedriveRule,
    Substance,
    Tracing,
    TracingRule,
    TrackRuleSetting,
    UploadRule,
    Vehicle,
)
from regions.administration import ReferenceAdmin, site


class UnusedOnlyAdmin(ReferenceAdmin):
    """A rule may be edited until something was judged by it; then a newer one is added beside it."""

    used_by: Any

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        used = obj is not None and self.used_by.objects.filter(rule=obj).exists()
        return not used and super().has_change_permission(request, obj)


@admin.register(TrackRuleSetting, site=site)
class TrackRuleSettingAdmin(UnusedOnlyAdmin):
    used_by = PatrolRun
    list_display = ("valid_from", "max_gap_s", "max_speed_kmh", "basis")


@admin.register(HotSpotRule, site=site)
class HotSpotRuleAdmin(UnusedOnlyAdmin):
    used_by = HotSpot
    list_display = (
        "name",
        "channel",
        "unit",
        "valid_from",
        "compare_only",
        "ratio",
        "floor",
        "min_duration_s",
        "basis",
    )


@admin.register(RedriveRule, site=site)
class RedriveRuleAdmin(UnusedOnlyAdmin):
    used_by = Redrive
    list_display = ("valid_from", "reach_m", "tolerance_m", "min_share", "improved_share", "worse_share", "basis")


@admin.register(QualityRule, site=site)
class QualityRuleAdmin(UnusedOnlyAdmin):
    used_by = QualitySheet
    list_display = (
        "valid_from",
        "warm_up_min",
        "zero_max_h",
        "span_max_h",
        "span_max_percent",
        "min_valid_percent",
        "basis",
    )


@admin.register(TracingRule, site=site)
class TracingRuleAdmin(UnusedOnlyAdmin):
    used_by = Tracing
    list_display = ("valid_from", "void_ms", "half_deg", "far_m", "species_weight", "basis")


@admin.register(PersistenceRule, site=site)
class PersistenceRuleAdmin(UnusedOnlyAdmin):
    used_by = PersistentLocation
    list_display = ("valid_from", "radius_m", "min_days", "within_days", "basis")


@admin.register(IndustryFingerprint, site=site)
class IndustryFingerprintAdmin(ReferenceAdmin):
    list_display = ("industry", "valid_from", "basis")


@admin.register(Anemometer, site=site)
class AnemometerAdmin(ReferenceAdmin):
    list_display = ("instrument", "valid_from", "reference", "offset_deg", "basis")


@admin.register(Vehicle, site=site)
class VehicleAdmin(ReferenceAdmin):
    list_display = ("plate", "name", "bureau", "retired_on")


@admin.register(Instrument, site=site)
class InstrumentAdmin(ReferenceAdmin):
    list_display = ("name", "serial", "method", "bureau", "retired_on")


@admin.register(InstrumentChannel, site=site)
class InstrumentChannelAdmin(ReferenceAdmin):
    list_display = ("instrument", "channel", "unit", "valid_from", "lag_s", "response_s", "detection_limit", "basis")


@admin.register(ImportRule, site=site)
class ImportRuleAdmin(ReferenceAdmin):
    list_display = ("valid_from", "ceiling_repeats", "ceiling_times", "ceilings", "max_files", "join_within_s",
                    "temperature_c", "pressure_kpa", "basis")  # fmt: skip


@admin.register(Substance, site=site)
class SubstanceAdmin(ReferenceAdmin):
    list_display = ("name", "aliases", "molar_mass", "source")


@admin.register(UploadRule, site=site)
class UploadRuleAdmin(ReferenceAdmin):
    list_display = ("valid_from", "at_once_mb", "max_seconds", "memory_mb", "attempts", "keep_days", "basis")
