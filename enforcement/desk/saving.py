"""Saved views: a list's filters kept under a name, for oneself or for one's bureau; one of them may be the default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from enforcement.desk.models import DefaultView, SavedView
from enforcement.desk.querysets import bureaus_of
from enforcement.findings.forms import FindingFilter
from enforcement.issues.figures import PARAMETERS
from enforcement.issues.forms import IssueFilter
from enforcement.timeline import clock
from regions.errors import Conflict, Invalid, Refused
from regions.models import Officer
from regions.roles import Role

#: List -> the words of its address that a view keeps.
KEPT: dict[str, frozenset[str]] = {
    "issues": frozenset(IssueFilter.base_fields) | frozenset(PARAMETERS),
    "findings": frozenset(FindingFilter.base_fields),
}
MOST_VIEWS, LONGEST_NAME, LONGEST_QUERY = 30, 30, 1500
#: Who may end a view of their bureau that somebody else made.
KEEPERS = frozenset({Role.TEAM_LEADER, Role.DISPATCHER, Role.SUPERVISOR, Role.COORDINATOR})


@dataclass(frozen=True, slots=True)
class Tab:
    """A view beside others above its list."""

    pk: int
    name: str
    query: str
    shared: bool
    default: bool
    mine: bool
    by: str = ""


def plain_query(name: str, query: str) -> str:
    """The filters of an address in one order: no pages, nothing empty, nothing the list doesn't know."""
    if len(query) > LONGEST_QUERY * 2:
        raise Invalid(_("筛选条件太长，请减少条件后再保存。"), field="query")
    asked = QueryDict(query.lstrip("?"))
    pairs = sorted({(key, value) for key, values in asked.lists() for value in values if value})
    plain = urlencode([(key, value) for key, value in pairs if key in KEPT[name] and "\x00" not in value])
    if len(plain) > LONGEST_QUERY:
        raise Invalid(_("筛选条件太长，请减少条件后再保存。"), field="query")
    return plain


def save(list_name: str, name: str, query: str, *, by: Officer, shared: bool = False) -> SavedView:
    """Keeps the filters under a name. Raises Invalid for a name or filters that can't be kept, Refused for who has no
    bureau to share with."""
    name, plain = " ".join(name.split()), plain_query(list_name, query)
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise Invalid(_("请填写视图名称，不超过%(n)d字。") % {"n": LONGEST_NAME}, field="name")
    if not plain:
        raise Invalid(_("现在没有筛选条件，请先筛选再保存。"), field="query")
    homes = bureaus_of(by)
    if shared and not homes:
        raise Refused(_("没有可以共享的单位。"))
    owned = {"bureau_id": homes[0]} if shared else {"bureau": None, "officer": by}
    if SavedView.objects.live().filter(list=list_name, **owned).count() >= MOST_VIEWS:
        raise Invalid(_("最多保存%(n)d个视图，请先移除不用的。") % {"n": MOST_VIEWS}, field="name")
    view = SavedView(
        officer=by, bureau_id=homes[0] if shared else None, list=list_name, name=name, query=plain, made_at=clock.now()
    )
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise Invalid(_("已有同名的视图，请换一个名称。"), field="name") from error
    return view


def end(view: SavedView, *, by: Officer) -> SavedView:
    """Ends a view: nobody is shown it any more. Raises Refused for one that isn't theirs, Conflict for one ended already."""
    if view.officer_id != by.pk and not _keeps(view, by):
        raise Refused(_("共享视图只能由保存的人，或本单位的组长、转办员、督办员、会商协调员移除。"))
    with transaction.atomic():
        ended = SavedView.objects.live().filter(pk=view.pk).update(ended_at=clock.now(), ended_by=by)
        if not ended:
            raise Conflict(_("这个视图刚刚已被移除。"))
        DefaultView.objects.filter(view=view).delete()
    view.refresh_from_db()
    return view


def _keeps(view: SavedView, by: Officer) -> bool:
    return any(p.bureau_id == view.bureau_id and p.role in KEEPERS for p in by.postings_on(clock.today()))


def make_default(view: SavedView, *, by: Officer) -> None:
    """The navigation opens the list with this view from now on. Raises Conflict for one that was ended."""
    with transaction.atomic():
        if not SavedView.objects.live().select_for_update().filter(pk=view.pk).exists():
            raise Conflict(_("这个视图刚刚已被移除。"))
        DefaultView.objects.update_or_create(officer=by, list=view.list, defaults={"view": view})


def drop_default(list_name: str, *, by: Officer) -> None:
    """The navigation opens the whole list again."""
    DefaultView.objects.filter(officer=by, list=list_name).delete()


def tab_of(row: Mapping[str, Any], officer: Officer) -> Tab:
    """A view from its columns, as one officer sees it."""
    return Tab(
        row["pk"], row["name"], row["query"], bool(row["bureau"]), bool(row["default"]), row["officer"] == officer.pk,
        row["by"],
    )  # fmt: skip
