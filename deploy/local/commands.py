"""The command line of run.py."""

import argparse
import errno
import os
import subprocess
from pathlib import Path
from typing import NoReturn

from deploy.local import catalogues, hosting, serving, virtualenv
from deploy.local.messages import Trouble, disk_full, report, speak_utf8
from deploy.local.places import Places
from deploy.local.surroundings import for_command

ROOT = Path(__file__).resolve().parents[2]
INTERRUPTED = 130
USAGE = """\
python3 run.py [--port N] [--fresh] [--no-demo]   启动全部  start everything
python3 run.py test [pytest 参数 arguments]        运行测试  run the tests
python3 run.py manage COMMAND ...                 运行管理命令  run a management command
python3 run.py bench NAME ...                     运行基准测试  run a benchmark"""


class Arguments(argparse.ArgumentParser):
    """Refuses a wrong option with two sentences instead of argparse's one."""

    def error(self, message: str) -> NoReturn:
        raise Trouble("命令行参数有误。用法：", f"The command line is wrong: {message}. Usage:", USAGE)


def main(arguments: list[str]) -> int:
    """Run one command; gives the exit code. A Trouble is printed, never a traceback."""
    speak_utf8()
    os.umask(0o022)
    try:
        return dispatch(arguments)
    except Trouble as trouble:
        report(trouble)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        report(disk_full(error.filename or ROOT))
        return 1


def dispatch(arguments: list[str]) -> int:
    others = {"test": test, "manage": manage, "bench": bench}
    if arguments and arguments[0] in others:
        return others[arguments[0]](Places.of(ROOT), arguments[1:])
    options = _options(arguments)
    serving.serve(Places.of(ROOT), port=options.port, fresh=options.fresh, demo=not options.no_demo)
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = Arguments(prog="run.py", usage=USAGE, add_help=True, allow_abbrev=False)
    parser.add_argument("--port", type=_port, default=8000, help="网站端口，默认 8000  port of the site")
    parser.add_argument("--fresh", action="store_true", help="先清空全部数据  remove all data first")
    parser.add_argument("--no-demo", action="store_true", help="不加载演示数据  without the demo")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Trouble(
            f"--port 须为 1 到 65535 之间的整数，收到“{text}”。", f"--port is a number from 1 to 65535, not {text!r}."
        )
    return int(text)


def test(places: Places, arguments: list[str]) -> int:
    """Set up and run pytest; the tests start servers of their own (tests/rig)."""
    virtualenv.ensure(places, "test")
    catalogues.compile_stale(places)
    variables = {k: v for k, v in os.environ.items() if k not in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL")}
    command = [str(places.python), "-m", "pytest", *_in_parallel(arguments), *arguments]
    return subprocess.run(command, cwd=places.root, env=variables, check=False).returncode


def _in_parallel(arguments: list[str]) -> list[str]:
    """Two workers for the whole suite; a named file, a debugger or the user's own -n stay as they are."""
    chosen = any(
        word.startswith(("-n", "--numprocesses", "--pdb", "--collect", "--co", "--trace")) for word in arguments
    )
    named = any(Path(word.split("::")[0]).exists() for word in arguments if not word.startswith("-"))
    return [] if chosen or named else ["-n", "2", "--dist", "loadgroup"]


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
        return _foreground(command, places, for_command(places, addresses, arguments[0]))


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
        migrate = [str(places.python), "manage.py", "migrate", "--verbosity", "0"]
        if code := _foreground(migrate, own, for_command(own, addresses, "migrate")):
            return code
        command = [str(places.python), "-m", f"benchmarks.{arguments[0]}", *arguments[1:]]
        return _foreground(command, own, for_command(own, addresses, "bench"))


def _foreground(command: list[str], places: Places, variables: dict[str, str]) -> int:
    """Run in our own process group, so that Ctrl-C reaches it first; we wait for its own ending."""
    process = subprocess.Popen(command, cwd=places.root, env=variables)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
