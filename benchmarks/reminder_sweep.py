"""P9: the reminder sweep beside the bare SQL that finds and marks the same rows, in turn, in one run.

    python3 run.py bench reminder_sweep            # 1,000,000 open issues
    python3 run.py bench reminder_sweep --quick    # 20,000

Every issue is open; due dates are spread over 120 working days, so that with the six offsets of practice 5 % of the
(issue, offset) pairs come due on any day. Each round is one further day: the bare SQL claims the day's pairs (SKIP LOCKED)
and marks them in a ledger of its own, as one statement; the sweep claims and marks them and writes inbox lines; then the
sweep runs again with nothing left to tell. A last measurement sweeps a day whose dates hold no issue at all. Synthetic data, in a database of its own.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg

from benchmarks.rig.databases import create, named, on
from benchmarks.rig.setting import arguments, enter

DAYS = 120
#: Offsets told on any day: three to whoever's turn it is, one to each level of supervision.
OFFSETS = (-3, -1, 0, 1, 3, 7)
FIRST = date(2024, 1, 2)

_FILL = """
INSERT INTO issues_handoff (number, bureau_id, year, serial, title, issued_at, issued_by_id, synthetic)
VALUES ('bench', %(province)s, 2024, 1, 'bench', now(), %(dispatcher)s, true);
INSERT INTO issues_issue (number, uuid, title, description, source, pollution_type, severity, starred, lon, lat, address,
    located_in_id, division_id, issuer_id, verifier_id, state, first_due_on, due_on, provisional, version, issued_at,
    issued_on, issued_by_id, imported, synthetic, bigrams)
SELECT 'B-' || n, gen_random_uuid(), 'bench', '', 'patrol', '', 'general', false, 112.5, 37.9, '',
    d.place, d.place, %(province)s, %(verifier)s, 'issued', %(far)s, %(far)s, false, 1, now(),
    '2024-01-02', %(dispatcher)s, false, true, '{}'
FROM generate_series(1, %(count)s) AS n
JOIN unnest(%(places)s::bigint[]) WITH ORDINALITY AS d (place, i) ON d.i = 1 + n %% %(counties)s;
INSERT INTO issues_responsibility (state, weight, first_due_on, due_on, verification_count, rejection_count,
    extension_count, return_count, issue_id, bureau_id, division_id, handoff_id, item, policy_id, calendar_id,
    provisional, opened_at, stage_first_due_on, stage_due_on, plan)
SELECT 'issued', 1, %(far)s, %(far)s, 0, 0, 0, 0, i.id, d.bureau, i.division_id, h.id, i.id %% 30000, %(policy)s,
    %(calendar)s, false, now(), s.due_on, s.due_on, ''
FROM issues_issue AS i
JOIN unnest(%(places)s::bigint[], %(bureaus)s::bigint[]) AS d (place, bureau) ON d.place = i.division_id
JOIN unnest(%(dates)s::date[]) WITH ORDINALITY AS s (due_on, i) ON s.i = 1 + i.id %% %(days)s
CROSS JOIN issues_handoff AS h;
"""

_BARE_LEDGER = """
CREATE TABLE IF NOT EXISTS bench_ledger (
    id bigserial PRIMARY KEY, deadline text COLLATE "C", due_on date, offset_days smallint, responsibility_id bigint,
    marked_at timestamptz DEFAULT now(), UNIQUE (deadline, due_on, offset_days, responsibility_id)
)
"""
_BARE = """
WITH due AS (
    SELECT r.id, r.stage_due_on, w.offset_days
    FROM unnest(%s::date[], %s::smallint[]) AS w (due_on, offset_days)
    JOIN issues_responsibility AS r ON r.stage_due_on = w.due_on
    WHERE r.stage_due_on IS NOT NULL AND NOT EXISTS (
        SELECT FROM bench_ledger AS m WHERE m.deadline = 'stage' AND m.due_on = r.stage_due_on
          AND m.offset_days = w.offset_days AND m.responsibility_id = r.id)
    FOR NO KEY UPDATE OF r SKIP LOCKED
)
INSERT INTO bench_ledger (deadline, due_on, offset_days, responsibility_id)
SELECT 'stage', stage_due_on, offset_days, id FROM due
"""


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds, and what came of it."""
    began = time.perf_counter()
    result = work()
    return (time.perf_counter() - began) * 1000, result


def prepare(count: int) -> str:
    """The database of this benchmark, migrated; its name. Filled on first use."""
    name = f"reminders_{count}"
    create(name)
    return name


def fill(owner: "psycopg.Connection[Any]", count: int) -> list[date]:
    """Loads the issues once and gives the due dates they are spread over."""
    from benchmarks.seed.cast import make_cast
    from enforcement.issues.models import DeadlinePolicy, Responsibility
    from regions.models import WorkCalendar
    from regions.workdays import add_workdays

    calendar = WorkCalendar.current()
    dates = [add_workdays(FIRST, n, calendar.value()).day for n in range(DAYS)]
    if Responsibility.objects.exists():
        return dates
    cast = make_cast()
    # Seven working days for feedback: every offset is before the day its clock began, or after.
    DeadlinePolicy.objects.update(acknowledge_days=7)
    values = {
        "count": count, "province": cast.province, "dispatcher": cast.dispatcher, "verifier": cast.counties[0].team,
        "places": [c.division for c in cast.counties], "bureaus": [c.bureau for c in cast.counties],
        "counties": len(cast.counties), "days": DAYS, "dates": dates, "far": date(2035, 1, 1),
        "policy": DeadlinePolicy.objects.values_list("pk", flat=True)[0], "calendar": calendar.pk,
    }  # fmt: skip
    for statement in _FILL.strip().split(";\n"):
        owner.execute(statement.rstrip(";"), values)
    owner.execute("VACUUM ANALYZE")  # as autovacuum leaves a database that has been up for a while
    return dates


def main() -> None:
    options = arguments("reminder_sweep", issues=1_000_000, quick=20_000, described=__doc__ or "")
    name = prepare(options.issues)
    urls = {**on(options.issues), **{k: named(v, name) for k, v in on(options.issues).items() if k.endswith("_URL")}}
    enter(urls)

    from django.core.management import call_command

    from enforcement.notices.actions.reminding import remind_and_escalate
    from enforcement.notices.models import Heartbeat, Notice, Reminder
    from regions.models import WorkCalendar
    from regions.workdays import add_workdays

    call_command("prepare", "--no-demo", verbosity=0)
    calendar = WorkCalendar.current().value()
    with psycopg.connect(urls["DATABASE_OWNER_URL"], autocommit=True) as owner:
        dates = fill(owner, options.issues)
        owner.execute(_BARE_LEDGER)
        swept_to = Heartbeat.objects.filter(part="sweep").values_list("day", flat=True).first()
        first = add_workdays(max(swept_to or dates[0], dates[7]), 1, calendar).day
        # The day before the first is swept without being measured: it catches up with what came before it.
        Heartbeat.objects.note(Heartbeat.Part.SWEEP, add_workdays(first, -1, calendar).day)
        remind_and_escalate(add_workdays(first, -1, calendar).day)
        ratios, idle, pairs, sweeps = [], [], [], []
        for n in range(options.rounds):
            day = add_workdays(first, n, calendar).day
            due = [(add_workdays(day, -offset, calendar).day, offset) for offset in OFFSETS]
            owner.execute("VACUUM ANALYZE notices_reminder")
            owner.execute("VACUUM ANALYZE bench_ledger")
            sides: list[Callable[[], Any]] = [
                lambda due=due: owner.execute(_BARE, [[d for d, _ in due], [o for _, o in due]]).rowcount,
                lambda day=day: remind_and_escalate(day),
            ]
            order = (0, 1) if n % 2 else (1, 0)
            took = {side: timed(sides[side]) for side in order}
            (bare_ms, bare_rows), (sweep_ms, swept) = took[0], took[1]
            idle_ms, nothing = timed(lambda day=day: remind_and_escalate(day))
            assert swept.pairs == bare_rows, (swept, bare_rows)
            assert nothing.pairs == 0
            ratios.append(sweep_ms / bare_ms)
            idle.append(idle_ms)
            pairs.append(swept.pairs)
            sweeps.append(sweep_ms)
            print(f"{day} {swept.pairs:>8,} pairs {swept.notices:>8,} lines  bare {bare_ms:>8.0f} ms  sweep {sweep_ms:>8.0f} ms"
                  f"  {ratios[-1]:>5.2f} x  again {idle_ms:>6.1f} ms")  # fmt: skip
        empty = date(2033, 6, 1)
        Heartbeat.objects.note(Heartbeat.Part.SWEEP, empty)
        empty_ms = statistics.median(timed(lambda: remind_and_escalate(empty))[0] for _ in range(9))
        Heartbeat.objects.note(Heartbeat.Part.SWEEP, day)
    print(
        f"no due date in sight: {empty_ms:.1f} ms; ledger {Reminder.objects.count():,}, inbox {Notice.objects.count():,}"
    )
    goals = {
        "P9 5% due": {"value": round(statistics.median(ratios), 2), "goal": 3, "unit": "x the bare SQL"},
        "P9 nothing due": {"value": round(empty_ms, 1), "goal": 20, "unit": "ms"},
        "P9 all told": {"value": round(statistics.median(idle), 1), "goal": 20, "unit": "ms"},
    }
    print(json.dumps({"name": "reminder_sweep", "issues": options.issues, "synthetic": True, "goals": goals}))


if __name__ == "__main__":
    main()
