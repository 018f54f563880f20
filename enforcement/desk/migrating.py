"""Migrations without drawing every model anew at each step.

Django keeps, while it migrates, a registry of classes as each migration knew them. After every operation it builds the
changed model's class anew, and the classes of everything related to it, however far: here nearly all of them hang
together, so an empty database cost 35 000 classes and half a minute of processor time. But a model that is new, or only
gained columns, indexes, constraints or triggers, or had a plain column altered, leaves the SQL of its neighbours as it
was, so here it alone is built anew. Whatever else an operation does (a key altered, a column renamed or dropped, a table
renamed) and every operation in Python find all classes built anew, as Django would give them. The database that comes
out is the same, byte for byte.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Field

#: Options of a model which only its own table's SQL reads.
OF_ITS_OWN_TABLE = {"indexes", "constraints", "triggers"}


class ThriftyState(ProjectState):
    """A project's state that builds anew only what an operation changed; see the module's text."""

    #: The state before the operation under way: `Migration.apply` clones it just before.
    before: ProjectState | None = None

    @classmethod
    def of(cls, state: ProjectState) -> "ThriftyState":
        """`state` itself, behaving thriftily from now on."""
        thrifty = cls.__new__(cls)
        thrifty.__dict__.update(state.__dict__)
        return thrifty

    def clone(self) -> "ThriftyState":
        self.before = ThriftyState.of(super().clone())
        return self.before

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        if "apps" not in self.__dict__:
            return
        if self._concerns_itself_only(app_label, model_name):
            self.is_delayed = True  # Django's word for: operations in Python must build all classes first
            with self.apps.bulk_update():
                self.apps.unregister_model(app_label, model_name)
            self.apps.render_multiple([self.models[app_label, model_name]])
        elif self.is_delayed:
            self._build_all_anew()
        else:
            super().reload_model(app_label, model_name, delay)

    def reload_models(self, models: Any, delay: bool = True) -> None:
        if "apps" in self.__dict__:
            self._build_all_anew()

    def _build_all_anew(self) -> None:
        """Forget the classes before and after the operation; both are built, whole, when it asks for them."""
        for state in (self, self.before):
            if state is not None:
                state.__dict__.pop("apps", None)
                state.is_delayed = False

    def _concerns_itself_only(self, app_label: str, model_name: str) -> bool:
        if self.before is None or self._has_heirs(app_label, model_name):
            return False
        old, new = (state.models.get((app_label, model_name)) for state in (self.before, self))
        if old is None or new is None:
            return new is not None
        kept = all(_same_to_neighbours(field, new.fields.get(name)) for name, field in old.fields.items())
        return kept and old.bases == new.bases and _shape(old) == _shape(new)

    def _has_heirs(self, app_label: str, model_name: str) -> bool:
        """Whether another model's class is built upon this one's."""
        name = f"{app_label}.{model_name}"
        return any(
            isinstance(base, str) and base.lower() == name for state in self.models.values() for base in state.bases
        )


class ThriftyExecutor(MigrationExecutor):
    def _create_project_state(self, with_applied_migrations: bool = False) -> ThriftyState:
        return ThriftyState.of(super()._create_project_state(with_applied_migrations))  # type: ignore[misc]


@contextmanager
def thriftily() -> Iterator[None]:
    """Inside, the command `migrate` works with `ThriftyExecutor`; Django has no setting for it."""
    migrate.MigrationExecutor = ThriftyExecutor  # type: ignore[attr-defined]
    try:
        yield
    finally:
        migrate.MigrationExecutor = MigrationExecutor  # type: ignore[attr-defined]


def _same_to_neighbours(old: Field, new: Field | None) -> bool:
    """Whether a column is as it was, or both times one that neither leads to another table nor can be led to."""
    return new is old or (new is not None and not any(f.is_relation or f.primary_key or f.unique for f in (old, new)))


def _shape(state: ModelState) -> dict[str, Any]:
    return {name: value for name, value in state.options.items() if name not in OF_ITS_OWN_TABLE}
