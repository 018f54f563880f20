"""An embedded PostgreSQL: initialised, started in the foreground, recovered, stopped.

The programs come from a wheel; the supervision is ours. It listens on a unix socket in a private
folder only, and lets in nobody but the user who started it (peer authentication).
"""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.local import binaries, processes, roles
from deploy.local.account import Account, present_user, server_account
from deploy.local.child import Child
from deploy.local.messages import Trouble, disk_full, say, tail, tells_of_full_disk

SUPERUSER = "postgres"
PORT = 5432  # names the socket file; nothing listens on TCP

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# A test database may be lost with the machine: nothing waits for the disk.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
}


@dataclass
class Postgres:
    """A server of its own.

    `home` holds its data, `sockets` its socket (a path of less than about 90 bytes), `records` and
    `logs` what the launcher writes. `throwaway` trades safety for speed.
    """

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
        self.programs = binaries.server_programs(self.venv, self.account)
        self.psql = binaries.postgres_programs(self.venv) / "psql"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.logs / "postgres.log"

    def url(self, role: str, database: str = roles.DATABASE) -> str:
        """The DATABASE_URL by which `role` reaches `database` over the socket."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}"

    def start(self) -> None:
        """Bring the server up, whatever state the last run left behind; raises Trouble when it can't be."""
        self._prepare_home()
        self.end_orphans()
        if not self.data.exists():
            self._initialise()
        self._write_access_rules()
        self.child = self._child()
        self.child.start()
        self._wait_until_ready()

    def adopt(self) -> bool:
        """Whether a server started earlier for the same folders runs and answers; it is left running."""
        record = processes.Record.read(self.records / "postgres.json")
        if record is None or not record.alive:
            return False
        try:
            return self.sql("SELECT 1") == "1"
        except Trouble:
            return False

    def stop(self) -> None:
        """Stop it in order (a fast shutdown), and kill what doesn't follow."""
        if self.child:
            self.child.end()
            self.child = None

    def restart(self) -> None:
        """Start again after the server died under us."""
        if self.child:
            self.child.sweep()
        self.start()

    def sql(self, statements: str, database: str = "postgres", role: str = SUPERUSER) -> str:
        """Run SQL through psql and give what it prints, unaligned; raises Trouble with its error."""
        answer = subprocess.run(
            [self.psql, "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.sockets, "-U", role, "-d", database, "-f", "-"],
            input=statements,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PGOPTIONS": "", "PGPASSFILE": os.devnull, "PGCLIENTENCODING": "UTF8"},
        )
        if answer.returncode:
            raise Trouble("数据库拒绝了准备语句。", "The database refused a preparing statement.", answer.stderr)
        return answer.stdout.strip()

    def create_roles(self) -> None:
        """The owner, the application role and the database between them; harmless when they exist."""
        self.sql(roles.ROLES)
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{roles.DATABASE}'"):
            self.sql(f"CREATE DATABASE {roles.DATABASE} OWNER {roles.OWNER}")
        self.sql(roles.grants(roles.DATABASE), roles.DATABASE, roles.OWNER)

    def end_orphans(self) -> None:
        """End a server that outlived its launcher, and clear what a killed one left lying.

        PostgreSQL believes its pid file whenever any process has that number, a zombie or a stranger
        included. We know better: a process is of this server when it works in the data folder.
        """
        record = processes.Record.read(self.records / "postgres.json")
        survivors = processes.processes_in(self.data)
        if record and record.alive:
            say("上次留下的数据库仍在运行，正在停止它。", "Stopping a database left running by the last launcher.")
            processes.signal_all([record.pid], signal.SIGINT)
            processes.wait_until(lambda: not record.alive, 20.0)
            processes.signal_all([record.pid] if record.alive else [], signal.SIGKILL)
        elif survivors:
            processes.signal_all(survivors, signal.SIGINT)
        if not processes.wait_until(lambda: not processes.processes_in(self.data), 10.0):
            processes.signal_all(processes.processes_in(self.data), signal.SIGKILL)
            processes.wait_until(lambda: not processes.processes_in(self.data), 5.0)
        if processes.LINUX:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self.sockets.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)
        (self.records / "postgres.json").unlink(missing_ok=True)

    def _prepare_home(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        owner = self.home.stat().st_uid
        if self.account:
            self._hand_over(owner)
        elif owner != os.geteuid():
            raise Trouble(
                f"{self.home} 属于其他用户（可能曾以 root 启动），请以该用户运行，或设置 LIANKONG_VAR 另选目录。",
                f"{self.home} belongs to another user (perhaps root started it once); run as that user, "
                "or choose another folder by LIANKONG_VAR.",
            )
        self.home.chmod(0o700)
        for unfinished in self.home.glob("data.new*"):
            processes.signal_all(processes.processes_in(unfinished), signal.SIGKILL)
            shutil.rmtree(unfinished)

    def _hand_over(self, owner: int) -> None:
        """As root: give the home to the server's account, data of an ordinary user's earlier run too."""
        assert self.account
        if owner != self.account.uid:
            for path in [self.home, *self.home.rglob("*")]:
                os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def _initialise(self) -> None:
        """initdb into a temporary name, then rename: a half-made data folder is never taken for a whole one."""
        draft = self.home / "data.new"
        command = [str(self.programs / "initdb"), "--pgdata", str(draft), "--username", SUPERUSER, "--encoding=UTF8"]
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=peer"]
        if self.throwaway:
            command += ["--no-sync", "--no-data-checksums"]
        options: dict[str, Any] = self.account.spawn_options() if self.account else {}
        made = subprocess.run(
            command,
            cwd="/",
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **options,
        )
        output: str = made.stdout.decode("utf-8", "replace")
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(output)
        if made.returncode:
            raise self._failure("初始化内置数据库失败。", "The embedded database could not be initialised.", output)
        draft.rename(self.data)

    def _write_access_rules(self) -> None:
        user = present_user().replace('"', '""')
        rules = {
            "pg_hba.conf": "local all all peer map=launcher\n",
            "pg_ident.conf": f'launcher "{user}" all\n',
        }
        for name, text in rules.items():
            path = self.data / name
            path.write_text(text, encoding="utf-8")
            if self.account:
                os.chown(path, self.account.uid, self.account.gid)

    def _child(self) -> Child:
        settings = {**SETTINGS, **(THROWAWAY if self.throwaway else {}), "unix_socket_directories": str(self.sockets)}
        # Under `nobody` a group or world open data folder is refused, hence -D on the 0700 one.
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(PORT)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return Child(
            name="postgres",
            command=command,
            records=self.records,
            log=self.log,
            cwd=Path("/"),
            environment=self._environment(),
            account=self.account,
            stop=signal.SIGINT,
            patience=30.0,
            relatives=lambda: processes.processes_in(self.data),
        )

    def _environment(self) -> dict[str, str]:
        """A clean one: PG* and locale variables of the shell must not reach the server."""
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/", **self.mark}

    def _wait_until_ready(self) -> None:
        """Recovery after a crash may take minutes: wait as long as the server lives, and say so."""
        assert self.child
        told = time.monotonic()
        while not self._ready():
            if not self.child.running:
                output = tail(self.log)
                raise self._failure("内置数据库未能启动。", "The embedded database did not start.", output)
            if time.monotonic() - told > 10:
                say("数据库正在恢复，请稍候。", "The database is recovering, please wait.")
                told = time.monotonic()
            time.sleep(0.02)

    def _ready(self) -> bool:
        """The eighth line of the pid file says so, once it carries the number of the server we started."""
        assert self.child
        assert self.child.process
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.child.process.pid) and lines[7].strip() == "ready"

    def _failure(self, zh: str, en: str, output: str) -> Trouble:
        if tells_of_full_disk(output, self.home):
            return disk_full(self.home)
        return Trouble(f"{zh}详见 {self.log}。", f"{en} See {self.log}.", "\n".join(output.splitlines()[-12:]))
