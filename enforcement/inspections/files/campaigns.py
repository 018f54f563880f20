"""The list of campaigns (专项行动) as a file."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.inspections.list_forms import CampaignWords
from enforcement.inspections.models import Campaign
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_filters
from regions.models import Officer

COLUMNS = (
    SheetColumn("id", gettext_lazy("行动标识"), 37),
    SheetColumn("name", gettext_lazy("专项行动"), 30),
    SheetColumn("legal_basis", gettext_lazy("依据"), 30),
    SheetColumn("bureau", gettext_lazy("组织单位"), 20),
    SheetColumn("division", gettext_lazy("范围"), 12),
    SheetColumn("area", gettext_lazy("联防联控区域"), 16),
    SheetColumn("since", gettext_lazy("开始日期"), 11),
    SheetColumn("until", gettext_lazy("结束日期"), 11),
    SheetColumn("industries", gettext_lazy("检查对象"), 24),
    SheetColumn("state", gettext_lazy("状态"), 10),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    seen = Campaign.objects.visible_to(officer)
    found, said = right_filters(CampaignWords(query, officer=officer), query, seen)
    return Narrowed(found.select_related("bureau", "division", "area").order_by("-since", "-id"), said)


def cells() -> Callable[[Any], list[Cell]]:
    comma = _("、")

    def of(row: Any) -> list[Cell]:
        return [
            str(row.pk), row.name, row.legal_basis, row.bureau.name, row.division.name, row.area.name if row.area else "",
            row.since, row.until, comma.join(row.industries), row.get_state_display(), row.synthetic,
        ]  # fmt: skip

    return of


KIND = ListKind(
    "campaigns",
    gettext_lazy("专项行动"),
    "inspections:campaigns",
    COLUMNS,
    narrowed,
    cells,
    example={"state": "running"},
)
