"""Reads every hostile file in a process of its own and prints its highest memory (MB); see ``test_formats``."""

import contextlib
import os
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")


def peak_kb() -> int:
    """The highest memory of this program: what the process held before it became this one doesn't count (`ru_maxrss` would)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    django.setup()
    from enforcement.patrols.tracks.problems import TrackRefused

    from .hostile_books import flagged_books, refused_books
    from .hostile_files import flagged_cases, refused_cases
    from .test_reading_tracks import read

    highest = 0
    for made in (refused_books, refused_cases, flagged_books, flagged_cases):
        for case in made():
            before = peak_kb()
            with contextlib.suppress(TrackRefused):
                read(case.data)
            after = peak_kb()
            highest = max(highest, after)
            if os.environ.get("HOSTILE_VERBOSE") and after > before + 20_000:
                print(case.name, before // 1024, after // 1024)
    print(highest // 1024)


if __name__ == "__main__":
    main()
