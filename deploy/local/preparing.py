"""The database brought up to date: migrations, reference data and, if wanted, the demo."""

import subprocess

from deploy.local.messages import Trouble, disk_full, say, tells_of_full_disk
from deploy.local.places import Places
from deploy.local.surroundings import Addresses, for_django, mark_of


def bring_up_to_date(places: Places, addresses: Addresses, *, demo: bool) -> None:
    """All in one process, as every start of Django costs seconds; its progress is shown as it comes.

    Raises Trouble when it fails; what it said stands on the screen then.
    """
    say("更新数据库结构与数据。", "Bringing the database up to date.")
    command = [str(places.python), "manage.py", "prepare", *([] if demo else ["--no-demo"])]
    variables = for_django(
        places, addresses, STATEMENT_TIMEOUT_MS="0", LIANKONG_DEMO=str(int(demo)), **mark_of(places.var)
    )
    process = subprocess.Popen(command, cwd=places.root, env=variables, stdin=subprocess.DEVNULL)
    try:
        code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
    if code and tells_of_full_disk("", places.var):
        raise disk_full(places.var)
    if code:
        raise Trouble("数据准备失败，原因见上文。", "Preparing the data failed; the reason stands above.")
