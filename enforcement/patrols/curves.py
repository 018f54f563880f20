"""Before and after as two curves over one stretch of road: position along it, excess over the background. Pure.

Each curve has its own dash and mark beside its colour; a gap in it is road that drive didn't measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from enforcement.patrols.series import FOOT, HEAD, HIGH, NARROW, RIGHT, WIDE, SeriesChart, round_ticks
from enforcement.patrols.tracks.readings import Floats

#: Tone, colour on paper, dash and mark of each curve, in order.
LOOKS = (("late", "#b3163f", "", "circle"), ("accent", "#2b8da0", "7 4", "square"))
#: Marks a curve carries at most.
MARKS = 12


@dataclass(frozen=True, slots=True)
class Curve:
    """One drive: what it is called, and its excess at each point of the stretch (NaN where it wasn't measured)."""

    title: str
    excess: Floats


def chart(title: str, unit: str, along_m: Floats, curves: Sequence[Curve]) -> SeriesChart:
    """The curves over the same points, which lie ``along_m`` metres from the stretch's beginning; the table has a row a
    point."""
    columns = [curve.excess.tolist() for curve in curves]
    return SeriesChart(
        title,
        unit,
        _drawn(WIDE, title, along_m, curves),
        _drawn(NARROW, title, along_m, curves),
        [_("沿路（米）"), *(curve.title for curve in curves)],
        [
            [f"{metres:.0f}", *(_number(value) for value in row)]
            for metres, *row in zip(along_m.tolist(), *columns, strict=True)
        ],
    )


def _number(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "—"


@dataclass(frozen=True, slots=True)
class _Frame:
    left: float
    right: float
    length_m: float
    low: float
    high: float

    def x(self, metres: float) -> float:
        return self.left + metres / max(self.length_m, 1e-9) * (self.right - self.left)

    def y(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return HEAD + 16 + (HIGH - HEAD - 16 - 2 * FOOT) * (1 - (inside - self.low) / (self.high - self.low))


def _drawn(width: int, title: str, along_m: Floats, curves: Sequence[Curve]) -> SafeString:
    known = np.concatenate([curve.excess[np.isfinite(curve.excess)] for curve in curves])
    top, ticks = round_ticks(max(float(known.max(initial=0.0)), 1e-9))
    # Under its background a drive may be too: the axis goes down as far, in the same steps.
    step = ticks[1]
    below = int(np.ceil(max(0.0, -float(known.min(initial=0.0))) / step))
    ticks = [*(-step * number for number in range(min(below, 4), 0, -1)), *ticks]
    left = 10.0 + max(len(f"{tick:g}") for tick in ticks) * 7.5
    frame = _Frame(left, width - RIGHT, float(along_m[-1]), ticks[0], top)
    body = [_grid(frame, tick) for tick in ticks]
    body += [_metres(frame, metres) for metres in _stations(frame.length_m, 6 if width == WIDE else 3)]
    for number, (curve, (tone, colour, dash, mark)) in enumerate(zip(curves, LOOKS, strict=False)):
        body.append(_line(frame, curve, along_m, tone, colour, dash, mark))
        body.append(_key(left, number, curve.title, tone, colour, dash, mark, width))
    # Titles went through escape(); the rest is numbers and fixed words.
    return mark_safe(
        f'<svg class="plot" viewBox="0 0 {width} {HIGH}" role="group" aria-label="{escape(title)}">{"".join(body)}</svg>'
    )


def _grid(frame: _Frame, tick: float) -> str:
    y = frame.y(tick)
    kind = "plot-axis" if tick == 0 else "plot-grid"
    return (
        f'<path class="{kind}" stroke="#dfe6e7" d="M{frame.left:.1f} {y:.1f}H{frame.right:.1f}"/>'
        f'<text x="{frame.left - 6:.1f}" y="{y + 4:.1f}" font-size="12" text-anchor="end">{tick:g}</text>'
    )


def _stations(length_m: float, most: int) -> list[float]:
    step = next((one for one in (50, 100, 200, 250, 500, 1000, 2000, 5000) if length_m / one <= most), 10_000)
    return [float(one) for one in range(0, int(length_m) + 1, step)]


def _metres(frame: _Frame, metres: float) -> str:
    x = min(max(frame.x(metres), frame.left + 4), frame.right - 22)
    return f'<text x="{x:.1f}" y="{HIGH - 10:.1f}" font-size="12" text-anchor="middle">{metres:g} m</text>'


def _line(frame: _Frame, curve: Curve, along_m: Floats, tone: str, colour: str, dash: str, mark: str) -> str:
    known = np.flatnonzero(np.isfinite(curve.excess)).tolist()
    path, previous = [], None
    for number in known:
        joined = previous is not None and number - previous == 1
        path.append(
            f"{'L' if joined else 'M'}{frame.x(float(along_m[number])):.1f} {frame.y(curve.excess[number]):.1f}"
        )
        previous = number
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    marks = "".join(
        _mark(frame.x(float(along_m[number])), frame.y(float(curve.excess[number])), tone, colour, mark)
        for number in known[:: max(1, -(-len(known) // MARKS))]
    )
    drawn = f'<path class="line-{tone}" stroke="{colour}" fill="none" stroke-width="2"{dashes} d="{"".join(path)}"/>'
    highest = max((float(curve.excess[number]) for number in known), default=float("nan"))
    said = _("%(title)s，最高 %(value)s") % {"title": curve.title, "value": _number(highest)}
    return f'<g class="mark" role="img" tabindex="0" aria-label="{escape(said)}"><title>{escape(said)}</title>{drawn}{marks}</g>'


def _mark(x: float, y: float, tone: str, colour: str, mark: str) -> str:
    if mark == "circle":
        return f'<circle class="fill-{tone}" fill="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'
    return f'<rect class="fill-{tone}" fill="{colour}" x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"/>'


def _key(left: float, number: int, title: str, tone: str, colour: str, dash: str, mark: str, width: int) -> str:
    """A piece of the line with its mark and its name: the legend, in the picture so that dash and mark are seen."""
    x = left + number * (width - left - RIGHT) / 2
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path class="line-{tone}" stroke="{colour}" fill="none" stroke-width="2"{dashes} d="M{x:.1f} 12h28"/>'
        f'{_mark(x + 14, 12, tone, colour, mark)}<text x="{x + 34:.1f}" y="16" font-size="12">{escape(title)}</text>'
    )
