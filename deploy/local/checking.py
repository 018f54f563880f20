"""`python3 run.py check`: lint, types, import contracts, templates, migrations, translations."""

import subprocess
import time

from deploy.local import virtualenv
from deploy.local.messages import say
from deploy.local.places import Places
from deploy.local.running import manage

# Run as modules: a script's first line can't hold a path with a space.
CONTRACTS = "from importlinter.cli import lint_imports_command as check; check()"
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "--output-format", "concise", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "--output-format", "concise", "."],
    "mypy": ["-m", "mypy"],
    "import contracts": ["-c", CONTRACTS],
    "templates": ["-m", "djlint", "templates", "--lint"],
    "catalogue": ["-m", "deploy.checks.catalogue"],
}


def check(places: Places, arguments: list[str]) -> int:
    """Run the checks named, or all; every one runs even after one has failed. Gives 1 if any failed."""
    places.prepare()
    virtualenv.ensure(places, "dev")
    failed = []
    for name, command in CHECKS.items():
        if arguments and name not in arguments:
            continue
        began = time.monotonic()
        print(f"== {name}", flush=True)
        if subprocess.run([places.python, *command], cwd=places.root, check=False).returncode:
            failed.append(name)
        print(f"   {time.monotonic() - began:.1f} s", flush=True)
    if not arguments or "migrations" in arguments:
        print("== migrations", flush=True)
        if manage(places, ["makemigrations", "--check", "--dry-run"]):
            failed.append("migrations")
    if failed:
        say(f"未通过：{'、'.join(failed)}。", f"Failed: {', '.join(failed)}.")
    return int(bool(failed))
