"""Promise: a worker killed, or stopped, amid an import leaves not one issue; the next one brings in all of them, once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from enforcement.issues.actions import importing
from enforcement.issues.models import Issue, LedgerImport, LedgerRow, Responsibility, Stage
from enforcement.timeline.models import Event
from tests.rig.databases import CommittingDatabase
from tests.scenarios import cast as casting

from .ledgers import book, kept, line, lines

ROWS = 40
SCRIPT = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
from django.conf import settings
settings.STORAGES["evidence"]["OPTIONS"] = {{"location": {folder!r}}}
import django
django.setup()
from enforcement.issues.actions import bringing_in, importing
importing.TELL_EVERY_S, bringing_in.CHUNK = 0, 2
told = importing._Beside.tell
importing._Beside.tell = lambda self, done: (told(self, done), time.sleep(0.1))
importing.DESK.work(sys.argv[1])
"""


@pytest.fixture
def ledger(committing_db: CommittingDatabase, settings, tmp_path: Path) -> LedgerImport:
    """A ledger that was looked at, asked to be imported, in a store other processes find."""
    evidence = {**settings.STORAGES["evidence"], "OPTIONS": {"location": str(tmp_path / "evidence")}}
    settings.STORAGES = {**settings.STORAGES, "evidence": evidence}
    open_ = line("0", 办理情况="待签收", 完成时间=None, 签收时间=None)
    made = kept(casting.make(), book(lines(open_, *(line(str(n)) for n in range(1, ROWS)))))
    importing.DESK.work(str(made.pk))
    importing.ask(made, "import")
    return made


def worker(ledger: LedgerImport, database: CommittingDatabase, folder: Path) -> "subprocess.Popen[bytes]":
    script = folder / "work.py"
    script.write_text(SCRIPT.format(folder=str(folder / "evidence")))
    environment = database.environment(PYTHONPATH=os.getcwd())
    return subprocess.Popen([sys.executable, str(script), str(ledger.pk)], env=environment)


def wait_until_some_are_written(ledger: LedgerImport) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        ledger.refresh_from_db()
        if ledger.done >= 4:
            return
        time.sleep(0.05)
    pytest.fail(f"no progress: {ledger.stage} {ledger.done} {ledger.sentence}")


def test_killed_or_stopped_it_leaves_nothing_and_begins_anew(ledger, committing_db, tmp_path) -> None:
    first = worker(ledger, committing_db, tmp_path)
    wait_until_some_are_written(ledger)
    assert not Issue.objects.exists(), "nothing is to be seen before all of it is there"
    first.send_signal(signal.SIGKILL)
    first.wait()
    ledger.refresh_from_db()
    assert (ledger.stage, ledger.attempts, ledger.imported_at) == (Stage.WORKING, 1, None)
    assert not Issue.objects.exists()
    assert not Event.objects.filter(subject_type="issue").exists()
    second = worker(ledger, committing_db, tmp_path)
    LedgerImport.objects.update(done=0)
    wait_until_some_are_written(ledger)
    importing.DESK.stop(ledger)
    assert second.wait(timeout=60) == 0
    ledger.refresh_from_db()
    assert (ledger.stage, Issue.objects.count()) == (Stage.CANCELLED, 0)
    importing.ask(ledger, "import")
    importing.DESK.work(str(ledger.pk))
    ledger.refresh_from_db()
    assert (ledger.stage, ledger.done) == (Stage.DONE, ROWS)
    assert Issue.objects.count() == LedgerRow.objects.count() == ROWS
    importing.DESK.work(str(ledger.pk))
    assert Issue.objects.count() == ROWS
    # Once the import is over, its steps are over too: an imported issue is closed as any other.
    waiting = LedgerRow.objects.get(key="0").issue
    assert waiting.state == "issued"
    with pytest.raises(DatabaseError, match="no action leads from issued to closed"), transaction.atomic():
        Responsibility.objects.filter(issue=waiting).update(state="closed", closed_at=waiting.issued_at)
