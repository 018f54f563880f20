"""kill -9 of every child and of the launcher itself; what has to be back, and what has to be gone.

The tests run in the order they stand in, on one launcher.
"""

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from deploy.local import processes
from deploy.local.account import server_account
from deploy.local.places import socket_folder
from tests.launcher.conftest import Launcher

pytestmark = [pytest.mark.slow, pytest.mark.faults]

CHILDREN = ("web", "worker", "beat", "valkey", "postgres")
SECONDS_TO_COME_BACK = 120.0


def test_starts_in_a_path_with_spaces_and_chinese(launcher: Launcher) -> None:
    launcher.start()
    assert launcher.answers()
    assert all(launcher.record(name).alive for name in CHILDREN)


def test_nothing_listens_beyond_loopback(launcher: Launcher) -> None:
    """The web port on 127.0.0.1 is the only TCP port of all our processes."""
    sockets = _listening_inodes()
    ours = {sockets[inode] for pid in launcher.processes() for inode in _socket_inodes(pid) if inode in sockets}
    assert ours == {f"0100007F:{launcher.port:04X}"}


@pytest.mark.parametrize("name", CHILDREN)
def test_killed_child_comes_back_with_its_whole_group(launcher: Launcher, name: str) -> None:
    before = launcher.record(name)
    family = processes.group_members(before.pid)
    os.kill(before.pid, signal.SIGKILL)

    def is_back() -> bool:
        path = launcher.var / "run" / f"{name}.json"
        now = processes.Record.read(path)
        return now is not None and now.pid != before.pid and now.alive

    assert processes.wait_until(is_back, SECONDS_TO_COME_BACK), launcher.output
    assert not [pid for pid in family if processes.birth(pid) and pid in processes.group_members(before.pid)]
    assert processes.wait_until(launcher.answers, SECONDS_TO_COME_BACK), launcher.output


def test_second_launcher_is_refused(launcher: Launcher) -> None:
    answer = launcher.run("--port", "1025")
    assert answer.returncode == 1
    assert "另一个启动程序正在使用" in answer.stdout
    assert "Traceback" not in answer.stdout


def test_manage_uses_the_running_database_as_the_application_role(launcher: Launcher) -> None:
    server = launcher.record("postgres")
    code = (
        "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user'); print(k.fetchone())"
    )
    answer = launcher.run("manage", "shell", "-v", "0", "-c", code)
    assert "('liankong_app',)" in answer.stdout
    assert launcher.record("postgres") == server
    assert server.alive


def test_after_a_killed_launcher_the_next_start_recovers(launcher: Launcher) -> None:
    assert launcher.process
    launcher.process.kill()
    launcher.process.wait()
    orphans = {pid: processes.birth(pid) for pid in launcher.processes()}
    assert len(orphans) >= len(CHILDREN), "the children should have outlived their launcher"
    launcher.start()
    assert launcher.answers()
    assert not [pid for pid, born in orphans.items() if processes.birth(pid) == born]


def test_ctrl_c_stops_everything(launcher: Launcher) -> None:
    assert launcher.stop() == 0
    assert launcher.processes() == []
    assert not list((launcher.var / "run").glob("*.json"))
    assert not list(socket_folder(launcher.var, server_account()).iterdir())
    assert not launcher.answers()


def test_second_start_takes_seconds(launcher: Launcher) -> None:
    """Nothing is installed or initialised again; the bound leaves room for a busy machine."""
    assert launcher.start() < 60
    assert "安装软件包" not in launcher.output
    assert launcher.stop() == 0


def test_pid_file_naming_a_stranger_or_a_zombie_is_no_hindrance(launcher: Launcher) -> None:
    """PostgreSQL alone would refuse to start: the number in its pid file belongs to a process of its user."""
    account = server_account()
    options: dict[str, Any] = account.spawn_options() if account else {}
    zombie = subprocess.Popen(["true"], **options)
    stranger = subprocess.Popen(["sleep", "600"], **options)
    assert processes.wait_until(lambda: processes.birth(zombie.pid) is None, 10)
    home = launcher.var / "postgres" / "data"
    try:
        for number in (zombie.pid, stranger.pid):
            lines = [str(number), str(home), "1600000000", "5432", "/tmp", "", "1 1", "ready"]
            (home / "postmaster.pid").write_text("\n".join(lines) + "\n")
            answer = launcher.run("manage", "check", "--database", "default")
            assert answer.returncode == 0, answer.stdout
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        zombie.wait()


def test_record_of_a_recycled_number_kills_nobody(launcher: Launcher) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        for name in CHILDREN:
            processes.Record(name, stranger.pid, "an earlier boot:1", ["x"]).write(launcher.var / "run")
        answer = launcher.run("manage", "check")
        assert answer.returncode == 0, answer.stdout
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def _listening_inodes() -> dict[str, str]:
    """Inode of every listening TCP socket -> its local address, in the kernel's hexadecimal."""
    found = {}
    for table in ("tcp", "tcp6"):
        path = processes.PROC / "net" / table
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if fields[3] == "0A":
                found[fields[9]] = fields[1]
    return found


def _socket_inodes(pid: int) -> set[str]:
    folder = processes.PROC / str(pid) / "fd"
    targets = [os.readlink(entry) for entry in folder.iterdir()]
    return {target[8:-1] for target in targets if target.startswith("socket:[")}
