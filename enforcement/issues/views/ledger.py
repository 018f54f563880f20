"""The list of issues (台账): filters in the address, keyset pages, eight statements at any size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.issues import lifecycle
from enforcement.issues.actions.importing import IMPORTERS
from enforcement.issues.bulk import offered_to
from enforcement.issues.clocks import ClockFace, face_of
from enforcement.issues.inner_due import with_inner_due
from enforcement.issues.models import Issue, Responsibility
from regions import keyset
from regions.errors import Invalid
from regions.gatekeeper import OfficerRequest, business, policy
from regions.keyset import Counted
from regions.workdays import Calendar

from .asking import asked, shapes

SIZE = 50
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """An issue in a list: the row, its clock and the bureaus that answer."""

    issue: Issue
    clock: ClockFace
    bureaus: str


@policy(business("issues"))
@require_safe
def ledger(request: OfficerRequest) -> HttpResponse:
    told = asked(request)
    form, found, trouble = told.form, told.issues, told.trouble
    calendar = form.calendar
    total = Counted(found.order_by().values("pk")[: MOST_COUNTED + 1])
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    listed: Any = with_bureaus(found).annotate(total=total)
    listed.gathered = form.lies_back
    try:
        page = keyset.page(listed, form.order, SIZE, after=after, before=before)
    except Invalid as error:
        trouble, page = str(error), keyset.page(listed, form.order, SIZE)
    context = {
        "form": form,
        "trouble": trouble,
        "rows": rows_of(page.rows, calendar) if calendar else [],
        "total": _total(page.rows[0].total if page.rows else 0),
        "filtered": told.filtered or bool(trouble),
        "shapes": shapes(request, "list"),
        "offered": offered_to(request.user),
        "figure": request.GET.get("figure", ""),
        "may_import": bool(request.user.roles_on() & IMPORTERS),
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "issues/list.html", context)


def with_bureaus(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """With everything a row of a list shows, in the one statement."""
    live = Responsibility.objects.filter(issue=OuterRef("pk")).exclude(state__in=sorted(lifecycle.ENDED))
    names = live.order_by("-weight", "pk").values("bureau__short_name")
    return with_inner_due(issues.select_related("division", "site").annotate(bureau_names=ArraySubquery(names)))


def rows_of(issues: Sequence[Issue], calendar: Calendar) -> list[Row]:
    return [Row(issue, face_of(issue, calendar), _names(issue.bureau_names)) for issue in issues]  # type: ignore[attr-defined]


def _names(names: list[str]) -> str:
    if len(names) > 2:
        return _("%(first)s等%(n)d家") % {"first": names[0], "n": len(names)}
    return _("、").join(names)


def _total(count: int) -> str:
    if count > MOST_COUNTED:
        return _("%(n)s 件以上") % {"n": f"{MOST_COUNTED:,}"}
    return _("共 %(n)s 件") % {"n": f"{count:,}"}
