"""Promise: the beat table is read like a timetable: sorted, each entry with its reason, each task a real one."""

import re
from pathlib import Path

import pytest

from config import celery as timetable
from config.celery import app

TEXT = Path(timetable.__file__).read_text(encoding="utf-8")
ENTRIES = sorted(app.conf.beat_schedule)


def test_entries_are_sorted_and_each_says_why() -> None:
    table = TEXT.split("app.conf.beat_schedule = {")[1]
    lines = [line.strip() for line in table.splitlines() if line.strip() not in ("", "}")]
    names = [match[1] for line in lines if (match := re.match(r'"([a-z-]+)":', line))]
    assert names == ENTRIES
    assert [line.startswith("#") for line in lines] == [True, False] * len(names)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_rings_a_task_that_is_there(name: str) -> None:
    app.loader.import_default_modules()
    assert app.conf.beat_schedule[name]["task"] in app.tasks


@pytest.mark.parametrize("name", ENTRIES)
def test_a_ring_nobody_answered_is_gone_when_the_next_one_comes(name: str) -> None:
    entry = app.conf.beat_schedule[name]
    assert entry["options"]["expires"] == entry["schedule"]
