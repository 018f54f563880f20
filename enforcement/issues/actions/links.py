"""The verbs of whole issues by name, for page and API alike."""

from collections.abc import Callable
from typing import Any

from enforcement.issues.actions.merging import merge, unmerge
from enforcement.issues.actions.splitting import split, unsplit

ACTS: dict[str, Callable[..., Any]] = {"merge": merge, "unmerge": unmerge, "split": split, "unsplit": unsplit}
