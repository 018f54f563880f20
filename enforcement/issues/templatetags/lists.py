"""The files a list can become, for its export menu: ``{% load lists %}``."""

from django import template

from enforcement.issues.models import Export
from enforcement.issues.sheets.kinds import kind_of

register = template.Library()


@register.simple_tag
def list_formats(kind: str) -> list[tuple[str, str]]:
    """Value and label of each format of a list; GeoJSON only where its rows have a place."""
    found = kind_of(kind)
    assert found is not None, f"no list is registered as {kind}"
    return [(form, str(Export.Format(form).label)) for form in found.formats]
