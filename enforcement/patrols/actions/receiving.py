"""The files of one drive as they come in: each looked at, several bundled into one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from enforcement.patrols.actions.importing import limits, limits_of_worker
from enforcement.patrols.models import ImportRule, UploadRule
from enforcement.patrols.tracks import bundle
from enforcement.patrols.tracks.bundle import SourceFile
from enforcement.patrols.tracks.formats import format_of
from enforcement.patrols.tracks.heads import HEAD, PACKED, whole_lines
from enforcement.patrols.tracks.importing import files_of
from enforcement.patrols.tracks.layout import Layout
from enforcement.patrols.tracks.problems import TrackRefused
from enforcement.patrols.tracks.stored import Stored
from enforcement.timeline import clock


def received(files: Sequence[UploadedFile]) -> tuple[str, bytes]:
    """Name and bytes of what is kept: the file, or a bundle of several. Raises TrackRefused, naming the file."""
    most = ImportRule.in_force(clock.today()).max_files
    if len(files) > most:
        raise TrackRefused(
            "too_many_files",
            _("一次走航最多上传 %(limit)d 个文件，现有 %(count)d 个。") % {"limit": most, "count": len(files)},
        )
    within = limits()
    within.check_size(sum(file.size or 0 for file in files))
    found = []
    for file in files:
        data = file.read()
        one = SourceFile(printable(file.name or ""), data)
        try:
            within.check_size(len(data))
            format_of(data, one.name).open(data, within)
        except TrackRefused as error:
            if len(files) == 1:
                raise
            words = _("文件“%(file)s”：%(sentence)s") % {"file": one.name, "sentence": error}
            raise TrackRefused(error.code, words) from error
        found.append(one)
    if len(found) == 1:
        return found[0].name, data
    return name_of_several([one.name for one in found]), bundle.pack(found)


def name_of_several(names: Sequence[str]) -> str:
    """What several files of one drive are called together."""
    return _("%(first)s 等 %(count)d 个文件") % {"first": min(names)[:90], "count": len(names)} + ".zip"


def printable(name: str) -> str:
    """A file's name as it is kept: without control characters, at most 120 characters."""
    return "".join(char for char in name if char.isprintable())[-120:] or "track"


def layouts_of(data: bytes, name: str) -> list[tuple[str, str, Layout]]:
    """Name, format and columns of each file that is read by itself. Raises TrackRefused."""
    found, within = [], limits()
    for one in files_of(data, name, within):
        part = one.stored.read()
        kind = format_of(part, one.name)
        found.append((one.name, kind.key, kind.open(part, within).layout))
    return found


def layouts_at(path: Path, name: str) -> list[tuple[str, str, Layout]]:
    """The same of a file that lies on the disk, or of each of several that lie there as one, from their beginnings: the rest
    of a large text says no more about its columns."""
    stored = Stored(path)
    if not bundle.is_bundle(stored):
        return beginning_of(SourceFile(name, path))
    files = bundle.files_of(stored, limits_of_worker(UploadRule.in_force(clock.today())))
    return [found for file in files for found in beginning_of(file)]


def beginning_of(file: SourceFile) -> list[tuple[str, str, Layout]]:
    """Name, format and columns as the first lines tell them. What is packed has its directory at the end."""
    head = file.stored.head(HEAD)
    if head.startswith(PACKED):
        return layouts_of(file.stored.read(), file.name)
    return layouts_of(whole_lines(head, file.stored.size), file.name)
