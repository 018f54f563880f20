"""Is the English catalogue complete? Extracts every string anew and compares.

Run by `python3 run.py check`; needs GNU gettext for the extraction. Works on a copy, so that looking
changes nothing. Fails for a string that is missing, untranslated, doubtful (fuzzy), or whose
placeholders differ from the original's.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[2]
EXTRACTED = ("regions", "enforcement", "config", "templates", "locale")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
SHOWN = 40


def faults() -> list[str]:
    """One line for each string that is not properly translated."""
    with tempfile.TemporaryDirectory(prefix="liankong-catalogue-") as folder:
        catalogue = polib.pofile(str(_extract(Path(folder))))
    return [fault for entry in catalogue if not entry.obsolete for fault in _faults_of(entry)]


def _extract(folder: Path) -> Path:
    """Run makemessages on a copy of the project; gives the path of the merged catalogue."""
    for name in EXTRACTED:
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    (folder / "locale" / "en" / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "en", "--no-obsolete", "--verbosity", "0"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"The strings could not be extracted (is gettext installed?):\n{done.stderr}")
    return folder / "locale" / "en" / "LC_MESSAGES" / "django.po"


def _faults_of(entry: polib.POEntry) -> list[str]:
    where = ", ".join(f"{path}:{line}" for path, line in entry.occurrences[:2])
    if entry.fuzzy:
        return [f"doubtful: {entry.msgid!r} ({where})"]
    if not entry.translated():
        return [f"untranslated: {entry.msgid!r} ({where})"]
    originals = (entry.msgid, entry.msgid_plural) if entry.msgid_plural else (entry.msgid,)
    wanted = [sorted(PLACEHOLDER.findall(text)) for text in originals]
    translations = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
    return [
        f"placeholders differ: {entry.msgid!r} -> {text!r} ({where})"
        for text in translations
        if sorted(PLACEHOLDER.findall(text)) not in wanted
    ]


if __name__ == "__main__":
    found = faults()
    print("\n".join(found[:SHOWN]))
    if found:
        sys.exit(f"{len(found)} strings are not properly translated in locale/en.")
