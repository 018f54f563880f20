"""The rows behind a figure: exactly the responsibilities it added up, at the same cut-off and under the same filters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from enforcement.statistics.rules import FIGURES, LISTED, items
from enforcement.statistics.scopes import Scope, link_parameters, scope_for
from enforcement.statistics.standings import member_of, relation
from regions.errors import Invalid

PARTS = ("numerator", "denominator")
#: Names in the links to lists -> names in the statistics; a list of issues filters by division in its own sense.
RENAMED = {"duty_division": "division", "duty_area": "area"}


@dataclass(frozen=True, slots=True)
class Row:
    """One responsibility behind a figure and how much of it counts."""

    responsibility: int
    issue: int
    weight: Decimal


def set_of(figure: str, part: str = "numerator") -> str:
    """The set of responsibilities above or below a figure's line. Raises Invalid for a figure without such a list."""
    if figure not in LISTED:
        raise Invalid(_("没有这个统计指标，可选：%(names)s。") % {"names": "、".join(sorted(LISTED))}, field="figure")
    if part not in PARTS or not getattr(FIGURES[figure], part):
        raise Invalid(_("“part”应为 numerator（分子）或 denominator（分母）。"), field="part")
    return str(getattr(FIGURES[figure], part))


def members(scope: Scope, name: str, columns: str) -> tuple[str, dict[str, Any]]:
    """`SELECT columns` of a set's responsibilities `s` with any weight, and its parameters."""
    standings, parameters = relation(scope)
    return f"SELECT {columns} FROM ({standings}) s WHERE s.weight > 0 AND {member_of(name)}", parameters


def behind(figure: str, scope: Scope, part: str = "numerator", after: int = 0, limit: int = 1000) -> list[Row]:
    """Up to `limit` rows behind a figure by responsibility, those beyond `after`; their weights add up to the figure."""
    sql, parameters = members(scope, set_of(figure, part), "s.responsibility_id, s.issue_id, s.weight")
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} AND s.responsibility_id > %(after)s ORDER BY s.responsibility_id LIMIT %(limit)s",
            parameters | {"after": after, "limit": limit},
        )
        return [Row(responsibility, issue, items(weight)) for responsibility, issue, weight in cursor]


def all_behind(figure: str, scope: Scope, part: str = "numerator") -> Iterator[Row]:
    """Every row behind a figure, read in steps."""
    after, page = 0, behind(figure, scope, part)
    while page:
        yield from page
        after = page[-1].responsibility
        page = behind(figure, scope, part, after)


def narrow(issues: QuerySet[Any], parameters: Mapping[str, str], officer: Any) -> QuerySet[Any]:
    """The issues behind the figure a list's parameters name (registered with `issues.figures`)."""
    name = set_of(parameters.get("figure", ""), parameters.get("part") or "numerator")
    asked = {RENAMED.get(key, key): value for key, value in parameters.items() if key not in ("division", "area")}
    sql, named = members(scope_for(officer, asked), name, "s.issue_id")
    return issues.filter(pk__in=_raw(sql, named))


def _raw(sql: str, named: dict[str, Any]) -> RawSQL:
    """A subquery with named parameters as Django takes it: in the order they stand."""
    order: list[Any] = []

    class _Places(dict[str, str]):
        def __missing__(self, name: str) -> str:
            order.append(named[name])
            return "%s"

    return RawSQL(sql % _Places(), order)


def query(figure: str, scope: Scope, part: str = "numerator") -> str:
    """The query string a list of issues answers with exactly the rows behind a figure."""
    back = {old: new for new, old in RENAMED.items()}
    asked = {back.get(name, name): value for name, value in link_parameters(scope).items()}
    chosen = {"figure": figure} if part == "numerator" else {"figure": figure, "part": part}
    return urlencode(chosen | asked)
