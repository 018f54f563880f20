"""What the frame of a page knows of its reader besides the posts: one statement, and only for pages that show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject

from enforcement.desk.models import ListColumns
from enforcement.issues.views.ledger import Counted
from enforcement.notices.models import Notice
from regions.models import Officer


@dataclass(frozen=True, slots=True)
class Glance:
    """Notices not yet read, and the columns chosen for each list."""

    unread: int
    columns: Mapping[str, list[str]]


def glance_of(officer: Officer) -> Glance:
    unread = Notice.objects.visible_to(officer).unread().order_by().values("pk")
    kept = ListColumns.objects.filter(officer=officer).order_by("list")
    chosen = kept.values(pair=JSONObject(list="list", columns="columns"))
    row = Officer.objects.filter(pk=officer.pk).annotate(unread=Counted(unread), chosen=ArraySubquery(chosen))
    count, pairs = row.values_list("unread", "chosen").get()
    return Glance(count, {pair["list"]: pair["columns"] for pair in pairs})
