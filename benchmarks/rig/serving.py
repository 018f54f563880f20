"""A gunicorn of ours or of the floor on loopback, and a bounded number of clients that knock in turn."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request: method, path with query, JSON body."""

    method: str
    path: str
    body: Any = None
    # Who knocks, where it isn't the same for all.
    token: str = ""


@contextmanager
def server(wsgi: str, workers: int = 2, **environment: str) -> Iterator[int]:
    """gunicorn with gthread workers of 4 threads each; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", wsgi, "--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "4",
        "--worker-class", "gthread", "--log-level", "error", "--keep-alive", "30",
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def knock(port: int, token: str, calls: Callable[[], Call], clients: int, seconds: float) -> tuple[float, float]:
    """Lets `clients` knock for `seconds`; gives requests per second and the median latency in ms.

    Raises RuntimeError for any answer that isn't 2xx: a fast refusal is no result.
    """
    stop = time.monotonic() + seconds
    times: list[float] = []
    faults: list[str] = []
    lock = threading.Lock()
    headers = {"Content-Type": "application/json"}

    def client() -> None:
        mine = []
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < stop and not faults:
            with lock:
                call = calls()
            began = time.monotonic()
            body = json.dumps(call.body) if call.body is not None else None
            mine_too = {**headers, "Authorization": f"Token {call.token or token}"}
            connection.request(call.method, call.path, body, mine_too)
            answer = connection.getresponse()
            content = answer.read()
            mine.append(time.monotonic() - began)
            if answer.status >= 300:
                faults.append(f"{call.method} {call.path}: {answer.status} {content[:300].decode(errors='replace')}")
        connection.close()
        with lock:
            times.extend(mine)

    began = time.monotonic()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(faults[0])
    return len(times) / (time.monotonic() - began), statistics.median(times) * 1000
