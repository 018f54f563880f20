"""What the list, the board, the calendar and the map share: the filters of the address and the issues they leave."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.issues import figures
from enforcement.issues.forms import IssueFilter
from enforcement.issues.models import Issue
from regions.errors import Invalid
from regions.gatekeeper import OfficerRequest


@dataclass(frozen=True, slots=True)
class Asked:
    """The form, the issues it leaves to the reader, and a sentence where something couldn't be asked."""

    form: IssueFilter
    issues: QuerySet[Issue]
    trouble: str = ""
    #: The page is of open issues, and says so of these itself.
    open_only: bool = False

    @property
    def filtered(self) -> bool:
        return bool(self.form.in_use or self.trouble or self.form.data.get("figure"))


def asked(
    request: OfficerRequest, without: tuple[str, ...] = (), *, open_unless: tuple[str, ...] | None = None
) -> Asked:
    """The reader's issues under the filters of the address; `without` are filters a page has no use for.

    `open_unless`: the page is of open issues, unless one of these filters is in use; where it is, it adds itself that
    they are (`open`, `in_stage`).
    """
    form = IssueFilter(request.GET, officer=request.user)
    for name in without:
        form.fields.pop(name, None)
    chosen = form.in_use
    open_only = open_unless is not None and not any(chosen.get(name) for name in open_unless)
    seen: Any = Issue.objects.listed_to(
        request.user, open_only=open_only or form.asks_for_open, done_only=form.asks_for_done and not open_only
    )
    found = form.narrow(seen, open_already=open_only)
    try:
        return Asked(form, figures.narrow(found, figure_parameters(request), request.user), open_only=open_only)
    except Invalid as error:
        return Asked(form, found.none(), str(error), open_only)


def figure_parameters(request: OfficerRequest) -> dict[str, str]:
    """What the address says of the figure whose rows these are; source and severity belong to it too."""
    names = (*figures.PARAMETERS, "source", "severity")
    return {name: request.GET.get(name, "") for name in names}


#: The shapes the same issues are shown in: route, word, and the words of an address that belong to one shape alone.
SHAPES: tuple[tuple[str, Any], ...] = (
    ("list", lambda: _("列表")),
    ("board", lambda: _("看板")),
    ("calendar", lambda: _("日历")),
    ("map", lambda: _("地图")),
)
OF_A_SHAPE = ("after", "before", "column", "month", "sort")


def shapes(request: OfficerRequest, here: str) -> list[dict[str, Any]]:
    """Links to the other shapes of what is shown, under the same filters."""
    query = request.GET.copy()
    for name in OF_A_SHAPE:
        query.pop(name, None)
    tail = f"?{query.urlencode()}" if query else ""
    return [
        {"label": word(), "url": reverse(f"issues:{route}") + tail, "active": route == here, "count": None}
        for route, word in SHAPES
    ]


def narrowed_url(request: OfficerRequest, route: str = "issues:list", **words: Any) -> str:
    """The filters of this address with some more, as an address of the list (or another shape)."""
    query = request.GET.copy()
    for name in OF_A_SHAPE:
        query.pop(name, None)
    for name, value in words.items():
        query[name] = str(value)
    return f"{reverse(route)}?{query.urlencode()}"
