"""The operating-system account the embedded servers run under.

PostgreSQL refuses to run as root, so root hands it (and Valkey) to `nobody`; anyone else runs them
under their own account.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.messages import Trouble


@dataclass(frozen=True)
class Account:
    """An unprivileged account that root may become."""

    uid: int
    gid: int

    def spawn_options(self) -> dict[str, Any]:
        """Keyword arguments that make subprocess start a child under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def reaches(self, path: Path) -> bool:
        """Whether this account may walk down to `path` and read it."""
        return self._may(path, stat.S_IROTH | stat.S_IXOTH) and self.reaches_through(path.parent)

    def reaches_through(self, folder: Path) -> bool:
        """Whether this account may walk down into `folder`, readable or not."""
        return all(self._may(step, stat.S_IXOTH) for step in (folder, *folder.parents))

    def _may(self, path: Path, bits_of_others: int) -> bool:
        found = path.stat()
        if found.st_uid == self.uid:
            wanted = bits_of_others << 6
        elif found.st_gid == self.gid:
            wanted = bits_of_others << 3
        else:
            wanted = bits_of_others
        return found.st_mode & wanted == wanted


def server_account() -> Account | None:
    """The account for embedded servers; None when they simply run as the present user."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise Trouble(
            "本机没有 nobody 账户，内置数据库不能以 root 运行，请换用普通用户启动。",
            "There is no account called nobody and the embedded database can't run as root; start as an ordinary user.",
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def present_user() -> str:
    """The name of the user we run as, as the database's peer authentication sees it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise Trouble(
            f"用户编号 {os.geteuid()} 没有对应的系统账户，内置数据库无法启动。",
            f"User id {os.geteuid()} has no account on this machine, which the embedded database needs.",
        ) from None
