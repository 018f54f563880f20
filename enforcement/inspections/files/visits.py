"""The list of visits as a file. Where an unannounced one will be isn't written into a file, not even for its own people."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.inspections.lifecycle import UNBEGUN
from enforcement.inspections.list_forms import VisitWords
from enforcement.inspections.models import Campaign, Mode, Visit
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_filters
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("id", gettext_lazy("检查标识"), 37),
    SheetColumn("site", gettext_lazy("点位"), 24),
    SheetColumn("division", gettext_lazy("属地"), 12),
    SheetColumn("lon", gettext_lazy("经度"), 11),
    SheetColumn("lat", gettext_lazy("纬度"), 11),
    SheetColumn("bureau", gettext_lazy("检查单位"), 20),
    SheetColumn("campaign", gettext_lazy("专项行动"), 24),
    SheetColumn("source", gettext_lazy("性质"), 10),
    SheetColumn("mode", gettext_lazy("方式"), 10),
    SheetColumn("planned_on", gettext_lazy("计划日期"), 11),
    SheetColumn("state", gettext_lazy("状态"), 12),
    SheetColumn("approval_no", gettext_lazy("审批单号"), 16),
    SheetColumn("notice_no", gettext_lazy("检查通知书"), 16),
    SheetColumn("begun_at", gettext_lazy("入企时间"), 17),
    SheetColumn("ended_at", gettext_lazy("结束时间"), 17),
    SheetColumn("failed", gettext_lazy("不符合项"), 9),
    SheetColumn("receiver", gettext_lazy("接收单位"), 20),
    SheetColumn("summary", gettext_lazy("小结"), 40),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    """Visits the officer may know of, latest first. Who is of a team, plans or approves is told by the officer's own rows."""
    secret = Q(mode=Mode.UNANNOUNCED, state__in=sorted(UNBEGUN))
    found, said = right_filters(
        VisitWords(query, officer=officer), query, Visit.objects.visible_to(officer).exclude(secret)
    )
    seen = Campaign.objects.visible_to(officer)
    failed = Visit.objects.filter(pk=OuterRef("pk")).order_by().values("pk").annotate(
        n=Count("answers", filter=Q(answers__failed=True))
    )  # fmt: skip
    rows = (
        found.select_related("site", "division", "bureau", "receiver")
        .defer("check_in_flags")
        .annotate(seen_campaign=Subquery(seen.filter(pk=OuterRef("campaign_id")).order_by().values("name")[:1]))
        .annotate(failed_count=Subquery(failed.values("n")))
        .order_by("-planned_on", "-id")
    )
    return Narrowed(rows, [*said, (_("不含"), _("未入企的四不两直检查"))])


def cells() -> Callable[[Any], list[Cell]]:
    def of(row: Any) -> list[Cell]:
        return [
            str(row.pk), row.site.name, row.division.name, round(row.site.lon, 6), round(row.site.lat, 6), row.bureau.name,
            row.seen_campaign, row.get_source_display(), row.get_mode_display(), row.planned_on, row.get_state_display(),
            row.approval_no, row.notice_no, clock.minute(row.begun_at), clock.minute(row.ended_at), row.failed_count,
            row.receiver.name if row.receiver else "", row.summary, row.synthetic,
        ]  # fmt: skip

    return of


def place(row: Any) -> tuple[float, float]:
    return row.site.lon, row.site.lat


KIND = ListKind(
    "visits", gettext_lazy("检查"), "inspections:visits", COLUMNS, narrowed, cells, place,
    example={"state": "recorded,handed_over", "planned_from": "2021-07-01"},
)  # fmt: skip
