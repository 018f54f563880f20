"""The files of one drive that each arrive in pieces: known to belong together, handed on as one once all of them are whole.

Each file keeps its own row, pieces and sums, so that each goes on where it stopped. Nothing is copied while files arrive; the
last one to be whole lays them together, before it takes any lock of its own, and hands them on under the locks of all their rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.patrols.actions.importing import MEGABYTE
from enforcement.patrols.actions.queueing import hand_over
from enforcement.patrols.actions.receiving import beginning_of, name_of_several
from enforcement.patrols.actions.remembering import fill_in_among
from enforcement.patrols.models import ImportRule, TrackArrival, TrackUpload, UploadRule
from enforcement.patrols.models.arrivals import ArrivalQuerySet
from enforcement.patrols.tracks import bundle
from enforcement.patrols.tracks.bundle import SourceFile
from enforcement.patrols.tracks.clock import DEFAULT_ZONE
from enforcement.patrols.tracks.layout import Layout
from enforcement.patrols.tracks.stored import Stored
from enforcement.timeline import clock
from enforcement.timeline.evidence import store
from regions.coordinates import CoordinateSystem
from regions.errors import Conflict, Invalid
from regions.models import Bureau, Officer


@dataclass(frozen=True, slots=True)
class Drive:
    """What the sender knows a drive's files by (any word of its own), and how many there are."""

    mark: str
    files: int

    @classmethod
    def of(cls, mark: str, files: int) -> Drive | None:
        """The drive that was told of; None for a file alone."""
        return cls(mark, files) if mark or files > 1 else None

    def check(self) -> None:
        """Raises Invalid without a mark, for fewer than two files, or more than the rule takes."""
        if not self.mark:
            raise Invalid(_("一次走航有几个文件时，请给各文件同一标记。"), field="drive")
        most = ImportRule.in_force(clock.today()).max_files
        if not 2 <= self.files <= most:
            raise Invalid(
                _("一次走航的文件数应为 2 至 %(limit)d 个，现为 %(count)d 个。") % {"limit": most, "count": self.files},
                field="drive_files",
            )


def of_drive(rows: ArrivalQuerySet, bureau: Bureau, mark: str) -> ArrivalQuerySet:
    """The files of a drive that are on their way for a bureau, among these rows."""
    return rows.on_their_way().filter(bureau=bureau, drive=mark)


def check_joins(others_of: ArrivalQuerySet, bureau: Bureau, drive: Drive, size: int, rule: UploadRule) -> None:
    """Whether one more file of this size may join the drive. Raises Invalid."""
    others = list(of_drive(others_of, bureau, drive.mark).values_list("size", "drive_files"))
    if len(others) >= drive.files or any(files != drive.files for _size, files in others):
        raise Invalid(
            _("这次走航说明共 %(count)d 个文件，与已开始上传的不符。请给各文件同一标记和同一个数。")
            % {"count": drive.files},
            field="drive_files",
        )
    whole = size + sum(of_other for of_other, _files in others)
    if whole > rule.max_mb * MEGABYTE:
        raise Invalid(
            _("这次走航的文件合计 %(size).1f MB，超过上限 %(limit)d MB。请按时段拆分后上传。")
            % {"size": whole / MEGABYTE, "limit": rule.max_mb},
            field="size",
        )


def hand_on(arrival: TrackArrival, *, by: Officer) -> TrackUpload | None:
    """What a drive becomes when this was its last file to be whole; None while others are on their way.

    Raises Conflict where another tab was quicker, or bytes changed on the disk; TrackRefused for columns nobody can tell.
    """
    files = _whole_files(arrival, by)
    if files is None:
        return None
    members = [(one, SourceFile(one.name, store().part(str(one.pk)), one.sha256)) for one in files]
    members = [
        (one, file) for (one, _old), file in zip(members, bundle.named([file for _one, file in members]), strict=True)
    ]
    together = store().part(str(uuid4()))
    try:
        key, layouts = _laid(members, together)
        with transaction.atomic():
            return _handed_on(members, layouts, together, key, by)
    finally:
        together.unlink(missing_ok=True)


def _whole_files(arrival: TrackArrival, by: Officer) -> list[TrackArrival] | None:
    """All files of the drive in the order they are bundled in; None while one is missing or not whole."""
    files = list(of_drive(TrackArrival.objects.of(by), arrival.bureau, arrival.drive).select_related("instrument"))
    if len(files) < arrival.drive_files or not all(one.sha256 for one in files):
        return None
    return sorted(files, key=lambda one: (one.name, one.sha256))


def _laid(
    members: list[tuple[TrackArrival, SourceFile]], together: Path
) -> tuple[str, list[list[tuple[str, str, Layout]]]]:
    """Lays the files together; gives the whole's SHA-256, and the columns of each. Raises Conflict, TrackRefused."""
    try:
        layouts = [beginning_of(file) for _one, file in members]
        with together.open("wb") as out:
            bundle.lay_together([file for _one, file in members], out)
            out.flush()
            os.fsync(out.fileno())
    except FileNotFoundError:
        raise Conflict(_("这次走航的文件刚刚在别处传完或放弃，请刷新页面。")) from None
    except bundle.Altered as error:
        raise Conflict(_("“%(file)s”已收到的内容与上传时不同。请放弃后重新上传。") % {"file": str(error)}) from error
    return Stored(together).sha256(), layouts


def _handed_on(
    members: list[tuple[TrackArrival, SourceFile]],
    layouts: list[list[tuple[str, str, Layout]]],
    together: Path,
    key: str,
    by: Officer,
) -> TrackUpload:
    keys = [one.pk for one, _file in members]
    rows = TrackArrival.objects.of(by).on_their_way().filter(pk__in=keys)
    locked = list(rows.select_for_update(of=("self",)).order_by("pk"))
    if len(locked) < len(keys):
        raise Conflict(_("这次走航的文件刚刚在别处传完或放弃，请刷新页面。"))
    first = min(locked, key=lambda one: (one.begun_at, str(one.pk)))
    upload = TrackUpload(
        bureau=first.bureau, officer=by, name=name_of_several([file.name for _one, file in members]), sha256=key,
        size=together.stat().st_size, vehicle=first.vehicle, instrument=_shared_instrument(locked), crew=first.crew,
        route=first.route, time_zone=first.time_zone, coordinate_system=first.coordinate_system, uploaded_at=clock.now(),
    )  # fmt: skip
    _state(upload, members, layouts)
    upload.save()
    TrackArrival.objects.filter(pk__in=keys).update(upload=upload)
    store().adopt(together, key)
    hand_over(upload)
    drop_parts_after(keys)
    return upload


def drop_parts_after(keys: Iterable[UUID]) -> None:
    """The parts of these files go once the transaction holds."""
    parts = [store().part(str(key)) for key in keys]

    def drop() -> None:
        for part in parts:
            part.unlink(missing_ok=True)

    transaction.on_commit(drop)


def _shared_instrument(files: list[TrackArrival]) -> Any:
    """The one instrument all files name, for the drive; of several each stands with its own file."""
    named = {one.instrument_id for one in files}
    return files[0].instrument if len(named) == 1 else None


def _state(
    upload: TrackUpload, members: list[tuple[TrackArrival, SourceFile]], layouts: list[list[tuple[str, str, Layout]]]
) -> None:
    """Puts into the upload what was said of each file and isn't said of the drive, and what is remembered of the headers of
    those nothing was said about."""
    said: dict[str, Any] = {}
    unsaid: list[tuple[str, str, Layout]] = []
    for (one, _file), columns in zip(members, layouts, strict=True):
        told = (one.time_zone, one.coordinate_system) != (upload.time_zone, upload.coordinate_system)
        own = one.instrument.serial if one.instrument and one.instrument_id != upload.instrument_id else ""
        if one.mapping or told or own:
            about = {
                "time_zone": one.time_zone, "coordinate_system": one.coordinate_system, "instrument": own,
                "mapping": one.mapping,
            }  # fmt: skip
            said |= {name: about for name, _format, _layout in columns}
        elif one.use_remembered:
            unsaid += columns
    upload.mapping = {"files": said} if said else {}
    usual = (DEFAULT_ZONE, str(CoordinateSystem.WGS84))
    fill_in_among(upload, unsaid, stated=(upload.time_zone, upload.coordinate_system) != usual)
