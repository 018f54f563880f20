"""Several files of one drive as one: packed when they are uploaded, so that they are kept, named and read as a whole."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from django.utils.translation import gettext as _

from .formats.unpacking import members, pieces
from .limits import ImportLimits
from .problems import TrackRefused
from .stored import Stored

#: The archive's comment: what tells our own bundle from an archive somebody uploaded.
MARK = b"liankong track files 1"
#: One day for all members: the same files give the same bytes.
_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it was uploaded, or one kind of its rows: then ``whole`` is the file's own digest."""

    name: str
    data: bytes | Path
    whole: str = ""

    @property
    def stored(self) -> Stored:
        return Stored(self.data)

    @property
    def sha256(self) -> str:
        return self.whole or self.stored.sha256()


def pack(files: Iterable[SourceFile]) -> bytes:
    """The files as one, in the order of their names; a name that comes twice gets a number."""
    out = BytesIO()
    used: set[str] = set()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.comment = MARK
        for file in sorted(files, key=lambda one: (one.name, one.sha256)):
            name = _unused(file.name, used)
            used.add(name)
            about = zipfile.ZipInfo(name, _DAY)
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, file.stored.read())
    return out.getvalue()


def is_bundle(data: bytes | Stored) -> bool:
    """True for what `pack` made."""
    stored = Stored.of(data)
    return stored.head(4) == b"PK\x03\x04" and stored.ends_with(MARK)


def files_of(data: bytes, limits: ImportLimits) -> list[SourceFile]:
    """The files of a bundle. Raises TrackRefused for one that is broken or unpacks to more than a track may be."""
    archive = members(data, "bundle", limits)
    found: list[SourceFile] = []
    unpacked = 0
    for one in archive.infolist():
        content = b"".join(pieces(data, archive, one.filename, "bundle", limits))
        found.append(SourceFile(one.filename, content))
        unpacked += len(content)
        limits.check_size(unpacked or 1)
    if not found:
        raise TrackRefused("bundle", _("压缩包已损坏或不完整，请重新导出后上传。"))
    return found


def _unused(name: str, used: set[str]) -> str:
    if name not in used:
        return name
    stem, dot, ending = name.rpartition(".")
    number = 2
    while (candidate := f"{stem or name} ({number}){dot}{ending if dot else ''}") in used:
        number += 1
    return candidate
