"""Promise: whatever kills the worker, every due reminder reaches its inbox once: none missing, none doubled.

Twenty times the whole process group of a real worker is killed (-9) while it sweeps, over 1,000 due pairs and two
recipients each. Letters go out at least once: none missing, and no more than one doubled by each process killed.
"""

import random
import re
import time
from datetime import date, timedelta

import pytest

from enforcement.issues.models import Responsibility
from enforcement.notices.actions.doorbell import ring
from enforcement.notices.models import Delivery, Notice, Reminder
from enforcement.timeline import clock
from regions.models import Officer, Posting
from regions.roles import Role
from tests.enforcement.notices.seats import issues
from tests.faults.machinery import Machinery, wait_until
from tests.scenarios import cast as casting

pytestmark = [pytest.mark.faults, pytest.mark.slow]

PAIRS, KILLS = 1000, 20
SWEEP = "enforcement.notices.tasks.remind_and_escalate"


def test_twenty_kills_over_a_thousand_due_pairs(machinery: Machinery, capsys: pytest.CaptureFixture[str]) -> None:
    seed = random.SystemRandom().randrange(10**6)
    dice = random.Random(seed)
    machinery.settings = {"REMINDER_BATCH": "1"}  # fifty transactions a round: a kill falls between or into them
    parts, today = due_parts()
    done, halved = 0, 0
    for first in range(0, PAIRS, PAIRS // KILLS):
        fresh = parts[first : first + PAIRS // KILLS]
        Responsibility.objects.filter(pk__in=fresh).update(stage_due_on=today)
        worker = machinery.forked_worker()
        ring(SWEEP), ring(SWEEP)  # two schedulers
        assert wait_until(lambda: told() > done, 120, step=0.01), machinery.said("nursery")  # noqa: B023
        time.sleep(dice.uniform(0, 0.02))
        machinery.kill(worker)
        halved += done < told() < 2 * (first + len(fresh))
        done = told()
    Delivery.objects.filter(sent_at=None).update(lease_until=None)  # five minutes later: the leases of the killed end
    machinery.worker()
    ring(SWEEP)
    assert wait_until(lambda: told() >= 2 * PAIRS, 120), (seed, told())
    time.sleep(1)  # for a doubled one to show
    rows = list(Notice.objects.filter(kind="due_today").values_list("responsibility", "recipient"))
    assert len(rows) == len(set(rows)) == 2 * PAIRS, seed
    assert Reminder.objects.filter(offset_days=0).count() == PAIRS
    assert halved, f"no kill met a sweep at work: nothing was tried (seed {seed})"
    doubled = letters_arrive(machinery)
    with capsys.disabled():
        print(f"\n{KILLS} kills, {halved} amid a sweep; inbox: 0 missing, 0 doubled; letters doubled: {doubled}")


def due_parts() -> tuple[list[int], date]:
    """1,000 responsibilities, five to an issue, not due yet. Each bureau has a handler; one person handles for all five."""
    cast = casting.make()
    bureaus = (cast.xinghualing, cast.xinghualing_team, cast.yaodu, cast.taiyuan, cast.linfen)
    second = Officer.objects.create_officer("second-handler", "另一承办人", email="handler@example.org")
    for bureau in bureaus:
        cast.officer(bureau, Role.HANDLER)
        Posting.objects.create(officer=second, bureau=bureau, role=Role.HANDLER, since=casting.SINCE)
    today = clock.today()
    with clock.moved_to(clock.now() - timedelta(hours=1)):  # as a replay does: no outbox, only the sweep has work
        issues(cast, PAIRS // len(bureaus), *bureaus)
    Responsibility.objects.update(stage_due_on=today + timedelta(days=90))
    return list(Responsibility.objects.order_by("pk").values_list("pk", flat=True)), today


def told() -> int:
    return Notice.objects.filter(kind="due_today").count()


def letters_arrive(machinery: Machinery) -> int:
    """Every letter arrives; gives how many came twice."""
    ring("enforcement.notices.tasks.send_letters")
    assert wait_until(lambda: not Delivery.objects.filter(sent_at=None).exists(), 120), machinery.said("nursery")
    posted = "".join(path.read_text() for path in (machinery.folder / "mail").iterdir())
    arrived = re.findall(r"^Message-ID: <(.+)@liankong>", posted, re.M)
    filled = Delivery.objects.filter(notices__isnull=False).distinct()
    assert {str(letter.key) for letter in filled} == set(arrived)
    doubled = len(arrived) - len(set(arrived))
    assert doubled <= KILLS * 2  # two processes in the pool, each between sending one letter and marking it
    return doubled
