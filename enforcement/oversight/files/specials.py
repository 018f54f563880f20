"""The list of special inspections (专项督察) as a file: of whom, when, by when a plan is owed, what was found."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext_lazy

from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_filters
from enforcement.oversight.list_forms import SpecialWords
from enforcement.oversight.models import SpecialInspection
from enforcement.oversight.rules import late_by
from enforcement.timeline import clock
from regions.models import Officer, WorkCalendar

COLUMNS = (
    SheetColumn("id", gettext_lazy("督察标识"), 37),
    SheetColumn("name", gettext_lazy("名称"), 30),
    SheetColumn("division", gettext_lazy("被督察地区"), 12),
    SheetColumn("addressee", gettext_lazy("被督察单位"), 20),
    SheetColumn("bureau", gettext_lazy("督察单位"), 20),
    SheetColumn("scope", gettext_lazy("督察内容"), 40),
    SheetColumn("basis", gettext_lazy("依据"), 30),
    SheetColumn("since", gettext_lazy("督察日期起"), 11),
    SheetColumn("until", gettext_lazy("督察日期止"), 11),
    SheetColumn("state", gettext_lazy("状态"), 14),
    SheetColumn("notice_no", gettext_lazy("督察通知文号"), 18),
    SheetColumn("entered_at", gettext_lazy("进驻时间"), 17),
    SheetColumn("report_no", gettext_lazy("反馈意见文号"), 18),
    SheetColumn("told_at", gettext_lazy("反馈时间"), 17),
    SheetColumn("first_plan_due_on", gettext_lazy("整改方案首次期限"), 11),
    SheetColumn("plan_due_on", gettext_lazy("整改方案期限"), 11),
    SheetColumn("late_days", gettext_lazy("超期（工作日）"), 9),
    SheetColumn("problems", gettext_lazy("已反馈问题数"), 9),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    """Inspections the officer may know of, the newest proposal first. Whose team one is of, the officer's own row tells."""
    seen = SpecialInspection.objects.visible_to(officer)
    found, said = right_filters(SpecialWords(query, officer=officer), query, seen)
    rows = (
        found.select_related("bureau", "addressee", "division")
        .defer("report")
        .annotate(problem_count=Count("problems"))
        .order_by("-proposed_at", "-id")
    )
    return Narrowed(rows, said)


def cells() -> Callable[[Any], list[Cell]]:
    calendar = WorkCalendar.current().value()

    def of(row: Any) -> list[Cell]:
        # Before the feedback what the team noted is its own affair.
        problems = row.problem_count if row.told_at else None
        return [
            str(row.pk), row.name, row.division.name, row.addressee.name, row.bureau.name, row.scope, row.basis, row.since,
            row.until, row.get_state_display(), row.notice_no, clock.minute(row.entered_at), row.report_no, clock.minute(row.told_at),
            row.first_plan_due_on, row.plan_due_on, late_by(row.plan_owed_by, calendar) or None, problems, row.synthetic,
        ]  # fmt: skip

    return of


KIND = ListKind(
    "special-inspections", gettext_lazy("专项督察"), "oversight:specials", COLUMNS, narrowed, cells,
    example={"state": "told,rectifying"},
)  # fmt: skip
