"""Charts as SVG made on the server: bars, stacked bars, lines.

Pure drawing: labels and numbers in, a `Chart` out. Every mark names its exact value in a ``<title>``, can be reached
by the Tab key and shows its value when it has the focus, so that touch and keyboard see what a mouse sees. The same
numbers stand in `headers` and `rows` for the table behind the chart. Colours are classes of the house style with plain
attributes beneath them, for a chart that leaves the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

Number = Decimal | int
#: Tone of the house style -> plain colour for paper.
TONES = {
    "accent": "#1f7a8c",
    "done": "#0c6e50",
    "half": "#4d987a",
    "soon": "#b97d06",
    "late": "#ae1440",
    "open": "#7d8f95",
    "quiet": "#8d9ba0",
}
#: Tones so light that the words inside them are dark.
LIGHT_TONES = frozenset({"half", "soon", "open", "quiet"})
WIDE = 600
NARROW = 340
FONT = 12
ROW = 26
BAR = 16
PLOT_HEIGHT = 220


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `value` None means no data, which isn't zero."""

    label: str
    value: Number | None
    url: str = ""
    tone: str = "accent"


@dataclass(frozen=True, slots=True)
class Line:
    """One line over the labels of its chart; None is a gap."""

    name: str
    values: Sequence[Number | None]
    tone: str = "accent"


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend."""

    name: str
    tone: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing for desks, one for phones, and the table behind both (numbers as text, with thousands separated)."""

    title: str
    unit: str
    svg: SafeString
    svg_narrow: SafeString
    headers: list[str]
    rows: list[list[str]]
    legend: list[Key]


def bar(title: str, bars: Sequence[Bar], *, unit: str = "", places: int = 0, header: str = "") -> Chart:
    """Lying bars in the given order, values at their ends; negative values grow to the left of zero."""
    return Chart(
        title,
        unit,
        *_both(title, lambda width: _bars(bars, unit, places, width)),
        headers=[header, unit],
        rows=[[item.label, _text(item.value, places)] for item in bars],
        legend=[],
    )


def stacked(
    title: str,
    series: Sequence[str],
    tones: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Number]]],
    *,
    unit: str = "",
    places: int = 0,
    header: str = "",
    total: str = "",
) -> Chart:
    """Lying bars made of parts, their sum at the end. ValueError when a row has not as many parts as there are series."""
    if len(tones) != len(series) or any(len(parts) != len(series) for _, parts in rows):
        raise ValueError("every row needs one value for each series, and every series a tone")
    if any(part < 0 for _, parts in rows for part in parts):
        raise ValueError("parts of a whole can't be negative")
    return Chart(
        title,
        unit,
        *_both(title, lambda width: _stacks(series, tones, rows, unit, places, width)),
        headers=[header, *series, total],
        rows=[[label, *(_text(p, places) for p in parts), _text(_sum(parts), places)] for label, parts in rows],
        legend=[Key(name, tone) for name, tone in zip(series, tones, strict=True)],
    )


def line(
    title: str, labels: Sequence[str], series: Sequence[Line], *, unit: str = "", places: int = 0, header: str = ""
) -> Chart:
    """Lines over evenly spaced labels. ValueError when a line has not as many values as there are labels."""
    if any(len(item.values) != len(labels) for item in series):
        raise ValueError("every line needs one value for each label")
    return Chart(
        title,
        unit,
        *_both(title, lambda width: _lines(labels, series, unit, places, width)),
        headers=[header, *(item.name for item in series)],
        rows=[[label, *(_text(item.values[i], places) for item in series)] for i, label in enumerate(labels)],
        legend=[Key(item.name, item.tone) for item in series],
    )


# Text and numbers


def _text(value: Number | None, places: int) -> str:
    if value is None:
        return "—"
    return f"{Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN):,f}"


def _sum(parts: Sequence[Number]) -> Decimal:
    return sum((Decimal(part) for part in parts), Decimal(0))


def _said(label: str, value: Number | None, unit: str, places: int) -> str:
    """What a mark says of itself: ``太原：62 件``."""
    amount = f"{_text(value, places)}{' ' + unit if unit and value is not None else ''}"
    return gettext("%(name)s：%(value)s") % {"name": label, "value": amount}


def _length(text: str) -> float:
    """Rough width of a text: a Chinese character is as wide as the font is high, others a little over half."""
    return sum(FONT if ord(char) > 0x2E80 else FONT * 0.58 for char in text)


def _cut(text: str, room: float) -> str:
    """The text, shortened with an ellipsis when it doesn't fit; the whole of it stays in the title."""
    if _length(text) <= room:
        return text
    while text and _length(text) > room - FONT:
        text = text[:-1]
    return text + "…"


def _nice(top: Decimal) -> tuple[Decimal, Decimal]:
    """A round upper end of the axis and its step (1, 2, 2.5 or 5 times a power of ten), with 3 to 5 steps."""
    if top <= 0:
        return Decimal(1), Decimal(1)
    rough = top / 4
    power = Decimal(10) ** rough.adjusted()
    step = next(m * power for m in map(Decimal, ("1", "2", "2.5", "5", "10")) if m * power >= rough)
    return step * (top / step).to_integral_value(rounding=ROUND_CEILING), step


# Pieces of SVG


def _both(title: str, draw: Callable[[int], tuple[str, int]]) -> tuple[SafeString, SafeString]:
    return _framed(title, *draw(WIDE), WIDE), _framed(title, *draw(NARROW), NARROW)


def _framed(title: str, body: str, height: int, width: int) -> SafeString:
    # Every text in the body went through escape(); the rest is numbers and fixed words.
    return mark_safe(
        f'<svg class="plot" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="{escape(title)}" font-size="{FONT}">{body}</svg>'
    )


def _label(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<text{name} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, tone: str) -> str:
    colour = TONES.get(tone, TONES["accent"])
    known = tone if tone in TONES else "accent"
    return (
        f'<rect class="plot-shape fill-{known}" fill="{colour}" x="{x:.1f}" y="{y:.1f}" '
        f'width="{max(width, 0):.1f}" height="{height}"/>'
    )


def _mark(said: str, body: str, url: str = "") -> str:
    """A focusable piece of the chart with its value in words."""
    words = escape(said)
    if url:
        return f'<a class="mark" href="{escape(url)}" aria-label="{words}"><title>{words}</title>{body}</a>'
    return f'<g class="mark" tabindex="0" role="img" aria-label="{words}"><title>{words}</title>{body}</g>'


def _reveal(x: float, y: float, text: str, width: int) -> str:
    """A small plate with the value, shown on hover and focus, kept inside the drawing."""
    text = _cut(text, width - 12)
    room = _length(text) + 12
    left = min(max(x - room / 2, 0), max(width - room, 0))
    top = max(y - 24, 0)
    return (
        f'<g class="plot-reveal" aria-hidden="true"><rect x="{left:.1f}" y="{top:.1f}" width="{room:.1f}" height="20" '
        f'rx="3"/>{_label(left + room / 2, top + 14, text, "middle")}</g>'
    )


# Lying bars


def _label_room(labels: Sequence[str], width: int) -> float:
    return min(max((_length(label) for label in labels), default=0) + 10, width * 0.34)


def _bars(bars: Sequence[Bar], unit: str, places: int, width: int) -> tuple[str, int]:
    left = _label_room([item.label for item in bars], width)
    values = [Decimal(item.value) for item in bars if item.value is not None]
    low, high = min([*values, Decimal(0)]), max([*values, Decimal(0)])
    room_value = max((_length(_text(v, places)) for v in values), default=0) + 8
    room_negative = room_value if low < 0 else 0
    span = (high - low) or Decimal(1)
    scale = (width - left - room_value - room_negative) / float(span)
    zero = left + room_negative + float(-low) * scale
    body = [f'<path class="plot-axis" stroke="#76868b" d="M{zero:.1f} 0V{len(bars) * ROW}"/>']
    for index, item in enumerate(bars):
        body.append(_one_bar(item, unit, places, index * ROW, left, zero, scale))
    return "".join(body), max(len(bars) * ROW, 1)


def _one_bar(item: Bar, unit: str, places: int, top: float, left: float, zero: float, scale: float) -> str:
    base = top + ROW / 2 + FONT * 0.36
    name = _label(left - 8, base, _cut(item.label, left - 8), "end")
    said = _said(item.label, item.value, unit, places)
    if item.value is None:
        return _mark(said, name + _label(zero + 6, base, "—"), item.url)
    length = abs(float(item.value)) * scale
    start = zero if item.value >= 0 else zero - length
    end, anchor = (zero + length + 6, "start") if item.value >= 0 else (start - 6, "end")
    shape = _rect(start, top + (ROW - BAR) / 2, length, BAR, item.tone)
    return _mark(said, name + shape + _label(end, base, _text(item.value, places), anchor, "plot-value"), item.url)


def _stacks(
    series: Sequence[str],
    tones: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Number]]],
    unit: str,
    places: int,
    width: int,
) -> tuple[str, int]:
    left = _label_room([label for label, _ in rows], width)
    sums = [_sum(parts) for _, parts in rows]
    room_value = max((_length(_text(total, places)) for total in sums), default=0) + 8
    scale = (width - left - room_value) / float(max([*sums, Decimal(0)]) or 1)
    body = [f'<path class="plot-axis" stroke="#76868b" d="M{left:.1f} 0V{len(rows) * ROW}"/>']
    for index, (label, parts) in enumerate(rows):
        top, x = index * ROW, left
        base = top + ROW / 2 + FONT * 0.36
        body.append(_label(left - 8, base, _cut(label, left - 8), "end"))
        for name, tone, part in zip(series, tones, parts, strict=True):
            length = float(part) * scale
            if part:
                body.append(_part(_said(f"{label} {name}", part, unit, places), part, tone, places, x, top, length))
            x += length
        body.append(_label(x + 6, base, _text(sums[index], places), "start", "plot-value"))
    return "".join(body), max(len(rows) * ROW, 1)


def _part(said: str, part: Number, tone: str, places: int, x: float, top: float, length: float) -> str:
    """One part of a stacked bar, with its number inside when there is room; 1 unit of air keeps parts apart."""
    shape = _rect(x, top + (ROW - BAR) / 2, length - 1, BAR, tone)
    text = _text(part, places)
    if _length(text) + 8 > length:
        return _mark(said, shape)
    kind = "plot-inside plot-inside--dark" if tone in LIGHT_TONES else "plot-inside"
    colour = "#0c1214" if tone in LIGHT_TONES else "#ffffff"
    inside = _label(x + length / 2, top + ROW / 2 + FONT * 0.36, text, "middle", kind)
    return _mark(said, shape + inside.replace("<text", f'<text fill="{colour}"', 1))


# Lines


def _lines(labels: Sequence[str], series: Sequence[Line], unit: str, places: int, width: int) -> tuple[str, int]:
    values = [Decimal(v) for item in series for v in item.values if v is not None]
    top, step = _nice(max(values, default=Decimal(0)))
    if min(values, default=Decimal(0)) < 0:
        raise ValueError("lines start at zero; negative values want bars")
    steps = int(top / step)
    axis = [_axis_text(step * n) for n in range(steps + 1)]
    half = max((_length(label) for label in labels), default=0) / 2
    left, right = max(max(_length(text) for text in axis) + 8, half), half + 2
    head, foot = 10.0, 22.0
    high = PLOT_HEIGHT - head - foot

    def x_at(index: int) -> float:
        return left + (width - left - right) * (index / (len(labels) - 1) if len(labels) > 1 else 0.5)

    def y_at(value: Number) -> float:
        return head + high * (1 - float(Decimal(value) / top))

    body: list[str] = []
    for n, text in enumerate(axis):
        y = y_at(step * n)
        body.append(f'<path class="plot-grid" stroke="#dfe6e7" d="M{left:.1f} {y:.1f}H{width - right:.1f}"/>')
        body.append(_label(left - 6, y + 4, text, "end"))
    body += _label_row(labels, x_at, width - left - right)
    for item in series:
        body.append(_stroke(item, x_at, y_at))
    for item in series:
        body += _dots(labels, item, unit, places, x_at, y_at, width)
    return "".join(body), PLOT_HEIGHT


def _axis_text(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _label_row(labels: Sequence[str], x_at: Callable[[int], float], room: float) -> list[str]:
    """As many labels under the axis as fit without touching."""
    widest = max((_length(label) for label in labels), default=1) + 12
    every = max(1, -(-len(labels) // max(1, int(room / widest))))
    return [_label(x_at(i), PLOT_HEIGHT - 4, label, "middle") for i, label in enumerate(labels) if i % every == 0]


def _stroke(item: Line, x_at: Callable[[int], float], y_at: Callable[[Number], float]) -> str:
    """The line itself, broken where there is no data."""
    path, pen_up = "", True
    for index, value in enumerate(item.values):
        if value is not None:
            path += f"{'M' if pen_up else 'L'}{x_at(index):.1f} {y_at(value):.1f}"
        pen_up = value is None
    tone = item.tone if item.tone in TONES else "accent"
    return (
        f'<path class="line-{tone}" stroke="{TONES[tone]}" fill="none" stroke-width="2" stroke-linejoin="round" '
        f'd="{path}"/>'
    )


def _dots(
    labels: Sequence[str],
    item: Line,
    unit: str,
    places: int,
    x_at: Callable[[int], float],
    y_at: Callable[[Number], float],
    width: int,
) -> list[str]:
    tone = item.tone if item.tone in TONES else "accent"
    # Many points stand closer than a dot is wide: then they keep their place for focus and lose their paint.
    radius = 3 if len(labels) <= 40 else 1.5
    marks = []
    for index, value in enumerate(item.values):
        if value is None:
            continue
        x, y, said = x_at(index), y_at(value), _said(f"{labels[index]} {item.name}", value, unit, places)
        dot = f'<circle class="plot-shape fill-{tone}" fill="{TONES[tone]}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'
        # A ring nobody sees makes the target 24 units wide for a finger.
        target = f'<circle fill="none" pointer-events="all" cx="{x:.1f}" cy="{y:.1f}" r="12"/>'
        marks.append(_mark(said, target + dot + _reveal(x, y - 6, said, width)))
    return marks
