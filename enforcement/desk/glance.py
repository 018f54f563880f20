"""What the frame of a page knows of its reader besides the posts: one statement, and only for pages that show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from enforcement.desk.models import DefaultView, ListColumns, SavedView
from enforcement.desk.querysets import bureaus_of
from enforcement.desk.saving import Tab, tab_of
from enforcement.notices.models import Notice
from regions.keyset import Counted
from regions.models import Officer, Posting
from regions.roles import Role
from regions.statements import NUMBERS, Columns


@dataclass(frozen=True, slots=True)
class Glance:
    """Notices not yet read, the columns chosen for each list, and its saved views, one's own first."""

    unread: int
    columns: Mapping[str, list[str]]
    views: Mapping[str, list[Tab]] = field(default_factory=dict)

    def opens_with(self, name: str) -> str:
        """The query string of a list's default view; empty where none was chosen."""
        return next((tab.query for tab in self.views.get(name, ()) if tab.default), "")


def glance_of(officer: Officer) -> Glance:
    bureaus = sorted(bureaus_of(officer))
    (row,) = _question(bool(bureaus)).ask(officer=officer.pk, bureaus=bureaus)
    views: dict[str, list[Tab]] = {}
    for tab in row["tabs"]:
        views.setdefault(tab["list"], []).append(tab_of(tab, officer))
    return Glance(row["unread"], {pair["list"]: pair["columns"] for pair in row["chosen"]}, views)


@cache
def _question(posted: bool) -> Columns:
    """Asked for every page: built once for those posted to some bureau, once for the others."""
    someone, bureau = Officer(pk=NUMBERS[0]), NUMBERS[1]
    post = Posting(officer=someone, bureau_id=bureau, role=Role.HANDLER)
    someone.remember(timezone.localdate(), [post] if posted else [], [])
    unread = Notice.objects.visible_to(someone).unread().order_by().values("pk")
    kept = ListColumns.objects.filter(officer=someone).order_by("list")
    chosen = kept.values(pair=JSONObject(list="list", columns="columns"))
    row: QuerySet[Any, Any] = Officer.objects.filter(pk=someone.pk).annotate(
        unread=Counted(unread), chosen=ArraySubquery(chosen), tabs=ArraySubquery(_tabs(someone))
    )
    return Columns(row.order_by().values("unread", "chosen", "tabs"), {someone.pk: "officer", bureau: "bureaus"})


def _tabs(officer: Officer) -> QuerySet[SavedView, Any]:
    """The live views an officer may open, as JSON values: their own, then their bureaus'."""
    default = DefaultView.objects.filter(officer=officer, view=OuterRef("pk"))
    views = SavedView.objects.visible_to(officer).live().annotate(is_default=Exists(default))
    return views.order_by(F("bureau_id").asc(nulls_first=True), "name", "pk").values(
        tab=JSONObject(
            pk="pk", list="list", name="name", query="query", bureau="bureau_id", officer="officer_id",
            by="officer__name", default="is_default",
        )
    )  # fmt: skip
