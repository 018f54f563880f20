"""Daily anchors: the heads of every chain that grew, written outside the database, so that a cut tail shows.

One JSON-lines file per anchoring: a title line (day, previous digest, digest, counts), then one line per chain
`[subject_type, subject_id, seq, hash]`. The digest chains to the file before. The title also carries the root of the day's
commitments (see `pledges`), on every day. What is published of it (mailed where ANCHOR_RECIPIENTS is set, printed, shown on a
page) are the day and three hashes: whoever keeps them can prove the rest, and counts would tell of work under way.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction

from enforcement.timeline import chain, clock, pledges
from enforcement.timeline.models import Anchor

_LOCK = 7_212_021  # one anchoring at a time, whoever rings

_HEADS = """
SELECT DISTINCT ON (subject_type, subject_id) subject_type, subject_id, seq, encode(hash, 'hex')
FROM timeline_event WHERE id > %s AND id <= %s ORDER BY subject_type, subject_id, seq DESC
"""


def folder() -> Path:
    """Where anchor files are written (ANCHOR_FOLDER, by default `anchors` in the var folder)."""
    return Path(getattr(settings, "ANCHOR_FOLDER", None) or settings.VAR / "anchors")


#: What is published of a title.
PUBLISHED = ("day", "previous", "digest", "commitments")


def digest(previous: str, lines: Iterable[str], commitments: str = "") -> str:
    """SHA-256 over the previous digest, the root of the day's commitments (none in old files) and the head lines, hex."""
    total = hashlib.sha256(bytes.fromhex(previous))
    if commitments:
        total.update(f"commitments {commitments}\n".encode())
    for line in lines:
        total.update(line.encode() + b"\n")
    return total.hexdigest()


def write() -> Path | None:
    """Anchors what was recorded since the last anchor; gives the file, or None when the day already has its anchor."""
    bound = _settled()
    with transaction.atomic():
        day = clock.today()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            last = Anchor.objects.order_by("-day").first()
            if last is not None and last.day >= day:
                return None
            cursor.execute(_HEADS, [last.last_event if last else 0, bound])
            lines = [json.dumps(list(head), separators=(",", ":")) for head in cursor.fetchall()]
            cursor.execute("SELECT count(*) FROM timeline_event WHERE id <= %s", [bound])
            (events,) = cursor.fetchone()
        previous = bytes(last.digest).hex() if last else chain.GENESIS.hex()
        planted = pledges.plant()
        title: dict[str, Any] = {
            "day": day.isoformat(),
            "previous": previous,
            "digest": digest(previous, lines, planted.root.hex()),
            "commitments": planted.root.hex(),
            "chains": len(lines),
            "events": events,
            "last_event": bound,
        }
        path = _write_file(title, lines)
        anchor = Anchor.objects.create(
            day=day,
            chains=len(lines),
            events=events,
            last_event=bound,
            digest=bytes.fromhex(title["digest"]),
            commitments=planted.root,
            made_at=clock.now(),
        )
        planted.bind(anchor)
    recipients = getattr(settings, "ANCHOR_RECIPIENTS", [])
    if recipients:
        text = json.dumps({name: title[name] for name in PUBLISHED}, ensure_ascii=False)
        send_mail(f"联控锚定 {day}", text, None, recipients, fail_silently=True)
    return path


def _settled() -> int:
    """An event id below which no writer is still at work: ids commit out of order, so the table's writers are waited
    for once, in a transaction of its own that keeps new ones out for a moment only."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE timeline_event IN SHARE MODE")
        cursor.execute("SELECT coalesce(max(id), 0) FROM timeline_event")
        return int(cursor.fetchone()[0])


def _write_file(title: dict[str, Any], lines: list[str]) -> Path:
    where = folder()
    where.mkdir(parents=True, exist_ok=True)
    path = where / f"{title['day']}.jsonl"
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as out:
        out.write(json.dumps(title, separators=(",", ":")) + "\n")
        out.writelines(line + "\n" for line in lines)
        out.flush()
        os.fsync(out.fileno())
    os.replace(draft, path)
    path.chmod(0o440)
    return path
