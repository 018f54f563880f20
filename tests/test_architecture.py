"""Promise: arrows point one way, files stay small and named after what they hold, and nothing of others is committed."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = ("regions", "enforcement", "config", "deploy", "benchmarks", "tests")
ATTICS = {"utils", "util", "common", "core", "helpers", "helper", "misc", "tools", "shared"}
APPS = (
    "timeline",
    "issues",
    "findings",
    "patrols",
    "inspections",
    "crossregion",
    "oversight",
    "notices",
    "statistics",
    "desk",
)
#: Written by machines: the catalogue, the locked requirements, boundaries, what Django and pghistory generate.
GENERATED = re.compile(r"^(locale/|requirements/.*\.txt$|regions/data/)|/migrations/|^docs/lifecycle\.md$")


@cache
def tracked() -> tuple[str, ...]:
    """Every file of the project: what git knows, or all of the folder where there is no git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return tuple(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())
    hidden = {".git", ".venv", "var", "__pycache__", "node_modules"}
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(
        str(path) for path in found if not hidden & set(path.parts) and not path.name.endswith((".pyc", ".mo"))
    )


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def modules() -> list[str]:
    return [name for name in tracked() if name.endswith(".py") and name.split("/")[0] in CODE]


def test_imports_point_one_way() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    if not command.exists():
        pytest.skip("import-linter isn't installed: it comes with requirements/dev.txt, and run.py check runs it")
    done = subprocess.run([str(command), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_every_app_is_under_the_contracts() -> None:
    contracts = text_of("pyproject.toml")
    found = {name.split("/")[1] for name in tracked() if re.match(r"enforcement/\w+/apps\.py$", name)}
    assert found == set(APPS)
    assert all(f"enforcement.{app}" in contracts for app in found)


def test_regions_imports_nothing_of_ours() -> None:
    wrong = [
        f"{name}: {target}"
        for name in modules()
        if name.startswith("regions/")
        for target in imported(name)
        if target.split(".")[0] in {"enforcement", "config", "deploy"}
    ]
    assert not wrong


def test_the_product_doesnt_import_its_tests_or_benchmarks() -> None:
    wrong = [
        f"{name}: {target}"
        for name in modules()
        if name.split("/")[0] in {"regions", "enforcement", "config"}
        for target in imported(name)
        if target.split(".")[0] in {"tests", "benchmarks"}
    ]
    assert not wrong


def imported(name: str) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(text_of(name))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append(node.module or "")
    return found


def test_there_is_no_attic() -> None:
    wrong = [name for name in tracked() if ATTICS & {part.removesuffix(".py") for part in name.split("/")}]
    assert not [name for name in wrong if not name.startswith("requirements/")], "name it after what it holds"


def test_files_have_one_subject() -> None:
    long = {}
    for name in tracked():
        if name.endswith((".py", ".html", ".css", ".js", ".md")) and not GENERATED.search(name):
            lines = text_of(name).count("\n")
            if lines >= 500:
                long[name] = lines
    assert not long, "split by the nouns inside"


def test_every_module_of_the_product_says_what_it_is_for() -> None:
    silent = [
        name
        for name in modules()
        if name.split("/")[0] in {"regions", "enforcement", "config", "deploy", "benchmarks"}
        and not GENERATED.search(name)
        and Path(name).name not in {"__init__.py", "apps.py", "urls.py", "api_urls.py"}
        and not ast.get_docstring(ast.parse(text_of(name)))
    ]
    assert not silent


#: Put together here, so that this file doesn't hold what it looks for.
_REGISTRIES = ("py" + "pi.org", "python" + "hosted", "npm" + "js.", "index" + "-url", "find" + "-links")
_PATHS = tuple(f"/{name}/" for name in ("work", "root", "home", "Users"))


def test_no_registry_and_no_machine_is_named() -> None:
    wrong = [
        f"{name}: {word}"
        for name in tracked()
        if not name.endswith((".geojson", ".svg"))
        for word in (*_REGISTRIES, *_PATHS)
        if word in text_of(name)
    ]
    assert not wrong


def test_requirements_are_locked_by_hashes() -> None:
    locked = [name for name in tracked() if re.match(r"requirements/.*\.txt$", name)]
    assert locked
    for name in locked:
        entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", text_of(name)).strip())
        for entry in entries:
            assert "://" not in entry, f"{name}: {entry[:80]}"
            assert re.match(r"[A-Za-z0-9._\[\],-]+==", entry), f"{name}: {entry[:80]}"
            assert "--hash=sha256:" in entry, f"{name}: {entry[:80]}"


def test_every_locked_file_has_its_source() -> None:
    names = {Path(name).stem for name in tracked() if name.startswith("requirements/") and name.endswith(".txt")}
    assert names == {Path(name).stem for name in tracked() if name.startswith("requirements/") and name.endswith(".in")}


def test_nothing_of_others_is_committed() -> None:
    foreign = re.compile(r"\.min\.|(^|/)(vendor|vendored|third_party|node_modules|dist|static/leaflet|static/htmx)/")
    assert not [name for name in tracked() if foreign.search(name)]
    packed = [
        name
        for name in tracked()
        if name.endswith((".js", ".css")) and any(len(line) > 500 for line in text_of(name).splitlines())
    ]
    assert not packed, "a line of that length was written by a machine"
    notices = re.compile(r"(?i)copyright \(c\)|licensed under the (mit|bsd|apache)|@license")
    said = [
        name for name in tracked() if name.endswith((".py", ".js", ".css", ".html")) and notices.search(text_of(name))
    ]
    assert not [name for name in said if name != "tests/test_architecture.py"]


def test_nothing_binary_and_nothing_big_is_committed() -> None:
    kinds = {Path(name).suffix for name in tracked()}
    assert not kinds & {
        ".zip",
        ".whl",
        ".exe",
        ".so",
        ".jar",
        ".db",
        ".sqlite3",
        ".pyc",
        ".mo",
        ".woff",
        ".woff2",
        ".ttf",
    }
    big = {name: (ROOT / name).stat().st_size for name in tracked() if (ROOT / name).stat().st_size > 2_000_000}
    assert not big


def test_code_and_comments_are_ours_to_read() -> None:
    """Documents of developers are English; Chinese belongs in strings people see, and in the office's own words."""
    han = re.compile(r"[一-鿿]{12,}")
    wrong = []
    for name in modules():
        if GENERATED.search(name) or name.startswith("tests/"):
            continue
        comments = [line for line in text_of(name).splitlines() if line.strip().startswith("#")]
        wrong += [f"{name}: {line.strip()[:60]}" for line in comments if han.search(line)]
    assert not wrong
