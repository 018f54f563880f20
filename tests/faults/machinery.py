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
from deploy.local import processes
from deploy.local.account import server_account
from deploy.local.valkey import Valkey
from tests.rig.databases import CommittingDatabase
from tests.rig.servers import ROOT

WORKER = ("worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO")


@dataclass
class Machinery:
    """Celery processes on one database and one broker, each in a process group of its own, known by its number."""

    database: CommittingDatabase
    broker: str
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    running: list[int] = field(default_factory=list)
    started: list["subprocess.Popen[str]"] = field(default_factory=list)
    nursery: "subprocess.Popen[str] | None" = None

    def worker(self) -> int:
        """A worker as it is started in production."""
        return self._start("worker", "celery", "-A", "config.celery", *WORKER).pid

    def supervised(self, worker: int) -> int:
        """The worker, or another in its place where its process has ended, as whoever supervises it would start one.

        Celery ends a worker whose broker goes in the midst of an acknowledgement.
        """
        process = next(one for one in self.started if one.pid == worker)
        if process.poll() is None:
            return worker
        if processes.group_members(worker):
            self.kill(worker)
        else:
            self.running.remove(worker)
        return self.worker()

    def beat(self) -> int:
        schedule = ("--schedule", str(self.folder / "schedule"))
        return self._start("beat", "celery", "-A", "config.celery", "beat", *schedule, "--loglevel", "INFO").pid

    def forked_worker(self) -> int:
        """The same worker without the seconds of importing it (see `nursery`)."""
        if self.nursery is None:
            self.nursery = self._start("nursery", "tests.faults.nursery", *WORKER)
        assert self.nursery.stdin
        assert self.nursery.stdout
        print("one more", file=self.nursery.stdin, flush=True)
        pid = int(self.nursery.stdout.readline())
        self.running.append(pid)
        return pid

    def _start(self, name: str, module: str, *arguments: str) -> "subprocess.Popen[str]":
        environment = self.database.environment(
            DJANGO_SETTINGS_MODULE="config.settings.dev",
            BROKER_URL=self.broker,
            LIANKONG_VAR=str(self.folder),
            CELERY_SKIP_CHECKS="1",
            **self.settings,
        )
        environment.pop("CELERY_BROKER_URL", None)
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if module != "celery" else log,
                stderr=log,
                start_new_session=True,
                text=True,
            )
        self.started.append(process)
        self.running.append(process.pid)
        return process

    def kill(self, group: int) -> None:
        """kill -9 of the whole process group: main process and pool at once."""
        os.killpg(group, signal.SIGKILL)
        assert wait_until(lambda: not processes.group_members(group), 10)
        self.running.remove(group)

    def end(self) -> None:
        for group in list(self.running):
            self.kill(group)
        for process in self.started:
            with process:  # closes its pipes and buries it
                pass

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
