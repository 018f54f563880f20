"""P12: the first view of pages in Chromium: kilobytes over the wire, render-blocking scripts, time until usable.

    python3 run.py bench page_weight            # 100,000 issues
    python3 run.py bench page_weight --quick    # 20,000

Settings of production but for TLS, static files compressed as there. Each page is opened in a browser that knows nothing
yet, at a phone's width, under 1.5 Mbit/s with 40 ms of latency and a processor four times slower. Usable: the first
contentful paint is there and the deferred scripts have run. Kilobytes are what came over the wire, all of it. Needs
Playwright (installed with the tests) and a Chromium (LIANKONG_CHROMIUM). Synthetic data.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks.rig.databases import database, on
from benchmarks.rig.serving import server
from benchmarks.rig.setting import arguments, enter

WEIGHT, USABLE = 300, 2.0
READER = "bench-supervisor"
PAGES = {
    "workbench": "/", "issues": "/issues/", "issue": "/issues/{number}/", "board": "/issues/board/",
    "calendar": "/issues/calendar/", "map": "/issues/map/", "statistics": "/statistics/", "comparison": "/statistics/compare/",
    "findings": "/findings/", "patrols": "/patrols/", "heat": "/patrols/heat/", "coverage": "/patrols/coverage/", "checks": "/inspections/",
    "interviews": "/oversight/interviews/", "rounds": "/rounds/", "inbox": "/notices/", "sign in": "/login/",
}  # fmt: skip
#: 1.5 Mbit/s both ways, as bytes a second.
NETWORK = {"offline": False, "latency": 40, "downloadThroughput": 187_500, "uploadThroughput": 187_500}
LOOK = """() => {
    const [page] = performance.getEntriesByType('navigation');
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const blocking = performance.getEntriesByType('resource').filter(
        entry => entry.initiatorType === 'script' && entry.renderBlockingStatus === 'blocking');
    return {usable: Math.max(page.domContentLoadedEventEnd, paint ? paint.startTime : Infinity) / 1000,
            blocking: blocking.map(entry => entry.name)};
}"""


def production(count: int, static: str) -> dict[str, str]:
    """Production's settings on a data set, over plain HTTP."""
    return on(count) | {
        "DJANGO_SETTINGS_MODULE": "config.settings.production", "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "SECURE_SSL_REDIRECT": "false", "STATIC_ROOT": static,
    }  # fmt: skip


def signed_in() -> dict[str, str]:
    """A session of the reader and the number of an issue; committed, in this process."""
    from django.conf import settings
    from django.test import Client

    from enforcement.issues.models import Issue
    from regions.models import Officer

    officer = Officer.objects.get(username=READER)
    client = Client(SERVER_NAME="localhost")
    client.force_login(officer)
    name = settings.SESSION_COOKIE_NAME
    number = Issue.objects.visible_to(officer).order_by("-id")[7].number
    return {"name": name, "value": client.cookies[name].value, "number": number}


def looked_at(browser: Any, address: str, cookie: dict[str, str]) -> dict[str, Any]:
    """One opening of a page: kB over the wire, seconds until usable, blocking scripts."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    try:
        if cookie:
            context.add_cookies([{**cookie, "url": address}])
        page = context.new_page()
        wire = context.new_cdp_session(page)
        sizes: list[float] = []
        wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        wire.send("Network.enable")
        wire.send("Network.emulateNetworkConditions", NETWORK)
        wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        answer = page.goto(address, wait_until="networkidle", timeout=60_000)
        if answer.status != 200:
            sys.exit(f"{address}: {answer.status}")
        return page.evaluate(LOOK) | {"kilobytes": sum(sizes) / 1000}
    finally:
        context.close()


def main() -> None:
    options = arguments("page_weight", issues=100_000, quick=20_000, described=__doc__ or "")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.exit("Playwright is missing: `python3 run.py test --co -q` installs what the tests need.")
    database(options.issues)
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.page_weight", "--signed-in", str(options.issues)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    session = json.loads(told.stdout.splitlines()[-1])
    found: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as static:
        environment = production(options.issues, static)
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
            env={**os.environ, **environment}, check=True,
        )  # fmt: skip
        with server("config.wsgi:application", **environment) as port, sync_playwright() as playwright:
            program = os.environ.get("LIANKONG_CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            cookie = {"name": session["name"], "value": session["value"]}
            for number in range(options.rounds + 1):
                for name, path in PAGES.items():
                    if options.only not in name:
                        continue
                    address = f"http://localhost:{port}{path.format(number=session['number'])}"
                    seen = looked_at(browser, address, {} if name == "sign in" else cookie)
                    if number:  # the first round warms the server
                        found.setdefault(name, []).append(seen)
            browser.close()
    report(found, options)


def report(found: dict[str, list[dict[str, Any]]], options: Any) -> None:
    print(f"{'page':<14}{'kB':>8}{'usable s':>10}   blocking scripts")
    heaviest = slowest = blocking = 0.0
    for name, seen in found.items():
        weight, usable = (statistics.median(one[key] for one in seen) for key in ("kilobytes", "usable"))
        scripts = {script for one in seen for script in one["blocking"]}
        heaviest, slowest, blocking = max(heaviest, weight), max(slowest, usable), blocking + len(scripts)
        print(f"{name:<14}{weight:>8.0f}{usable:>10.2f}   {' '.join(sorted(scripts)) or '-'}")
    goals = {
        "P12 weight": {"value": round(heaviest), "goal": WEIGHT, "unit": "kB"},
        "P12 usable": {"value": round(slowest, 2), "goal": USABLE, "unit": "s"},
        "P12 blocking": {"value": int(blocking), "goal": 0, "unit": "scripts"},
    }
    print(json.dumps({"name": "page_weight", "issues": options.issues, "synthetic": True, "goals": goals}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--signed-in"]:
        enter(on(int(sys.argv[2])))
        print(json.dumps(signed_in()))
    else:
        main()
