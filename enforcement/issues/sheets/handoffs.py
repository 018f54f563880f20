"""The list of handoff documents (转办单) as a file: items and bureaus are those of issues the asker may see."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues import lifecycle
from enforcement.issues.list_forms import HandoffWords
from enforcement.issues.models import Handoff, Issue, Responsibility
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_filters
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("number", gettext_lazy("文号"), 24),
    SheetColumn("title", gettext_lazy("标题"), 36),
    SheetColumn("issuer", gettext_lazy("转办单位"), 20),
    SheetColumn("issued_at", gettext_lazy("转办时间"), 17),
    SheetColumn("issued_by", gettext_lazy("转办人"), 10),
    SheetColumn("bureaus", gettext_lazy("承办单位"), 36),
    SheetColumn("items", gettext_lazy("事项"), 7),
    SheetColumn("done", gettext_lazy("已办结"), 7),
    SheetColumn("imported", gettext_lazy("历史导入"), 9),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    """Documents the officer sees, newest first."""
    found, issues = (kind.objects.visible_to(officer) for kind in (Handoff, Issue))
    mine = Responsibility.objects.filter(handoff=OuterRef("pk"), issue__in=issues.order_by().values("pk")).order_by()
    items = mine.values("handoff").annotate(n=Count("pk")).values("n")
    done = mine.values("handoff").annotate(n=Count("pk", filter=Q(state__in=sorted(lifecycle.DONE)))).values("n")
    names = mine.order_by("bureau__name").values("bureau__name").distinct()
    chosen, said = right_filters(HandoffWords(query, officer=officer), query, found)
    rows = chosen.order_by("-issued_at", "-id").annotate(
        bureau_names=ArraySubquery(names), items_seen=Subquery(items), items_done=Subquery(done)
    )
    return Narrowed(
        rows.values_list(
            "number", "title", "bureau__name", "issued_at", "issued_by__name", "bureau_names", "items_seen", "items_done",
            "imported", "synthetic",
        ),
        said,
    )  # fmt: skip


def cells() -> Callable[[tuple[Any, ...]], list[Cell]]:
    comma = _("、")

    def of(row: tuple[Any, ...]) -> list[Cell]:
        number, title, issuer, issued, by, bureaus, items, done, imported, synthetic = row
        return [
            number, title, issuer, clock.minute(issued), by, comma.join(bureaus), items or 0, done or 0, imported, synthetic,
        ]  # fmt: skip

    return of


KIND = ListKind(
    "handoffs",
    gettext_lazy("转办单"),
    "issues:handoffs",
    COLUMNS,
    narrowed,
    cells,
    example={"issued_from": "2021-07-01"},
)
