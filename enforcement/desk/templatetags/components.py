"""Tags the component partials and the pages are built with: ``{% load components %}``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from django import forms, template
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import npgettext

from enforcement.desk import countymap
from enforcement.desk.looks import Look, look_of

register = template.Library()

#: Working days before the due date from which the clock says "due soon" (the -3 reminder), unless a page says other.
SOON = 3


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """An icon of the sprite. It is decoration: the words beside it carry the meaning."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("desk/icons.svg"),
        name,
    )


@register.filter
def issues_unit(count: object) -> str:
    """The unit behind a number of issues: one issue, two issues."""
    return npgettext("unit", "件", "件", count if isinstance(count, int) else 2)


@register.filter
def clues_unit(count: object) -> str:
    return npgettext("unit", "条", "条", count if isinstance(count, int) else 2)


@register.simple_tag
def state_look(state: object) -> Look:
    """Word, icon and tone of a state code."""
    return look_of(state)


@dataclass(frozen=True, slots=True)
class ClockLook:
    """`tone` is late, soon, running, done or none."""

    tone: str
    icon: str


@register.simple_tag
def clock_look(days: int | None, stopped: object = None, tone: str = "", soon: int | str = SOON) -> ClockLook:
    """How a clock looks with `days` working days left (negative is late); `stopped` clocks take the given tone."""
    if stopped:
        return ClockLook(tone or "done", {"late": "late", "none": "pause"}.get(tone, "done"))
    if not isinstance(days, int):
        return ClockLook("none", "pause")
    if days < 0:
        return ClockLook("late", "late")
    if days <= int(soon or SOON):
        return ClockLook("soon", "soon")
    return ClockLook("running", "clock")


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    value: str
    remove_url: str


def _words_of(field: forms.Field, value: str) -> str:
    """What the officer sees for a submitted value: the label of the choice, or the value itself."""
    choices = getattr(field, "choices", None)
    for key, label in _flat(choices or []):
        if str(key) == value:
            return str(label)
    if isinstance(field, forms.NullBooleanField | forms.BooleanField):
        return _("是") if value.lower() in {"true", "on", "1"} else _("否")
    return value


def _flat(choices: Iterable[tuple[Any, Any]]) -> Iterable[tuple[Any, Any]]:
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield key, label


def _without(request: HttpRequest, name: str, value: str) -> str:
    """This page without one value of one filter, and from its first page again."""
    query = request.GET.copy()
    rest = [other for other in query.getlist(name) if other != value]
    query.setlist(name, rest) if rest else query.pop(name, None)
    for cursor in ("cursor", "after", "before"):
        query.pop(cursor, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


@register.simple_tag(takes_context=True)
def active_filters(context: Context, form: forms.BaseForm) -> list[Chip]:
    """The filters in use, as chips that each lead to the page without them. Hidden fields stay out."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return []
    return [
        Chip(str(bound.label), _words_of(bound.field, value), _without(request, bound.html_name, value))
        for bound in form.visible_fields()
        for value in request.GET.getlist(bound.html_name)
        if value
    ]


@register.simple_tag
def county_map(
    areas: Mapping[str, Mapping[str, Any]],
    points: Iterable[Mapping[str, Any]] = (),
    tracks: Iterable[Mapping[str, Any]] = (),
    level: Literal["county", "city"] = "county",
    within: str | tuple[float, float, float, float] = "",
    width: int = countymap.WIDTH,
    sectors: Iterable[Mapping[str, Any]] = (),
) -> countymap.CountyMap:
    """The SVG map of counties or cities with values, points and tracks; see `enforcement.desk.countymap.draw`."""
    return countymap.draw(
        areas, points or (), tracks or (), level=level, within=within, width=width, sectors=sectors or ()
    )


@register.filter
def is_choices(field: forms.BoundField) -> bool:
    """Fields made of several boxes want a legend rather than a label."""
    return isinstance(field.field.widget, forms.CheckboxSelectMultiple | forms.RadioSelect)


@register.filter
def is_checkbox(field: forms.BoundField) -> bool:
    """A single box stands before its label."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def beside(cells: Iterable[Any], columns: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Each cell of a row with its column."""
    return list(zip(cells, columns, strict=False))
