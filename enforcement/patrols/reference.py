"""Default rules of patrols: domain practice, dated and editable, never constants in code."""

from datetime import date

from enforcement.patrols.models import HotSpotRule, TrackRuleSetting

BASIS = "走航行业惯例（默认值，可在基础数据中增设新规则）"
SINCE = date(2015, 1, 1)


def load() -> None:
    """Adds the defaults where no rule stands yet. Idempotent."""
    if not TrackRuleSetting.objects.exists():
        TrackRuleSetting.objects.create(valid_from=SINCE, max_gap_s=5, max_speed_kmh=200, basis=BASIS)
    if not HotSpotRule.objects.exists():
        HotSpotRule.objects.create(
            name="TVOC 默认规则",
            channel="TVOC",
            unit="ppb",
            valid_from=SINCE,
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
            basis=BASIS,
        )
