"""The columns and the saved views of a list, as its reader chose them: ``{% load columns %}``."""

from dataclasses import dataclass
from typing import Any

from django import template

from enforcement.desk.columns import Layout, layout_of
from enforcement.desk.saving import Tab, plain_query
from regions.errors import Invalid

register = template.Library()


@register.simple_tag(takes_context=True)
def column_layout(context: Any, name: str) -> Layout:
    """What is offered and what is shown of a list; the frame's own statement knows it (see `desk.glance`)."""
    return layout_of(name, context["glance"].columns.get(name))


@dataclass(frozen=True, slots=True)
class Tabs:
    """The views above a list; `here` is the one whose filters stand in the address, `query` those filters."""

    rows: list[Tab]
    here: Tab | None
    query: str


@register.simple_tag(takes_context=True)
def list_views(context: Any, name: str) -> Tabs:
    """A list's saved views; the frame's own statement knows them."""
    rows = context["glance"].views.get(name, [])
    try:
        query = plain_query(name, context["request"].META.get("QUERY_STRING", ""))
    except Invalid:
        query = ""
    return Tabs(rows, next((tab for tab in rows if tab.query == query), None), query)
