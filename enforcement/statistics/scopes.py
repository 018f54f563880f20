"""What is asked: period, cut-off, place, source, severity, checked and brought together with the officer's reach."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from enforcement.findings.models import Finding
from enforcement.issues.models import Issue, Severity, Source
from enforcement.patrols.models import HotSpot, PatrolRun
from enforcement.statistics.divisions import Tree
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import AreaMembership, JointControlArea, Officer
from regions.scoping import Reach, reach_of

#: Query parameters of the figures, the page and the exports, in the order they are printed.
PARAMETERS = ("from", "to", "as_of", "known_at", "division", "area", "source", "severity")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?")
_END_OF_DAY = time(23, 59, 59, 999999)


@dataclass(frozen=True, slots=True)
class Door:
    """A subquery of the primary keys an officer may see, with its parameters by name."""

    sql: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the division tree opens nothing: issues, findings, runs and hot spots through `visible_to`."""

    issues: Door
    findings: Door
    runs: Door
    hot_spots: Door


@dataclass(frozen=True)
class Scope:
    """One question, resolved. Days are Beijing's; `day` is the cut-off's. None in a filter means all.

    `places` are the divisions whose responsibilities count; `nodes` the fewest subtrees that make them up (None where
    none do). `doors` narrows further where the officer supervises nothing. `offered` are the divisions who asks may name
    in the filter: others that their rows lie in are told, but no page stands behind them.
    """

    tree: Tree
    day: date
    since: date | None = None
    until: date | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None
    places: frozenset[int] | None = None
    nodes: tuple[int, ...] | None = None
    source: str | None = None
    severity: str | None = None
    doors: Doors | None = None
    #: Facts as they stand: nothing is on record beyond the cut-off.
    now: bool = True
    #: The moment that is printed: the cut-off, or when the question was asked.
    cut_off: datetime = field(default_factory=clock.now)
    asked: Mapping[str, str] = field(default_factory=dict)
    area: JointControlArea | None = None
    offered: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters read and typed, before the officer's reach is known."""

    since: date | None
    until: date | None
    as_of: datetime | None
    known_at: datetime | None
    source: str | None
    severity: str | None


def scope_for(officer: Any, parameters: Mapping[str, str], *, tree: Tree | None = None) -> Scope:
    """The scope of what an officer asks. Raises Invalid with a sentence for every parameter at fault.

    A place that isn't there and one out of the officer's reach are refused alike. `tree` is one read for this request.
    """
    asked, errors = _read(parameters)
    tree = tree or Tree.read((get_language() or "").startswith("en"))
    reach = reach_of(officer, clock.today())
    today = clock.today()
    day = clock.beijing_day(asked.as_of) if asked.as_of else today
    allowed = allowed_places(tree, officer, reach)
    places = None if _sees_all(reach) else reach.supervised or None
    area = None
    if code := parameters.get("division"):
        places = _division(tree, code, allowed, places, errors)
    if key := parameters.get("area"):
        area, members = _area(tree, key, day, allowed, errors)
        places = members if places is None else places & members
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    return Scope(
        tree=tree,
        day=day,
        since=asked.since,
        until=asked.until,
        as_of=asked.as_of,
        known_at=asked.known_at,
        places=places,
        nodes=tuple(tree.roots) if places is None else tree.cover(places),
        source=asked.source,
        severity=asked.severity,
        doors=None if reach.supervised else _doors(officer),
        now=_is_now(asked),
        cut_off=asked.as_of or clock.now(),
        asked={name: parameters[name] for name in PARAMETERS if parameters.get(name)},
        area=area,
        offered=allowed,
    )


def allowed_places(tree: Tree, officer: Any, reach: Reach) -> frozenset[int]:
    """The divisions an officer may name in a filter: what they supervise, else their own bureaus' ground and below."""
    if reach.supervised or not isinstance(officer, Officer):
        return reach.supervised
    own = {p.bureau.division_id for p in officer.postings_on(clock.today()) if p.bureau_id in reach.bureaus}
    return frozenset().union(*(tree.below(pk) for pk in own))


def _sees_all(reach: Reach) -> bool:
    return reach.whole_province or not reach.supervised


def _is_now(asked: Asked) -> bool:
    """Whether the facts at the cut-off are those on the live rows: nothing happened, and nothing was learnt, since."""
    # `recorded_at` is the database's clock, which nobody moves.
    if asked.known_at is not None and asked.known_at < datetime.now(UTC):
        return False
    if asked.as_of is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM statistics_tally WHERE last_occurred_at > %s) "
            "AND NOT EXISTS (SELECT FROM statistics_clue WHERE last_occurred_at > %s)",
            [asked.as_of, asked.as_of],
        )
        return bool(cursor.fetchone()[0])


def _doors(officer: Any) -> Doors:
    return Doors(
        _door(Issue.objects.visible_to(officer, clock.today()), "issue"),
        _door(Finding.objects.visible_to(officer, clock.today()), "finding"),
        _door(PatrolRun.objects.visible_to(officer, clock.today()), "run"),
        _door(HotSpot.objects.visible_to(officer, clock.today()), "spot"),
    )


def _door(rows: QuerySet[Any], name: str) -> Door:
    """The primary keys of a queryset as SQL with named parameters."""
    try:
        sql, parameters = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        table = rows.model._meta
        return Door(f'SELECT "{table.pk.column}" FROM "{table.db_table}" WHERE false', {})
    pieces = sql.split("%s")
    named = {f"{name}_{n}": value for n, value in enumerate(parameters)}
    text = "".join(piece + (f"%({name}_{n})s" if n < len(pieces) - 1 else "") for n, piece in enumerate(pieces))
    return Door(text, named)


# --- what was entered -------------------------------------------------------------------------------------------


def _read(parameters: Mapping[str, str]) -> tuple[Asked, dict[str, list[str]]]:
    errors: dict[str, list[str]] = {}

    def take(name: str, read: Any) -> Any:
        text = parameters.get(name) or ""
        if not text:
            return None
        try:
            return read(text)
        except Invalid as error:
            errors[name] = [str(error)]
            return None

    asked = Asked(
        since=take("from", day_of),
        until=take("to", day_of),
        as_of=take("as_of", moment_of),
        known_at=take("known_at", moment_of),
        source=take("source", lambda text: _choice(text, Source)),
        severity=take("severity", lambda text: _choice(text, Severity)),
    )
    if asked.since and asked.until and asked.since > asked.until:
        errors["to"] = [_("结束日期不能早于开始日期。")]
    now = {"as_of": clock.now(), "known_at": datetime.now(UTC)}
    for name, moment in (("as_of", asked.as_of), ("known_at", asked.known_at)):
        if moment and moment > datetime.combine(clock.beijing_day(now[name]), _END_OF_DAY, clock.BEIJING):
            errors[name] = [_("截止时间不能晚于今天。")]
    return asked, errors


def day_of(text: str) -> date:
    """A day as 2021-08-04. Raises Invalid."""
    if not (text.isascii() and _DAY.fullmatch(text)):
        raise Invalid(_("日期应写作 2021-08-04。"))
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("没有这一天，请核对日期。")) from error
    if not 1970 <= day.year <= 2200:
        raise Invalid(_("年份超出范围，请核对日期。"))
    return day


def moment_of(text: str) -> datetime:
    """A date means the end of that day in Beijing; a time without an offset is Beijing's."""
    if text.isascii() and _DAY.fullmatch(text):
        return datetime.combine(day_of(text), _END_OF_DAY, clock.BEIJING)
    # A plus sign in an address that wasn't encoded arrives as a blank.
    text = re.sub(r" (\d{2}:?\d{2})$", r"+\1", text) if text.count(":") >= 2 else text
    if not (text.isascii() and _MOMENT.fullmatch(text)):
        raise Invalid(_("截止时间应写作 2021-08-04 或 2021-08-04T18:00:00+08:00。"))
    day_of(text[:10])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("没有这个时间，请核对。")) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=clock.BEIJING)).astimezone(UTC)


def _choice(text: str, choices: Any) -> str:
    if text not in choices.values:
        raise Invalid(_("不在可选范围内，可选：%(choices)s。") % {"choices": _("、").join(choices.values)})
    return text


def _division(
    tree: Tree, code: str, allowed: frozenset[int], places: frozenset[int] | None, errors: dict[str, list[str]]
) -> frozenset[int] | None:
    place = tree.coded(code) if re.fullmatch(r"[0-9]{6}", code) else None
    if place is None or place.pk not in allowed:
        errors["division"] = [_("没有这个区划，或不在您的范围内，请填六位区划代码，如 140100。")]
        return places
    below = tree.below(place.pk)
    return below if places is None else below & places


def _area(
    tree: Tree, key: str, day: date, allowed: frozenset[int], errors: dict[str, list[str]]
) -> tuple[JointControlArea | None, frozenset[int]]:
    """The area and the divisions that belong to it on the day of the cut-off; a city brings its counties."""
    area = None if "\x00" in key or len(key) > 40 else JointControlArea.objects.filter(key=key).first()
    members: frozenset[int] = frozenset()
    if area is not None:
        rows = AreaMembership.objects.on(day).filter(area=area).values_list("division_id", flat=True)
        members = frozenset().union(*(tree.below(pk) for pk in rows))
    if area is None or (members and not members & allowed):
        errors["area"] = [_("没有这个联防联控区域，或不在您的范围内，请从列表中选择。")]
    return area, members


def link_parameters(scope: Scope) -> dict[str, str]:
    """The parameters that ask the same again later: the cut-off is written out, so that a list shares it."""
    asked = dict(scope.asked)
    asked.setdefault("as_of", scope.cut_off.astimezone(clock.BEIJING).isoformat())
    return asked


def printed(scope: Scope) -> dict[str, Any]:
    """The scope as an answer carries it: what was asked, absent filters as None."""
    return {name: scope.asked.get(name) for name in PARAMETERS if name not in {"as_of", "known_at"}}
