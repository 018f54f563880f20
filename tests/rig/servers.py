"""The PostgreSQL and Valkey of a test run, and the environment that leads Django to them.

Every run starts servers of its own in the system's temporary folder, so several people can test at
once. With LIANKONG_TEST_KEEP=1 the PostgreSQL and its template database stay up between runs (see
`databases.template_key`); LIANKONG_TEST_KEEP=stop ends that server.
"""

import atexit
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import pytest
from django.conf import settings

from deploy.local import roles
from deploy.local.account import server_account
from deploy.local.messages import Trouble
from deploy.local.places import LONGEST_SOCKET_FOLDER
from deploy.local.postgres import Postgres
from deploy.local.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
PREFIX = f"liankong-test-{os.geteuid()}-"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")

_held_locks: list[int] = []


def enter() -> None:
    """Start the servers (in the first process only) and set the environment before Django reads it."""
    if settings.configured:
        raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the tests choose their settings themselves.")
    if WORKER == "main" or "LIANKONG_TEST_RUN" not in os.environ:
        try:
            _start()
        except Trouble as trouble:
            raise pytest.UsageError(str(trouble)) from None
    name = database_name()
    files = Path(os.environ["LIANKONG_TEST_FOLDER"], f"var-{WORKER}")
    (files / "static").mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a missing folder
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings.test",
        DATABASE_URL=database_url(name, roles.APP),
        DATABASE_OWNER_URL=database_url(name, roles.OWNER),
        BROKER_URL=os.environ["LIANKONG_TEST_BROKER"].replace("{number}", _worker_number()),
        LIANKONG_VAR=str(files),
    )
    django.setup()


def forget_settings() -> None:
    """Before workers are started: each chooses its settings after it knows its own database."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def database_name() -> str:
    """The database this process's ordinary tests run in."""
    return f"lk_{os.environ['LIANKONG_TEST_RUN']}_{WORKER}"


def database_url(database: str, role: str) -> str:
    """The address by which `role` reaches `database` on the server of this run."""
    return os.environ["LIANKONG_TEST_SERVER"].replace("{role}", role).replace("{database}", database)


def _worker_number() -> str:
    """Valkey has sixteen numbered databases; each worker gets one of its own."""
    return str(int("".join(filter(str.isdigit, WORKER)) or "0") % 16)


def _start() -> None:
    _sweep_dead_runs()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_short_temporary_folder()))
    folder.chmod(0o711)  # the servers' account has to pass through
    _hold_lock(folder / "lock")
    keep = os.environ.get("LIANKONG_TEST_KEEP", "")
    server = _kept_server(stop=keep == "stop") if keep else None
    own = [_valkey(folder)] if server else [_postgres(folder), _valkey(folder)]
    atexit.register(_finish, folder, own)
    for part in own:
        part.start()
    if server is None:
        server = own[0]
        server.create_roles()
    os.environ.update(
        LIANKONG_TEST_RUN=f"t{os.getpid()}",
        LIANKONG_TEST_FOLDER=str(folder),
        LIANKONG_TEST_SERVER=server.url("{role}", "{database}"),
        LIANKONG_TEST_BROKER=own[-1].url().replace("virtual_host=0", "virtual_host={number}"),
        LIANKONG_TEST_KEPT="1" if keep and keep != "stop" else "",
    )


def _postgres(folder: Path) -> Postgres:
    return Postgres(Path(sys.prefix), folder / "postgres", _sockets(folder), folder, folder, throwaway=True)


def _valkey(folder: Path) -> Valkey:
    return Valkey(Path(sys.prefix), folder / "valkey", _sockets(folder), folder, folder, throwaway=True)


def _sockets(folder: Path) -> Path:
    sockets = folder / "s"
    sockets.mkdir(mode=0o700, exist_ok=True)
    if account := server_account():
        os.chown(sockets, account.uid, account.gid)
    return sockets


def _short_temporary_folder() -> str:
    base = tempfile.gettempdir()
    return base if len(base) + len(PREFIX) + 12 < LONGEST_SOCKET_FOLDER else "/tmp"


def _kept_server(*, stop: bool) -> Postgres | None:
    """The server that stays up between runs; None after stopping it."""
    digest = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]
    folder = Path(_short_temporary_folder(), f"liankong-kept-{os.geteuid()}-{digest}")
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.lstat().st_uid != os.geteuid() or folder.is_symlink():
        raise Trouble(f"{folder} 属于其他用户。", f"{folder} belongs to another user.")
    with locked(folder / "lock"):
        server = _postgres(folder)
        if stop:
            server.end_orphans()
            shutil.rmtree(folder)
            return None
        if not server.adopt():
            server.start()
            server.create_roles()
    return server


def _sweep_dead_runs() -> None:
    """End the servers and remove the folders of runs that were killed; a live run holds its lock."""
    for folder in Path(_short_temporary_folder()).glob(f"{PREFIX}*"):
        try:
            if folder.lstat().st_uid != os.geteuid() or not (folder / "lock").exists():
                continue
            with locked(folder / "lock", wait=False):
                _postgres(folder).end_orphans()
                _valkey(folder).end_orphans()
                shutil.rmtree(folder, ignore_errors=True)
        except (BlockingIOError, FileNotFoundError):  # in use; or another run was quicker to sweep it away
            continue


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold an exclusive lock on `path`; raises BlockingIOError when it is taken and `wait` is false."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _hold_lock(path: Path) -> None:
    """Lock `path` as long as this process lives."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    _held_locks.append(handle)


def _finish(folder: Path, own: list[Postgres | Valkey]) -> None:
    for part in reversed(own):
        part.stop()
    shutil.rmtree(folder, ignore_errors=True)
