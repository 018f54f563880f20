"""Statements on the way of every request: built once, planned once, run again with other values.

Django builds a statement anew for each query and row, and PostgreSQL plans it anew. On the way of an action that takes
longer than running it (docs/performance.md). Here the text is kept by the process and the plan by the connection; what
is asked and written is the same as Django's, because Django builds it.
"""

import re
import select
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from types import SimpleNamespace
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.utils import CursorWrapper
from django.db.models.expressions import DatabaseDefault
from django.db.models.query import get_related_populators
from psycopg import sql
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.numeric import Int8

M = TypeVar("M", bound=models.Model)
#: Rows of one statement whose text is kept; more are left to Django.
MOST_ROWS = 8
#: Seconds within which a connection that was used needs no statement to tell that it still works.
TRUSTED = 5.0


class _Planned(psycopg.Cursor[Any]):
    """Binds on the server, where a statement stays planned; Django's cursors put the values into the text."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        named = isinstance(params, Mapping)
        params = {n: _sized(v) for n, v in params.items()} if named else [_sized(v) for v in params or ()]
        super().execute(query, params, **more)
        if _database().queries_logged:  # where Django looks for what was said
            said = psycopg.ClientCursor(self.connection).mogrify(query, params)
            self._query: Any = SimpleNamespace(query=said.encode())
        return self


def _sized(value: Any) -> Any:
    """Whole numbers all go as bigint: by their size, as psycopg sends them, each size would be planned apart."""
    if type(value) is int:
        return Int8(value)
    return [_sized(one) for one in value] if type(value) is list else value


def _database() -> Any:
    """This thread's connection itself: Django's `connection` looks for it anew at every touch."""
    return connections[DEFAULT_DB_ALIAS]


def planned() -> CursorWrapper:
    """A cursor whose statements are planned once per connection. For texts that are the same every time."""
    database = _database()
    _trust_what_just_answered(database)
    database.close_if_health_check_failed()
    database.ensure_connection()
    wrapped: CursorWrapper = database._prepare_cursor(_Planned(database.connection))
    return wrapped


def _trust_what_just_answered(database: Any) -> None:
    """Spares a kept connection the statement it would be checked by at the beginning of a request (CONN_HEALTH_CHECKS),
    if it was used moments ago and the server hasn't hung up since; one that says anything unasked is checked.
    """
    now = time.monotonic()
    used_at, database.used_at = getattr(database, "used_at", -TRUSTED), now
    if database.connection is None or database.health_check_done or now - used_at >= TRUSTED:
        return
    said = select.poll()
    said.register(database.connection.pgconn.socket, select.POLLIN)
    database.health_check_done = not said.poll(0)


# --- writing ----------------------------------------------------------------------------------------------------


def insert(rows: Sequence[models.Model]) -> None:
    """Inserts new rows of one model and gives them their keys: `bulk_create` for few rows. One statement.

    The model's key is counted by the database. Fields left to a default of the database are so in all rows.
    """
    model, left = type(rows[0]), _left_to_the_database(rows[0])
    if len(rows) > MOST_ROWS or any(_left_to_the_database(row) != left for row in rows):
        model._default_manager.bulk_create(rows)
        return
    fields, database = _written(model, left), _database()
    values = [f.get_db_prep_save(f.pre_save(row, add=True), database) for row in rows for f in fields]
    with planned() as cursor:
        cursor.execute(_insertion(model, left, len(rows)), values)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def pour(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Inserts many rows of one model by COPY: `rows` give the columns' values in the order of the fields' `names`, foreign
    keys as keys and JSON as text. What is not named is left to the database. One statement.
    """
    table: Any = model._meta
    columns = [sql.Identifier(table.get_field(name).column) for name in names]
    text = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.db_table), sql.SQL(", ").join(columns))
    with _database().cursor() as cursor, cursor.copy(text) as stream:
        for row in rows:
            stream.write_row(row)


def update(row: models.Model, names: tuple[str, ...] = ()) -> None:
    """Saves an existing row: all its fields, or those named. One statement. Raises LookupError when it isn't there.

    Of a row a `Question` gave only what has changed since is written, and nothing where nothing has; who `save`s such a
    row goes on saving it.
    """
    model, database = type(row), _database()
    fields = [f for f in _kept_fields(model, names) if _changed(row, f.attname)]
    if not fields:
        return
    values = [f.get_db_prep_save(f.pre_save(row, add=False), database) for f in fields]
    with planned() as cursor:
        cursor.execute(_change(model, tuple(f.name for f in fields)), [*values, row.pk])
        if cursor.rowcount != 1:
            raise LookupError(f"{model.__name__} {row.pk} is not there")
    if (read := row.__dict__.get("_as_read")) is not None:
        read.update((f.attname, row.__dict__[f.attname]) for f in fields)


def reread(row: models.Model) -> None:
    """Reads a row again that statements of others may have changed. What it was compared with is forgotten: a value set back
    to what was read at first is written too."""
    row.refresh_from_db()
    row.__dict__.pop("_as_read", None)


def _changed(row: models.Model, name: str) -> bool:
    """Whether a field may hold something else than was read. A list or a dict may have changed within."""
    read = row.__dict__.get("_as_read")
    if read is None or name not in read:
        return True
    value = row.__dict__[name]
    return bool(value != read[name] or (value is read[name] and isinstance(value, list | dict)))


@cache
def _kept_fields(model: type[models.Model], names: tuple[str, ...]) -> list[Any]:
    return [f for f in model._meta.concrete_fields if not f.primary_key and (not names or f.name in names)]


@cache
def _with_default(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(f.attname for f in model._meta.concrete_fields if f.has_db_default())


def _left_to_the_database(row: models.Model) -> tuple[str, ...]:
    """Fields nobody gave a value: Django keeps a note of the database's default in its place."""
    return tuple(name for name in _with_default(type(row)) if isinstance(getattr(row, name), DatabaseDefault))


@cache
def _written(model: type[models.Model], left: tuple[str, ...]) -> tuple[Any, ...]:
    if not isinstance(model._meta.pk, models.AutoField):
        raise TypeError(f"the key of {model.__name__} is not counted by the database")
    return tuple(f for f in model._meta.concrete_fields if not f.primary_key and f.attname not in left)


@cache
def _insertion(model: type[models.Model], left: tuple[str, ...], count: int) -> str:
    fields, key = _written(model, left), model._meta.pk
    row = ", ".join(_value(f) for f in fields)
    columns = ", ".join(f'"{f.column}"' for f in fields)
    # The database counts keys in the order of the rows, and gives them back in that order.
    return (
        f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {", ".join([f"({row})"] * count)} '
        f'RETURNING "{key.column}"'
    )


@cache
def _change(model: type[models.Model], names: tuple[str, ...]) -> str:
    key = model._meta.pk
    changes = ", ".join(f'"{f.column}" = {_value(f)}' for f in _kept_fields(model, names))
    return f'UPDATE "{model._meta.db_table}" SET {changes} WHERE "{key.column}" = {_value(key)}'


def _value(field: Any) -> str:
    """A place for a value of the field's type. Without its length: a cast would cut what the column refuses."""
    kind = field.rel_db_type(_database()) if field.primary_key else field.db_type(_database())
    return f"%s::{re.sub(r'[(][0-9, ]+[)]', '', kind)}"


# --- asking -----------------------------------------------------------------------------------------------------

#: Values that stand for others while a question is built, of a kind each field takes; no row has such a key or number.
NUMBERS = tuple(range(-(2**40), -(2**40) + 8))
KEY = UUID(int=2**128 - 2)
TEXT = "\x01"
DAY = date.min
_ARRAYS = {int: "bigint[]", UUID: "uuid[]", str: "text[]"}
_PLACE = re.compile(r"(IN \()?%s(\))?")


class _Kept:
    """The text of a queryset's statement, and which of its values are asked for anew."""

    #: Moments as psycopg itself reads them; Django's own way, in Python, took as long as the rest of a page's rows.
    quick_moments = False

    def __init__(self, rows: models.QuerySet[Any, Any], marks: Mapping[Any, str]) -> None:
        self.compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        text, built_with = self.compiler.as_sql()
        names = [marks.get(v, "") if isinstance(v, int | str | UUID | date) else "" for v in built_with]
        self.text = _with_lists(text, list(zip(names, built_with, strict=True)))
        # A mark by itself, of a name whose value is a list, stands for the list's only member.
        lists = [all(found.groups()) for found in _PLACE.finditer(text)]
        self.asked_for = [(name, is_list) for name, is_list in zip(names, lists, strict=True) if name]
        self.converters = self.compiler.get_converters([column[0] for column in self.compiler.select])

    def found(self, values: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
        with planned() as cursor:
            if self.quick_moments:
                cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
            cursor.execute(self.text, [_placed(values[name], is_list) for name, is_list in self.asked_for])
            found = cursor.fetchall()
        return self.compiler.apply_converters(found, self.converters) if self.converters else found


def _placed(value: Any, is_list: bool) -> Any:
    if isinstance(value, list) and not is_list:
        (value,) = value
    return value


def _with_lists(text: str, values: Sequence[tuple[str, Any]]) -> str:
    """`IN (mark)` becomes `= ANY(mark)`: the same statement, however many there are.

    Values that stay are written out: a planner that doesn't know them can't use an index of some rows only.
    """
    places = iter(values)

    def placed(found: re.Match[str]) -> str:
        name, value = next(places)
        if not name:
            return found.group().replace("%s", _written_out(value))
        if all(found.groups()):
            return f"= ANY(%s::{_ARRAYS[type(value)]})"
        return found.group()

    return _PLACE.sub(placed, text)


def _written_out(value: Any) -> str:
    return sql.Literal(value).as_string(_database().connection).replace("%", "%%")


class Question(_Kept, Generic[M]):
    """A queryset whose statement is built once and asked again with other values.

    `rows` was built with marks (NUMBERS, KEY, TEXT, DAY) in place of values; `marks` names them. A mark that is the only
    member of an `__in` list stands for a list of any length.
    """

    def __init__(self, rows: models.QuerySet[Any, M], marks: Mapping[Any, str]) -> None:
        super().__init__(rows, marks)
        compiler, chosen = self.compiler, self.compiler.klass_info
        own = slice(chosen["select_fields"][0], chosen["select_fields"][-1] + 1)
        self.model, self.own = chosen["model"], own
        self.names = [column[0].target.attname for column in compiler.select[own]]
        populators: Any = get_related_populators  # the stubs are a version ahead
        self.related = populators(chosen, compiler.select, DEFAULT_DB_ALIAS)
        self.annotated = compiler.annotation_col_map or {}

    def ask(self, **values: Any) -> list[M]:
        """The rows for these values. One statement."""
        return [self._instance(row) for row in self.found(values)]

    def _instance(self, row: Sequence[Any]) -> M:
        made: M = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.own])
        made.__dict__["_as_read"] = dict(zip(self.names, row[self.own], strict=True))  # what `update` compares with
        for related in self.related:
            related.populate(row, made)
        for name, column in self.annotated.items():
            setattr(made, name, row[column])
        return made


class Columns(_Kept):
    """The same for a queryset of `.values(...)`: rows are dicts, moments in UTC."""

    quick_moments = True

    def __init__(self, rows: models.QuerySet[Any, dict[str, Any]], marks: Mapping[Any, str]) -> None:
        super().__init__(rows, marks)
        self.names = list(self.compiler.query.selected)

    def ask(self, **values: Any) -> list[dict[str, Any]]:
        """The rows for these values. One statement."""
        names = self.names
        return [dict(zip(names, row, strict=True)) for row in self.found(values)]
