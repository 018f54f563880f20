"""The settings by which a track is measured and judged. Values come from dated rows, never from here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackRule:
    """When a step between two readings counts as driven.

    ``max_gap_s``: longer silences are not interpolated (s). ``max_speed_kmh``: faster means the position jumped (km/h).
    """

    max_gap_s: float
    max_speed_kmh: float


@dataclass(frozen=True, slots=True)
class HotSpotSettings:
    """When a stretch of readings stands out (domain practice: 滚动低分位背景、倍数、下限、持续、合并).

    ``window_s`` width of the background window in seconds of time, centred on the reading; ``percentile`` of the
    values in it (0-100) taken as background; ``step_s`` how often the background is computed, linear between;
    ``min_window_share`` share of the window that must hold readings; ``ratio`` value over background; ``floor`` least
    value and ``background_min`` least background, both in the channel's unit; ``min_duration_s``; ``merge_gap_s`` and
    ``merge_gap_m``: stretches closer than either are one.
    """

    window_s: float
    percentile: float
    step_s: float
    min_window_share: float
    ratio: float
    floor: float
    background_min: float
    min_duration_s: float
    merge_gap_s: float
    merge_gap_m: float
