"""Domain errors. Actions raise these and never HTTP ones; pages and the API translate them."""

from collections.abc import Mapping, Sequence
from typing import Any


class DomainError(Exception):
    """Something a person asked for that can't be done; `str(error)` is a sentence they understand."""

    def __init__(self, message: Any, *, field: str | None = None) -> None:
        self.message = message
        self.field = field
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


class Refused(DomainError):
    """This officer may not do this (the reason is told)."""


class Conflict(DomainError):
    """Someone else was first, or the row is no longer in the state the caller saw."""


class Invalid(DomainError):
    """What was entered can't be right. `errors` maps a field to its sentences."""

    def __init__(
        self, message: Any, *, field: str | None = None, errors: Mapping[str, Sequence[Any]] | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.errors: dict[str, list[str]] = {k: [str(s) for s in v] for k, v in (errors or {}).items()}
        if field and field not in self.errors:
            self.errors[field] = [str(message)]


class Absent(DomainError):
    """Not there, or not for this officer to see: the two look the same."""


class Mismatch(DomainError):
    """A key that stands for one request came back with another."""
