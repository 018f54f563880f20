"""The command line of run.py."""

import argparse
import errno
import os
from pathlib import Path
from typing import NoReturn

from deploy.local import checking, running, serving
from deploy.local.messages import Trouble, disk_full, report, speak_utf8
from deploy.local.places import Places

ROOT = Path(__file__).resolve().parents[2]
INTERRUPTED = 130
USAGE = """\
python3 run.py [--port N] [--fresh] [--no-demo]   启动全部  start everything
python3 run.py test [pytest 参数 arguments]        运行测试  run the tests
python3 run.py manage COMMAND ...                 运行管理命令  run a management command
python3 run.py bench NAME ...                     运行基准测试  run a benchmark
python3 run.py check [NAME ...]                   代码检查  lint, types, contracts, translations"""


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
        refused = _told_by_the_system(error)
        if refused is None:
            raise
        report(refused)
        return 1


def _told_by_the_system(error: OSError) -> Trouble | None:
    """The sentence for what the operating system refused; None for what only a programmer can mend."""
    where = error.filename or ROOT
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(where)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Trouble(
            f"没有写入 {where} 的权限（可能曾由其他用户启动），请以该目录的所有者运行，或用 LIANKONG_VAR 另选目录。",
            f"{where} may not be written (perhaps another user started it once); run as its owner, "
            "or choose another folder by LIANKONG_VAR.",
        )
    return None


def dispatch(arguments: list[str]) -> int:
    others = {"test": running.test, "manage": running.manage, "bench": running.bench, "check": checking.check}
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
