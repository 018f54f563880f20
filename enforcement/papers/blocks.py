"""What a paper is made of. Frozen values: words, tables and pictures in the order one reads them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

#: What XML 1.0 can't hold, and with it no DOCX: control characters, lone surrogates, two non-characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: A picture is shown as large as its width says; taller than this (cm) it is shrunk to fit a page.
TALLEST = 22.0
#: The pictures a paper can show, and how their files end.
SHOWN = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}


def printable(value: object) -> str:
    """Any value as text that both kinds of document can hold; what they can't is left out, None is empty."""
    return "" if value is None else _UNPRINTABLE.sub("", str(value))


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 (a part) or 2 (within a part)."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a line break within it stays one. Indented by two characters unless said otherwise."""

    text: str
    indent: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of label and value, as a form shows them."""

    rows: Sequence[tuple[object, object]]


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are headings, `rows` hold as many cells each. `widths` are shares (2, 1, 1); equal when left out.

    Numbers stand to the right where `numeric` names their column (0-based).
    """

    columns: Sequence[object]
    rows: Sequence[Sequence[object]]
    widths: Sequence[float] = ()
    numeric: frozenset[int] = frozenset()
    caption: str = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("every row of a table has as many cells as it has columns")
        if self.widths and len(self.widths) != len(self.columns):
            raise ValueError("a table's widths are as many as its columns")


@dataclass(frozen=True, slots=True)
class Picture:
    """PNG, JPEG or SVG bytes, `width` in cm of a page's 16."""

    data: bytes
    media_type: str
    width: float = 16.0
    caption: str = ""

    def __post_init__(self) -> None:
        if self.media_type not in SHOWN:
            raise ValueError(f"a paper shows PNG, JPEG and SVG, not {self.media_type}")

    @property
    def ending(self) -> str:
        return SHOWN[self.media_type]


@dataclass(frozen=True, slots=True)
class Signatures:
    """A line to sign on for each name of a part (检查人员, 当事人), with its date."""

    parts: Sequence[object]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a page."""


Block = Heading | Paragraph | Facts | Table | Picture | Signatures | PageBreak


@dataclass(frozen=True, slots=True)
class Paper:
    """One document. `number` is its 文号, `foot` stands at the end of every page (cut-off, who made it from what).

    A paper on synthetic rows says so on every page.
    """

    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
    number: str = ""
    subtitle: str = ""
    foot: str = ""
    synthetic: bool = False

    @property
    def marks(self) -> str:
        """What every page's foot says."""
        parts = [_("合成演示数据，不是真实记录")] if self.synthetic else []
        return "　".join([*parts, self.foot] if self.foot else parts)
