"""Several files of one drive as one: packed when they are uploaded, so that they are kept, named and read as a whole.

Small ones are compressed and unpacked in memory; large ones lie in the archive as they are and are read where they lie.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO, FileIO
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from .formats.unpacking import MAX_MEMBERS, members, pieces
from .limits import ImportLimits
from .problems import TrackRefused
from .stored import Extent, Stored

#: The archive's comment: what tells our own bundle from an archive somebody uploaded.
MARK = b"liankong track files 1"
#: One day for all members: the same files give the same bytes.
_DAY = (1980, 1, 1, 0, 0, 0)
_LOCAL_HEADER = 30
#: Bytes the directory of a bundle may have: more than its members with the longest names need.
_DIRECTORY = 1 << 20
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it was uploaded, or one kind of its rows: then ``whole`` is the file's own digest."""

    name: str
    data: bytes | Path | Extent | Stored
    whole: str = ""

    @property
    def stored(self) -> Stored:
        return Stored.of(self.data)

    @property
    def sha256(self) -> str:
        return self.whole or self.stored.sha256()


def pack(files: Iterable[SourceFile]) -> bytes:
    """The files as one, in the order of their names; a name that comes twice gets a number."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.comment = MARK
        for file in named(files):
            archive.writestr(_entry(file.name, zipfile.ZIP_DEFLATED), file.stored.read())
    return out.getvalue()


class Altered(Exception):
    """A file's bytes aren't those its digest was computed over; says which."""


def lay_together(files: Iterable[SourceFile], out: BinaryIO) -> None:
    """Writes what `pack` gives without compressing and without holding more than a piece of it; the names as `named` gives
    them. Raises Altered for a file whose ``whole`` isn't the digest of what was written."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = MARK
        for file in files:
            with (
                archive.open(_entry(file.name, zipfile.ZIP_STORED), "w", force_zip64=True) as member,
                file.stored.open() as read,
            ):
                digest = hashlib.sha256()
                while piece := read.read(_PIECE):
                    digest.update(piece)
                    member.write(piece)
            if file.whole and digest.hexdigest() != file.whole:
                raise Altered(file.name)


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    about = zipfile.ZipInfo(name, _DAY)
    about.compress_type = compression
    return about


def named(files: Iterable[SourceFile]) -> list[SourceFile]:
    """The files in the order of their names; one whose name came before has a number in it."""
    used: set[str] = set()
    found = []
    for file in sorted(files, key=lambda one: (one.name, one.sha256)):
        name = _unused(file.name, used)
        used.add(name)
        found.append(replace(file, name=name))
    return found


def is_bundle(data: bytes | Path | Stored) -> bool:
    """True for what `pack` or `lay_together` made."""
    stored = Stored.of(data)
    return stored.head(4) == b"PK\x03\x04" and stored.ends_with(MARK)


def files_of(stored: Stored, limits: ImportLimits) -> list[SourceFile]:
    """The files of a bundle. Raises TrackRefused for one that is broken or unpacks to more than a track may be."""
    found = _lying(stored.data, limits) if isinstance(stored.data, Path) else None
    if found is None:
        found = list(_unpacked(stored.whole(limits), limits))
    if not found:
        raise _broken()
    return found


def _unpacked(data: bytes, limits: ImportLimits) -> Iterator[SourceFile]:
    archive = members(data, "bundle", limits)
    unpacked = 0
    for one in archive.infolist():
        content = b"".join(pieces(data, archive, one.filename, "bundle", limits))
        unpacked += len(content)
        limits.check_size(unpacked or 1)
        yield SourceFile(one.filename, content)


def _lying(path: Path, limits: ImportLimits) -> list[SourceFile] | None:
    """The files of a bundle on the disk as extents of it, None where one of them is compressed. Raises TrackRefused."""
    try:
        with _Sparing(path) as opened, zipfile.ZipFile(opened) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError):
        raise _broken() from None
    if len(listed) > MAX_MEMBERS or any(one.compress_type != zipfile.ZIP_STORED for one in listed):
        return None
    whole = path.stat().st_size
    if any(not 0 <= one.header_offset < whole for one in listed):  # before the file's beginning, or past any file's end
        raise _broken()
    with path.open("rb") as stored:
        found = [SourceFile(one.filename, _extent(path, stored, one)) for one in listed]
    sizes = [file.stored.size for file in found]
    # Within the file, and together no more than it: else one stretch would be read many times over.
    if sum(sizes) > whole or any(
        isinstance(one.data, Extent) and one.data.start + one.data.size > whole for one in found
    ):
        raise _broken()
    limits.check_size(sum(sizes) or 1)
    return found


class _Sparing(FileIO):
    """A file of which nobody reads much at once: a directory of a gigabyte isn't ours, and would be so many objects."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _DIRECTORY:
            raise zipfile.BadZipFile("a directory too long")
        return super().read(size)


def _extent(path: Path, stored: BinaryIO, one: zipfile.ZipInfo) -> Extent:
    """Where a member's bytes lie: after its own header, which may be longer than the directory's."""
    stored.seek(one.header_offset)
    head = stored.read(_LOCAL_HEADER)
    names = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    return Extent(path, one.header_offset + _LOCAL_HEADER + names, one.file_size)


def _broken() -> TrackRefused:
    return TrackRefused("bundle", _("压缩包已损坏或不完整，请重新导出后上传。"))


def _unused(name: str, used: set[str]) -> str:
    if name not in used:
        return name
    stem, dot, ending = name.rpartition(".")
    number = 2
    while (candidate := f"{stem or name} ({number}){dot}{ending if dot else ''}") in used:
        number += 1
    return candidate
