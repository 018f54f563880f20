"""The list of findings as a file. Registered with `issues.sheets.kinds`; issues one may not see stay unnamed."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.findings.forms import FindingFilter
from enforcement.findings.lifecycle import State
from enforcement.findings.models import Finding
from enforcement.issues.models import Issue, Severity, Source
from enforcement.issues.sheets.cells import labels_of
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_words
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("id", gettext_lazy("线索标识"), 37),
    SheetColumn("title", gettext_lazy("标题"), 30),
    SheetColumn("description", gettext_lazy("情况"), 40),
    SheetColumn("source", gettext_lazy("来源"), 10),
    SheetColumn("pollution_type", gettext_lazy("污染类型"), 10),
    SheetColumn("severity", gettext_lazy("严重程度"), 9),
    SheetColumn("located_in", gettext_lazy("所在区划"), 12),
    SheetColumn("site", gettext_lazy("企业或点位"), 24),
    SheetColumn("address", gettext_lazy("地址"), 30),
    SheetColumn("lon", gettext_lazy("经度"), 11),
    SheetColumn("lat", gettext_lazy("纬度"), 11),
    SheetColumn("filer", gettext_lazy("填报单位"), 20),
    SheetColumn("filed_by", gettext_lazy("填报人"), 10),
    SheetColumn("state", gettext_lazy("状态"), 12),
    SheetColumn("issue", gettext_lazy("问题编号"), 19),
    SheetColumn("occurred_at", gettext_lazy("发现时间"), 17),
    SheetColumn("received_at", gettext_lazy("接收时间"), 17),
)
FIELDS = (
    "pk", "title", "description", "source", "pollution_type", "severity", "located_in__name", "site__name", "address",
    "lon", "lat", "filer__name", "filed_by__name", "state", "seen_issue", "occurred_at", "received_at",
)  # fmt: skip


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    form = FindingFilter(query, officer=officer)
    said = right_words(form, query)
    found = Finding.objects.visible_to(officer)
    issues = Issue.objects.visible_to(officer)
    seen = issues.filter(pk=OuterRef("issue_id")).values("number")[:1]
    rows = form.narrow(found).annotate(seen_issue=Subquery(seen)).order_by("-received_at", "-id")
    return Narrowed(rows.values_list(*FIELDS), said)


def cells() -> Callable[[tuple[Any, ...]], list[Cell]]:
    sources, severities, states = (labels_of(one.choices) for one in (Source, Severity, State))
    outside = _("省外")

    def of(row: tuple[Any, ...]) -> list[Cell]:
        (key, title, description, source, pollution, severity, located, site, address, lon, lat, filer, filed_by, state,
         issue, occurred, received) = row  # fmt: skip
        return [
            str(key), title, description, sources.get(source, source), pollution, severities.get(severity, severity),
            located or outside, site, address, round(lon, 6), round(lat, 6), filer, filed_by, states.get(state, state),
            issue, clock.minute(occurred), clock.minute(received),
        ]  # fmt: skip

    return of


def place(row: tuple[Any, ...]) -> tuple[float, float]:
    return row[9], row[10]


KIND = ListKind(
    "findings", gettext_lazy("线索"), "findings:list", COLUMNS, narrowed, cells, place, example={"state": "confirmed"}
)
