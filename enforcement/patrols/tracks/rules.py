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
class CeilingRule:
    """When a value is an instrument's ceiling: ``repeats`` readings in a row at the file's highest value, which is more
    than ``times`` the median (0 repeats: never); ``ceilings`` are numbers at which formats end, like 9999."""

    repeats: int = 0
    times: float = 5.0
    ceilings: frozenset[float] = frozenset()


@dataclass(frozen=True, slots=True)
class HotSpotSettings:
    """When a stretch of readings stands out (domain practice: 滚动低分位背景、倍数、下限、持续、合并).

    ``window_s`` width of the background window in seconds of time, centred on the reading; ``percentile`` of the
    values in it (0-100) taken as background; ``step_s`` how often the background is computed, linear between;
    ``min_window_share`` share of the window that must hold readings; ``ratio`` value over background; ``floor`` least
    value and ``background_min`` least background, both in the channel's unit; ``min_duration_s``; ``merge_gap_s`` and
    ``merge_gap_m``: stretches closer than either are one.

    What follows is off at its default, as in the first version of the rules:

    ``restart_gap_s`` after so long a silence the background begins anew; ``idle_kmh`` slower is standing: such readings
    make no background, and ``min_moving_s`` of the time above the limits must be driven (one's own exhaust is only met
    at a stop); ``spike_s`` narrower is a vehicle met, not a plume; ``release_share`` of the limits down to which a
    stretch goes on.

    ``tracer`` is a channel that rises with exhausts, ``tracer_ratio`` its excess over the channel's (ppm a unit) from
    which the stretch may be traffic: then, or where a run has no such channel, its shape must be a plume's.
    ``max_rise`` the steepest step between readings, ``min_steady`` the part of the excess that is wider than
    ``spike_s``, ``min_hold`` the highest of that part, all as shares (0-1) of the stretch's own excess.

    ``calm_ms`` is the mean wind (m/s) over the stretch below which nobody can say whose air it is; a run without a wind
    channel isn't asked. ``slow_kmh`` and ``fast_kmh`` bound the mean speed of what of it was driven: slower may be one's
    own exhaust in a queue, faster smears a plume over more road than its place is told by.

    ``medium_peak``, ``severe_peak`` (the channel's unit) and ``medium_dose``, ``severe_dose`` (unit x s above the
    background) grade it. ``stop_min_s`` to ``stop_max_s`` of standing above the limits, or another one of the same run
    within ``repeat_m`` after ``repeat_after_s``, confirm it.
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
    restart_gap_s: float = 0.0
    idle_kmh: float = 0.0
    min_moving_s: float = 0.0
    spike_s: float = 0.0
    release_share: float = 1.0
    tracer: str = ""
    tracer_ratio: float = 0.0
    max_rise: float = 0.0
    min_steady: float = 0.0
    min_hold: float = 0.0
    medium_peak: float = 0.0
    severe_peak: float = 0.0
    medium_dose: float = 0.0
    severe_dose: float = 0.0
    stop_min_s: float = 0.0
    stop_max_s: float = 0.0
    repeat_m: float = 0.0
    repeat_after_s: float = 0.0
    calm_ms: float = 0.0
    slow_kmh: float = 0.0
    fast_kmh: float = 0.0


@dataclass(frozen=True, slots=True)
class ChannelResponse:
    """How a channel answers, from the instrument's register: ``lag_s`` from inlet to detector, ``response_s`` its time
    constant (to 63 %), both in seconds; ``detection_limit`` in the channel's unit, below which it says nothing."""

    lag_s: float = 0.0
    response_s: float = 0.0
    detection_limit: float = 0.0


#: A channel nobody registered: what it shows is taken as it stands.
UNREGISTERED = ChannelResponse()
#: Names a tracer goes by in files, lower case.
TRACER_NAMES: dict[str, tuple[str, ...]] = {"CO": ("co", "一氧化碳", "carbon monoxide")}
