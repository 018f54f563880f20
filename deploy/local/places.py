"""Where things are kept: the project folder, its var/ folder, the short folder for sockets."""

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.local.account import Account
from deploy.local.messages import Trouble

# sun_path holds 108 bytes on Linux and 104 on macOS, and ".s.PGSQL.5432.lock" has to fit behind it.
LONGEST_SOCKET_FOLDER = 80

MARKER = ".liankong"
HOME_NOTE = "servers-home"
HOME_ELSEWHERE = "/var/lib/liankong-"


@dataclass(frozen=True)
class Places:
    """The folders of one installation; `var` is everything that is written at run time."""

    root: Path
    var: Path
    venv: Path

    @classmethod
    def of(cls, root: Path) -> "Places":
        """Folders of the project at `root`; LIANKONG_VAR and LIANKONG_VENV override the usual two."""
        root = root.resolve()
        var = Path(os.environ.get("LIANKONG_VAR") or root / "var").absolute()
        venv = Path(os.environ.get("LIANKONG_VENV") or root / ".venv").absolute()
        return cls(root=root, var=var, venv=venv)

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def run(self) -> Path:
        """Records of running processes, locks."""
        return self.var / "run"

    @property
    def log(self) -> Path:
        return self.var / "log"

    def prepare(self) -> None:
        """Create var/ and mark it as ours, so that `--fresh` may empty it later."""
        ours = not self.var.exists() or not any(self.var.iterdir()) or self.var == self.root / "var"
        self.var.mkdir(parents=True, exist_ok=True)
        (self.var / "static").mkdir(exist_ok=True)  # WhiteNoise warns of a missing folder
        for private in (self.run, self.log):
            private.mkdir(mode=0o700, exist_ok=True)
        if ours:
            (self.var / MARKER).touch()


def socket_folder(var: Path, account: Account | None) -> Path:
    """A private folder (mode 0700) with a short path for the sockets of the installation at `var`.

    A socket path may have about a hundred bytes, and var/ may lie deep or have a Chinese name, so
    the folder lies in the system's temporary folder under a hash of var/. Raises Trouble when
    somebody else's folder sits under that name.
    """
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    name = f"liankong-{os.geteuid()}-{digest}"
    base = tempfile.gettempdir()
    if len(os.fsencode(base)) + len(name) + 1 > LONGEST_SOCKET_FOLDER or not base.isascii():
        base = "/tmp"
    folder = Path(base, name)
    folder.mkdir(mode=0o700, exist_ok=True)
    keeper = account.uid if account else os.geteuid()
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (keeper, os.geteuid()):
        raise Trouble(
            f"{folder} 属于其他用户，无法用来放置套接字，请删除它或设置 TMPDIR。",
            f"{folder} belongs to another user; remove it or set TMPDIR to a folder of your own.",
        )
    if account:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def server_home(var: Path, name: str, account: Account | None) -> Path:
    """Where the embedded server `name` keeps its data: in var/, or for root, where `account` can get.

    `nobody` can't walk into root's own home. There the data lie under /var/lib, in a folder whose
    random name is kept in var/, so that a new clone at the same place never meets old data.
    """
    if account is None or account.reaches_through(var):
        return var / name
    note = var / HOME_NOTE
    if not note.exists():
        home = Path(HOME_ELSEWHERE + secrets.token_hex(6))
        home.mkdir(mode=0o711)
        note.write_text(str(home), encoding="utf-8")
    return Path(note.read_text(encoding="utf-8").strip()) / name


def forget_server_home(var: Path) -> None:
    """Remove the folder under /var/lib that `server_home` made for this var/, if it made one."""
    note = var / HOME_NOTE
    if note.exists():
        home = note.read_text(encoding="utf-8").strip()
        if home.startswith(HOME_ELSEWHERE) and home.count("/") == HOME_ELSEWHERE.count("/"):
            shutil.rmtree(home, ignore_errors=True)
        note.unlink()
