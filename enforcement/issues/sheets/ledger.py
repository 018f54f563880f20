"""The list of issues in the layout of a ledger the office once brought in: its titles, its order, its own columns.

What comes out goes in again without a difference: words the ledger had for the same thing are kept (县区 by its short
name), columns nobody explained come out as they stood.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from enforcement.issues import lifecycle
from enforcement.issues.actions.ledger_rows import Register, alike_of, values_of
from enforcement.issues.ledger.reading import Row as Stated
from enforcement.issues.models import Issue, LedgerLayout, LedgerRow, Severity, Source
from enforcement.issues.sheets.issues import asked_rows
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import filter_words
from enforcement.issues.sheets.writing import Row
from regions.errors import Invalid
from regions.models import Bureau, Officer

CHUNK = 500
DAYS = frozenset({"issued_on", "acknowledged_on", "first_due_on", "due_on", "closed_on"})
#: What a row without a number is known by: stated as it was, or it wouldn't be recognised.
IDENTITY = frozenset({"issued_on", "division", "bureaus", "site", "title"})


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    """`layout` names one of the officer's bureaus' layouts, `ledger` (optional) the import whose issues are meant;

    the rest are the words of the list's page. Raises Invalid.
    """
    layout = _layout(query.get("layout", ""), officer)
    issues = Issue.objects.visible_to(officer)
    if query.get("ledger"):
        issues = issues.filter(ledger_row__ledger=_key(query["ledger"]), ledger_row__layout=layout)
    rest = {name: value for name, value in query.items() if name not in ("layout", "ledger")}
    found, form = asked_rows(issues, officer, rest)
    words = [(_("版式"), _("与导入的台账相同")), *filter_words(form)]
    columns = [SheetColumn(f"c{n}", title, 16) for n, title in enumerate(layout.titles)]
    return Narrowed(found.order_by("pk"), words, columns, lambda: _rows(found.order_by("pk"), layout))


def _layout(key: str, officer: Officer) -> LedgerLayout:
    found = None
    if key.isascii() and key.isdigit() and len(key) < 18:
        found = LedgerLayout.objects.visible_to(officer).filter(pk=int(key)).sole()
    if found is None:
        raise Invalid(_("没有这个台账版式。"), field="layout")
    return found


def _key(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise Invalid(_("没有这份台账。"), field="ledger") from None


def _rows(issues: Any, layout: LedgerLayout) -> Iterator[Row]:
    register, labels = Register(Bureau.objects.select_related("division").get(pk=layout.bureau_id)), _labels()
    rows = issues.prefetch_related("responsibilities").iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        kept = {row.issue_id: row for row in LedgerRow.objects.filter(issue__in=chunk)}
        now = values_of(chunk, kept)
        for issue in chunk:
            stated = _stated(issue, kept.get(issue.pk), now[issue.pk], register)
            yield _cells(stated, kept.get(issue.pk), layout, labels), (issue.lon, issue.lat)


def _stated(issue: Issue, kept: LedgerRow | None, now: dict[str, str], register: Register) -> dict[str, str]:
    """The issue as it is now, in the ledger's own words where they say the same."""
    if kept is None:
        return now
    content: dict[str, str] = kept.content
    same = alike_of(issue, register, Stated("", 0, content, []))
    words = {key: content[key] for key in same if content.get(key)}
    if kept.key.startswith("~"):
        words |= {key: content[key] for key in IDENTITY if key in content}
    return {**now, **words}


def _labels() -> dict[str, dict[str, str]]:
    """Labels in the language of ledgers, whatever language the asker reads the pages in."""
    with override(settings.LANGUAGE_CODE):
        return {
            "state": {value: str(label) for value, label in lifecycle.State.choices},
            "source": {value: str(label) for value, label in Source.choices},
            "severity": {value: str(label) for value, label in Severity.choices},
            "starred": {"1": "是", "": ""},
        }


def _cells(
    stated: Mapping[str, str], kept: LedgerRow | None, layout: LedgerLayout, labels: Mapping[str, dict[str, str]]
) -> list[Cell]:
    own = kept.cells if kept is not None and kept.layout_id == layout.pk else []
    cells: list[Cell] = [own[n] if n < len(own) else "" for n in range(len(layout.titles))]
    # A column explained twice (a description that is the title too) is written once, by its first meaning.
    for key, column in reversed(list(layout.mapping.items())):
        text = stated.get(key, "")
        if key in DAYS:
            cells[column] = date.fromisoformat(text) if text else None
        elif key in ("lon", "lat"):
            cells[column] = float(text) if text else None
        else:
            cells[column] = labels.get(key, {}).get(text, text)
    return cells


def _unused(row: tuple[Any, ...]) -> Any:
    raise NotImplementedError("a ledger's rows come from `Narrowed.made`")


KIND = ListKind(
    "ledger", gettext_lazy("问题台账"), "issues:list", (), narrowed, lambda: _unused, _unused, example={"layout": "1"}
)
