"""A real worker, a real beat and a broker of one's own, to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kombu import pools

from config.celery import app
from deploy.local.account import server_account
from deploy.local.valkey import Valkey
from tests.rig.databases import CommittingDatabase
from tests.rig.servers import ROOT

WORKER = ("worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO")


@dataclass
class Machinery:
    """Celery processes on one database and one broker, each in a process group of its own."""

    database: CommittingDatabase
    broker: str
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def worker(self) -> "subprocess.Popen[bytes]":
        return self._start("worker", *WORKER)

    def beat(self) -> "subprocess.Popen[bytes]":
        return self._start("beat", "beat", "--schedule", str(self.folder / "schedule"), "--loglevel", "INFO")

    def _start(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        environment = self.database.environment(
            DJANGO_SETTINGS_MODULE="config.settings.dev",
            BROKER_URL=self.broker,
            LIANKONG_VAR=str(self.folder),
            CELERY_SKIP_CHECKS="1",
            **self.settings,
        )
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "config.celery", *arguments],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """kill -9 of the whole process group: main process and pool at once."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.running.remove(process)

    def end(self) -> None:
        for process in list(self.running):
            self.kill(process)

    def said(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""


def wait_until(happened: Callable[[], bool], seconds: float, step: float = 0.05) -> bool:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True


@contextmanager
def own_broker(folder: Path) -> Iterator[Valkey]:
    """A Valkey only this test knows, which it may stop and start; this process rings there too."""
    for part in ("valkey", "s", "log"):
        (folder / part).mkdir()
    folder.chmod(0o711)
    if account := server_account():
        os.chown(folder / "s", account.uid, account.gid)
    server = Valkey(Path(sys.prefix), folder / "valkey", folder / "s", folder / "log", folder / "log", throwaway=True)
    server.start()
    try:
        with leading_to(server.url()):
            yield server
    finally:
        server.stop()


@contextmanager
def leading_to(url: str) -> Iterator[None]:
    """Celery in this process rings there for a while."""
    before = os.environ.get("CELERY_BROKER_URL")
    os.environ["CELERY_BROKER_URL"] = url
    _forget_connections()
    try:
        yield
    finally:
        if before is None:
            del os.environ["CELERY_BROKER_URL"]
        else:
            os.environ["CELERY_BROKER_URL"] = before
        _forget_connections()


def _forget_connections() -> None:
    """Celery keeps its pools; they lead to the broker of before."""
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None
