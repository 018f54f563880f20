"""An embedded Valkey, the broker of a laptop: on a unix socket, kept on disk, never evicting."""

import os
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from deploy.local import binaries, processes
from deploy.local.account import Account, server_account
from deploy.local.child import Child
from deploy.local.messages import Trouble, disk_full, tail, tells_of_full_disk


@dataclass
class Valkey:
    """A server of its own; the folders mean the same as those of `Postgres`."""

    venv: Path
    home: Path
    sockets: Path
    records: Path
    logs: Path
    mark: dict[str, str] = field(default_factory=dict)
    throwaway: bool = False
    child: Child | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.account: Account | None = server_account()
        self.program = binaries.valkey_program(self.venv, self.account)

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def log(self) -> Path:
        return self.logs / "valkey.log"

    def url(self, number: int = 0) -> str:
        """The BROKER_URL of one of the sixteen numbered databases."""
        return f"redis+socket://{quote(str(self.socket))}?virtual_host={number}"

    def start(self) -> None:
        """Bring it up on the data of the last run; raises Trouble when it can't be."""
        self._prepare_home()
        self.end_orphans()
        self.child = self._child()
        self.child.start()
        while not self._answers():
            if not self.child.running:
                raise self._failure()
            time.sleep(0.02)

    def adopt(self) -> bool:
        """Whether a server started earlier for the same folders runs and answers; it is left running."""
        record = processes.Record.read(self.records / "valkey.json")
        return record is not None and record.alive and self._answers()

    def stop(self) -> None:
        if self.child:
            self.child.end()
            self.child = None

    def restart(self) -> None:
        """Start again after the server died under us."""
        if self.child:
            self.child.sweep()
        self.start()

    def end_orphans(self) -> None:
        """End a server that outlived its launcher, and remove its socket."""
        record = processes.Record.read(self.records / "valkey.json")
        if record and record.alive:
            processes.end_group(record.pid)
        processes.signal_all(processes.processes_in(self.home), 9)
        processes.wait_until(lambda: not processes.processes_in(self.home), 5.0)
        self.socket.unlink(missing_ok=True)
        (self.records / "valkey.json").unlink(missing_ok=True)

    def _prepare_home(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if self.account:
            for path in [self.home, *self.home.rglob("*")]:
                os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)
        self.home.chmod(0o700)

    def _child(self) -> Child:
        command = [str(self.program), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        # The working directory is the data folder, so that its own path, spaces and all, is never parsed.
        command += ["--dir", ".", "--daemonize", "no", "--maxmemory-policy", "noeviction", "--save", ""]
        command += ["--appendonly", "no" if self.throwaway else "yes"]
        return Child(
            name="valkey",
            command=command,
            records=self.records,
            log=self.log,
            cwd=self.home,
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **self.mark},
            account=self.account,
        )

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2.0)
            try:
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def _failure(self) -> Trouble:
        output = tail(self.log)
        if tells_of_full_disk(output, self.home):
            return disk_full(self.home)
        return Trouble(
            f"内置消息队列未能启动。详见 {self.log}。", f"The embedded broker did not start. See {self.log}.", output
        )
