"""Text cells to numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from .readings import Bools, Floats

#: What instruments write where they have nothing to say.
BLANKS = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "---", "nd", "n.d.", "无", "/", "inv", "invalid"}
)
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$", re.ASCII)
_PLAIN = b"0123456789.+-eE"


def numbers(cells: Sequence[str], decimal_comma: bool = False) -> tuple[Floats, Bools, Bools]:
    """Values (NaN where there is none), which cells are blank, which are something else than a number.

    Full-width digits are read; ``1_000``, ``inf`` and thousands separators are not numbers.
    """
    count = len(cells)
    joined = "".join(cells)
    if joined.isascii() and not joined.encode().translate(None, _PLAIN):
        try:
            values = np.fromiter(map(float, cells), dtype=np.float64, count=count)
        except ValueError:
            pass
        else:
            if np.isfinite(values).all():
                return values, np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    return _one_by_one(cells, decimal_comma)


def _one_by_one(cells: Sequence[str], decimal_comma: bool) -> tuple[Floats, Bools, Bools]:
    values = np.full(len(cells), np.nan)
    blank = np.zeros(len(cells), dtype=bool)
    bad = np.zeros(len(cells), dtype=bool)
    for index, raw in enumerate(cells):
        text = raw.strip()
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text).strip()
        if decimal_comma:
            text = text.replace(",", ".", 1)
        if _NUMBER.match(text):
            values[index] = float(text)
        elif text.lower() in BLANKS:
            blank[index] = True
        else:
            bad[index] = True
    overflown = np.isinf(values)
    values[overflown] = np.nan
    return values, blank, bad | overflown
