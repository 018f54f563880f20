"""The list of look-backs (回头看) as a file: what is to be looked at again, by whom and when, and what was found."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues.list_forms import LookBackWords
from enforcement.issues.models import LookBack
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_filters
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("number", gettext_lazy("问题编号"), 19),
    SheetColumn("title", gettext_lazy("标题"), 30),
    SheetColumn("division", gettext_lazy("责任区划"), 12),
    SheetColumn("site", gettext_lazy("企业或点位"), 24),
    SheetColumn("lon", gettext_lazy("经度"), 11),
    SheetColumn("lat", gettext_lazy("纬度"), 11),
    SheetColumn("bureau", gettext_lazy("回头看单位"), 20),
    SheetColumn("drawn", gettext_lazy("产生方式"), 10),
    SheetColumn("arranged_at", gettext_lazy("安排时间"), 17),
    SheetColumn("due_on", gettext_lazy("完成期限"), 11),
    SheetColumn("overdue", gettext_lazy("已超期"), 7),
    SheetColumn("result", gettext_lazy("结果"), 10),
    SheetColumn("opinion", gettext_lazy("意见"), 40),
    SheetColumn("done_by", gettext_lazy("回头看人员"), 12),
    SheetColumn("done_at", gettext_lazy("完成时间"), 17),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    """Look-backs of issues the officer sees, newest first."""
    seen = LookBack.objects.visible_to(officer)
    found, said = right_filters(LookBackWords(query, officer=officer), query, seen)
    rows = found.order_by("-id").values_list(
        "issue__number", "issue__title", "issue__division__name", "issue__site__name", "issue__lon", "issue__lat",
        "bureau__name", "draw_id", "at", "due_on", "passed", "opinion", "done_by__name", "done_at", "issue__synthetic",
    )  # fmt: skip
    return Narrowed(rows, said)


def cells() -> Callable[[tuple[Any, ...]], list[Cell]]:
    results = {None: _("待回头看"), True: _("通过"), False: _("不通过")}
    drawn, named, today = _("抽取"), _("单独安排"), clock.today()

    def of(row: tuple[Any, ...]) -> list[Cell]:
        (number, title, division, site, lon, lat, bureau, draw, at, due, passed, opinion, by, done, synthetic) = row
        return [
            number, title, division, site, round(lon, 6), round(lat, 6), bureau, drawn if draw else named, clock.minute(at),
            due, passed is None and due < today, results[passed], opinion, by, clock.minute(done), synthetic,
        ]  # fmt: skip

    return of


def place(row: tuple[Any, ...]) -> tuple[float, float]:
    return row[4], row[5]


KIND = ListKind(
    "look-backs",
    gettext_lazy("回头看"),
    "issues:look_backs",
    COLUMNS,
    narrowed,
    cells,
    place,
    example={"result": "waiting"},
)
