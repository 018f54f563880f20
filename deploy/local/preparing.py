"""The database brought up to date: migrations, reference data and, if wanted, the demo."""

import subprocess
import threading
from contextlib import suppress
from itertools import dropwhile
from pathlib import Path
from typing import IO

from deploy.local.messages import Trouble, disk_full, say, tells_of_full_disk
from deploy.local.places import Places
from deploy.local.surroundings import Addresses, for_django, mark_of


def bring_up_to_date(places: Places, addresses: Addresses, *, demo: bool) -> None:
    """All in one process, as every start of Django costs seconds; its progress is shown as it comes.

    Raises Trouble when it fails, with the last lines of what it complained of. The whole of it, and what a good run warned of, is in prepare.log.
    """
    say("更新数据库结构与数据。", "Bringing the database up to date.")
    command = [str(places.python), "manage.py", "prepare", *([] if demo else ["--no-demo"])]
    variables = for_django(
        places, addresses, STATEMENT_TIMEOUT_MS="0", LIANKONG_DEMO=str(int(demo)), **mark_of(places.var)
    )
    process = subprocess.Popen(
        command, cwd=places.root, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr
    complaints: list[bytes] = []
    reader = threading.Thread(target=_read, args=(process.stderr, complaints), daemon=True)
    reader.start()
    try:
        code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
    reader.join(5)
    said = b"".join(complaints).decode("utf-8", "replace")
    if code and tells_of_full_disk(said, places.var):
        raise disk_full(places.var)
    log = places.log / "prepare.log"
    with suppress(OSError):
        log.write_text(said, encoding="utf-8")
    if code:
        raise _failure(log, said)


def _read(stream: IO[bytes], lines: list[bytes]) -> None:
    """Kept in memory: on a full disk a log would lose the very words that say so."""
    with stream:
        lines.extend(stream)


def _failure(log: Path, complaints: str) -> Trouble:
    return Trouble(
        f"数据准备失败，详见 {log}。",
        f"Preparing the data failed; see {log}.",
        "\n".join(_reason(complaints.splitlines())[-12:]),
    )


def _reason(lines: list[str]) -> list[str]:
    """What stands below the last traceback; all of it when there is none."""
    calls = [place for place, line in enumerate(lines) if line.startswith("  File ")]
    below = lines[calls[-1] + 1 :] if calls else lines
    return list(dropwhile(lambda line: line.startswith("    "), below))
