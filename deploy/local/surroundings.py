"""The environment variables under which Django, gunicorn and Celery run."""

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local.places import Places

# Commands that change or compare the schema; everything else connects as the application role.
OWNER_COMMANDS = ("migrate", "makemigrations", "sqlmigrate", "showmigrations", "squashmigrations")
MARK = "LIANKONG_INSTANCE"


@dataclass(frozen=True)
class Addresses:
    """Where database and broker are, as URLs."""

    database: str
    database_as_owner: str
    broker: str


def for_django(places: Places, addresses: Addresses, **more: str) -> dict[str, str]:
    """Variables for a process that works as the application role; `more` is added last."""
    variables = dict(os.environ)
    for inherited in ("PYTHONHOME", MARK):
        variables.pop(inherited, None)
    variables.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    if not variables.get("SECRET_KEY"):
        variables["SECRET_KEY"] = secret_key(places.var)
    variables.update(
        DATABASE_URL=addresses.database,
        DATABASE_OWNER_URL=addresses.database_as_owner,
        BROKER_URL=addresses.broker,
        LIANKONG_VAR=str(places.var),
        PYTHONUTF8="1",
        PYTHONUNBUFFERED="1",
    )
    return variables | more


def for_command(places: Places, addresses: Addresses, command: str) -> dict[str, str]:
    """Variables for one management command: the owner's address where the schema is concerned."""
    if command not in OWNER_COMMANDS:
        return for_django(places, addresses)
    return for_django(places, addresses, DATABASE_URL=addresses.database_as_owner, STATEMENT_TIMEOUT_MS="0")


def mark_of(var: Path) -> dict[str, str]:
    """A variable that everything the launcher of this var/ supervises carries, children's children too."""
    return {MARK: hashlib.sha256(os.fsencode(var)).hexdigest()[:16]}


def secret_key(var: Path) -> str:
    """The installation's own key, made at the first start and readable by its owner only."""
    path = var / "secret-key"
    if not path.exists():
        draft = var / f"secret-key.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        with suppress(FileExistsError):  # another command was first; its key counts
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()
