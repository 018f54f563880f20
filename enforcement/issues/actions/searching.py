"""What an issue is searched by, in pieces (`search.bigrams_of`): kept with the row and added to as words come along.

Pieces are only ever added: they say where to look, and `IssueQuerySet.matching` looks at the words themselves.
"""

from collections.abc import Iterable
from functools import cache

from enforcement.issues.models import Issue
from enforcement.issues.search import bigrams_of
from regions import boundaries
from regions.models import Bureau, Division


def pieces_of(issue: Issue, *more: str) -> list[str]:
    """The pieces of everything an issue says itself, and of further words: who acted, what joined it. No statement,
    where its site and divisions are loaded."""
    site = issue.site if issue.site_id else None
    return bigrams_of(
        issue.number,
        issue.title,
        issue.address,
        issue.description,
        issue.pollution_type,
        *((site.name, site.uscc) if site else ()),
        *names_of(issue.division),
        *names_of(issue.located_in),
        *more,
    )


def names_of(division: Division) -> tuple[str, ...]:
    """A division's name, and its city's."""
    return division.name, _cities().get(division.code[:4], "")


def words_of_bureaus(bureaus: Iterable[Bureau]) -> list[str]:
    """What bureaus are called, in full and for short."""
    return [word for bureau in bureaus for word in (bureau.name, bureau.short_name)]


def outlined() -> set[str]:
    """The names of cities that new issues are given."""
    return set(_cities().values())


@cache
def _cities() -> dict[str, str]:
    """Names by the first four digits of the code: the row above a county isn't asked for."""
    return {city.code[:4]: city.name for city in boundaries.cities()}
