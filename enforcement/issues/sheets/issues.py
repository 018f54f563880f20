"""The list of issues as a file: its columns, its query in words, its rows. Registered with `sheets.kinds`."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Min, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues import figures, lifecycle
from enforcement.issues.forms import IssueFilter
from enforcement.issues.inner_due import with_inner_due
from enforcement.issues.models import Issue, Responsibility, Severity, Source
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import filter_words, right_words
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("number", gettext_lazy("编号"), 19),
    SheetColumn("title", gettext_lazy("标题"), 30),
    SheetColumn("description", gettext_lazy("情况"), 40),
    SheetColumn("source", gettext_lazy("来源"), 10),
    SheetColumn("pollution_type", gettext_lazy("污染类型"), 10),
    SheetColumn("severity", gettext_lazy("严重程度"), 9),
    SheetColumn("starred", gettext_lazy("加星件"), 7),
    SheetColumn("division_code", gettext_lazy("区划代码"), 9),
    SheetColumn("division", gettext_lazy("责任区划"), 12),
    SheetColumn("located_in", gettext_lazy("所在区划"), 12),
    SheetColumn("site", gettext_lazy("企业或点位"), 24),
    SheetColumn("uscc", gettext_lazy("统一社会信用代码"), 20),
    SheetColumn("address", gettext_lazy("地址"), 30),
    SheetColumn("lon", gettext_lazy("经度"), 11),
    SheetColumn("lat", gettext_lazy("纬度"), 11),
    SheetColumn("bureaus", gettext_lazy("承办单位"), 20),
    SheetColumn("issuer", gettext_lazy("转办单位"), 20),
    SheetColumn("verifier", gettext_lazy("核查单位"), 20),
    SheetColumn("state", gettext_lazy("状态"), 14),
    SheetColumn("issued_on", gettext_lazy("转办日期"), 11),
    SheetColumn("acknowledged_on", gettext_lazy("签收日期"), 11),
    SheetColumn("first_due_on", gettext_lazy("首次期限"), 11),
    SheetColumn("due_on", gettext_lazy("当前期限"), 11),
    SheetColumn("inner_due_on", gettext_lazy("内部期限"), 11),
    SheetColumn("closed_on", gettext_lazy("办结日期"), 11),
    SheetColumn("overdue", gettext_lazy("已超期"), 7),
    SheetColumn("imported", gettext_lazy("历史导入"), 9),
)
#: What the cells are made of, in the order asked for.
FIELDS = (
    "number", "title", "description", "source", "pollution_type", "severity", "starred", "division__code",
    "division__name", "located_in__name", "site__name", "site__uscc", "address", "lon", "lat", "bureau_names",
    "issuer__name", "verifier__name", "state", "issued_on", "acknowledged", "first_due_on", "due_on", "inner_due_on",
    "closed_at", "imported",
)  # fmt: skip
_LON, _LAT = FIELDS.index("lon"), FIELDS.index("lat")


def asked_rows(issues: QuerySet[Issue], officer: Officer, query: Mapping[str, str]) -> tuple[Any, IssueFilter]:
    """Issues narrowed as the page's address says, in its order. Raises Invalid as `right_words` does."""
    form = IssueFilter(query, officer=officer)
    right_words(form, {name: value for name, value in query.items() if name not in figures.PARAMETERS})
    found = form.narrow(issues)
    named = {name: query.get(name, "") for name in (*figures.PARAMETERS, "source", "severity")}
    return figures.narrow(found, named, officer).order_by(*form.order), form


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    issues = Issue.objects.visible_to(officer)
    found, form = asked_rows(issues, officer, query)
    live = Responsibility.objects.filter(issue=OuterRef("pk")).exclude(state__in=sorted(lifecycle.ENDED)).order_by()
    names = live.order_by("-weight", "pk").values("bureau__name")
    first = live.values("issue").annotate(first=Min("acknowledged_at")).values("first")
    told = with_inner_due(found.annotate(bureau_names=ArraySubquery(names), acknowledged=Subquery(first)))
    rows = told.values_list(*FIELDS)
    words = filter_words(form)
    if query.get("figure"):
        words.append((_("统计指标"), _("%(name)s 所依据的问题") % {"name": query["figure"]}))
    return Narrowed(rows, words)


def cells() -> Callable[[tuple[Any, ...]], list[Cell]]:
    """Turns a row into its cells; labels are looked up once, not for every row."""
    sources = {value: str(label) for value, label in Source.choices}
    severities = {value: str(label) for value, label in Severity.choices}
    states = {value: str(label) for value, label in lifecycle.State.choices}
    still_open, today, comma = frozenset(map(str, lifecycle.OPEN)), clock.today(), _("、")

    def of(row: tuple[Any, ...]) -> list[Cell]:
        (number, title, description, source, pollution, severity, starred, code, division, located, site, uscc, address,
         lon, lat, bureaus, issuer, verifier, state, issued, acknowledged, first_due, due, inner_due, closed, imported) = row  # fmt: skip
        return [
            number, title, description, sources.get(source, source), pollution, severities.get(severity, severity),
            starred, code, division, located, site, uscc, address, round(lon, 6), round(lat, 6), comma.join(bureaus),
            issuer, verifier, states.get(state, state), issued, _day(acknowledged), first_due, due, inner_due,
            _day(closed), state in still_open and due < today, imported,
        ]  # fmt: skip

    return of


def _day(moment: Any) -> date | None:
    return clock.beijing_day(moment) if moment else None


def place(row: tuple[Any, ...]) -> tuple[float, float]:
    return row[_LON], row[_LAT]


KIND = ListKind(
    "issues", gettext_lazy("问题台账"), "issues:list", COLUMNS, narrowed, cells, place, example={"state": "open"}
)
