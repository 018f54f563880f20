"""The list of interviews (约谈) as a file: whom, why, by when a report is owed, how many promises are kept."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy

from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_filters
from enforcement.oversight.list_forms import InterviewWords
from enforcement.oversight.models import Interview
from enforcement.oversight.rules import late_by
from enforcement.timeline import clock
from regions.models import Officer, WorkCalendar

COLUMNS = (
    SheetColumn("id", gettext_lazy("约谈标识"), 37),
    SheetColumn("division", gettext_lazy("被约谈地区"), 12),
    SheetColumn("addressee", gettext_lazy("被约谈单位"), 20),
    SheetColumn("cause", gettext_lazy("情形"), 14),
    SheetColumn("reason", gettext_lazy("事由"), 40),
    SheetColumn("bureau", gettext_lazy("约谈单位"), 20),
    SheetColumn("state", gettext_lazy("状态"), 12),
    SheetColumn("proposed_at", gettext_lazy("提出时间"), 17),
    SheetColumn("notice_no", gettext_lazy("通知文号"), 18),
    SheetColumn("meets_at", gettext_lazy("约谈时间"), 17),
    SheetColumn("place", gettext_lazy("地点"), 20),
    SheetColumn("first_report_due_on", gettext_lazy("书面报告首次期限"), 11),
    SheetColumn("report_due_on", gettext_lazy("书面报告期限"), 11),
    SheetColumn("late_days", gettext_lazy("超期（工作日）"), 9),
    SheetColumn("reported_at", gettext_lazy("报送时间"), 17),
    SheetColumn("promises", gettext_lazy("承诺数"), 8),
    SheetColumn("kept", gettext_lazy("已完成承诺"), 10),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    seen = Interview.objects.visible_to(officer)
    found, said = right_filters(InterviewWords(query, officer=officer), query, seen)
    rows = (
        found.select_related("bureau", "addressee", "division")
        .defer("minutes", "agenda", "report", "figures")
        .annotate(
            promises=Count("commitments"), kept=Count("commitments", filter=Q(commitments__done_at__isnull=False))
        )
        .order_by("-proposed_at", "-id")
    )
    return Narrowed(rows, said)


def cells() -> Callable[[Any], list[Cell]]:
    calendar = WorkCalendar.current().value()

    def of(row: Any) -> list[Cell]:
        return [
            str(row.pk), row.division.name, row.addressee.name, row.get_cause_display(), row.reason, row.bureau.name,
            row.get_state_display(), clock.minute(row.proposed_at), row.notice_no, clock.minute(row.meets_at), row.place,
            row.first_report_due_on, row.report_due_on, late_by(row.report_owed_by, calendar) or None,
            clock.minute(row.reported_at), row.promises, row.kept, row.synthetic,
        ]  # fmt: skip

    return of


KIND = ListKind(
    "interviews",
    gettext_lazy("约谈"),
    "oversight:interviews",
    COLUMNS,
    narrowed,
    cells,
    example={"state": "held,reported"},
)
