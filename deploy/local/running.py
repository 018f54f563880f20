"""The commands beside starting everything: tests, management commands, benchmarks."""

import os
import subprocess
from pathlib import Path

from deploy.local import catalogues, hosting, preparing, virtualenv
from deploy.local.messages import Trouble
from deploy.local.places import Places
from deploy.local.surroundings import for_command

# The test rig chooses these itself and refuses to guess when somebody else has.
SET_BY_THE_TESTS = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "LIANKONG_VAR")


def test(places: Places, arguments: list[str]) -> int:
    """Set up and run pytest; the tests start servers of their own (tests/rig)."""
    virtualenv.ensure(places, "test")
    catalogues.compile_stale(places)
    variables = {k: v for k, v in os.environ.items() if k not in SET_BY_THE_TESTS}
    command = [str(places.python), "-m", "pytest", *_in_parallel(arguments), *arguments]
    return foreground(command, places, variables)


def _in_parallel(arguments: list[str]) -> list[str]:
    """Three workers for the whole suite (on two cores one often waits for the database), each file on one of them, the long ones first (tests/conftest.py); a named file, a debugger or the user's own -n stay as they are."""
    chosen = any(
        word.startswith(("-n", "--numprocesses", "--pdb", "--collect", "--co", "--trace")) for word in arguments
    )
    named = any(Path(word.split("::")[0]).exists() for word in arguments if not word.startswith("-"))
    return [] if chosen or named else ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]


def manage(places: Places, arguments: list[str]) -> int:
    """Run a management command with the servers up, a launcher's or its own."""
    if not arguments:
        raise Trouble(
            "请写明管理命令，例如：", "Name a management command, for example:", "python3 run.py manage check"
        )
    places.prepare()
    virtualenv.ensure(places, "local")
    with hosting.servers(places) as addresses:
        command = [str(places.python), "manage.py", *arguments]
        return foreground(command, places, for_command(places, addresses, arguments[0]))


def bench(places: Places, arguments: list[str]) -> int:
    """Run benchmarks/NAME.py on servers and data of its own, kept between runs in var/bench."""
    scripts = sorted(path.stem for path in (places.root / "benchmarks").glob("[a-z]*.py"))
    if not arguments or arguments[0] not in scripts:
        raise Trouble("请写明基准测试的名称：", "Name a benchmark:", "  ".join(scripts))
    places.prepare()
    own = Places(places.root, places.var / "bench", places.venv)
    own.prepare()
    virtualenv.ensure(places, "local")
    with hosting.servers(own) as addresses:
        preparing.bring_up_to_date(own, addresses, demo=False)
        command = [str(places.python), "-m", f"benchmarks.{arguments[0]}", *arguments[1:]]
        return foreground(command, own, for_command(own, addresses, "bench"))


def foreground(command: list[str], places: Places, variables: dict[str, str]) -> int:
    """Run in our own process group, so that Ctrl-C reaches it first; we wait for its own ending."""
    process = subprocess.Popen(command, cwd=places.root, env=variables)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
