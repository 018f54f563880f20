"""Finds an altered, dropped, reordered or cut event: in the rows alone, and against what was anchored outside."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from enforcement.timeline import anchors, chain, subjects
from enforcement.timeline.models import Event


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one chain; `text` is a sentence."""

    subject: str
    seq: int
    text: str

    def __str__(self) -> str:
        return f"{self.subject} #{self.seq}: {self.text}"


@dataclass(slots=True)
class Tally:
    chains: int = 0
    events: int = 0


def verify(folder: Path | None = None, tally: Tally | None = None) -> Iterator[Fault]:
    """Every fault of the timeline, chain by chain, in one snapshot; memory doesn't grow with the number of events.

    `folder` holds the anchor files (anchors.folder() by default). Nothing is changed.
    """
    tally = tally or Tally()
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield from _chains(tally)
        yield from _lengths()
        yield from _anchored(folder or anchors.folder())


_FIELDS = (
    "subject_type",
    "subject_id",
    "seq",
    "kind",
    "actor_id",
    "bureau_id",
    "payload",
    "occurred_at",
    "recorded_at",
    "layout",
    "algorithm",
    "previous",
    "hash",
)


def _chains(tally: Tally) -> Iterator[Fault]:
    rows = Event.objects.order_by("subject_type", "subject_id", "seq").values_list(*_FIELDS)
    subject, seq, head = "", 0, chain.GENESIS
    for row in rows.iterator(chunk_size=5000):
        facts: dict[str, Any] = dict(zip(_FIELDS, row, strict=True))
        name = f"{facts['subject_type']} {facts['subject_id']}"
        if name != subject:
            subject, seq, head = name, 0, chain.GENESIS
            tally.chains += 1
        tally.events += 1
        seq += 1
        if facts["seq"] != seq:
            yield Fault(name, seq, _("缺少事件，或次序被改动"))
            seq = facts["seq"]
        elif bytes(facts["previous"]) != head:
            yield Fault(name, seq, _("与前一事件不相接"))
        if not _intact(facts):
            yield Fault(name, seq, _("内容被改动"))
        head = bytes(facts["hash"])


def _intact(facts: dict[str, Any]) -> bool:
    try:
        body = chain.canonical({**facts, "actor": facts["actor_id"], "bureau": facts["bureau_id"]}, facts["layout"])
        return chain.link(bytes(facts["previous"]), body, facts["algorithm"]) == bytes(facts["hash"])
    except (ValueError, KeyError, TypeError):
        return False


def _lengths() -> Iterator[Fault]:
    """Each subject's own row says how many events it has lived through: a cut tail doesn't match it."""
    for kind in subjects.kinds():
        if not kind.lengths:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                SELECT coalesce(s.id, e.id), s.length, coalesce(e.length, 0)
                FROM ({kind.lengths}) AS s (id, length)
                FULL JOIN (
                    SELECT subject_id AS id, count(*) AS length FROM timeline_event
                    WHERE subject_type = %s GROUP BY subject_id
                ) AS e ON e.id = s.id
                WHERE s.length IS DISTINCT FROM coalesce(e.length, 0)
                """,
                [kind.name],
            )
            for pk, lived, kept in cursor.fetchall():
                text = _("事件数与主体不符（应有%(lived)s，实有%(kept)s）") % {"lived": lived, "kept": kept}
                yield Fault(f"{kind.name} {pk}", kept, text)


def _anchored(folder: Path) -> Iterator[Fault]:
    """Holds the rows against every anchor file: each head written outside must still be an event."""
    previous = chain.GENESIS.hex()
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else []:
        lines = path.read_text("utf-8").splitlines()
        try:
            title = json.loads(lines[0])
            heads = [json.loads(line) for line in lines[1:]]
        except (ValueError, IndexError):
            yield Fault(path.name, 0, _("锚定文件无法读取"))
            continue
        again = anchors.digest(previous, lines[1:], str(title.get("commitments", "")))
        if title.get("previous") != previous or again != title.get("digest"):
            yield Fault(path.name, 0, _("锚定文件被改动，或前面的文件缺失"))
        previous = str(title.get("digest"))
        yield from _missing(heads, path.name)


def _missing(heads: list[list[Any]], name: str) -> Iterator[Fault]:
    for start in range(0, len(heads), 2000):
        part = heads[start : start + 2000]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT w.type, w.id, w.seq FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[])
                    AS w (type, id, seq, hash)
                LEFT JOIN timeline_event e ON e.subject_type = w.type AND e.subject_id = w.id AND e.seq = w.seq
                WHERE e.hash IS DISTINCT FROM decode(w.hash, 'hex')
                """,
                [[h[i] for h in part] for i in range(4)],
            )
            for type_, pk, seq in cursor.fetchall():
                yield Fault(f"{type_} {pk}", seq, _("锚定于%(file)s的事件已不存在或被改动") % {"file": name})
