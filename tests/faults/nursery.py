"""A process that has imported everything and forks a worker for each line it reads: twenty deaths, one import.

The worker is Celery's own, in a process group of its own; its number is printed.
"""

import os
import signal
import sys

import django

from config.celery import app


def raise_workers(arguments: list[str]) -> None:
    django.setup()
    app.loader.import_default_modules()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried by the system
    for _order in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            os.dup2(2, 1)  # its banner is no answer
            app.worker_main(arguments)
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    raise_workers(sys.argv[1:])
