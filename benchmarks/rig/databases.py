"""A database per size of data set, side by side on the benchmark's own server; made on first use, kept for the next."""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import psycopg

from deploy.local import roles


def named(url: str, name: str) -> str:
    """The same address with another database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def on(count: int) -> dict[str, str]:
    """The environment that leads to the data set of a size."""
    name = f"liankong_{count}"
    return {
        "DATABASE_URL": named(os.environ["DATABASE_URL"], name),
        "DATABASE_OWNER_URL": named(os.environ["DATABASE_OWNER_URL"], name),
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "API_RATE": "100000000/min",
    }


def database(count: int) -> None:
    """Makes sure the data set of a size is there: created, migrated, loaded, counted."""
    create(f"liankong_{count}")
    environment = {**os.environ, **on(count), "STATEMENT_TIMEOUT_MS": "0"}
    subprocess.run(
        [sys.executable, "manage.py", "prepare", "--no-demo", "--verbosity", "0"], env=environment, check=True
    )
    subprocess.run([sys.executable, "-m", "benchmarks.seed.fill", str(count)], env=environment, check=True)


def floor_token(count: int) -> tuple[str, str]:
    """The floor application's token and the address of its database, filled to the same size."""
    name = f"floor_{count}"
    create(name)
    url = named(os.environ["DATABASE_OWNER_URL"], name)
    command = [sys.executable, "-m", "benchmarks.floor.fill", str(count)]
    environment = {**os.environ, "FLOOR_DATABASE_URL": url}
    made = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return made.stdout.split()[-1], url


def create(name: str) -> None:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        if owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        owner.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(named(os.environ["DATABASE_OWNER_URL"], name), autocommit=True) as inside:
        inside.execute(roles.grants(name))
