"""Default rules of patrols: domain practice, dated and editable, never constants in code."""

from dataclasses import asdict
from datetime import date

from enforcement.patrols.models import HotSpotRule, QualityRule, RedriveRule, TrackRuleSetting, UploadRule
from enforcement.patrols.tracks.rules import HotSpotSettings

BASIS = "走航行业惯例（默认值，可在基础数据中增设新规则）"
QUALITY_BASIS = "走航质控惯例：预热30分钟、每日零点和单点跨度（±15%至20%）、中断超过5秒不插值（默认值，可增设新规则）"
SINCE = date(2015, 1, 1)
#: The default rules of TVOC in ppb by the day they came into force. A version never changes; a better one is added.
TVOC_RULES: dict[date, HotSpotSettings] = {
    SINCE: HotSpotSettings(
        window_s=600,
        percentile=5,
        step_s=10,
        min_window_share=0.1,
        ratio=3,
        floor=200,
        background_min=10,
        min_duration_s=5,
        merge_gap_s=10,
        merge_gap_m=50,
    ),
    # Tuned on seed 11 of benchmarks/hotspots.py, never on the seed it reports.
    date(2026, 11, 1): HotSpotSettings(
        window_s=600,
        percentile=5,
        step_s=10,
        min_window_share=0.1,
        ratio=3,
        floor=200,
        background_min=10,
        min_duration_s=5,
        merge_gap_s=10,
        merge_gap_m=20,
        restart_gap_s=120,
        idle_kmh=3,
        min_moving_s=4,
        spike_s=4,
        release_share=0.7,
        tracer="CO",
        tracer_ratio=0.0015,
        max_rise=0.45,
        min_steady=0.82,
        min_hold=0.4,
        medium_peak=500,
        severe_peak=1500,
        medium_dose=10_000,
        severe_dose=60_000,
        stop_min_s=60,
        stop_max_s=300,
        repeat_m=100,
        repeat_after_s=120,
    ),
}


def load() -> None:
    """Adds the defaults where no rule stands yet, newer versions beside untouched defaults. Idempotent."""
    if not TrackRuleSetting.objects.exists():
        TrackRuleSetting.objects.create(valid_from=SINCE, max_gap_s=5, max_speed_kmh=200, basis=BASIS)
    if not UploadRule.objects.exists():
        UploadRule.objects.create(
            valid_from=SINCE, at_once_mb=2, max_seconds=300, memory_mb=1500, attempts=3, keep_days=7, basis=BASIS
        )
    if not RedriveRule.objects.exists():
        RedriveRule.objects.create(
            valid_from=SINCE, reach_m=300, tolerance_m=40, min_share=0.7, percentile=90, improved_share=0.5,
            worse_share=1.25, basis=BASIS,
        )  # fmt: skip
    if not QualityRule.objects.exists():
        QualityRule.objects.create(
            valid_from=SINCE, warm_up_min=30, zero_max_h=24, span_max_h=24, span_max_percent=20, min_valid_percent=80,
            gap_s=5, max_gap_percent=10, clock_max_h=24, max_offset_s=2, idle_kmh=3, tail_deg=60, max_exhaust_percent=10,
            basis=QUALITY_BASIS,
        )  # fmt: skip
    rules = HotSpotRule.objects.filter(channel="TVOC", unit="ppb")
    if rules.exclude(basis=BASIS).exists() or (not rules and HotSpotRule.objects.exists()):
        return  # the office has rules of its own
    for number, (day, values) in enumerate(TVOC_RULES.items(), 1):
        name = "TVOC 默认规则" if number == 1 else f"TVOC 默认规则 第{number}版"
        row = {"name": name, "basis": BASIS, **asdict(values)}
        HotSpotRule.objects.get_or_create(channel="TVOC", unit="ppb", valid_from=day, defaults=row)
