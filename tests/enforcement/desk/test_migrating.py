"""Promise: a database migrated thriftily (enforcement/desk/migrating.py) is the database Django itself would have made."""

from collections.abc import Callable

import pytest
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState, StateApps

from enforcement.desk.migrating import ThriftyExecutor, ThriftyState

pytestmark = pytest.mark.django_db

#: Among those it needs are tables, columns, triggers, guards and an altered column; all of them take Django half a minute.
FAR_ENOUGH = ("findings", "0005_reviewers")


def statements(executor: MigrationExecutor) -> list[str]:
    """Every statement, in order, that leads an empty database to FAR_ENOUGH."""
    executor.loader.applied_migrations = {}
    state = executor._create_project_state()
    assert state.apps, "built before the first migration, as Django does"
    collected: list[str] = []
    for migration, _backwards in executor.migration_plan([FAR_ENOUGH], clean_start=True):
        with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            state = migration.apply(state, editor, collect_sql=True)
        collected += editor.collected_sql
    return collected


def test_every_statement_is_djangos_own() -> None:
    ours = statements(ThriftyExecutor(connection))
    assert ours == statements(MigrationExecutor(connection))
    assert len(ours) > 400


class Letters(Migration):
    """An office writes letters; then the office gains a column, and something else happens."""

    def __init__(self, *then: migrations.operations.base.Operation) -> None:
        super().__init__("letters", "regions")
        key = models.BigAutoField(primary_key=True)
        office = models.ForeignKey("regions.office", models.CASCADE)
        self.operations = [
            migrations.CreateModel("Office", [("id", key), ("code", models.CharField(max_length=9, unique=True))]),
            migrations.CreateModel("Letter", [("id", key.clone()), ("office", office)]),
            migrations.AddField("Office", "seat", models.CharField(max_length=9, default="")),
            *then,
        ]


def written(migration: Migration, state: ProjectState) -> list[str]:
    """The statements of `migration`, which leaves `state` as it is after it."""
    assert state.apps is not None
    with connection.schema_editor(collect_sql=True) as editor:
        migration.apply(state, editor, collect_sql=True)
    return editor.collected_sql


def test_an_operation_in_python_sees_classes_that_fit_together() -> None:
    seen: list[bool] = []

    def look(apps: StateApps, _editor: object) -> None:
        office, letter = apps.get_model("regions", "Office"), apps.get_model("regions", "Letter")
        seen.append(letter(office=office(seat="here")).office.seat == "here")
        seen.append(hasattr(office, "letter_set"))

    state = ThriftyState()
    written(Letters(), state)
    with connection.schema_editor(collect_sql=True) as editor:
        migrations.RunPython(look).database_forwards("regions", editor, state, state)
    assert seen == [True, True]


@pytest.mark.parametrize(
    "then",
    [
        lambda: migrations.AlterField("Office", "id", models.UUIDField(primary_key=True)),
        lambda: migrations.RenameField("Office", "code", "number"),
        lambda: migrations.RenameModel("Office", "Bureau"),
        lambda: migrations.AlterModelTable("Office", "bureaus"),
        lambda: migrations.RemoveField("Letter", "office"),
    ],
    ids=["another kind of key", "a column's name", "a model's name", "a table's name", "a column less"],
)
def test_what_reaches_neighbours_reaches_them(then: Callable[[], migrations.operations.base.Operation]) -> None:
    """After the thrifty step: a key altered, a name changed, a column dropped."""
    assert written(Letters(then()), ThriftyState()) == written(Letters(then()), ProjectState())
