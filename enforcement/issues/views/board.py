"""The board (看板): what is open, in a column for each stage, the nearest due date first. Eight statements at any size."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enforcement.issues.models import Issue
from enforcement.issues.stages import OPEN_STAGES, STATES, Stage
from regions import keyset
from regions.errors import Invalid
from regions.gatekeeper import OfficerRequest, business, policy

from .asking import Asked, asked, narrowed_url, shapes
from .ledger import MOST_COUNTED, Row, rows_of, with_bureaus

SHOWN = 12
ORDER = ["due_on", "id"]


@dataclass(slots=True)
class Column:
    """A stage: how many issues stand in it (up to MOST_COUNTED + 1), those shown, where the next ones begin."""

    stage: Stage
    url: str
    count: int = 0
    rows: list[Row] = field(default_factory=list)
    next_url: str = ""
    from_start: str = ""

    @property
    def words(self) -> str:
        return f"{MOST_COUNTED:,}+" if self.count > MOST_COUNTED else f"{self.count:,}"


@policy(business("issues"))
@require_safe
def board(request: OfficerRequest) -> HttpResponse:
    found = asked(request, without=("sort", "stage", "state"), open_unless=())
    opened, after = request.GET.get("column", ""), request.GET.get("after", "")
    columns: dict[Stage, Column] = {
        stage: Column(stage, narrowed_url(request, stage=stage, sort="due")) for stage in OPEN_STAGES
    }
    trouble = found.trouble
    try:
        _fill(request, columns, found, opened, after)
    except Invalid as error:
        trouble = str(error)
        _fill(request, columns, found, "", "")
    context = {
        "form": found.form,
        "trouble": trouble,
        "filtered": found.filtered,
        "columns": list(columns.values()),
        "shapes": shapes(request, "board"),
        "empty": not any(column.count for column in columns.values()),
    }
    return render(request, "issues/board.html", context)


def _fill(request: OfficerRequest, columns: dict[Stage, Column], found: Asked, opened: str, after: str) -> None:
    """Counts and first rows of every column in one statement; one column may be read on from a mark.

    A state at a time: of one the index of open rows gives the nearest dates in order, of two it would have to sort all.
    """
    issues: QuerySet[Issue] = found.issues
    stages = {state: stage for stage in columns for state in sorted(STATES[stage])}
    of_state = {state: issues.filter(state=state) for state in stages}
    arms = [_first(of_state[state], after if stage == opened else "") for state, stage in stages.items()]
    keys = arms[0].union(*arms[1:], all=True)
    counts = {
        f"in_{state}": keyset.Counted(rows.order_by().values("pk")[: MOST_COUNTED + 1])
        for state, rows in of_state.items()
    }
    rows = list(with_bureaus(Issue.objects.filter(pk__in=keys)).annotate(**counts).order_by(*ORDER))
    for stage, column in columns.items():
        mine = [row for row in rows if row.state in STATES[stage]]
        column.count = sum(getattr(rows[0], f"in_{state}") for state in STATES[stage]) if rows else 0
        column.rows = rows_of(mine[:SHOWN], found.form.calendar) if found.form.calendar else []
        if len(mine) > SHOWN:
            mark = keyset.mark_of(Issue, mine[SHOWN - 1], ORDER)
            column.next_url = narrowed_url(request, "issues:board", column=stage, after=mark) + f"#{stage}"
        if stage == opened and after:
            column.from_start = narrowed_url(request, "issues:board") + f"#{stage}"


def _first(issues: QuerySet[Issue], after: str) -> QuerySet[Issue, Any]:
    """The keys of a column's next rows and of one more."""
    return keyset.beyond(issues, ORDER, after).order_by(*ORDER).values("pk")[: SHOWN + 1]
