"""The rows behind a figure: exactly the responsibilities it added up, at the same cut-off and under the same filters."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.statistics.counting import found, segments
from enforcement.statistics.models import Tally
from enforcement.statistics.rules import FIGURES, LISTED, Kind, items, plain
from enforcement.statistics.scopes import Scope, link_parameters, scope_for
from enforcement.statistics.standings import member_of, relation
from enforcement.statistics.tracing import RANKS, confirmed
from regions.errors import Invalid

PARTS = ("numerator", "denominator")
NO_PART = gettext_lazy("“part”应为 numerator（分子）或 denominator（分母），且该指标应有此项。")
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
        raise Invalid(
            _("没有这个统计指标，可选：%(names)s。") % {"names": _("、").join(sorted(LISTED))}, field="figure"
        )
    if part not in PARTS or not getattr(FIGURES[figure], part):
        raise Invalid(NO_PART, field="part")
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


@dataclass(frozen=True, slots=True)
class Listed:
    """A row as lists show it: `key` finds the next page; `subject` is an issue's number, or a finding's, run's or hot spot's id."""

    key: str
    subject: str
    title: str
    division: int
    amount: Decimal
    day: date | None
    hours: Decimal | None = None


def listed(figure: str, scope: Scope, part: str = "numerator", after: str = "", limit: int = 100) -> list[Listed]:
    """A page of the rows behind any figure, patrols and findings included. Raises Invalid for a wrong `after`."""
    if figure in ("patrol_km", "patrol_hours"):
        return _segments(figure, scope, after, limit)
    if figure == "findings":
        return _findings(scope, after, limit)
    if FIGURES[figure].kind is Kind.TRACING:
        return _traced(str(getattr(FIGURES[figure], part)), scope, after, limit)
    sql, parameters = members(scope, set_of(figure, part), "s.*")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.responsibility_id, i.number, i.title, s.division_id, s.weight, s.issued_on "
            f"FROM ({sql}) s JOIN issues_issue i ON i.id = s.issue_id "
            "WHERE s.responsibility_id > %(after)s ORDER BY s.responsibility_id LIMIT %(limit)s",
            parameters | {"after": _number(after), "limit": limit},
        )
        return [Listed(str(key), number, title, place, items(w), day) for key, number, title, place, w, day in cursor]


def _findings(scope: Scope, after: str, limit: int) -> list[Listed]:
    sql, parameters = found(scope)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.finding_id, n.title, f.division_id, f.day FROM ({sql}) f "
            "JOIN findings_finding n ON n.id = f.finding_id "
            "WHERE f.finding_id > %(after)s::uuid ORDER BY f.finding_id LIMIT %(limit)s",
            parameters | {"after": _uuid(after), "limit": limit},
        )
        return [Listed(str(key), str(key), title, place, Decimal(1), day) for key, title, place, day in cursor]


def _segments(figure: str, scope: Scope, after: str, limit: int) -> list[Listed]:
    driven = segments(scope)
    if driven is None:
        return []
    sql, parameters = driven
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT g.id, g.run_id, g.title, g.division_id, g.km, g.day, g.hours FROM ({sql}) g "
            "WHERE g.id > %(after)s ORDER BY g.id LIMIT %(limit)s",
            parameters | {"after": _number(after), "limit": limit},
        )
        return [
            Listed(str(key), str(run), title, place, plain(km if figure == "patrol_km" else hours), day, plain(hours))
            for key, run, title, place, km, day, hours in cursor
        ]


def _traced(name: str, scope: Scope, after: str, limit: int) -> list[Listed]:
    causes = confirmed(scope)
    if causes is None:
        return []
    sql, parameters = causes
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT n.id, n.title, n.division_id, n.day FROM ({sql}) n "
            f"WHERE {RANKS[name]} AND n.id > %(after)s::uuid ORDER BY n.id LIMIT %(limit)s",
            parameters | {"after": _uuid(after), "limit": limit},
        )
        return [Listed(str(key), str(key), title, place, Decimal(1), day) for key, title, place, day in cursor]


def _number(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid(_("翻页位置无效，请从第一页重新查询。"), field="cursor")
    return int(text or 0)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text) if text else uuid.UUID(int=0)
    except ValueError as error:
        raise Invalid(_("翻页位置无效，请从第一页重新查询。"), field="cursor") from error


def narrow(issues: QuerySet[Any], parameters: Mapping[str, str], officer: Any) -> QuerySet[Any]:
    """Those of some issues an officer may see that are behind the figure a list's parameters name (registered with
    `issues.figures`)."""
    name = set_of(parameters.get("figure", ""), parameters.get("part") or "numerator")
    asked = {RENAMED.get(key, key): value for key, value in parameters.items() if key not in ("division", "area")}
    scope = scope_for(officer, asked)
    if scope.now:  # the list is of issues they may see: to look for these a second time took longer than the list
        scope = replace(scope, doors=None)
    sql, named = members(scope, name, "s.issue_id")
    return issues.filter(pk__in=_raw(sql, named))


def ever_late(on: date) -> Q:
    """Issues with a part the figure `ever_overdue` counts as of now (registered with `issues.figures`)."""
    counted = Tally.objects.filter(live=True, weight__gt=0)
    late = counted.filter(Q(late=True) | Q(done=False, due_on__lt=on))
    return Q(pk__in=late.values("issue"))


def _raw(sql: str, named: dict[str, Any]) -> RawSQL:
    """A subquery with named parameters as Django takes it: in the order they stand."""
    order: list[Any] = []

    class _Places(dict[str, str]):
        def __missing__(self, name: str) -> str:
            order.append(named[name])
            return "%s"

    return RawSQL(sql % _Places(), order)


def query(figure: str, scope: Scope, part: str = "numerator") -> str:
    """The query string a list answers with exactly the rows behind a figure: that of issues, or `listed`'s own."""
    back = {old: new for new, old in RENAMED.items()} if figure in LISTED else {}
    asked = {back.get(name, name): value for name, value in link_parameters(scope).items()}
    chosen = {"figure": figure} if part == "numerator" else {"figure": figure, "part": part}
    return urlencode(chosen | asked)
