"""Files too large to read while somebody waits: asked of a worker, followed, stopped, found again when it is killed.

A worker holds a session lock of the database while it reads: killed, its connection ends and the lock with it, and the
next ring or sweep starts the file from its beginning. A run and the upload that names it are written in one transaction.
"""

from __future__ import annotations

import errno
import logging
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.patrols.actions.describing import described
from enforcement.patrols.actions.importing import MEGABYTE, import_track, limits_of_worker, trial_read
from enforcement.patrols.actions.remarks import packed
from enforcement.patrols.actions.stating import facts_of, statement_of
from enforcement.patrols.models import PatrolRun, Reading, TrackUpload, UploadRule
from enforcement.patrols.tracks.importing import Progress
from enforcement.patrols.tracks.stored import Stored
from enforcement.timeline import clock, jobs
from enforcement.timeline.evidence import store
from enforcement.timeline.models import Attachment
from regions.errors import Conflict, DomainError

log = logging.getLogger(__name__)
READ = "enforcement.patrols.tasks.read_upload"
_LOCKS = 7_141_006  # of readings, among PostgreSQL's advisory locks
#: A ring is on its way for so long; then the sweep rings again.
ON_ITS_WAY = timedelta(seconds=20)
TELL_EVERY_S = 0.5
#: Bytes no row names are left alone for so many seconds: their row may just be written.
LATELY_S = 86_400
OWED = (Reading.QUEUED, Reading.WORKING)


class Stopped(Exception):
    """Someone stopped the reading, or another worker has it."""


def at_once(upload: TrackUpload) -> bool:
    """Whether the file is small enough to be read while somebody waits."""
    return upload.size <= UploadRule.in_force(clock.today()).at_once_mb * MEGABYTE


def hand_over(upload: TrackUpload) -> None:
    """What arrived in pieces is whole: a large file is read by a worker, a small one when its officer looks."""
    if not at_once(upload):
        ask(upload, "trial")


def ask(upload: TrackUpload, wanted: str) -> None:
    """Asks a worker for a trial read or the import; what an earlier one found is forgotten. Conflict while one is at it."""
    asked = TrackUpload.objects.filter(pk=upload.pk, run=None).exclude(reading__in=OWED)
    changed = asked.update(
        reading=Reading.QUEUED,
        wanted=wanted,
        asked_at=clock.now(),
        progress=0,
        rows_read=0,
        attempts=0,
        sentence="",
        told=None,
        remarks=None,
    )
    if not changed:
        raise Conflict(_("这个文件正在读取，请等它完成或先停止。"))
    key = str(upload.pk)
    transaction.on_commit(lambda: ring(key), robust=True)


def stop(upload: TrackUpload) -> None:
    """Stops a reading. Conflict when there is none: it ended meanwhile."""
    if not TrackUpload.objects.filter(pk=upload.pk, reading__in=OWED).update(reading=Reading.CANCELLED):
        raise Conflict(_("读取已经结束，不能再停止。"))


def refuse(upload: TrackUpload) -> None:
    """The officer looked at the remarks and takes nothing. Conflict while it is read or once it is imported."""
    open_ones = TrackUpload.objects.filter(pk=upload.pk, run=None).exclude(reading__in=OWED)
    if not open_ones.update(reading=Reading.REFUSED):
        raise Conflict(_("这个文件正在读取或已经导入，不能再选择不导入。"))


def ring(key: str) -> None:
    """Wakes a worker to read a file."""
    jobs.ring(READ, key)


def work(key: str) -> None:
    """Reads one file as it was asked for. Leaves at once when another worker has it or nothing is owed."""
    with jobs.alone(_LOCKS, key) as mine:
        if mine:
            _work(UUID(key))


def _work(pk: UUID) -> None:
    rule = UploadRule.in_force(clock.today())
    upload = TrackUpload.objects.select_related("bureau", "officer", "vehicle", "instrument").filter(pk=pk).first()
    if upload is None or upload.reading not in OWED:
        return
    owed = TrackUpload.objects.filter(pk=pk, reading__in=OWED)
    if upload.attempts >= rule.attempts:
        owed.update(
            reading=Reading.FAILED,
            sentence=_("读取多次中断，已停止，没有导入任何数据。请拆分后上传，或联系系统管理员。"),
        )
        return
    if not owed.update(reading=Reading.WORKING, attempts=upload.attempts + 1, progress=0, rows_read=0):
        return
    try:
        with _memory(rule.memory_mb):
            _read(upload, rule)
    except Stopped:
        log.info("the reading of track %s was stopped", pk)
    except DomainError as error:
        owed.update(reading=Reading.FAILED, sentence=str(error)[:500])
    except MemoryError:
        log.warning("reading track %s took more than %d MB", pk, rule.memory_mb, exc_info=True)
        sentence = _("读取需要的内存超过 %(limit)d MB，已停止，没有导入任何数据。请拆分后上传。") % {
            "limit": rule.memory_mb
        }
        owed.update(reading=Reading.FAILED, sentence=sentence)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        log.exception("no room on the disk to read track %s", pk)
        sentence = _("服务器磁盘空间不足，已停止，没有导入任何数据。请联系系统管理员，腾出空间后重新读取。")
        owed.update(reading=Reading.FAILED, sentence=sentence)


def _read(upload: TrackUpload, rule: UploadRule) -> None:
    within = limits_of_worker(rule)
    statement = statement_of(upload)
    facts = facts_of(upload)
    # Whether its bytes are still those it is stored under is found out while they are read.
    data = Stored(store().file_of(upload.sha256), upload.sha256)
    told = _teller(upload)
    if upload.wanted == "import":
        import_track(
            by=upload.officer,
            bureau=upload.bureau,
            name=upload.name,
            data=data,
            statement=statement,
            facts=facts,
            within=within,
            progress=told,
            sealing=lambda run: _seal(upload, run),
        )
        return
    found = trial_read(
        by=upload.officer, bureau=upload.bureau, name=upload.name, data=data, statement=statement,
        facts=facts, within=within, progress=told,
    )  # fmt: skip
    TrackUpload.objects.filter(pk=upload.pk, reading=Reading.WORKING).update(
        reading=Reading.READ, progress=100, told=described(found), remarks=packed(found.track.problems)
    )


def _seal(upload: TrackUpload, run: PatrolRun) -> None:
    """The upload names its run in the transaction that writes it, unless someone stopped the reading before."""
    owed = TrackUpload.objects.filter(pk=upload.pk, reading=Reading.WORKING)
    if not owed.update(run=run, reading=Reading.READ, progress=100):
        raise Stopped


def _teller(upload: TrackUpload) -> Progress:
    """Writes progress a few times a second at most; raises Stopped when the reading isn't wanted any more."""
    last = 0.0

    def tell(share: float, rows: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < TELL_EVERY_S:
            return
        last = now
        working = TrackUpload.objects.filter(pk=upload.pk, reading=Reading.WORKING)
        if not working.update(progress=int(share * 100), rows_read=rows):
            raise Stopped

    return tell


@contextmanager
def _memory(megabytes: int) -> Iterator[None]:
    """Lets this process take so much more memory and no more: what goes beyond is a MemoryError, not a killed host.

    For a worker's own process only; threads of a web server would share the limit.
    """
    before = resource.getrlimit(resource.RLIMIT_DATA)
    held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    ceiling = held + megabytes * MEGABYTE
    if before[1] != resource.RLIM_INFINITY:
        ceiling = min(ceiling, before[1])
    resource.setrlimit(resource.RLIMIT_DATA, (ceiling, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def sweep() -> None:
    """Rings for every file a worker owes an answer and nobody reads; a kill, a lost ring, a broker that was down."""
    late = clock.now() - ON_ITS_WAY
    for pk in (
        TrackUpload.objects.filter(reading__in=OWED, asked_at__lt=late)
        .order_by("asked_at")
        .values_list("pk", flat=True)[:20]
    ):
        ring(str(pk))


def purge() -> int:
    """Forgets uploads nobody imported within the rule's days; gives how many. Bytes that something else names stay."""
    before = clock.now() - timedelta(days=UploadRule.in_force(clock.today()).keep_days)
    old = list(TrackUpload.objects.filter(run=None, uploaded_at__lt=before).exclude(reading__in=OWED)[:500])
    for upload in old:
        with transaction.atomic():
            gone, _rows = TrackUpload.objects.filter(pk=upload.pk, run=None).exclude(reading__in=OWED).delete()
        if gone:
            _drop(upload.sha256)
    return len(old)


def _drop(key: str) -> None:
    """Removes bytes no row names. Bytes put lately stay: whoever put them may not have written their row yet."""
    named = (
        PatrolRun.objects.filter(source_sha256=key).exists()
        or PatrolRun.objects.filter(readings_key=key).exists()
        or TrackUpload.objects.filter(sha256=key).exists()
        or Attachment.objects.filter(sha256=key).exists()
    )
    path = Path(store().path(store().path_of(key)))
    try:
        if not named and time.time() - path.stat().st_mtime > LATELY_S:
            path.unlink()
    except FileNotFoundError:
        pass
