"""The beginning of a large file: as much as tells its columns, cut so that it can be read by itself."""

from __future__ import annotations

from . import records
from .bundle import SourceFile
from .formats.base import TrackFormat
from .formats.delimited import DelimitedText
from .limits import ImportLimits
from .text import is_utf16

#: As much of a file as tells its columns.
HEAD = 256 * 1024
#: A sheet is a ZIP: its directory stands at its end.
PACKED = b"PK"


def whole_lines(head: bytes, size: int) -> bytes:
    """The full lines of a file's beginning; all of it when it is the whole file of ``size`` bytes or one line."""
    if size <= len(head):
        return head
    end = head.rfind(b"\n") + 1
    # In UTF-16 a line ends with two bytes, the second of which may be the zero.
    return head[: end + (end % 2 if is_utf16(head) else 0)] or head


def in_pieces(head: bytes, kind: TrackFormat, name: str, limits: ImportLimits) -> bool:
    """Whether a file with this beginning can be read without ever being in memory whole: plain delimited text can."""
    return (
        kind.key == DelimitedText.key and not is_utf16(head) and len(records.split(SourceFile(name, head), limits)) == 1
    )
