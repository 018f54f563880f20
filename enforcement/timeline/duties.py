"""What is owed by a day outside of issues: dates whose rows have no clock of their own. Upper apps register theirs at start-up.

Read by reminders and the workbench, with one statement each, whatever is registered. A duty ends with the row that owes it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, F, QuerySet, TextField, Value
from django.db.models.functions import Cast, JSONObject, TruncDate

from enforcement.timeline import clock
from regions.models import Officer
from regions.roles import Role

#: Rows of one kind a reader is shown at most.
MOST = 50


@dataclass(frozen=True, slots=True)
class Duty:
    """One date: whose it is (a bureau's key), where (a division's), since which day, of what subject."""

    kind: str
    key: UUID
    subject_type: str
    subject: UUID
    bureau: int
    division: int
    name: str
    words: str
    due_on: date
    since: date

    @property
    def source(self) -> "DutySource":
        return _sources[self.kind]

    @property
    def url(self) -> str:
        """The page on which it is kept."""
        return self.source.url(self)

    @property
    def text(self) -> str:
        """What is owed and where, in one line."""
        return self.source.text(self)


@dataclass(frozen=True, slots=True)
class DutySource:
    """Where duties of some kinds come from.

    `owed` gives by kind what is owed today of what an officer may know (of everything without one), as rows of `columns`;
    `lock` takes what a duty could be kept by, so that it isn't before the caller's transaction ends. `seats` is who in the
    duty's bureau is reminded, the first of them that somebody holds; `keepers` whose workbench shows it as their own.
    """

    kinds: tuple[str, ...]
    owed: Callable[[Officer | None], dict[str, QuerySet[Any]]]
    lock: Callable[[Duty], None]
    text: Callable[[Duty], str]
    url: Callable[[Duty], str]
    seats: tuple[Role, ...]
    keepers: frozenset[Role]


_sources: dict[str, DutySource] = {}


def register(source: DutySource) -> None:
    """Makes a source's kinds known; an app's own, at start-up."""
    _sources.update(dict.fromkeys(source.kinds, source))


def kinds() -> frozenset[str]:
    """The codes of every kind registered."""
    return frozenset(_sources)


def owed(officer: Officer | None = None) -> dict[str, QuerySet[Any]]:
    """What is owed today, by kind: rows of `due` and `what`."""
    found: dict[str, QuerySet[Any]] = {}
    for source in dict.fromkeys(_sources.values()):
        found |= source.owed(officer)
    return found


def columns(
    rows: QuerySet[Any],
    subject_type: str,
    kind: str,
    due: str,
    *,
    since: str,
    subject: str = "pk",
    bureau: str,
    division: str,
    words: str = "",
) -> QuerySet[Any]:
    """Rows as (due, what): `what` is a Duty's facts as JSON text, so that rows of several tables make one union. The names
    are paths from the rows; `division` is that of the relation."""
    facts = JSONObject(
        kind=Value(kind, CharField()),
        key="pk",
        subject_type=Value(subject_type, CharField()),
        subject=subject,
        bureau=bureau,
        division=f"{division}_id",
        name=f"{division}__name",
        words=F(words) if words else Value("", CharField()),
        since=TruncDate(since, tzinfo=clock.BEIJING),
    )
    return rows.order_by().annotate(
        due=Cast(F(due), DateField(null=True)), what=Cast(facts, TextField(db_collation="default"))
    )


def duty_of(due_on: date, what: str) -> Duty:
    """The duty of a row of `columns`."""
    facts = json.loads(what)
    return Duty(
        **{**facts, "key": UUID(facts["key"]), "subject": UUID(facts["subject"])}
        | {"due_on": due_on, "since": date.fromisoformat(facts["since"])}
    )


def still_owed(duty: Duty) -> bool:
    """Whether it is owed yet, by the same day; what it could be kept by is locked. One statement beside the locks."""
    duty.source.lock(duty)
    return duty.source.owed(None)[duty.kind].filter(pk=duty.key, due=duty.due_on).exists()


def between(first: date, last: date) -> Sequence[Duty]:
    """Every duty that falls due within some days, both included. One statement."""
    rows = [one.filter(due__gte=first, due__lte=last).values_list("due", "what") for one in owed().values()]
    if not rows:
        return []
    some, *others = rows
    return [duty_of(due, what) for due, what in some.union(*others, all=True).order_by("due", "what")]
