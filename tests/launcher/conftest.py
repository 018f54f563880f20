"""A launcher of the real project, in a copy whose path holds spaces and Chinese characters."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.account import server_account
from deploy.local.places import socket_folder
from deploy.local.processes import Record
from deploy.local.surroundings import MARK, mark_of

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("run.py", "manage.py", "deploy", "requirements", "config", "regions", "enforcement", "templates", "locale")
NOT_INHERITED = ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", MARK)
PATIENCE = 240.0  # a loaded machine is slow, not wrong
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Launcher:
    """run.py in the copied project, on a var/ and a port of its own."""

    root: Path
    var: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.var.parent / "launcher.log"

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED and not k.startswith("LIANKONG_")}
        return {**kept, "LIANKONG_VENV": sys.prefix, "LIANKONG_VAR": str(self.var)}

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of run.py to its end; standard error is in with the output."""
        return subprocess.run(
            [sys.executable, "run.py", *arguments],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def start(self) -> float:
        """Start everything without the demo; gives the seconds until the address was printed."""
        began = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "run.py", "--no-demo", "--port", str(self.port)],
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert processes.wait_until(lambda: self.ready or self.process.poll() is not None, PATIENCE), self.output
        assert self.ready, self.output
        return time.monotonic() - began

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def ready(self) -> bool:
        return f"http://127.0.0.1:{self.port}/" in self.output

    def stop(self) -> int:
        """Ctrl-C; gives the exit code."""
        assert self.process
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def record(self, name: str) -> Record:
        found = Record.read(self.var / "run" / f"{name}.json")
        assert found, f"no record of {name}: {self.output}"
        return found

    def processes(self) -> list[int]:
        """Everything alive that this launcher, or a killed one before it, answers for."""
        return processes.marked(f"{MARK}={mark_of(self.var)[MARK]}")

    def answers(self) -> bool:
        """Whether the site serves a page; healthz answers 503 as long as the worker is on its way."""
        try:
            DIRECT.open(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
        except urllib.error.HTTPError as error:
            return error.code == 503
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    """A launcher that is not started yet; whatever it leaves is removed at the end."""
    base = Path(tempfile.mkdtemp(prefix="联控 启动 "))
    base.chmod(0o711)
    root = base / "项目 copy"
    root.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, root / name)
    made = Launcher(root, base / "数据 var", free_port())
    yield made
    if made.process and made.process.poll() is None:
        made.process.kill()
        made.process.wait()
    processes.signal_all(made.processes(), signal.SIGKILL)
    shutil.rmtree(socket_folder(made.var, server_account()))
    shutil.rmtree(base, ignore_errors=True)
