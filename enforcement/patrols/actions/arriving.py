"""Files that arrive in pieces: begun, continued where a broken connection left off, finished once, swept when forgotten.

The pieces of a file lie one after the other in one file of the evidence store's folder of parts; the row says how many
bytes of it count. A piece is written and flushed before the row moves on, under the row's lock: of two tabs one writes
and the other is told where the file stands. A process killed in between has written bytes that don't count.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from enforcement.patrols.actions import gathering, queueing
from enforcement.patrols.actions.gathering import Drive
from enforcement.patrols.actions.importing import MEGABYTE, limits, limits_of_worker, may_import
from enforcement.patrols.actions.keeping import RunFacts, check_facts
from enforcement.patrols.actions.receiving import layouts_at, printable
from enforcement.patrols.actions.remembering import fill_in
from enforcement.patrols.actions.stating import instruments_of, statement
from enforcement.patrols.models import TrackArrival, TrackUpload, UploadRule
from enforcement.patrols.models.arrivals import ArrivalQuerySet
from enforcement.patrols.tracks.clock import DEFAULT_ZONE, zone
from enforcement.patrols.tracks.formats import format_of
from enforcement.patrols.tracks.heads import HEAD, PACKED, in_pieces, whole_lines
from enforcement.patrols.tracks.importing import coordinate_system
from enforcement.patrols.tracks.layout import Layout
from enforcement.timeline import clock
from enforcement.timeline.evidence import store
from regions.coordinates import CoordinateSystem
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Bureau, Officer

#: Bytes of a piece; only the last one is shorter. Below DATA_UPLOAD_MAX_MEMORY_SIZE, beyond which a body is refused.
PIECE = 4 * MEGABYTE
_LOCKS = 7_141_007  # of beginners, among PostgreSQL's advisory locks
#: The disk keeps so much free whatever is on its way.
SPARE_BYTES = 1024 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of a file before it arrives; `mapping` as `stating.statement` takes it. With `use_remembered` and no
    mapping, what the bureau remembers of the file's header is filled in."""

    time_zone: str = DEFAULT_ZONE
    coordinate_system: str = CoordinateSystem.WGS84
    mapping: Mapping[str, Any] = field(default_factory=dict)
    facts: RunFacts = field(default_factory=RunFacts)
    use_remembered: bool = False

    def columns(self, bureau: Bureau) -> dict[str, Any]:
        """As the row keeps it. Raises Invalid, TrackRefused for what can't be so."""
        check_facts(self.facts, bureau)
        said = statement(self.time_zone, self.coordinate_system, self.mapping)
        for one in (said, *said.files.values()):
            zone(one.time_zone)
            coordinate_system(str(one.coordinate_system))
        instruments_of(bureau, self.mapping)
        return {
            "vehicle": self.facts.vehicle,
            "instrument": self.facts.instrument,
            "crew": self.facts.crew.strip(),
            "route": self.facts.route.strip(),
            "time_zone": self.time_zone,
            "coordinate_system": str(coordinate_system(self.coordinate_system)),
            "mapping": dict(self.mapping),
            "use_remembered": self.use_remembered,
        }


def begin(
    *,
    by: Officer,
    bureau: Bureau,
    name: str,
    size: int,
    mark: str,
    stated: Stated,
    restates: bool = True,
    drive: Drive | None = None,
) -> tuple[TrackArrival, bool]:
    """Makes room for a file, alone or of a drive's several; the same one still on its way goes on instead, and True. Then
    what is said of it now counts, unless it isn't said anew (`restates`).

    Raises Refused, Invalid: too large, too many at once, too much kept, no room on the disk.
    """
    if not may_import(by, bureau):
        raise Refused(_("只有%(bureau)s的巡查员或组长可以导入走航数据。") % {"bureau": bureau.short_name})
    rule = UploadRule.in_force(clock.today())
    if size > rule.max_mb * MEGABYTE:
        raise Invalid(
            _("文件大小为 %(size).1f MB，超过上限 %(limit)d MB。请按日期拆分后上传。")
            % {"size": size / MEGABYTE, "limit": rule.max_mb},
            field="size",
        )
    said = stated.columns(bureau)
    if drive is not None:
        drive.check()
    with transaction.atomic():
        _one_by_one(by)
        mine = TrackArrival.objects.of(by).on_their_way().select_for_update(of=("self",))
        same = mine.filter(bureau=bureau, mark=mark, size=size).first() if mark else None
        if drive is not None:
            others = TrackArrival.objects.of(by).exclude(pk__in=[same.pk] if same else [])
            gathering.check_joins(others, bureau, drive, size, rule)
        if same is not None:
            _restate(same, said if restates else {}, drive)
            return same, True
        _check_room(by, rule, size, drive)
        now = clock.now()
        arrival = TrackArrival(bureau=bureau, officer=by, name=printable(name), mark=mark, size=size, **said)
        if drive is not None:
            arrival.drive, arrival.drive_files = drive.mark, drive.files
        arrival.begun_at = arrival.touched_at = now
        arrival.save()
        return arrival, False


def _restate(arrival: TrackArrival, said: Mapping[str, Any], drive: Drive | None) -> None:
    """What is said anew counts; a file chosen alone, or with others than before, leaves the drive it was of."""
    if said or drive is not None:
        of = (drive.mark, drive.files) if drive is not None else ("", 1)
        for column, value in {**said, "drive": of[0], "drive_files": of[1]}.items():
            setattr(arrival, column, value)
        arrival.save(update_fields=[*said, "drive", "drive_files"])


def _one_by_one(by: Officer) -> None:
    """Until the transaction ends nobody else begins a file in this officer's name: the quota is counted in peace."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCKS, by.pk])


def _check_room(by: Officer, rule: UploadRule, size: int, drive: Drive | None) -> None:
    mine = TrackArrival.objects.of(by).on_their_way()
    # The files of one drive are one undertaking.
    alone, drives = mine.filter(drive=""), set(mine.exclude(drive="").values_list("drive", flat=True))
    if alone.count() + len(drives) >= rule.open_files and (drive is None or drive.mark not in drives):
        raise Invalid(
            _("您已有 %(count)d 个文件没有传完，请先传完或放弃其中一个。") % {"count": rule.open_files}, field="size"
        )
    waiting = TrackUpload.objects.filter(officer=by, run=None)
    kept = sum(rows.aggregate(bytes=Sum("size"))["bytes"] or 0 for rows in (mine, waiting))
    if kept + size > rule.kept_mb * MEGABYTE:
        raise Invalid(
            _("您上传而未导入的文件合计将超过 %(limit)d MB。请先导入，或等待旧文件到期清理。")
            % {"limit": rule.kept_mb},
            field="size",
        )
    on_their_way = TrackArrival.objects.on_their_way()
    owed = on_their_way.aggregate(bytes=Sum(F("size") - F("received")))["bytes"] or 0
    # The files of a drive are laid together once more.
    owed += (on_their_way.exclude(drive="").aggregate(bytes=Sum("size"))["bytes"] or 0) + (size if drive else 0)
    if shutil.disk_usage(store().part("")).free < owed + size + SPARE_BYTES:
        raise Invalid(_("服务器存储空间不足，暂不能接收这个文件。请联系系统管理员。"), field="size")


def receive(arrival: TrackArrival, *, by: Officer, offset: int, piece: bytes, sha256: str) -> TrackArrival:
    """Adds the piece that begins at `offset`. Raises Conflict when the file doesn't stand there (the row says where),
    Invalid for a piece that isn't what its SHA-256 says or not of the length that is due, and for a first piece that is
    no track."""
    digest = hashlib.sha256(piece).hexdigest()
    with transaction.atomic():
        locked = _locked(arrival, by)
        if offset != locked.received:
            raise Conflict(
                _("这一段从第 %(offset)d 字节开始，文件已收到 %(received)d 字节。请从已收到处继续。")
                % {"offset": offset, "received": locked.received},
                field="offset",
            )
        due = min(PIECE, locked.size - locked.received)
        if len(piece) != due or not due:
            raise Invalid(
                _("这一段应为 %(due)d 字节，收到 %(sent)d 字节，没有保存。") % {"due": due, "sent": len(piece)},
                field="piece",
            )
        if digest != sha256.lower():
            raise Invalid(_("这一段在传输中损坏（SHA-256不符），没有保存。请重新发送这一段。"), field="sha256")
        if not offset:
            _check_beginning(locked, piece)
        _write(store().part(str(locked.pk)), offset, piece)
        locked.received += len(piece)
        locked.chain = _linked(locked.chain, digest)
        locked.touched_at = clock.now()
        locked.save(update_fields=["received", "chain", "touched_at"])
    return locked


def _locked(arrival: TrackArrival, by: Officer) -> TrackArrival:
    """One's own file that is still on its way, under its lock. Absent, Conflict."""
    return _on_its_way(TrackArrival.objects.of(by).select_for_update(of=("self",)), arrival)


def _locked_with_its_drive(seen: TrackArrival, by: Officer) -> dict[UUID, TrackArrival]:
    """The file and those of its drive, by key, under their locks. Absent, Conflict: it is no longer what was seen."""
    mine = TrackArrival.objects.of(by).on_their_way()
    rows = gathering.of_drive(mine, seen.bureau, seen.drive) if seen.drive else mine.filter(pk=seen.pk)
    # In one order, as whoever hands a drive on takes them: neither waits for the other in a circle.
    locked = {one.pk: one for one in rows.select_for_update(of=("self",)).order_by("pk")}
    if seen.pk not in locked:
        _on_its_way(TrackArrival.objects.of(by), seen)
        raise Conflict(_("这个文件刚刚在别处重新选择，请刷新页面。"))
    return locked


def _on_its_way(rows: ArrivalQuerySet, arrival: TrackArrival) -> TrackArrival:
    found = rows.filter(pk=arrival.pk).first()
    if found is None:
        raise Absent(_("没有找到您要的内容。"))
    if found.upload_id is not None:
        raise Conflict(_("这个文件已经传完。"))
    if found.abandoned_at is not None:
        raise Conflict(_("这个文件已经放弃上传，请重新选择文件。"))
    return found


def _check_beginning(arrival: TrackArrival, piece: bytes) -> None:
    """Two gigabytes of what can't be read needn't arrive whole to be refused. Raises TrackRefused."""
    if piece.startswith(PACKED):  # opened while its officer waits
        limits().check_size(arrival.size)
        return
    within = limits_of_worker(UploadRule.in_force(clock.today()))
    head = whole_lines(piece[:HEAD], arrival.size)
    kind = format_of(head, arrival.name)
    kind.open(head, within)
    if not in_pieces(head, kind, arrival.name, within):
        within.check_whole(arrival.size)


def _write(path: Path, offset: int, piece: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o640)
    try:
        written = 0
        while written < len(piece):
            written += os.pwrite(handle, piece[written:], offset + written)
        os.fsync(handle)
    finally:
        os.close(handle)


def _linked(chain: str, digest: str) -> str:
    return hashlib.sha256(bytes.fromhex(chain + digest)).hexdigest()


def finish(arrival: TrackArrival, *, by: Officer, chain: str = "", sha256: str = "") -> TrackUpload | None:
    """Hands a whole file on to be read; once. What lies on the disk must be what was sent: every byte is hashed again.
    A file of a drive waits for the others, and None, until the last of them is whole. Those of one drive end one after the
    other: the last sees the others whole, also where the caller's transaction goes on (a request with a key).

    `chain` or `sha256`, at least one, is the sender's own sum. Raises Conflict: not whole, finished already; Invalid: the
    sums differ; TrackRefused for columns nobody can tell.
    """
    if not (chain or sha256):
        raise Invalid(_("请给出整个文件的SHA-256，或各段的校验链。"), field="sha256")
    whole = _on_its_way(TrackArrival.objects.of(by), arrival)
    if whole.received != whole.size:
        raise Conflict(
            _("文件共 %(size)d 字节，只收到 %(received)d 字节，还没有传完。")
            % {"size": whole.size, "received": whole.received}
        )
    part = store().part(str(whole.pk))
    # Seconds at two gigabytes, so without the lock: nobody writes into a file that is whole.
    try:
        key = _summed(whole, part, chain, sha256)
        layouts = layouts_at(part, whole.name)
    except FileNotFoundError:
        _on_its_way(TrackArrival.objects.of(by), arrival)  # finished or given up in another tab meanwhile
        raise Conflict(_("已收到的部分不在服务器上了。请放弃后重新上传。")) from None
    with transaction.atomic():
        locked = _locked_with_its_drive(whole, by)[whole.pk]
        locked.sha256 = key
        if not locked.drive:
            locked.upload = _handed_on(locked, layouts, key)
            store().adopt(part, key)
            queueing.hand_over(locked.upload)
            gathering.drop_parts_after([locked.pk])
        locked.save(update_fields=["sha256", "upload"])
    return gathering.hand_on(locked, by=by) if locked.drive else locked.upload


def _summed(arrival: TrackArrival, part: Path, chain: str, sha256: str) -> str:
    """The SHA-256 of a whole file. Raises Invalid where it isn't what arrived or what was sent, FileNotFoundError."""
    _cut(part, arrival.size)
    key, links = _sums(part)
    if links != arrival.chain or (chain and links != chain.lower()) or (sha256 and key != sha256.lower()):
        raise Invalid(_("收到的内容与您发送的文件不一致（SHA-256不符）。请放弃后重新上传。"), field="sha256")
    return key


def _cut(part: Path, size: int) -> None:
    """What a killed process wrote beyond the whole isn't the file's. Raises FileNotFoundError."""
    if part.stat().st_size > size:
        os.truncate(part, size)


def _handed_on(arrival: TrackArrival, layouts: list[tuple[str, str, Layout]], sha256: str) -> TrackUpload:
    """The upload a whole file with these columns becomes, as one sent at once would be."""
    upload = TrackUpload(
        bureau=arrival.bureau,
        officer=arrival.officer,
        name=arrival.name,
        sha256=sha256,
        size=arrival.size,
        vehicle=arrival.vehicle,
        instrument=arrival.instrument,
        crew=arrival.crew,
        route=arrival.route,
        time_zone=arrival.time_zone,
        coordinate_system=arrival.coordinate_system,
        mapping=arrival.mapping,
        uploaded_at=clock.now(),
    )
    if arrival.use_remembered and not arrival.mapping:
        usual = Stated()
        said = (arrival.time_zone, arrival.coordinate_system)
        fill_in(upload, layouts, stated=said != (usual.time_zone, str(usual.coordinate_system)))
    upload.save()
    return upload


def _sums(path: Path) -> tuple[str, str]:
    """SHA-256 of a file, and the chain of its pieces."""
    whole, chain = hashlib.sha256(), ""
    for piece in _pieces(path):
        whole.update(piece)
        chain = _linked(chain, hashlib.sha256(piece).hexdigest())
    return whole.hexdigest(), chain


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as part:
        while piece := part.read(PIECE):
            yield piece


def abandon(arrival: TrackArrival, *, by: Officer) -> TrackArrival:
    """Gives a file up, and with it the others of its drive: their bytes go at once. Conflict when it is whole or given up
    already."""
    seen = _on_its_way(TrackArrival.objects.of(by), arrival)
    with transaction.atomic():
        locked = _locked_with_its_drive(seen, by)
        now = clock.now()
        TrackArrival.objects.filter(pk__in=locked).update(abandoned_at=now)
        gathering.drop_parts_after(locked)
    locked[seen.pk].abandoned_at = now
    return locked[seen.pk]


def sweep_stale() -> int:
    """Forgets files nobody sent a piece of for the rule's hours, and parts no row names; gives how many rows."""
    before = clock.now() - timedelta(hours=UploadRule.in_force(clock.today()).part_hours)
    gone = 0
    for stale in TrackArrival.objects.untouched_since(before)[:500]:
        # A piece that arrives meanwhile moves `touched_at`, and the row stays.
        deleted, _rows = TrackArrival.objects.untouched_since(before).filter(pk=stale.pk).delete()
        if deleted:
            gone += 1
            store().part(str(stale.pk)).unlink(missing_ok=True)
    _drop_nameless()
    return gone


def _drop_nameless() -> None:
    named = {str(pk) for pk in TrackArrival.objects.on_their_way().values_list("pk", flat=True)}
    for part in store().part("").iterdir():
        try:
            old = time.time() - part.stat().st_mtime > queueing.LATELY_S
        except FileNotFoundError:
            continue
        if old and part.name not in named:
            part.unlink(missing_ok=True)
