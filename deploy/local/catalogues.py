"""Translations: .po files compiled to .mo where they are stale, without gettext on the machine."""

import subprocess
from pathlib import Path

from deploy.local.messages import Trouble
from deploy.local.places import Places

# Run by the environment's Python, which has polib; the launcher itself has the standard library only.
COMPILE = """
import os, sys, polib
for source in sys.argv[1:]:
    target = source[:-3] + ".mo"
    draft = f"{target}.{os.getpid()}"
    polib.pofile(source).save_as_mofile(draft)
    os.replace(draft, target)
"""


def compile_stale(places: Places) -> None:
    """Compile every catalogue that is newer than its compiled form; raises Trouble naming a broken one."""
    sources = [str(path) for path in (places.root / "locale").rglob("*.po") if _stale(path)]
    if not sources:
        return
    done = subprocess.run([places.python, "-c", COMPILE, *sources], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble("翻译文件编译失败。", "A translation file could not be compiled.", done.stderr)


def _stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime
