"""`python3 run.py`: everything up, one address and the demo accounts on the screen."""

import errno
import shutil
import signal
import socket
import time
import urllib.error
import urllib.request
from types import FrameType

from deploy.local import accounts, catalogues, hosting, preparing, processes, virtualenv
from deploy.local.child import Child
from deploy.local.messages import Trouble, say, show, tail
from deploy.local.parts import EmbeddedParts
from deploy.local.places import MARKER, Places, forget_server_home
from deploy.local.supervisor import Plain, Supervisor
from deploy.local.surroundings import Addresses, for_django, mark_of

HOST = "127.0.0.1"
PATIENCE_FOR_THE_FIRST_PAGE = 180.0
SLOW_STATEMENT_MS = "600000"  # a worker may take longer over one statement than a page


def serve(places: Places, *, port: int, fresh: bool, demo: bool) -> None:
    """Set up, start, watch until told to stop; raises Trouble when something stands in the way."""
    began = time.monotonic()
    _treat_as_interrupt(*_endings())
    places.prepare()
    virtualenv.ensure(places, "local")
    with hosting.as_host(places):
        hosting.end_orphans(places)
        parts = EmbeddedParts(places)
        if fresh:
            _empty(places, parts)
            parts = EmbeddedParts(places)
        _check_port(port)
        catalogues.compile_stale(places)
        plain = [Plain(child) for child in _children(places, parts.addresses, port, demo=demo)]
        supervisor = Supervisor([*parts.running, *plain])
        try:
            parts.start()
            preparing.bring_up_to_date(places, parts.addresses, demo=demo)
            for one in plain:
                one.start()
            _wait_for_first_page(port, plain[0].child)
            _greet(places, port, time.monotonic() - began, demo=demo)
            _watch(supervisor)
        finally:
            for number in _endings():
                signal.signal(number, signal.SIG_IGN)  # each stop below is bounded; none may be cut short
            say("正在停止。", "Stopping.")
            supervisor.stop()
            parts.stop()


def _empty(places: Places, parts: EmbeddedParts) -> None:
    """Remove everything in var/ but the locks; the embedded servers must not run any more."""
    if parts.postgres is None:
        raise Trouble(
            "--fresh 只能清空内置数据库；当前通过 DATABASE_URL 使用外部数据库。",
            "--fresh empties the embedded database only; DATABASE_URL names another one.",
        )
    if not (places.var / MARKER).exists():
        raise Trouble(
            f"{places.var} 不是由本程序创建的目录，--fresh 不会清空它。",
            f"{places.var} was not created by this program; --fresh leaves it alone.",
        )
    say("清空全部数据。", "Removing all data.")
    for part in parts.running:
        part.end_orphans()
        shutil.rmtree(part.home, ignore_errors=True)
    forget_server_home(places.var)
    for entry in places.var.iterdir():
        if entry == places.run or entry.name == MARKER:
            continue
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    places.prepare()


def _check_port(port: int) -> None:
    """A port that is taken is found out before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise Trouble(
                    f"没有权限使用端口 {port}，请用 --port 指定 1024 以上的端口。",
                    f"Port {port} needs more rights; choose one above 1024 by --port.",
                ) from None
            raise Trouble(
                f"端口 {port} 已被占用，请用 --port 指定其他端口，例如 --port {port + 1 if port < 65535 else 8001}。",
                f"Port {port} is taken; choose another, for example --port {port + 1 if port < 65535 else 8001}.",
            ) from None


def _children(places: Places, addresses: Addresses, port: int, *, demo: bool) -> list[Child]:
    variables = for_django(places, addresses, LIANKONG_DEMO=str(int(demo)), **mark_of(places.var))
    slow = variables | {"STATEMENT_TIMEOUT_MS": SLOW_STATEMENT_MS}
    gunicorn = ["gunicorn", "config.wsgi:application", "--bind", f"{HOST}:{port}", "--worker-class", "gthread"]
    gunicorn += ["--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "10"]
    gunicorn += ["--no-control-socket"]
    celery = ["celery", "-A", "config.celery"]
    worker = [*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    beat = [*celery, "beat", "--schedule", str(places.run / "beat-schedule"), "--loglevel", "INFO"]
    return [
        _child(places, "web", gunicorn, variables),
        _child(places, "worker", worker, slow),
        _child(places, "beat", beat, slow),
    ]


def _child(places: Places, name: str, module: list[str], variables: dict[str, str]) -> Child:
    """Programs are run as modules: a script's first line can't hold a path with a space."""
    command = [str(places.python), "-m", *module]
    return Child(name, command, places.run, places.log / f"{name}.log", places.root, variables)


def _wait_for_first_page(port: int, web: Child) -> None:
    say("启动网站。", "Starting the site.")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never by way of a proxy

    def served() -> bool:
        if not web.running:
            raise Trouble(f"网站未能启动，详见 {web.log}。", f"The site did not start; see {web.log}.", tail(web.log))
        try:
            direct.open(f"http://{HOST}:{port}/healthz", timeout=10).close()
        except urllib.error.HTTPError:
            return True  # it answers; worker and beat may still be on their way
        except OSError:
            return False
        return True

    if not processes.wait_until(served, PATIENCE_FOR_THE_FIRST_PAGE, step=0.1):
        raise Trouble(f"网站迟迟没有应答，详见 {web.log}。", f"The site does not answer; see {web.log}.", tail(web.log))


def _greet(places: Places, port: int, seconds: float, *, demo: bool) -> None:
    say(f"就绪，用时 {seconds:.0f} 秒。", f"Ready after {seconds:.0f} s.")
    if demo:
        accounts.show(places.var / "demo-accounts.json")
    show(f"\n    http://{HOST}:{port}/\n")
    say("按 Ctrl-C 停止。", "Press Ctrl-C to stop.")


def _watch(supervisor: Supervisor) -> None:
    def leave(number: int, frame: FrameType | None) -> None:
        supervisor.leaving.set()

    for number in _endings():
        signal.signal(number, leave)
    supervisor.watch()


def _endings() -> list[int]:
    """Signals that end us; a hang-up that was to be ignored (nohup) stays ignored."""
    hangup = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGINT, signal.SIGTERM, *hangup]


def _treat_as_interrupt(*numbers: int) -> None:
    """During set-up a termination unwinds like Ctrl-C, so that what was started is stopped."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)
