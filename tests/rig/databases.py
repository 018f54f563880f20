"""One template database per run, clones of it for workers and for tests that commit.

Ordinary tests (`db`, `django_db`) run in a transaction that is rolled back, as the application role.
A test that must commit asks for `committing_db`: a clone of its own, dropped afterwards. Django's
way, flushing all tables, is a TRUNCATE, which the timeline refuses, so it is not on offer.
"""

import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest
from django.db import connections
from django.test import TestCase, TransactionTestCase
from psycopg._preparing import PrepareManager
from pytest_django import DjangoDbBlocker

from deploy.local import roles
from tests.rig.servers import ROOT, WORKER, database_name, database_url, locked

USE_COMMITTING_DB = (
    "This test wants Django's flush (transactional_db, django_db(transaction=True), live_server or "
    "TransactionTestCase), which is a TRUNCATE and refused by the timeline: use the fixture committing_db."
)
# What the contents of the template depend on, for LIANKONG_TEST_KEEP.
TEMPLATE_SOURCES = (
    "*/migrations/*.py",
    "*reference*",
    "*/reference/*.py",
    "*/data/*",
    "*/fixtures/*",
    "tests/rig/*.py",
)
SUPERUSER = "postgres"

Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"

_forgets = PrepareManager._should_discard


def _forgets_no_more(self: PrepareManager, prep: Any, results: Any) -> bool:
    """Whether a connection lets go of its prepared statements.

    psycopg does so after every ROLLBACK, since a table made meanwhile may be gone with it. The application role makes
    none, and here nearly everything is rolled back: planning the same statements again and again took a seventh of the
    processor time of the walks.
    """
    if all(result.command_status == b"ROLLBACK" for result in results):
        return False
    return bool(_forgets(self, prep, results))


PrepareManager._should_discard = _forgets_no_more  # type: ignore[method-assign]


@dataclass(frozen=True)
class CommittingDatabase:
    """A database this test may commit to. Django's own connection, in every thread, leads there too.

    `url` and `owner_url` are addresses for DATABASE_URL and DATABASE_OWNER_URL; both are in the
    environment while the test runs, so processes it starts reach the same database.
    """

    name: str
    url: str
    owner_url: str

    def connect(self, *, owner: bool = False, autocommit: bool = False) -> Connection:
        """A further connection outside Django; the caller closes it."""
        return psycopg.connect(self.owner_url if owner else self.url, autocommit=autocommit)

    def manage(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a management command in a process of its own; its output is in the answer."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done

    def environment(self, **more: str) -> dict[str, str]:
        """The environment for a process that shall work on this database."""
        return {**os.environ, "DATABASE_URL": self.url, "DATABASE_OWNER_URL": self.owner_url, **more}


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Clone the template for this worker; replaces pytest-django's creation of a test database."""
    name = database_name()
    clone(template(), name)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    drop(name)


@pytest.fixture
def committing_db(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[CommittingDatabase]:
    """A clone of the template that this test may commit to; see `CommittingDatabase`."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        pytest.fail("committing_db brings its own database: leave out db and the mark django_db.", pytrace=False)
    name = f"{database_name()}_c{next(_numbers)}"
    clone(template(), name)
    database = CommittingDatabase(name, database_url(name, roles.APP), database_url(name, roles.OWNER))
    with django_db_blocker.unblock():
        before = _lead_django_to(name, database.url, database.owner_url)
        try:
            yield database
        finally:
            _lead_django_to(*before)
            drop(name)


@pytest.fixture
def transactional_db() -> None:
    """Refused; see the module's text."""
    pytest.fail(USE_COMMITTING_DB, pytrace=False)


def refuse_flush(item: pytest.Item) -> None:
    """Fail a test that would make Django flush the tables."""
    mark = item.get_closest_marker("django_db")
    test_class = getattr(item, "cls", None)
    flushing_class = test_class and issubclass(test_class, TransactionTestCase) and not issubclass(test_class, TestCase)
    if flushing_class or (mark and (mark.kwargs.get("transaction") or (mark.args and mark.args[0]))):
        pytest.fail(USE_COMMITTING_DB, pytrace=False)


_numbers = itertools.count(1)


def _lead_django_to(name: str, url: str, owner_url: str) -> tuple[str, str, str]:
    """Point every thread's connection at database `name`; gives what was there before."""
    connections["default"].close()
    shared_by_all_threads = connections.settings["default"]
    before = (shared_by_all_threads["NAME"], os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"])
    shared_by_all_threads["NAME"] = name
    os.environ.update(DATABASE_URL=url, DATABASE_OWNER_URL=owner_url)
    return before


def template() -> str:
    """The name of the template database, built by whoever needs it first."""
    folder = Path(os.environ["LIANKONG_TEST_FOLDER"])
    kept = os.environ.get("LIANKONG_TEST_KEPT")
    name = f"lk_template_{template_key()}" if kept else f"lk_template_{os.environ['LIANKONG_TEST_RUN']}"
    lock = folder.parent / f"liankong-kept-{os.geteuid()}.template-lock" if kept else folder / "template-lock"
    with locked(lock), _server() as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            if kept:
                _drop_leftovers(server)
            _build(server, name)
    return name


def template_key() -> str:
    """A hash of everything the template is made from: migrations, reference data and their loaders."""
    digest = hashlib.sha256()
    for pattern in TEMPLATE_SOURCES:
        for path in sorted(p for app in ("regions", "enforcement", "tests") for p in (ROOT / app).rglob("*")):
            if path.is_file() and path.suffix != ".pyc" and path.match(pattern):
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def clone(source: str, name: str) -> None:
    """Copy database `source` to `name` for the owner; the copy doesn't inherit the database's own grants."""
    with _server() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" OWNER {roles.OWNER} STRATEGY file_copy')
        server.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        server.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {roles.APP}')


def drop(name: str) -> None:
    with _server() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _build(server: Connection, name: str) -> None:
    """Migrate and load under a draft name, rename at the end: an interrupted build is never used."""
    draft = f"{name}_draft"
    server.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
    server.execute(f'CREATE DATABASE "{draft}" OWNER {roles.OWNER}')
    with psycopg.connect(database_url(draft, roles.OWNER), autocommit=True) as owner:
        owner.execute(roles.grants(draft))
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(draft, roles.APP),
        "DATABASE_OWNER_URL": database_url(draft, roles.OWNER),
        "STATEMENT_TIMEOUT_MS": "0",
    }
    command = [sys.executable, "-m", "tests.rig.build_template"]
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.fail(f"The template database could not be built:\n{made.stdout}{made.stderr}", pytrace=False)
    server.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')


def _drop_leftovers(server: Connection) -> None:
    """On a kept server: clones of dead runs, and templates of other versions that nobody is using."""
    for (found,) in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'lk\\_%'").fetchall():
        run = str(found).split("_")[1]
        if run == "template" or (run[1:].isdigit() and not _alive(int(run[1:]))):
            server.execute(f'DROP DATABASE IF EXISTS "{found}" WITH (FORCE)')


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _server() -> Connection:
    return psycopg.connect(database_url("postgres", SUPERUSER), autocommit=True)


__all__ = ["WORKER", "CommittingDatabase", "committing_db", "django_db_setup", "refuse_flush", "transactional_db"]
