"""The list of rounds as a file. A round that isn't released is in no file, not even of those who may know of it."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.crossregion.lifecycle import SECRET
from enforcement.crossregion.models import Round
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_words
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("id", gettext_lazy("轮次标识"), 37),
    SheetColumn("name", gettext_lazy("轮次"), 30),
    SheetColumn("campaign", gettext_lazy("所属行动"), 30),
    SheetColumn("bureau", gettext_lazy("组织单位"), 20),
    SheetColumn("since", gettext_lazy("开始日期"), 11),
    SheetColumn("until", gettext_lazy("结束日期"), 11),
    SheetColumn("state", gettext_lazy("状态"), 10),
    SheetColumn("teams", gettext_lazy("队伍"), 7),
    SheetColumn("counties", gettext_lazy("受检县区"), 9),
    SheetColumn("released_at", gettext_lazy("公布时间"), 17),
    SheetColumn("commitment", gettext_lazy("承诺值（SHA-256）"), 66),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)
#: What a row doesn't need, some of it large.
LEFT = ("changes", "register", "seed", "places", "result", "certificate", "explanation")


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    """Released rounds the officer may know of, latest first; the list has no filters."""
    said = right_words(forms.Form(query), query)
    rows = (
        Round.objects.visible_to(officer)
        .exclude(state__in=sorted(SECRET))
        .select_related("bureau")
        .defer(*LEFT)
        .annotate(team_count=Count("teams", distinct=True), county_count=Count("counties", distinct=True))
        .order_by("-since", "-id")
    )
    return Narrowed(rows, [*said, (_("不含"), _("尚未公布的轮次"))])


def cells() -> Callable[[Any], list[Cell]]:
    def of(row: Any) -> list[Cell]:
        return [
            str(row.pk), row.name, row.campaign, row.bureau.name, row.since, row.until, row.get_state_display(),
            row.team_count, row.county_count, clock.minute(row.released_at), row.commitment, row.synthetic,
        ]  # fmt: skip

    return of


KIND = ListKind("rounds", gettext_lazy("交叉执法轮次"), "crossregion:list", COLUMNS, narrowed, cells)
