"""The columns of a list as its reader chose them: ``{% load columns %}``."""

from typing import Any

from django import template

from enforcement.desk.columns import Layout, layout_of

register = template.Library()


@register.simple_tag(takes_context=True)
def column_layout(context: Any, name: str) -> Layout:
    """What is offered and what is shown of a list; the frame's own statement knows it (see `desk.glance`)."""
    return layout_of(name, context["glance"].columns.get(name))
