"""What the launcher says: one Chinese sentence, then the same in English."""

import shutil
import sys
from contextlib import suppress


class Trouble(Exception):
    """A condition the person at the keyboard can act on; printed as two sentences, then exit code 1.

    `zh` and `en` are complete sentences. `detail` holds the last lines of a log, shown below them.
    """

    def __init__(self, zh: str, en: str, detail: str = "") -> None:
        super().__init__(f"{zh}\n{en}" + (f"\n{detail}" if detail else ""))


def speak_utf8() -> None:
    """Let Chinese pass on a terminal that was told another encoding (replaced rather than refused)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace", line_buffering=True)


def say(zh: str, en: str) -> None:
    """Print one line of progress."""
    show(f"· {zh}  {en}")


def show(text: str) -> None:
    """Print; a terminal that was closed meanwhile must not bring down what is being supervised."""
    with suppress(OSError):
        print(text, flush=True)


def report(trouble: Trouble) -> None:
    """Print a trouble on standard error."""
    print(trouble, file=sys.stderr, flush=True)


NO_ROOM = ("No space left on device", "Check free disk space", "ENOSPC", "os error 28", "Disk quota exceeded")
HARDLY_ANY_ROOM = 16 * 1024 * 1024


def tells_of_full_disk(output: str, where: object) -> bool:
    """Whether a failure came from a full disk: its output says so, or the disk itself does."""
    return any(sign in output for sign in NO_ROOM) or shutil.disk_usage(str(where)).free < HARDLY_ANY_ROOM


def disk_full(where: object) -> Trouble:
    return Trouble(
        f"磁盘空间不足：{where} 所在的磁盘已写满，请腾出至少 2 GB 后重新运行。",
        f"Disk full: the disk holding {where} has no room left; free at least 2 GB and run again.",
    )


def tail(path: object, lines: int = 12) -> str:
    """The last lines of a log file, or an empty string when there is none."""
    try:
        with open(str(path), "rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - 8192))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""
