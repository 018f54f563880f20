"""The inner due date (内部期限) of a child of a split, as lists, files and the API show it beside the issue's own."""

from typing import Any

from django.db.models import Case, DateField, OuterRef, QuerySet, Subquery, Value, When

from enforcement.issues import lifecycle
from enforcement.issues.models import Issue, Milestone


def with_inner_due(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """With `inner_due_on`: the day its splitter gave an open child and that isn't reached yet. Issues that are no child

    aren't looked at: their lists cost what they did.
    """
    waiting: Any = Milestone.objects.filter(
        responsibility__issue=OuterRef("pk"), responsibility__state__in=sorted(lifecycle.OPEN), from_split=True,
        reached_at=None, replaced_at=None,
    )  # fmt: skip
    given = Subquery(waiting.order_by("due_on").values("due_on")[:1])
    none = When(split=None, then=Value(None, output_field=DateField()))
    return issues.annotate(inner_due_on=Case(none, default=given, output_field=DateField()))
