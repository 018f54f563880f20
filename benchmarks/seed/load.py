"""Loading by COPY as the owner, with foreign keys, guards and plain indexes off meanwhile and checked again after."""

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from benchmarks.seed.cast import Cast
from benchmarks.seed.lives import Rows, life

STANDING = (
    "state, weight, first_due_on, due_on, acknowledged_at, closed_at, handling_days, verification_count, "
    "rejection_count, extension_count, return_count"
)
COLUMNS = {
    "findings_finding": (
        "id, title, description, source, pollution_type, severity, lon, lat, address, site_id, occurred_at, device_at, "
        "received_at, state, version, filer_id, receiver_id, filed_by_id, confirmed_by_id, located_in_id, issue_id, synthetic, "
        "bigrams"
    ),
    "issues_issue": (
        "id, number, uuid, title, description, source, pollution_type, severity, starred, lon, lat, address, "
        "located_in_id, division_id, site_id, issuer_id, verifier_id, state, first_due_on, due_on, provisional, version, "
        "issued_at, issued_on, issued_by_id, closed_at, imported, synthetic, bigrams"
    ),
    "issues_responsibility": (
        "id, issue_id, bureau_id, division_id, parent_id, handoff_id, item, policy_id, calendar_id, provisional, opened_at, "
        f"stage_first_due_on, stage_due_on, plan, {STANDING}"
    ),
    "issues_handoff": "id, number, bureau_id, year, serial, title, issued_at, issued_by_id, synthetic",
    "issues_issueparty": "id, bureau_id, part, since, until, issue_id, open, issued_on",
    "findings_findingparty": "id, bureau_id, part, since, until, finding_id",
    "issues_span": f"responsibility_id, issue_id, seq, occurred_at, {STANDING}, recorded_at",
    "issues_feedback": "id, at, verdict, cause, measures, bureau_id, by_id, responsibility_id",
    "issues_verification": "id, at, passed, opinion, bureau_id, by_id, feedback_id, responsibility_id",
    "timeline_event": (
        "subject_type, subject_id, seq, kind, actor_id, bureau_id, payload, occurred_at, recorded_at, layout, algorithm, "
        "previous, hash"
    ),
}
OF_ROWS: dict[str, Callable[[Rows], list[tuple[Any, ...]]]] = {
    "findings_finding": lambda r: [r.finding],
    "issues_issue": lambda r: [r.issue],
    "issues_responsibility": lambda r: [r.responsibility],
    "issues_handoff": lambda r: [r.handoff],
    "issues_issueparty": lambda r: r.issue_parties,
    "findings_findingparty": lambda r: r.finding_parties,
    "issues_span": lambda r: r.spans,
    "issues_feedback": lambda r: r.feedbacks,
    "issues_verification": lambda r: r.verifications,
    "timeline_event": lambda r: r.events,
}
SERIAL = ("issues_issue", "issues_responsibility", "issues_handoff", "issues_issueparty", "findings_findingparty",
          "issues_feedback", "issues_verification")  # fmt: skip
PIECE = 2_000


def loaded(owner_url: str) -> int:
    """How many issues of the data set are there."""
    with psycopg.connect(owner_url) as owner:
        row = owner.execute("SELECT count(*) FROM issues_issue").fetchone()
    return int(row[0]) if row else 0


def load(count: int, cast: Cast, policy: int, calendar: int, owner_url: str | None = None) -> None:
    """Loads `count` issues into an empty database and analyses it; prints progress. Commits."""
    owner_url = owner_url or os.environ["DATABASE_OWNER_URL"]
    began = time.monotonic()
    with psycopg.connect(owner_url, autocommit=True) as owner, _bare(owner):
        workers = max(1, min(2, os.cpu_count() or 1))
        share = -(-count // workers)
        pieces = [
            (first, min(first + share, count + 1), count, cast, policy, calendar, owner_url)
            for first in range(1, count + 1, share)
        ]
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            pool.map(_load_piece, pieces)
        for table in SERIAL:
            owner.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        owner.execute(
            "SELECT issues_draw(year, 1), setval('issues_number_' || year, last) FROM ("
            "SELECT substring(number FROM '-([0-9]{4})-ZH-')::int AS year, max(substring(number FROM '[0-9]+$')::int) AS last "
            "FROM issues_issue GROUP BY 1) AS known"
        )
        owner.execute(
            "INSERT INTO issues_numberseries (name, last) SELECT 'handoff/' || bureau_id || '/' || year, max(serial) "
            "FROM issues_handoff GROUP BY 1 ON CONFLICT (name) DO UPDATE SET last = excluded.last"
        )
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
    print(f"loaded {count:,} issues in {time.monotonic() - began:.0f} s", file=sys.stderr)


def _load_piece(task: tuple[int, int, int, Cast, int, int, str]) -> None:
    first, end, total, cast, policy, calendar, url = task
    with psycopg.connect(url) as connection:
        for start in range(first, end, PIECE):
            rows = [life(n, total, cast, policy, calendar) for n in range(start, min(start + PIECE, end))]
            for table, columns in COLUMNS.items():
                with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        for values in OF_ROWS[table](row):
                            copy.write_row(values)
            connection.commit()
            if start % 100_000 < PIECE:
                print(f"  {start:,} of {total:,}", file=sys.stderr)


@contextmanager
def _bare(owner: "psycopg.Connection[Any]") -> Iterator[None]:
    """The tables without foreign keys, guards and plain indexes; all put back (and the keys validated) at the end."""
    keys = owner.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])",
        [list(COLUMNS)],
    ).fetchall()
    indexes = owner.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique",
        [list(COLUMNS)],
    ).fetchall()
    for table in COLUMNS:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for table, name, _ in keys:
        owner.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        owner.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        for _, definition in indexes:
            owner.execute(definition)
        for table, name, definition in keys:
            owner.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for table in COLUMNS:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
