"""Which lists can be exported. Each app registers its own at start-up; the worker knows none by name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from regions.models import Officer

#: What a cell may be: text, a number, a day, yes or no, or nothing.
Cell = Any
#: Where a row lies (WGS-84): a point as (lon, lat), a geometry of RFC 7946, or nowhere known.
Place = tuple[float, float] | Mapping[str, Any] | None

#: The formats of a list; without a place its rows can't be drawn on a map.
FORMATS, PLACELESS = ("xlsx", "csv", "geojson"), ("xlsx", "csv")


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of a file. `width` in characters of a spreadsheet; `key` names it in GeoJSON."""

    key: str
    label: str | Promise
    width: int = 12


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The rows a query asks for, as tuples or instances, and the query in words: pairs of label and value.

    A list whose columns depend on the query gives them, and makes its rows (cells and place) itself. One whose places take
    the database more work than its cells gives the rows of a map apart, as `placed`.
    """

    rows: QuerySet[Any]
    words: list[tuple[str, str]]
    columns: Sequence[SheetColumn] | None = None
    made: Callable[[], Iterator[tuple[Sequence[Cell], Place]]] | None = None
    placed: QuerySet[Any] | None = None


@dataclass(frozen=True, slots=True)
class ListKind:
    """One list. `narrowed` reads a query of the list's page (raises Invalid for a word that is wrong); its rows are

    tuples or instances, which `cells` turns into one cell for each column, and `place` into where the row lies (None: rows
    have none).
    `example` is a query as the API's description shows it. A list of one thing (the clues of a round) names the word of its
    query that stands in its page's path: `within`.
    """

    name: str
    title: str | Promise
    list_route: str
    columns: Sequence[SheetColumn]
    narrowed: Callable[[Officer, Mapping[str, str]], Narrowed]
    cells: Callable[[], Callable[[Any], list[Cell]]]
    place: Callable[[Any], Place] | None = None
    example: Mapping[str, str] = field(default_factory=dict)
    within: str = ""

    def page(self, query: Mapping[str, str]) -> str:
        """The address of the list as a query narrows it. Raises NoReverseMatch where the thing it is of isn't said right."""
        path = [query.get(self.within, "")] if self.within else []
        rest = urlencode({name: value for name, value in query.items() if name != self.within})
        return reverse(self.list_route, args=path) + (f"?{rest}" if rest else "")

    @property
    def formats(self) -> tuple[str, ...]:
        return FORMATS if self.place else PLACELESS


_kinds: dict[str, ListKind] = {}


def register(kind: ListKind) -> None:
    """Adds a list (once; AppConfig.ready may run twice)."""
    _kinds[kind.name] = kind


def kind_of(name: str) -> ListKind | None:
    return _kinds.get(name)


def names() -> list[str]:
    return sorted(_kinds)
