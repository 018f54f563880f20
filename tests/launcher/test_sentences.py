"""What the launcher answers when something stands in its way: one sentence, exit code 1, no traceback."""

import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import preparing
from deploy.local.messages import Trouble
from deploy.local.places import Places
from deploy.local.surroundings import Addresses
from tests.launcher.conftest import NOT_INHERITED, ROOT, Launcher

pytestmark = [pytest.mark.slow]


def _says(answer: "subprocess.CompletedProcess[str]", zh: str, en: str) -> None:
    assert answer.returncode == 1, answer.stdout
    assert zh in answer.stdout
    assert en in answer.stdout
    assert "Traceback" not in answer.stdout


def test_taken_port(launcher: Launcher) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        _says(launcher.run("--no-demo", "--port", str(port)), f"端口 {port} 已被占用", f"Port {port} is taken")


@pytest.mark.parametrize("port", ["0", "65536", "八千", "８０００", "-1", "1e3", ""])
def test_impossible_port(launcher: Launcher, port: str) -> None:
    _says(launcher.run(f"--port={port}"), "--port 须为 1 到 65535", "a number from 1 to 65535")


@pytest.mark.parametrize("arguments", [["--ports", "1"], ["tset"], ["--no-demo=1"], ["--port"]])
def test_unknown_option(launcher: Launcher, arguments: list[str]) -> None:
    _says(launcher.run(*arguments), "命令行参数有误", "The command line is wrong")


def test_manage_and_bench_want_a_name(launcher: Launcher) -> None:
    _says(launcher.run("manage"), "请写明管理命令", "Name a management command")
    _says(launcher.run("bench", "../etc"), "请写明基准测试的名称", "Name a benchmark")


def test_outside_database_needs_an_owner(launcher: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Launcher(launcher.root, launcher.var, launcher.port)
    answer = subprocess.run(
        [sys.executable, "run.py", "manage", "check"],
        cwd=outside.root,
        env={**outside.environment, "DATABASE_URL": "postgresql://liankong_app@db/liankong"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    _says(answer, "还须设置 DATABASE_OWNER_URL", "DATABASE_OWNER_URL")


def test_fresh_leaves_a_folder_alone_that_is_not_ours(launcher: Launcher) -> None:
    stranger = launcher.var.parent / "别人的目录"
    stranger.mkdir()
    (stranger / "letter.txt").write_text("keep me")
    other = Launcher(launcher.root, stranger, launcher.port)
    _says(other.run("--fresh", "--no-demo", "--port", str(launcher.port)), "不会清空它", "leaves it alone")
    assert (stranger / "letter.txt").read_text() == "keep me"


@pytest.fixture
def small_project() -> Iterator[Path]:
    """A project whose requirement is one package, with an environment still to be made."""
    base = Path(tempfile.mkdtemp(prefix="联控 安装 "))
    (base / "requirements").mkdir()
    hash_of_nothing = "0" * 64
    text = f"polib==1.2.0 \\\n    --hash=sha256:{hash_of_nothing}\n"
    (base / "requirements" / "local.txt").write_text(text)
    shutil.copy2(ROOT / "run.py", base / "run.py")
    shutil.copytree(ROOT / "deploy" / "local", base / "deploy" / "local")
    shutil.copy2(ROOT / "deploy" / "__init__.py", base / "deploy" / "__init__.py")
    yield base
    shutil.rmtree(base)


@pytest.mark.parametrize("with_uv", [False, True])
def test_unreachable_registry(small_project: Path, with_uv: bool) -> None:
    """An index on a closed port of this machine, for pip and for uv."""
    nowhere = "http://127.0.0.1:9/simple"
    base = Path(sys.base_prefix, "bin")
    python = base / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    environment = {
        "PATH": f"{base}:/usr/bin:/bin" if not with_uv else os.environ["PATH"],
        "HOME": str(small_project),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": nowhere,
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
        "UV_DEFAULT_INDEX": nowhere,
        "UV_NO_CONFIG": "1",
        "UV_NO_CACHE": "1",
    }
    answer = subprocess.run(
        [python, "run.py", "manage", "check"],
        cwd=small_project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    _says(answer, "无法从软件源取得软件包", "registry can't be reached")


def _in_own_mounts(script: str) -> "subprocess.CompletedProcess[str]":
    """Run a shell script in a mount namespace of its own; skips where that isn't allowed."""
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], check=False).returncode:
        pytest.skip("mounting in a namespace of its own needs root and the right to mount")
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces are a Linux thing")
def test_full_disk(launcher: Launcher) -> None:
    """A disk of 20 MB: initdb needs about 40."""
    small = launcher.var.parent / "small"
    small.mkdir()
    run = shlex.join([sys.executable, str(launcher.root / "run.py"), "--port", str(launcher.port)])
    variables = shlex.join([f"LIANKONG_VENV={sys.prefix}", f"LIANKONG_VAR={small}/var"])
    clean = " ".join(f"-u {name}" for name in NOT_INHERITED)
    answer = _in_own_mounts(
        f"chmod 711 {shlex.quote(str(small))}; mount -t tmpfs -o size=20m,mode=711 none {shlex.quote(str(small))};"
        f"env {clean} {variables} {run}"
    )
    _says(answer, "磁盘空间不足", "Disk full")


@pytest.mark.parametrize(
    ("complaint", "said"),
    [
        ('psycopg.errors.DiskFull: could not extend file "base/1/2": No space left on device', "磁盘空间不足"),
        ("django.db.utils.OperationalError: server closed the connection", "数据准备失败，详见"),
    ],
)
def test_preparing_that_fails_says_why_and_shows_no_traceback_first(
    small_project: Path, complaint: str, said: str
) -> None:
    """A disk that fills up while the demo is loaded: PostgreSQL tells Django, Django tells us."""
    lines = ["Traceback (most recent call last):", '  File "a.py", line 1, in x', "    execute()", complaint]
    code = f"import sys; sys.exit({chr(10).join(lines)!r})"
    (small_project / "manage.py").write_text(code, encoding="utf-8")
    places = Places(small_project, small_project / "var", Path(sys.prefix))
    places.prepare()
    with pytest.raises(Trouble) as told:
        preparing.bring_up_to_date(places, Addresses("", "", ""), demo=False)
    assert said in str(told.value)
    assert not [line for line in lines[:3] if line in str(told.value)]
    kept = places.log / "prepare.log"
    assert (complaint in kept.read_text(encoding="utf-8")) if "prepare.log" in str(told.value) else not kept.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces are a Linux thing")
def test_missing_venv_package(small_project: Path) -> None:
    """Debian's Python without python3-venv: ensurepip is not there, nor is pip, nor uv."""
    python = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    empty = small_project / "empty"
    empty.mkdir()
    question = "import ensurepip, pip; print(ensurepip.__path__[0]); print(pip.__path__[0])"
    found = subprocess.run([python, "-c", question], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip("this Python lacks ensurepip or pip already")
    hide = "".join(f"mount --bind {shlex.quote(str(empty))} {shlex.quote(p)};" for p in found.stdout.splitlines())
    here = shlex.quote(str(small_project))
    answer = _in_own_mounts(f"{hide} cd {here}; env -i PATH=/usr/sbin:/sbin HOME={here} {python} run.py manage check")
    _says(answer, "apt-get install python3-venv", "apt-get install python3-venv")
