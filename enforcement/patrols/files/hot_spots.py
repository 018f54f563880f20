"""The list of hot spots as a file; the issue one became is named only where the asker may see it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues.models import Issue, Severity
from enforcement.issues.sheets.cells import labels_of
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_words
from enforcement.patrols.forms import HotSpotFilter
from enforcement.patrols.models import HotSpot
from enforcement.patrols.models.quality import SheetVerdict
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("id", gettext_lazy("热点标识"), 37),
    SheetColumn("hot_spot", gettext_lazy("热点"), 16),
    SheetColumn("run", gettext_lazy("走航"), 30),
    SheetColumn("bureau", gettext_lazy("走航单位"), 20),
    SheetColumn("peak_at", gettext_lazy("峰值时间"), 17),
    SheetColumn("division", gettext_lazy("所在区划"), 12),
    SheetColumn("lon", gettext_lazy("经度"), 11),
    SheetColumn("lat", gettext_lazy("纬度"), 11),
    SheetColumn("peak", gettext_lazy("峰值"), 10),
    SheetColumn("unit", gettext_lazy("浓度单位"), 9),
    SheetColumn("mean", gettext_lazy("均值"), 10),
    SheetColumn("background", gettext_lazy("背景"), 10),
    SheetColumn("ratio", gettext_lazy("倍数"), 8),
    SheetColumn("duration_s", gettext_lazy("持续（秒）"), 10),
    SheetColumn("severity", gettext_lazy("程度"), 9),
    SheetColumn("confirmed", gettext_lazy("复测"), 16),
    SheetColumn("quality", gettext_lazy("质控"), 12),
    SheetColumn("fate", gettext_lazy("结果"), 12),
    SheetColumn("reason", gettext_lazy("理由"), 30),
    SheetColumn("issue", gettext_lazy("问题编号"), 19),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)
#: Pictures and numbers of the rules, which the file doesn't hold.
LEFT = ("series", "numbers", "rule_values", "run__problems", "run__mapping", "run__channels")


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    form = HotSpotFilter(query, officer=officer)
    said = right_words(form, query)
    found, issues = (kind.objects.visible_to(officer) for kind in (HotSpot, Issue))
    seen = issues.filter(pk=OuterRef("became")).values("number")[:1]
    rows = (
        form.narrow(found)
        .select_related("run__bureau", "division")
        .defer(*LEFT)
        .with_quality()
        .annotate(became=Coalesce(F("issue_id"), F("finding__issue_id")))
        .annotate(seen_issue=Subquery(seen))
        .order_by("-peak_at", "-id")
    )
    return Narrowed(rows, said)


def cells() -> Callable[[Any], list[Cell]]:
    severities, verdicts = labels_of(Severity.choices), labels_of(SheetVerdict.choices)
    outside, uncounted = _("省外"), _("质控未计算")

    def of(spot: Any) -> list[Cell]:
        return [
            str(spot.pk), str(spot), spot.run.title, spot.run.bureau.name, clock.minute(spot.peak_at),
            spot.division.name if spot.division else outside, round(spot.lon, 6), round(spot.lat, 6),
            round(spot.peak, 3), spot.unit, round(spot.mean, 3), round(spot.background, 3), round(spot.ratio, 2),
            round(spot.duration_s), severities.get(spot.severity, ""), spot.confirmation,
            verdicts.get(spot.quality, uncounted), spot.standing, spot.reason, spot.seen_issue, spot.run.synthetic,
        ]  # fmt: skip

    return of


def place(spot: Any) -> tuple[float, float]:
    return spot.lon, spot.lat


KIND = ListKind(
    "hot-spots",
    gettext_lazy("走航热点"),
    "patrols:hot-spots",
    COLUMNS,
    narrowed,
    cells,
    place,
    example={"fate": "open"},
)
