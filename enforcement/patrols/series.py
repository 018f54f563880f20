"""A channel over time as SVG drawn on the server, with its background and its hot spots. Pure.

Every column of the picture shows the lowest and the highest value in it, so that a peak of one second is seen in a run
of eight hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from enforcement.patrols.tracks.readings import Floats, Ints

BEIJING = ZoneInfo("Asia/Shanghai")
WIDE, NARROW, HIGH = 920, 340, 220
SPARK_WIDE, SPARK_HIGH = 132, 34
HEAD, FOOT, RIGHT = 10.0, 22.0, 8.0
ROWS_OF_TABLE = 48


@dataclass(frozen=True, slots=True)
class Band:
    """A hot spot in the chart: first and last moment, what to say, where to go."""

    first_ms: int
    last_ms: int
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class SeriesChart:
    """What `components/chart.html` shows: two widths of one drawing and the table behind it."""

    title: str
    unit: str
    svg: SafeString
    svg_narrow: SafeString
    headers: list[str]
    rows: list[list[str]]
    legend: list[dict[str, Any]] = field(default_factory=list)


def chart(
    title: str,
    unit: str,
    time_ms: Ints,
    values: Floats,
    background: Floats | None,
    bands: Sequence[Band],
    *,
    highest: float | None = None,
    span_ms: int | None = None,
) -> SeriesChart:
    """The chart of one channel; times rise, NaN is a gap.

    `highest` and `span_ms` make several charts alike: the same top of the scale, the same length of the time axis.
    """
    legend = [{"tone": "accent", "label": title}]
    if background is not None:
        legend.append({"tone": "quiet", "label": _("背景")})
    if bands:
        legend.append({"tone": "late", "label": _("热点")})
    return SeriesChart(
        title,
        unit,
        _drawn(WIDE, title, time_ms, values, background, bands, highest, span_ms),
        _drawn(NARROW, title, time_ms, values, background, bands, highest, span_ms),
        [_("时间"), _("均值"), _("最高")],
        _table(time_ms, values),
        legend,
    )


def _drawn(
    width: int,
    title: str,
    time_ms: Ints,
    values: Floats,
    background: Floats | None,
    bands: Sequence[Band],
    highest: float | None,
    span_ms: int | None,
) -> SafeString:
    known = values[np.isfinite(values)]
    if highest is None:
        highest = float(known.max()) if len(known) else 0.0
    top, ticks = round_ticks(highest if highest > 0 else 1.0)
    left = 10.0 + max(len(f"{tick:g}") for tick in ticks) * 7.5
    last_ms = int(time_ms[-1]) if span_ms is None else int(time_ms[0]) + span_ms
    frame = _Frame(left, width - RIGHT, int(time_ms[0]), last_ms, top)
    body = [_grid(frame, tick) for tick in ticks]
    body += [_hours(frame, moment) for moment in _moments(frame, width)]
    body += [_band(frame, band) for band in bands]
    if background is not None:
        body.append(_line("quiet", "#8d9ba0", frame, time_ms, background, 1.5))
    body.append(_line("accent", "#2b8da0", frame, time_ms, values, 1.2))
    # Titles went through escape(); the rest is numbers and fixed words.
    return mark_safe(
        f'<svg class="plot" viewBox="0 0 {width} {HIGH}" role="group" aria-label="{escape(title)}" '
        f'data-first="{frame.first_ms}" data-last="{frame.last_ms}" data-left="{frame.left:.1f}" '
        f'data-right="{frame.right:.1f}">{"".join(body)}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    left: float
    right: float
    first_ms: int
    last_ms: int
    top: float

    def x(self, ms: Any) -> Any:
        span = max(self.last_ms - self.first_ms, 1)
        return self.left + (np.asarray(ms) - self.first_ms) / span * (self.right - self.left)

    def y(self, value: Any) -> Any:
        return HEAD + (HIGH - HEAD - FOOT) * (1 - np.clip(np.asarray(value), 0, self.top) / self.top)


def round_ticks(highest: float) -> tuple[float, list[float]]:
    """A round top and four or five ticks below it."""
    rough = max(highest, 1e-300) / 4
    unit = 10.0 ** np.floor(np.log10(rough))
    step = float(next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough))
    count = int(np.ceil(highest / step)) or 1
    return count * step, [number * step for number in range(count + 1)]


def _grid(frame: _Frame, tick: float) -> str:
    y = float(frame.y(tick))
    return (
        f'<path class="plot-grid" stroke="#dfe6e7" d="M{frame.left:.1f} {y:.1f}H{frame.right:.1f}"/>'
        f'<text x="{frame.left - 6:.1f}" y="{y + 4:.1f}" font-size="12" text-anchor="end">{tick:g}</text>'
    )


def _moments(frame: _Frame, width: int) -> list[int]:
    """Round Beijing times that fit under the axis."""
    room = max(2, width // 90)
    span_min = max((frame.last_ms - frame.first_ms) / 60_000, 0.1)
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 43_200)
    step_ms = next((step for step in steps if span_min / step <= room), 525_600) * 60_000
    shift = 8 * 3_600_000
    first = -(-(frame.first_ms + shift) // step_ms) * step_ms - shift
    return list(range(first, frame.last_ms + 1, step_ms))[: room + 1]


def _hours(frame: _Frame, ms: int) -> str:
    long = frame.last_ms - frame.first_ms > 20 * 3_600_000
    moment = datetime.fromtimestamp(ms / 1000, tz=UTC).astimezone(BEIJING)
    words = f"{moment:%m-%d %H:%M}" if long else f"{moment:%H:%M}"
    x = float(np.clip(frame.x(ms), frame.left + 14, frame.right - 16))
    return f'<text x="{x:.1f}" y="{HIGH - 4}" font-size="12" text-anchor="middle">{words}</text>'


def _band(frame: _Frame, band: Band) -> str:
    x0, x1 = float(frame.x(band.first_ms)), float(frame.x(band.last_ms))
    width = max(x1 - x0, 3.0)
    title = escape(band.title)
    shape = (
        f'<title>{title}</title><rect class="plot-shape fill-late" fill="#b3163f" fill-opacity="0.28" '
        f'x="{x0 - (width - (x1 - x0)) / 2:.1f}" y="{HEAD}" width="{width:.1f}" height="{HIGH - HEAD - FOOT:.1f}"/>'
    )
    if band.url:
        return f'<a class="mark" href="{escape(band.url)}" aria-label="{title}">{shape}</a>'
    return f'<g class="mark" role="img" tabindex="0" aria-label="{title}">{shape}</g>'


def _line(tone: str, colour: str, frame: _Frame, time_ms: Ints, values: Floats, weight: float) -> str:
    columns = int(frame.right - frame.left)
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return ""
    at = np.minimum(
        ((time_ms[known] - frame.first_ms) * columns) // max(frame.last_ms - frame.first_ms, 1), columns - 1
    )
    starts = np.flatnonzero(np.concatenate(([True], np.diff(at) > 0)))
    low = np.minimum.reduceat(values[known], starts)
    high = np.maximum.reduceat(values[known], starts)
    xs, y_low, y_high = frame.left + at[starts] + 0.5, frame.y(low), frame.y(high)
    # A column without readings breaks the line only where the run is denser than the picture.
    dense = len(known) > columns
    path = []
    previous = None
    for column, x, bottom, head in zip(at[starts].tolist(), xs.tolist(), y_low.tolist(), y_high.tolist(), strict=True):
        broken = previous is None or (dense and column - previous > 3)
        path.append(f"{'M' if broken else 'L'}{x:.1f} {head:.1f}")
        if bottom - head > 0.5:
            path.append(f"V{bottom:.1f}")
        previous = column
    return (
        f'<path class="line-{tone}" stroke="{colour}" fill="none" stroke-width="{weight}" stroke-linejoin="round" '
        f'd="{"".join(path)}"/>'
    )


def _table(time_ms: Ints, values: Floats) -> list[list[str]]:
    """The run in at most 48 equal parts: when it begins, mean and highest value."""
    span = int(time_ms[-1]) - int(time_ms[0]) + 1
    minutes = max(1, -(-span // (ROWS_OF_TABLE * 60_000)))
    group = (time_ms - time_ms[0]) // (minutes * 60_000)
    rows = []
    for number in np.unique(group).tolist():
        part = values[group == number]
        part = part[np.isfinite(part)]
        begins = datetime.fromtimestamp((int(time_ms[0]) + number * minutes * 60_000) / 1000, tz=UTC).astimezone(
            BEIJING
        )
        texts = [f"{part.mean():.4g}", f"{part.max():.4g}"] if len(part) else ["—", "—"]
        rows.append([f"{begins:%m-%d %H:%M}", *texts])
    return rows


def spark(kept: Mapping[str, Any], first_ms: int, last_ms: int, background: float, label: str) -> SafeString:
    """The kept picture of a hot spot's series (`tracks.glimpses`) as a small SVG: the line, the stretch, the background.

    "" for hot spots that keep none. Plain text by hand, for a page may show hundreds of them.
    """
    values = kept.get("values", [])
    if len(values) < 2:
        return SafeString("")
    begins, span_ms = kept["from_ms"], kept["step_ms"] * len(values)
    top = max(background, *(value for value in values if value is not None), 1e-9)
    per_ms, per_value = SPARK_WIDE / span_ms, (SPARK_HIGH - 4) / top
    path, broken = [], True
    for place, value in enumerate(values):
        if value is not None:
            x = (place + 0.5) * kept["step_ms"] * per_ms
            path.append(f"{'M' if broken else 'L'}{x:.1f} {SPARK_HIGH - 2 - value * per_value:.1f}")
        broken = value is None
    x0, level = max(first_ms - begins, 0) * per_ms, SPARK_HIGH - 2 - background * per_value
    wide = max((min(last_ms - begins, span_ms) * per_ms) - x0, 2.0)
    # The label went through escape(); the rest is numbers and fixed words.
    return mark_safe(
        f'<svg class="plot spark" viewBox="0 0 {SPARK_WIDE} {SPARK_HIGH}" role="img" aria-label="{escape(label)}">'
        f'<rect class="fill-late" fill="#b3163f" fill-opacity="0.28" x="{x0:.1f}" y="0" width="{wide:.1f}" '
        f'height="{SPARK_HIGH}"/><path class="plot-axis" stroke="#8d9ba0" stroke-dasharray="3 3" '
        f'd="M0 {level:.1f}H{SPARK_WIDE}"/><path class="line-accent" stroke="#2b8da0" fill="none" stroke-width="1.3" '
        f'stroke-linejoin="round" d="{"".join(path)}"/></svg>'
    )
