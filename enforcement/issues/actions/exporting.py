"""Lists and papers as files: asked for by an officer, made by a worker from what they saw when asking, kept some days.

The rows are read by one statement through a cursor of the database, so that a file shows one moment (its cut-off) and
takes the same memory however long it is. A worker killed on the way leaves nothing; the next one starts anew.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from enforcement.issues.actions.jobs import Desk, Stopped
from enforcement.issues.models import OWED, Export, LedgerRule, Stage
from enforcement.issues.sheets.kinds import ListKind, Narrowed, kind_of
from enforcement.issues.sheets.papers import SETTERS, PaperKind, paper_kind_of
from enforcement.issues.sheets.writing import WRITERS, Head, Row
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from enforcement.timeline.evidence import EvidenceStorage
from regions.errors import Conflict, Invalid
from regions.models import Officer
from regions.scoping import Reach, keep_reach, reach_of
from regions.words import unfit

MAKE = "enforcement.issues.tasks.make_export"
_LOCKS = 7_141_041
#: Rows fetched from the database's cursor at a time.
CHUNK = 2000
PIECE = 1 << 20
LATELY_S = 86_400


def kept_files() -> EvidenceStorage:
    """The store of exported files (STORAGES["exports"])."""
    return cast(EvidenceStorage, storages["exports"])


def ask(officer: Officer, kind: str, form: str, query: Mapping[str, str]) -> Export:
    """Asks a worker for a list or a paper as a file. `query` are the words of the list's address, or which paper.

    Raises Invalid for a list, a format or a filter that can't be, Conflict while too many of the officer's wait.
    """
    asked = kind_of(kind) or paper_kind_of(kind)
    if asked is None:
        raise Invalid(_("没有这个列表，不能导出。"), field="kind")
    forms: Mapping[str, Any] = SETTERS if isinstance(asked, PaperKind) else WRITERS
    if form not in forms:
        raise Invalid(_("没有这种格式，可选：%(names)s。") % {"names": _("、").join(forms)}, field="format")
    if isinstance(asked, ListKind) and form not in asked.formats:
        words = _("“%(title)s”的各行没有坐标，不能导出为 GeoJSON，可选：%(names)s。")
        raise Invalid(words % {"title": asked.title, "names": _("、").join(asked.formats)}, field="format")
    if any(unfit(word) for pair in query.items() for word in pair):
        raise Invalid(_("筛选条件含有无法识别的字符，请重新筛选。"), field="filter")
    query = {name: value for name, value in query.items() if value and name not in ("after", "before")}
    said = asked.words(officer, query) if isinstance(asked, PaperKind) else asked.narrowed(officer, query).words
    with transaction.atomic():
        # Under the officer's own lock: twenty clicks at once count one after the other.
        Officer.objects.select_for_update().only("pk").get(pk=officer.pk)
        waiting = Export.objects.filter(officer=officer, stage__in=OWED).count()
        if waiting >= (most := LedgerRule.in_force(clock.today()).export_waiting):
            raise Conflict(_("您已有%(n)d个导出在排队，请等其中一个完成或先停止。") % {"n": most})
        made = Export.objects.create(
            officer=officer, kind=kind, format=form, query=query, words=said, scope=_kept(reach_of(officer)),
            asked_at=clock.now(), language=get_language() or settings.LANGUAGE_CODE,
        )  # fmt: skip
        transaction.on_commit(lambda: DESK.ring(str(made.pk)), robust=True)
    return made


def _kept(reach: Reach) -> dict[str, Any]:
    return {**reach.values(), "whole_province": reach.whole_province, "supervised": sorted(reach.supervised)}


def _reach(kept: Mapping[str, Any]) -> Reach:
    sets: dict[str, Any] = {name: frozenset(kept[name]) for name in ("bureaus", "divisions", "sites", "supervised")}
    return Reach(**sets, whole_province=kept["whole_province"])


def _make(export: Export) -> None:
    """The file, made in its asker's name as far as they saw when asking."""
    keep_reach(export.officer, _reach(export.scope))
    if (paper := paper_kind_of(export.kind)) is not None:
        _set(export, paper)
        return
    kind = kind_of(export.kind)
    assert kind is not None
    narrowed = kind.narrowed(export.officer, export.query)
    most = LedgerRule.in_force(clock.today()).export_rows
    total = narrowed.rows.order_by()[: most + 1].count()
    if total > most:
        raise Invalid(_("符合条件的超过%(n)d行，请缩小筛选范围后分批导出。") % {"n": most})
    Export.objects.filter(pk=export.pk).update(total=total)
    cut_off = clock.now()
    head = Head(str(kind.title), _lines(export, narrowed.words, cut_off))
    files = kept_files()
    Path(files.location).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=files.location, prefix=".making-") as folder:
        path = Path(folder) / "rows"
        count = _Counted(DESK.teller(export))
        rows = narrowed.made() if narrowed.made else _rows(kind, narrowed, export.format)
        WRITERS[export.format](path, head, narrowed.columns or kind.columns, count.through(rows))
        size = path.stat().st_size
        with path.open("rb") as written:
            key = files.put(iter(lambda: written.read(PIECE), b""))
    _finish(export, cut_off, count.done, key, size)


def _set(export: Export, kind: PaperKind) -> None:
    """A paper is small, and made in memory."""
    cut_off, tell = clock.now(), DESK.teller(export)
    Export.objects.filter(pk=export.pk).update(total=kind.steps + 1)
    paper = kind.paper(export.officer, export.query, tell)
    tell(kind.steps)
    data = SETTERS[export.format](paper)
    _finish(export, cut_off, kind.steps + 1, kept_files().put([data]), len(data))


def _rows(kind: ListKind, narrowed: Narrowed, form: str) -> Iterator[Row]:
    """The rows with their cells; only a map asks where they lie."""
    cells, place = kind.cells(), kind.place if form == Export.Format.GEOJSON else None
    rows = narrowed.placed if place is not None and narrowed.placed is not None else narrowed.rows
    for row in rows.iterator(chunk_size=CHUNK):
        yield cells(row), place(row) if place else None


class _Counted:
    """Counts rows on their way and tells now and then how far they are."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self.done, self._tell = 0, tell

    def through(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            yield row
            self.done += 1
            if self.done % 500 == 0:
                self._tell(self.done)


def _lines(export: Export, words: list[tuple[str, str]], cut_off: Any) -> list[tuple[str, str]]:
    said = _("；").join(_("%(label)s：%(value)s") % {"label": label, "value": value} for label, value in words)
    beijing = cut_off.astimezone(clock.BEIJING)
    lines = [
        (_("筛选条件"), said or _("无，全部可见内容")),
        (_("数据截止"), _("%(moment)s（北京时间）") % {"moment": f"{beijing:%Y-%m-%d %H:%M:%S}"}),
        (_("导出人"), export.officer.name),
    ]
    if settings.DEMO:
        lines.append((_("说明"), _("演示数据为程序生成，不是真实数据。")))
    return lines


def _finish(export: Export, cut_off: Any, count: int, key: str, size: int) -> None:
    """The file is named and the export goes on record, unless someone stopped it meanwhile."""
    with transaction.atomic():
        mine = Export.objects.select_for_update().filter(pk=export.pk, stage=Stage.WORKING).first()
        if mine is None:
            _drop(key)
            raise Stopped
        mine.stage, mine.cut_off, mine.sha256, mine.size = Stage.DONE, cut_off, key, size
        mine.done = mine.total = count
        mine.finished_at = clock.now()
        mine.save()
        record(
            mine, "exported", by=mine.officer, list=mine.kind, format=mine.format, filter=mine.query,
            rows=0 if mine.is_paper else count,
            scope=mine.scope, cut_off_at=cut_off, sha256=key,
        )  # fmt: skip


DESK: Desk[Export] = Desk(
    Export, MAKE, _LOCKS, gettext_lazy("导出多次中断，已停止。请缩小范围后重新导出，或联系系统管理员。"), _make
)


def purge() -> int:
    """Drops files kept longer than the rule's days, and gives how many; what was exported stays on record."""
    before = clock.now() - timedelta(days=LedgerRule.in_force(clock.today()).export_days)
    old = list(Export.objects.filter(stage=Stage.DONE, expired_at=None, finished_at__lt=before)[:500])
    for export in old:
        Export.objects.filter(pk=export.pk, expired_at=None).update(expired_at=clock.now())
        _drop(export.sha256)
    _sweep_out()
    return len(old)


def _drop(key: str) -> None:
    if not Export.objects.filter(sha256=key, stage=Stage.DONE, expired_at=None).exists():
        Path(kept_files().path(kept_files().path_of(key))).unlink(missing_ok=True)


def _sweep_out() -> None:
    """Removes what killed workers left half written."""
    for left in Path(kept_files().location).glob(".making-*/*"):
        if time.time() - left.stat().st_mtime > LATELY_S:
            left.unlink(missing_ok=True)
