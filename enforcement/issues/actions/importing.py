"""Import of an office's ledger: looked at first, then brought in whole or not at all, by a worker.

A dispatcher or coordinator imports for their own bureau what its own division and those below answer for. The same
ledger may come again: rows known from before are recognised, and what they say otherwise is told, never written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from enforcement.issues.actions.bringing_in import bring_in
from enforcement.issues.actions.jobs import TELL_EVERY_S, Desk, Stopped
from enforcement.issues.actions.ledger_rows import (
    OURS,
    Fresh,
    Known,
    Register,
    alike_of,
    compared,
    known_rows,
    resolved,
    values_of,
)
from enforcement.issues.ledger.faults import LedgerRefused, MappingNeeded
from enforcement.issues.ledger.headings import BY_KEY
from enforcement.issues.ledger.opening import glance, grids
from enforcement.issues.ledger.reading import Row, Sheet, missing, sheets
from enforcement.issues.models import Issue, LedgerImport, LedgerLayout, LedgerRule, Source, Stage
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from enforcement.timeline.evidence import store
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Officer
from regions.roles import Role

READ = "enforcement.issues.tasks.read_ledger"
_LOCKS = 7_141_042
_ONE_AT_A_TIME = 7_141_043
IMPORTERS = frozenset({Role.DISPATCHER, Role.COORDINATOR})
#: Sentences and rows a trial keeps to be shown.
SHOWN = 200
FIRST_ROWS = 20


def bureaus_of(officer: Officer) -> list[Bureau]:
    """The bureaus an officer imports ledgers for."""
    held = {p.bureau_id: p.bureau for p in officer.postings_on(clock.today()) if p.role in IMPORTERS}
    return [bureau for bureau in held.values() if not bureau.is_contractor]


def _check_importer(by: Officer, bureau: Bureau) -> None:
    if bureau.pk not in {one.pk for one in bureaus_of(by)}:
        raise Refused(_("只有转办单位的转办员或会商协调员可以导入台账。"))


def check_size(size: int) -> None:
    """Raises Invalid for a file larger than the rule in force lets in; before it is read."""
    most = LedgerRule.in_force(clock.today()).import_mb
    if size > most * 1024 * 1024:
        raise Invalid(_("文件超过%(n)d MB，请按年度或县区拆分后上传。") % {"n": most}, field="file")


def keep(by: Officer, bureau: Bureau, name: str, data: bytes, *, source: str, synthetic: bool = False) -> LedgerImport:
    """Keeps an uploaded ledger and asks a worker to look at it. Raises Refused, or LedgerRefused with the sentence.

    What is no ledger at a glance isn't kept; what only reading tells, the worker's sentence says.
    """
    _check_importer(by, bureau)
    if source not in Source.values:
        raise Invalid(_("来源不在可选范围内。"), field="source")
    check_size(len(data))
    glance(data)
    made = LedgerImport.objects.create(
        officer=by, bureau=bureau, name="".join(char for char in name if char.isprintable())[-120:] or "ledger",
        sha256=store().put([data]), size=len(data), source=source, synthetic=synthetic, asked_at=clock.now(),
        language=get_language() or settings.LANGUAGE_CODE,
    )  # fmt: skip
    transaction.on_commit(lambda: DESK.ring(str(made.pk)), robust=True)
    return made


def ask(ledger: LedgerImport, wanted: str) -> None:
    """Asks for a trial or the import. Conflict while a worker is at it, or once it is imported.

    The import wants a trial without a fault: Invalid with what the trial said, Conflict where nothing is new.
    """
    if wanted == LedgerImport.Wanted.IMPORT:
        _check_ready(LedgerImport.objects.get(pk=ledger.pk))
    free = LedgerImport.objects.filter(pk=ledger.pk, imported_at=None).exclude(stage__in=(Stage.QUEUED, Stage.WORKING))
    changed = free.update(
        stage=Stage.QUEUED, wanted=wanted, asked_at=clock.now(), done=0, attempts=0, sentence="", finished_at=None
    )
    if not changed:
        raise Conflict(_("这份台账正在处理或已经导入，请刷新后再操作。"))
    key = str(ledger.pk)
    transaction.on_commit(lambda: DESK.ring(key), robust=True)


def _check_ready(ledger: LedgerImport) -> None:
    """A worker reads everything again; this only spares it what was told already."""
    counts = (ledger.told or {}).get("counts") or {}
    if ledger.waits or ledger.imported_at or (counts.get("new") and not counts.get("faulty")):
        return
    if counts.get("faulty"):
        raise _to_mend(counts["faulty"])
    if counts:
        raise _nothing_new()
    raise Invalid(ledger.sentence or _("还没有试读，请先试读。"), field="file")


def _to_mend(count: int) -> Invalid:
    return Invalid(_("有%(n)d行需要改正，没有导入任何数据。请改正后重新上传。") % {"n": count}, field="file")


def _nothing_new() -> Conflict:
    return Conflict(_("台账中的问题都已导入过，没有新的问题。"), field="file")


def explain(ledger: LedgerImport, fingerprint: str, titles: Sequence[str], mapping: dict[str, int]) -> LedgerLayout:
    """Remembers what a layout's columns mean to the bureau. Raises Invalid for a column that isn't there or is missing."""
    for key, column in mapping.items():
        if key not in BY_KEY or not 0 <= column < len(titles):
            raise Invalid(_("列对应关系中有不存在的列，请重新选择。"), field=key)
    if lacking := missing(mapping):
        words = _("、").join(str(BY_KEY[key].label) for key in lacking)
        raise Invalid(_("请指明哪一列是%(names)s。") % {"names": words}, field=lacking[0])
    layout, _made = LedgerLayout.objects.update_or_create(
        bureau=ledger.bureau, fingerprint=fingerprint,
        defaults={"titles": list(titles), "mapping": mapping, "used_at": clock.now()},
    )  # fmt: skip
    return layout


@transaction.atomic
def explain_anew(ledger: LedgerImport, fingerprint: str, mapping: dict[str, int]) -> None:
    """Remembers what the columns under one of a ledger's headings mean and asks for another trial, or does neither.

    Raises Invalid for a heading the last trial didn't find, and as `explain` and `ask` do.
    """
    headings = {sheet["fingerprint"]: sheet["titles"] for sheet in (ledger.told or {}).get("sheets", ())}
    if fingerprint not in headings:
        raise Invalid(_("这份台账没有这个表头，请按试读结果填写。"), field="fingerprint")
    explain(ledger, fingerprint, headings[fingerprint], mapping)
    ask(ledger, LedgerImport.Wanted.TRIAL)


# --- looking at it ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Looked:
    """A ledger as it would be brought in."""

    sheets: list[Sheet]
    passed: list[str]
    fresh: list[tuple[Fresh, Sheet]]
    known: list[Known]
    faulty: list[Row]

    @property
    def changed(self) -> list[Known]:
        return [one for one in self.known if one.changes]


def look(ledger: LedgerImport) -> Looked:
    """Reads the kept file and finds what its rows stand for; writes nothing. Raises LedgerRefused."""
    rule = LedgerRule.in_force(clock.today())
    found = grids(store().take(ledger.sha256), rule.import_rows)
    remembered = LedgerLayout.objects.filter(bureau=ledger.bureau).values_list("fingerprint", "mapping")
    taken, passed = sheets(found, dict(remembered), clock.today(), rule.import_rows)
    rows = [row for sheet in taken for row in sheet.rows]
    register = Register(ledger.bureau)
    before = known_rows(rows, ledger.bureau)
    known = _compared(rows, before, register)
    placed = register.sites(rows)
    fresh: list[tuple[Fresh, Sheet]] = []
    for sheet in taken:
        for row in sheet.rows:
            if row.key in before:
                continue
            if OURS.match(row.key):
                row.blame("number", _("这是本系统的编号格式，但本单位没有转办过这个问题；历史问题请保留原编号或留空。"))
            if (one := resolved(row, register, placed, ledger.bureau, ledger.source)) is not None:
                fresh.append((one, sheet))
    return Looked(taken, passed, fresh, known, [row for row in rows if row.faults])


def _compared(rows: Sequence[Row], before: dict[str, Any], register: Register) -> list[Known]:
    here = [row for row in rows if row.key in before and not row.faults]
    issues = list({before[row.key][0].pk: before[row.key][0] for row in here}.values())
    kept = {issue.pk: trace for issue, trace in before.values() if trace is not None}
    now = values_of(issues, kept)
    full = Issue.objects.filter(pk__in=[issue.pk for issue in issues]).prefetch_related("responsibilities")
    by_key = {issue.pk: issue for issue in full}
    known = []
    for row in here:
        issue, trace = before[row.key]
        alike = alike_of(by_key[issue.pk], register, row)
        known.append(compared(row, issue, trace, now[issue.pk], alike))
    return known


def told_of(found: Looked) -> dict[str, Any]:
    """What a trial found, as the page shows it."""
    faults = [fault.sentence for row in found.faulty for fault in row.faults]
    return {
        "sheets": [
            {
                "name": sheet.name, "titles": list(sheet.layout.titles), "line": sheet.layout.line,
                "fingerprint": sheet.layout.fingerprint, "mapping": dict(sheet.mapping), "rows": len(sheet.rows),
            }
            for sheet in found.sheets
        ],
        "passed": found.passed,
        "counts": {
            "rows": sum(len(sheet.rows) for sheet in found.sheets), "new": len(found.fresh), "faulty": len(found.faulty),
            "changed": len(found.changed), "same": len(found.known) - len(found.changed),
        },
        "faults": faults[:SHOWN],
        "fault_count": len(faults),
        "changes": [one.sentence for one in found.changed[:SHOWN]],
        "first_rows": [_shown(one) for one, _sheet in found.fresh[:FIRST_ROWS]],
    }  # fmt: skip


def _shown(fresh: Fresh) -> list[str]:
    stated = fresh.row.stated
    bureaus = _("、").join(share.bureau.short_name for share in fresh.item.shares)
    return [
        stated.get("number", ""), fresh.item.title, fresh.item.located_in.name if fresh.item.located_in else "", bureaus,
        stated["issued_on"], stated.get("closed_on", ""),
    ]  # fmt: skip


# --- bringing it in ---------------------------------------------------------------------------------------------


def import_now(ledger: LedgerImport, tell: Callable[[int], None]) -> list[Issue]:
    """Brings the whole ledger in, in one transaction, or nothing of it.

    Raises Refused, LedgerRefused; Invalid while a row has a fault; Conflict when nothing in it is new; Stopped.
    """
    _check_importer(ledger.officer, ledger.bureau)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two ledgers of one bureau follow one another, so that a row in both is recognised.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_ONE_AT_A_TIME, ledger.bureau_id])
        found = look(ledger)
        if found.faulty:
            raise _to_mend(len(found.faulty))
        if not found.fresh:
            raise _nothing_new()
        layouts = {
            sheet.layout.fingerprint: explain(
                ledger, sheet.layout.fingerprint, sheet.layout.titles, dict(sheet.mapping)
            )
            for sheet in found.sheets
        }
        rows = [(fresh, layouts[sheet.layout.fingerprint]) for fresh, sheet in found.fresh]
        made = bring_in(ledger, rows, tell)
        _finish(ledger, found, len(made))
    return made


def _finish(ledger: LedgerImport, found: Looked, count: int) -> None:
    """The import goes on record with its issues, unless someone stopped it meanwhile: then neither is there."""
    mine = LedgerImport.objects.select_for_update().filter(pk=ledger.pk, stage=Stage.WORKING).first()
    if mine is None:
        raise Stopped
    mine.stage, mine.told = Stage.DONE, told_of(found)
    mine.imported_at = mine.finished_at = clock.now()
    mine.done = mine.total = count
    mine.save()
    counts = mine.told["counts"]
    record(
        mine, "ledger_imported", by=mine.officer, bureau=mine.bureau, name=mine.name, sha256=mine.sha256, rows=counts["rows"],
        new=count, same=counts["same"], changed=counts["changed"],
    )  # fmt: skip


class _Beside:
    """Tells progress on a connection of its own: what the import's transaction writes nobody sees before it ends."""

    def __init__(self, ledger: LedgerImport) -> None:
        self._key, self._last = ledger.pk, clock.now()
        self._connection: Any = None

    def __enter__(self) -> Callable[[int], None]:
        return self.tell

    def __exit__(self, *error: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def tell(self, done: int) -> None:
        if (clock.now() - self._last).total_seconds() < TELL_EVERY_S:
            return
        self._last = clock.now()
        self._connection = self._connection or connection.copy()
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE issues_ledgerimport SET done = %s WHERE id = %s AND stage = %s",
                [done, self._key, Stage.WORKING],
            )
            if cursor.rowcount != 1:
                raise Stopped


def _do(ledger: LedgerImport) -> None:
    if ledger.wanted == LedgerImport.Wanted.IMPORT:
        rows = (ledger.told or {}).get("counts", {}).get("new", 0)
        LedgerImport.objects.filter(pk=ledger.pk).update(total=rows)
        with _Beside(ledger) as tell:
            import_now(ledger, tell)
        return
    owed = LedgerImport.objects.filter(pk=ledger.pk, stage=Stage.WORKING)
    try:
        told = told_of(look(ledger))
    except MappingNeeded as error:
        heading = {"fingerprint": error.fingerprint, "titles": list(error.titles), "mapping": error.mapping}
        owed.update(told={"sheets": [{**heading, "name": "", "rows": 0, "line": 0}], "counts": {}})
        raise
    except LedgerRefused:
        owed.update(told=None)
        raise
    owed.update(stage=Stage.DONE, told=told, done=1, total=1, finished_at=clock.now())


DESK: Desk[LedgerImport] = Desk(
    LedgerImport,
    READ,
    _LOCKS,
    gettext_lazy("处理多次中断，已停止，没有导入任何数据。请拆分后上传，或联系系统管理员。"),
    _do,
)
