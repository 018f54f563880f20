"""The inner due date (内部期限) of a child of a split, as lists, files and the API show it beside the issue's own."""

from datetime import date
from typing import Any

from django.db.models import Case, DateField, OuterRef, QuerySet, Subquery, Value, When

from enforcement.issues import lifecycle
from enforcement.issues.models import Issue, Milestone

#: Given by a splitter and not reached; of parts that are open. The first condition is the index's own (of open milestones).
WAITING: dict[str, Any] = {
    "responsibility__milestone_due_on__isnull": False,
    "responsibility__state__in": sorted(lifecycle.OPEN),
    "from_split": True,
    "reached_at": None,
    "replaced_at": None,
}


def with_inner_due(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """With `inner_due_on`: the day its splitter gave an open child and that binds it now. Issues that are no child

    aren't looked at: their lists cost what they did.
    """
    waiting = Milestone.objects.filter(responsibility__issue=OuterRef("pk"), **WAITING)
    given = Subquery(waiting.order_by("due_on").values("due_on")[:1])
    none = When(split=None, then=Value(None, output_field=DateField()))
    return issues.annotate(inner_due_on=Case(none, default=given, output_field=DateField()))


def inner_due(issues: QuerySet[Issue], first: date | None = None, last: date | None = None) -> QuerySet[Issue]:
    """Children whose inner due date lies between two days; all that have one, without them."""
    days = {name: day for name, day in (("due_on__gte", first), ("due_on__lte", last)) if day is not None}
    return issues.filter(pk__in=Milestone.objects.filter(**WAITING, **days).order_by().values("responsibility__issue"))
