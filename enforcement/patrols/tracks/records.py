"""A file whose rows are of several kinds, each with a header of its own, told apart by their first cell.

    #GPS,time,lat,lon
    #PID,time,TVOC(ppb)
    GPS,2021-07-01 09:00:00,37.87,112.55
    PID,2021-07-01 09:00:00.4,45

Each kind becomes a file of its own in which the other kinds' lines are blank, so that a row keeps its number.
"""

from __future__ import annotations

from dataclasses import replace

from . import streams
from .bundle import SourceFile
from .layout import DELIMITERS, HEADER_WITHIN_LINES, is_header
from .limits import ImportLimits
from .problems import TrackRefused, quoted
from .text import decode, is_utf16

#: Kinds of rows in one file.
MAX_KINDS = 12
#: Share of the looked-at lines that must be of a known kind.
MIN_KNOWN_SHARE = 0.9


def split(file: SourceFile, limits: ImportLimits) -> list[SourceFile]:
    """The kinds as files, or the file itself when it isn't of that sort. Raises TrackRefused where it is and too large."""
    head = file.stored.head(64 * 1024)
    if streams.begins(head):
        return streams.split(file, limits)
    if not head or head.startswith(b"PK") or is_utf16(head):
        return [file]
    head = head[: head.rfind(b"\n") + 1] or head
    found = _kinds(head)
    if found is None:
        return [file]
    delimiter, kinds = found
    data = file.stored.whole(limits)
    try:
        lines = decode(data).body.splitlines()
    except TrackRefused:
        return [file]
    parts = {kind: [""] * len(lines) for kind in kinds}
    for number, line in enumerate(lines):
        first, _mark, rest = line.partition(delimiter)
        if (kind := _kind(first)) in parts:
            parts[kind][number] = rest
    return [
        replace(file, name=f"{file.name}#{quoted(kind)}", data="\n".join(part).encode(), whole=file.sha256)
        for kind, part in parts.items()
    ]


def _kinds(head: bytes) -> tuple[str, list[str]] | None:
    """The separator and the kinds that have a header among the first lines; None if there aren't at least two."""
    try:
        lines = [line for line in decode(head).body.splitlines()[:HEADER_WITHIN_LINES] if line.strip()]
    except TrackRefused:
        return None
    for delimiter in DELIMITERS:
        kinds: list[str] = []
        known = 0
        for line in lines:
            first, mark, rest = line.partition(delimiter)
            kind = _kind(first)
            if mark and kind and kind not in kinds and is_header([cell.strip() for cell in rest.split(delimiter)]):
                kinds.append(kind)
            known += kind in kinds
        if 2 <= len(kinds) <= MAX_KINDS and known >= MIN_KNOWN_SHARE * len(lines):
            return delimiter, kinds
    return None


def _kind(cell: str) -> str:
    return cell.strip().strip('"').lstrip("#$").strip()
