"""The list of re-drives (回头看复测) as a file: the stretch, what was proposed, what was decided."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues.models import Issue
from enforcement.issues.sheets.cells import labels_of
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, Place, SheetColumn
from enforcement.issues.sheets.words import right_words
from enforcement.patrols.forms import RedriveFilter
from enforcement.patrols.models import Redrive, Verdict
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("id", gettext_lazy("复测标识"), 37),
    SheetColumn("hot_spot", gettext_lazy("复测路段（热点）"), 16),
    SheetColumn("run", gettext_lazy("走航"), 30),
    SheetColumn("division", gettext_lazy("所在区划"), 12),
    SheetColumn("lon", gettext_lazy("经度"), 11),
    SheetColumn("lat", gettext_lazy("纬度"), 11),
    SheetColumn("issue", gettext_lazy("问题编号"), 19),
    SheetColumn("bureau", gettext_lazy("走航单位"), 20),
    SheetColumn("crew", gettext_lazy("人员"), 16),
    SheetColumn("planned_at", gettext_lazy("安排时间"), 17),
    SheetColumn("due_on", gettext_lazy("复测期限"), 11),
    SheetColumn("overdue", gettext_lazy("已过复测期限"), 11),
    SheetColumn("state", gettext_lazy("状态"), 16),
    SheetColumn("proposal", gettext_lazy("系统建议"), 12),
    SheetColumn("verdict", gettext_lazy("结论"), 12),
    SheetColumn("reason", gettext_lazy("理由"), 30),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)
#: Pictures and numbers of the rules, which the file doesn't hold.
LEFT = (
    "numbers", "hot_spot__series", "hot_spot__numbers", "hot_spot__rule_values", "hot_spot__run__problems",
    "hot_spot__run__mapping", "hot_spot__run__channels",
)  # fmt: skip


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    form = RedriveFilter(query, officer=officer)
    said = right_words(form, query)
    found, issues = (kind.objects.visible_to(officer) for kind in (Redrive, Issue))
    seen = issues.filter(pk=OuterRef("issue_id")).values("number")[:1]
    rows = form.narrow(found).select_related("hot_spot__run", "hot_spot__division", "bureau").defer(*LEFT)
    return Narrowed(rows.annotate(seen_issue=Subquery(seen)).order_by("-planned_at", "-id"), said)


def cells() -> Callable[[Any], list[Cell]]:
    verdicts, outside, today = labels_of(Verdict.choices), _("省外"), clock.today()

    def of(one: Any) -> list[Cell]:
        spot = one.hot_spot
        return [
            str(one.pk), str(spot), spot.run.title, spot.division.name if spot.division else outside, round(spot.lon, 6),
            round(spot.lat, 6), one.seen_issue, one.bureau.name, one.crew, clock.minute(one.planned_at), one.due_on,
            one.is_open and one.due_on < today, one.standing, verdicts.get(one.proposal, ""),
            verdicts.get(one.verdict, ""), one.void_reason or one.reason, spot.run.synthetic,
        ]  # fmt: skip

    return of


def place(one: Any) -> Place:
    """The stretch to be driven; the hot spot itself where none was kept."""
    if len(one.stretch) > 1:
        return {"type": "LineString", "coordinates": one.stretch}
    return one.hot_spot.lon, one.hot_spot.lat


KIND = ListKind("redrives", gettext_lazy("回头看复测"), "patrols:redrives", COLUMNS, narrowed, cells, place)
