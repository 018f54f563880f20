"""Before and after pictures drawn by the program: a works, its smoke, its covers. Each says 演示 across its face."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter

SIZE = (800, 600)
GROUND = 430
VARIANTS = 24
Point = tuple[float, float]

# Strokes of the two characters on a field of 100, since no Chinese font is sure to be installed.
_YAN: tuple[tuple[Point, ...], ...] = (
    ((12, 14), (22, 24)),
    ((8, 38), (18, 47)),
    ((8, 94), (24, 64)),
    ((62, 4), (66, 15)),
    ((36, 34), (37, 20), (94, 20), (90, 32)),
    ((46, 34), (84, 34)),
    ((42, 47), (86, 47), (86, 77), (42, 77), (42, 47)),
    ((64, 34), (64, 77)),
    ((42, 62), (86, 62)),
    ((54, 81), (38, 95)),
    ((74, 81), (92, 95)),
)
_SHI: tuple[tuple[Point, ...], ...] = (
    ((24, 16), (78, 16)),
    ((10, 40), (90, 40)),
    ((50, 40), (50, 92), (40, 85)),
    ((30, 56), (14, 80)),
    ((70, 56), (88, 80)),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG and the name it is filed under."""

    name: str
    content: bytes


@lru_cache(maxsize=128)
def picture(kind: str, variant: int, *, after: bool) -> Picture:
    """One of a few pictures of a trade (`trades`), the same at every call."""
    rng = Random(f"{kind}/{variant}")
    image = _sky(rng, clear=after)
    draw = ImageDraw.Draw(image)
    _hills(draw, rng)
    _ground(draw, rng)
    _SCENES.get(kind, _works)(draw, rng, after)
    image = image if after else _smoke(image, rng)
    _mark(image)
    out = BytesIO()
    image.save(out, "JPEG", quality=72)
    return Picture(f"{'整改后' if after else '整改前'}-{variant + 1}.jpg", out.getvalue())


def _sky(rng: Random, *, clear: bool) -> Image.Image:
    top, low = ((118, 164, 206), (214, 226, 232)) if clear else ((142, 150, 156), (196, 192, 184))
    column = Image.new("RGB", (1, 32))
    for y in range(32):
        column.putpixel((0, y), _mixed(top, low, y / 31))
    return column.resize(SIZE, Image.Resampling.BICUBIC)


def _hills(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    for depth, shade in ((90, (150, 163, 160)), (55, (126, 142, 130))):
        x, points = -40.0, [(-40.0, float(GROUND))]
        while x < SIZE[0] + 80:
            points.append((x, GROUND - depth * rng.uniform(0.4, 1.2)))
            x += rng.uniform(70, 150)
        draw.polygon([*points, (SIZE[0] + 80.0, float(GROUND))], fill=shade)


def _ground(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    draw.rectangle((0, GROUND, *SIZE), fill=(146, 138, 122))
    draw.polygon([(0, 600), (0, 520), (800, 470), (800, 545)], fill=(104, 104, 106))
    for left in range(20, 800, 90):
        draw.line((left, 556 - left * 0.064, left + 42, 553 - left * 0.064), fill=(222, 220, 208), width=4)
    for _ in range(40):
        x, y = rng.uniform(0, 800), rng.uniform(GROUND + 4, GROUND + 40)
        draw.line((x, y, x + 3, y - 8), fill=(112, 128, 84), width=2)


def _works(draw: ImageDraw.ImageDraw, rng: Random, after: bool) -> None:
    """Halls, a stack, a treatment unit which after rectification is there and connected."""
    x = rng.uniform(40, 90)
    for _ in range(rng.randint(2, 3)):
        wide, high = rng.uniform(130, 190), rng.uniform(90, 140)
        _hall(draw, x, wide, high, rng)
        x += wide + rng.uniform(14, 30)
    _stack(draw, x + 30, rng.uniform(170, 230))
    if after:
        _treatment(draw, x + 66)


def _kiln(draw: ImageDraw.ImageDraw, rng: Random, after: bool) -> None:
    _hall(draw, 70, 260, 96, rng)
    _stack(draw, 372, 190)
    _heaps(draw, 440, after)


def _building_ground(draw: ImageDraw.ImageDraw, rng: Random, after: bool) -> None:
    for x in (90, 220):
        draw.rectangle((x, GROUND - 190, x + 96, GROUND), fill=(176, 172, 164), outline=(96, 96, 96), width=2)
        for y in range(GROUND - 170, GROUND - 10, 34):
            draw.line((x, y, x + 96, y), fill=(112, 112, 112), width=3)
    draw.line((400, GROUND, 400, GROUND - 250), fill=(196, 152, 52), width=9)
    draw.line((330, GROUND - 240, 560, GROUND - 240), fill=(196, 152, 52), width=7)
    _heaps(draw, 440, after)


def _station(draw: ImageDraw.ImageDraw, rng: Random, after: bool) -> None:
    roof = (52, 128, 92) if after else (150, 92, 66)
    draw.rectangle((120, GROUND - 150, 560, GROUND - 120), fill=roof)
    for x in (160, 510):
        draw.rectangle((x, GROUND - 120, x + 14, GROUND), fill=(206, 206, 202))
    for x in (230, 340, 440):
        draw.rectangle((x, GROUND - 56, x + 34, GROUND), fill=(232, 232, 228), outline=(90, 90, 90), width=2)
        draw.rectangle((x + 6, GROUND - 48, x + 28, GROUND - 32), fill=(70, 84, 92))
    _hall(draw, 610, 140, 90, rng)


_SCENES = {"kiln": _kiln, "sitework": _building_ground, "petrol_station": _station}


def _hall(draw: ImageDraw.ImageDraw, x: float, wide: float, high: float, rng: Random) -> None:
    wall = rng.choice([(172, 184, 190), (196, 186, 168), (158, 170, 160)])
    draw.rectangle((x, GROUND - high, x + wide, GROUND), fill=wall, outline=(84, 90, 94), width=2)
    draw.polygon(
        [(x - 8, GROUND - high), (x + wide + 8, GROUND - high), (x + wide / 2, GROUND - high - 34)], fill=(98, 112, 122)
    )
    for window in range(int(x) + 18, int(x + wide) - 24, 36):
        draw.rectangle((window, GROUND - high + 24, window + 20, GROUND - high + 44), fill=(94, 118, 136))


def _stack(draw: ImageDraw.ImageDraw, x: float, high: float) -> None:
    draw.polygon(
        [(x - 13, GROUND), (x + 13, GROUND), (x + 8, GROUND - high), (x - 8, GROUND - high)], fill=(184, 178, 172)
    )
    for band in (0.12, 0.3):
        y = GROUND - high * (1 - band)
        draw.rectangle((x - 10, y, x + 10, y + 12), fill=(176, 66, 52))


def _treatment(draw: ImageDraw.ImageDraw, x: float) -> None:
    for number in range(2):
        left = x + number * 52
        draw.rounded_rectangle((left, GROUND - 84, left + 40, GROUND), 8, fill=(70, 132, 140), outline=(40, 84, 92))
    draw.line((x - 36, GROUND - 60, x + 92, GROUND - 60), fill=(210, 214, 216), width=8)


def _heaps(draw: ImageDraw.ImageDraw, x: float, after: bool) -> None:
    """Piles of material: bare before, under green nets after."""
    fill, net = ((86, 124, 76), (62, 98, 58)) if after else ((158, 130, 92), (130, 104, 72))
    for number, high in enumerate((70, 92, 60)):
        left = x + number * 100
        draw.polygon([(left, GROUND + 8), (left + 62, GROUND - high), (left + 130, GROUND + 8)], fill=fill)
        for step in range(3):
            draw.line(
                (left + 20 + step * 24, GROUND + 4, left + 54 + step * 10, GROUND - high * 0.7), fill=net, width=2
            )


def _smoke(image: Image.Image, rng: Random) -> Image.Image:
    """A grey haze drifting from the middle, blurred."""
    haze = Image.new("L", (200, 150), 0)
    draw = ImageDraw.Draw(haze)
    x, y = rng.uniform(105, 135), 78.0
    for _ in range(16):
        size = rng.uniform(8, 18)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=150)
        x, y = x + rng.uniform(-2, 8), y - rng.uniform(1, 6)
    haze = haze.filter(ImageFilter.GaussianBlur(6)).resize(SIZE, Image.Resampling.BILINEAR)
    return Image.composite(Image.new("RGB", SIZE, (116, 106, 98)), image, haze)


def _mark(image: Image.Image) -> None:
    """演示 three times across, white over a dark edge, half through."""
    veil = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    draw = ImageDraw.Draw(veil)
    for left, top, side in ((70, 60, 104), (470, 250, 104), (24, 516, 60)):
        for place, strokes in enumerate((_YAN, _SHI)):
            at = left + place * side * 1.12
            for stroke in strokes:
                line = [(at + x * side / 100, top + y * side / 100) for x, y in stroke]
                draw.line(line, fill=(30, 30, 30, 110), width=max(3, side // 11), joint="curve")
                draw.line(line, fill=(255, 255, 255, 190), width=max(2, side // 18), joint="curve")
    image.paste(veil, (0, 0), veil)


def _mixed(one: tuple[int, int, int], other: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
