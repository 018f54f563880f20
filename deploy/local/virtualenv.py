"""The Python environment: created once from hash-locked requirement files, skipped in no time after.

No registry address stands here or in the requirement files: pip's and uv's own configuration on the
machine decides where packages come from.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.messages import Trouble, disk_full, say, tail, tells_of_full_disk
from deploy.local.places import Places

# Each level holds the ones before it.
LEVELS = ("core", "local", "test", "dev")
STAMP = "liankong-installed.json"
ROOM_NEEDED = 1_500_000_000
WRONG_HASH = ("DO NOT MATCH THE HASHES", "Hash mismatch", "hash mismatch")
NO_REGISTRY = (
    "Could not find a version",
    "No matching distribution",
    "NewConnectionError",
    "ConnectionError",
    "ReadTimeoutError",
    "ConnectTimeoutError",
    "Max retries exceeded",
    "Temporary failure in name resolution",
    "error sending request",
    "Failed to fetch",
    "dns error",
    "was not found in the package registry",
    "operation timed out",
)


def ensure(places: Places, level: str) -> None:
    """Make `places.venv` hold at least the packages of `level`; raises Trouble when that fails.

    A second start compares one hash. Two launchers at once wait for each other.
    """
    places.log.mkdir(parents=True, exist_ok=True)
    if _installed(places, level):
        return
    with _alone(places.venv):
        if _installed(places, level):
            return
        _check_room(places)
        _create(places)
        _install(places, level)
        _write_stamp(places, level)


def _installed(places: Places, level: str) -> bool:
    """Whether the stamp names this level, or a fuller one, with the hash of the present file."""
    try:
        stamp = json.loads((places.venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    fuller = LEVELS[LEVELS.index(level) :]
    return places.python.exists() and any(stamp.get(name) == _digest(places, name) for name in fuller)


def _digest(places: Places, level: str) -> str:
    try:
        return hashlib.sha256(_requirements(places, level).read_bytes()).hexdigest()
    except OSError:
        return "absent"


def _requirements(places: Places, level: str) -> Path:
    return places.root / "requirements" / f"{level}.txt"


def _write_stamp(places: Places, level: str) -> None:
    """Only this level counts from now on: what an older file asked for may have been replaced."""
    (places.venv / STAMP).write_text(json.dumps({level: _digest(places, level)}), encoding="utf-8")


@contextmanager
def _alone(venv: Path) -> Iterator[None]:
    venv.parent.mkdir(parents=True, exist_ok=True)
    with open(venv.with_name(venv.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _check_room(places: Places) -> None:
    free = shutil.disk_usage(places.venv.parent).free
    if free < ROOM_NEEDED and not places.python.exists():
        raise disk_full(places.venv.parent)


def _create(places: Places) -> None:
    if places.python.exists() and _python_works(places) and (shutil.which("uv") or _run([*_pip(places), "--version"])):
        return
    say("创建 Python 环境。", "Creating the Python environment.")
    if shutil.which("uv") and _run(["uv", "venv", "--clear", "--quiet", "--python", sys.executable, places.venv]):
        return
    if _run([sys.executable, "-m", "venv", "--clear", places.venv]):
        return
    # Debian keeps ensurepip in a package of its own; the system's pip can fill an environment without it.
    if _run([sys.executable, "-m", "pip", "--version"]) and _run(
        [sys.executable, "-m", "venv", "--clear", "--without-pip", places.venv]
    ):
        return
    if tells_of_full_disk("", places.venv.parent):
        raise disk_full(places.venv.parent)
    package = f"python{sys.version_info[0]}-venv"
    raise Trouble(
        f"缺少 {package}，也没有找到 uv 或 pip。请运行：apt-get install {package}",
        f"{package} is missing, and there is neither uv nor pip. Run: apt-get install {package}",
    )


def _python_works(places: Places) -> bool:
    """An environment may have been moved, or made by a Python that is gone or too old."""
    question = "import sys; raise SystemExit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([places.python, "-c", question], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _install(places: Places, level: str) -> None:
    wanted = _requirements(places, level)
    packages = len(re.findall(r"^[\w.\[\]-]+==", wanted.read_text(encoding="utf-8"), re.M))
    say(f"安装软件包（约 {packages} 个）。", f"Installing packages (about {packages}).")
    log = places.log / "setup.log"
    log.unlink(missing_ok=True)
    # Every file is checked against its hash, so taking it from any configured index is safe.
    uv: list[str | Path] = ["uv", "pip", "install", "--python", places.python, "--index-strategy", "unsafe-best-match"]
    ways = [[*uv, "--require-hashes", "-r", wanted]] if shutil.which("uv") else []
    ways.append([*_pip(places), "install", "--require-hashes", "--no-input", "-r", wanted])
    for way in ways:
        if _run(way, log, heartbeat=True):
            return
        if tells_of_full_disk(log.read_text(encoding="utf-8", errors="replace"), places.venv.parent):
            break
    raise _failure(places, log)


def _pip(places: Places) -> list[str | Path]:
    """pip inside the environment, or the system's working on it."""
    if (places.venv / "bin" / "pip").exists():
        return [places.python, "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", places.python]


def _run(command: list[str | Path], log: Path | None = None, *, heartbeat: bool = False) -> bool:
    """Run a set-up command with its output in the log; whether it succeeded."""
    environment = {"PIP_RETRIES": "2", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **os.environ}
    for inherited in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        environment.pop(inherited, None)
    with open(log or os.devnull, "ab") as output:
        try:
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        except OSError:
            return False
        finished = threading.Event()
        if heartbeat and log:
            threading.Thread(target=_show_life, args=(log, finished), daemon=True).start()
        try:
            return process.wait() == 0
        finally:
            finished.set()
            if process.poll() is None:
                process.kill()


def _show_life(log: Path, finished: threading.Event) -> None:
    """Every few seconds say how far the installation has come."""
    began = time.monotonic()
    while not finished.wait(5.0):
        seen = log.read_text(encoding="utf-8", errors="replace").count("\nCollecting ")
        seconds = int(time.monotonic() - began)
        count = f"，已取得 {seen} 个" if seen else ""
        count_en = f", {seen} fetched" if seen else ""
        say(f"仍在安装（{seconds} 秒{count}）。", f"Still installing ({seconds} s{count_en}).")


def _explain(output: str, signs: tuple[str, ...]) -> bool:
    return any(sign in output for sign in signs)


def _failure(places: Places, log: Path) -> Trouble:
    output = log.read_text(encoding="utf-8", errors="replace")
    if tells_of_full_disk(output, places.venv.parent):
        return disk_full(places.venv.parent)
    if _explain(output, WRONG_HASH):
        return Trouble(
            f"下载的软件包与锁定的校验值不符，未安装；请检查所用的软件源。详见 {log}。",
            f"A package does not match its locked hash and was not installed; check your package index. See {log}.",
        )
    if _explain(output, NO_REGISTRY):
        return Trouble(
            f"无法从软件源取得软件包，请检查网络或 pip/uv 的镜像设置后重新运行。详见 {log}。",
            f"The package registry can't be reached or lacks a package; check the network or the mirror "
            f"that pip or uv is configured with, then run again. See {log}.",
        )
    return Trouble(f"安装软件包失败。详见 {log}。", f"Installing packages failed. See {log}.", tail(log))
