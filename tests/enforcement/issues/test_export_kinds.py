"""Promise: no list of the product is without a file, or without a stated reason why it has none.

A list is a page that narrows rows by a form, or walks them page by page. A new one fails here until its app registers a
kind (`issues.sheets.kinds`) or docs/ledger.md says why not.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from django import forms
from django.urls import URLPattern, URLResolver, get_resolver

from enforcement.issues import export_serializers, exports_api
from enforcement.issues.sheets import kinds, papers
from regions.narrowing import ListWords

ROOT = Path(__file__).resolve().parents[3]
MENU = re.compile(r'components/export_menu\.html" with kind="([a-z-]+)"')


def pages(resolver: Any = None, space: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every page of the product: the name of its route, its view. The API and the admin site are lists of their own."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            if one.namespace not in ("api", "admin"):
                yield from pages(one, one.namespace or space)
        elif isinstance(one, URLPattern) and one.name and one.callback.__module__.startswith("enforcement"):
            yield f"{space}:{one.name}", inspect.unwrap(one.callback)


def names_in(code: CodeType) -> set[str]:
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return set(code.co_names).union(*map(names_in, inner))


def told_in(code: CodeType) -> set[Any]:
    """The words a view tells its template, among its other constants: what its pager needs is among them."""
    flat = [one for const in code.co_consts for one in (const if isinstance(const, tuple) else [const])]
    return {one for one in flat if isinstance(one, str)}


def is_list(view: Any) -> bool:
    """Whether a view, or what it calls in this house, walks rows page by page or narrows them by a filter form."""
    seen, waiting = set(), [view]
    while waiting:
        found = waiting.pop()
        if found in seen or not isinstance(found, FunctionType):
            continue
        seen.add(found)
        names = names_in(found.__code__)
        values = {name: found.__globals__.get(name) for name in names}
        if "next_url" in told_in(found.__code__):
            return True
        if any(isinstance(one, type) and issubclass(one, forms.Form) and (one.__name__.endswith("Filter") or issubclass(one, ListWords))
               for one in values.values()):  # fmt: skip
            return True
        app = ".".join(found.__module__.split(".")[:2])
        waiting += [one for one in values.values() if (getattr(one, "__module__", "") or "").startswith(app)]
    return False


def said_without() -> dict[str, str]:
    """Lists without a file, each with its reason, as docs/ledger.md states them."""
    told = (
        (ROOT / "docs/ledger.md")
        .read_text(encoding="utf-8")
        .partition("### Lists without a file")[2]
        .partition("\n#")[0]
    )
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines() if line.startswith("| `")]
    return {route: why for routes, why in rows for route in re.findall(r"`([^`]+)`", routes)}


def test_every_list_has_a_file_or_a_reason() -> None:
    lists = {name for name, view in pages() if is_list(view)}
    assert len(lists) > 20
    with_file = {kind.list_route for name in kinds.names() if (kind := kinds.kind_of(name))}
    without = said_without()
    assert all(without.values())
    assert with_file <= lists
    assert not with_file & without.keys()
    assert lists - with_file - without.keys() == set()
    assert without.keys() - {name for name, _view in pages()} == set()


def test_every_kind_has_a_button_on_a_page_and_stands_in_the_api() -> None:
    offered = {name for path in (ROOT / "templates").rglob("*.html") for name in MENU.findall(path.read_text())}
    # The layout of a ledger has a button of its own, on the page of the import.
    assert offered | {"ledger"} == set(kinds.names())
    assert [*kinds.names(), *papers.names()] == export_serializers.KINDS
    assert {one.value["kind"] for one in exports_api.examples()} == set(kinds.names())
