"""Who asks: the session of the cookie, and the officer of a session or a token with their posts, by statements that are built
once.

Django would build each anew on every request, and ask for posts and secondments apart; what is asked, and of whom, is the
same (`regions.statements`).
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.utils import timezone

from regions.models import Bureau, Division, Officer, Posting, Secondment
from regions.roles import TABLE, Sight
from regions.statements import TEXT, Question, planned


class SessionStore(DatabaseSessions):
    """Sessions in the database (SESSION_ENGINE names this module)."""

    def _get_session_from_db(self) -> Session | None:
        key: Any = self.session_key
        found = _session().ask(key=key) if "\0" not in key else []
        if found and found[0].expire_date > timezone.now():
            return found[0]
        self._session_key = None  # a key that was never given, or no more
        return None


class OfficerBackend(ModelBackend):
    """Signing in as Django does; the officer of a session is read by their number."""

    def get_user(self, user_id: int) -> Officer | None:
        found = recognised(BY_NUMBER, officer=user_id)
        return found[0].officer if found and self.user_can_authenticate(found[0].officer) else None


@cache
def _session() -> Question[Session]:
    return Question(Session.objects.filter(session_key=TEXT), {TEXT: "key"})


# --- an officer and their posts ---------------------------------------------------------------------------------


class Way(NamedTuple):
    """How an officer is found: by which rows, under which condition, and a model read along ("alias", model)."""

    rows: str
    condition: str
    along: tuple[tuple[str, type[Model]], ...] = ()


class Recognised(NamedTuple):
    """An officer who knows their posts and secondments of today, and the row read along."""

    officer: Officer
    along: Any


BY_NUMBER = Way("regions_officer officer", "officer.id = %(officer)s")
#: What is read of whom, in the order of the columns. Every request begins here: the statement is written once, by
#: hand, because building it anew took longer than the rest of signing in.
_PERSON: tuple[tuple[str, type[Model]], ...] = (
    ("officer", Officer),
    ("posting", Posting),
    ("bureau", Bureau),
    ("division", Division),
)
_OVERSEES = ", ".join(repr(role.value) for role, row in sorted(TABLE.items()) if row.sight is Sight.TREE)
#: The divisions under one: its counties, or its cities and their counties.
_UNDER = """ARRAY(
    SELECT d.id FROM regions_division d LEFT JOIN regions_division p ON p.id = d.parent_id
    WHERE d.parent_id = {0} OR p.parent_id = {0}
)"""
_SQL = f"""
SELECT {{columns}}, CASE WHEN posting.role IN ({_OVERSEES}) THEN {_UNDER.format("bureau.division_id")} END, (
    SELECT json_agg(json_build_object('division', s.division_id, 'site', s.site_id, 'below', {_UNDER.format("s.division_id")}))
    FROM regions_secondment s WHERE s.officer_id = officer.id AND s.since <= %(today)s AND s.until >= %(today)s
)
FROM {{rows}}
LEFT JOIN regions_posting posting ON posting.officer_id = officer.id AND posting.since <= %(today)s
    AND (posting.until IS NULL OR posting.until >= %(today)s)
LEFT JOIN regions_bureau bureau ON bureau.id = posting.bureau_id
LEFT JOIN regions_division division ON division.id = bureau.division_id
WHERE {{condition}} ORDER BY posting.since, posting.id
"""


def recognised(way: Way, **values: Any) -> list[Recognised]:
    """The officers found, each with their posts and secondments of today. One statement."""
    sql, parts = _statement(way)
    today = timezone.localdate()
    found: dict[tuple[Any, Any], tuple[Recognised, list[Posting], list[Secondment]]] = {}
    with planned() as cursor:
        cursor.execute(sql, {**values, "today": today})
        for row in cursor.fetchall():
            models = _models(row, parts)
            officer, along = models["officer"], models[way.along[0][0]] if way.along else None
            known = found.setdefault(
                (officer.pk, along and along.pk), (Recognised(officer, along), [], _lent(officer, row[-1] or []))
            )
            if posting := models["posting"]:
                models["bureau"].division = models["division"]
                posting.bureau, posting.officer, posting.below = models["bureau"], known[0].officer, row[-2]
                known[1].append(posting)
    for one, postings, lent in found.values():
        one.officer.remember(today, postings, lent)
    return [one for one, _postings, _lent_ in found.values()]


@cache
def _statement(way: Way) -> tuple[str, list[tuple[str, Any, list[str]]]]:
    """The statement; and of each model its alias and the names of the fields read."""
    models = [*way.along, *_PERSON]
    columns = [f'{alias}."{field.column}"' for alias, model in models for field in model._meta.concrete_fields]
    fields = [(alias, model, [f.attname for f in model._meta.concrete_fields]) for alias, model in models]
    return _SQL.format(columns=", ".join(columns), rows=way.rows, condition=way.condition), fields


def _models(row: Sequence[Any], parts: list[tuple[str, Any, list[str]]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    start = 0
    for alias, model, names in parts:
        values = row[start : start + len(names)]
        start += len(names)
        found[alias] = model.from_db("default", names, values) if values[0] is not None else None
    return found


def _lent(officer: Officer, rows: list[dict[str, Any]]) -> list[Secondment]:
    lent = [Secondment(officer=officer, division_id=row["division"], site_id=row["site"]) for row in rows]
    for secondment, row in zip(lent, rows, strict=True):
        secondment.below = row["below"]
    return lent
