"""Idempotency keys: the same key with the same body gets the first answer, whatever happened in between.

The receipt is the last row written by the transaction of its work, under a unique (officer, key). A twin that did the
same work meanwhile waits on that row, loses, is rolled back whole and gives the winner's answer; so a keyed request
costs one statement more than one without a key, and nothing is ever done twice. A request of many parts that don't wait
for each other keeps a receipt with each part's work (`part_of`), and one of the whole when all are done: what a broken
connection or a killed process cut short goes on with the same key.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from enforcement.timeline.models import Receipt
from regions.errors import Invalid, Mismatch
from regions.models import Officer

LONGEST_KEY = 80
_KEEP = """
INSERT INTO timeline_receipt (officer_id, key, request_hash, status, body, made_at)
VALUES (%s, %s, %s, %s, %s, clock_timestamp())
ON CONFLICT (officer_id, key) DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: status, the exact JSON text, and the row it shows (its primary key; "" for none)."""

    status: int
    text: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Keyed:
    """One keyed request: who sent it, its key, the digest of what it asks."""

    officer: Officer
    key: str
    digest: bytes


class _Beaten(Exception):
    """A twin was first: rolls the work back."""


def digest(method: str, path: str, body: Any) -> bytes:
    """The digest of a request: method, path and the JSON value sent, whatever its spacing and order of keys."""
    text = json.dumps([method, path, body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def check_key(key: str) -> str:
    """The key as sent. Raises Invalid unless it is 1 to 80 printable ASCII characters."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(
            _("Idempotency-Key 应为1到%(n)d个可见的ASCII字符。") % {"n": LONGEST_KEY}, field="Idempotency-Key"
        )
    return key


def part_of(keyed: Keyed, part: str) -> Keyed:
    """The key of one part of a keyed request; no client can send it."""
    return replace(keyed, key="\x1f" + hashlib.sha256(f"{keyed.key}\x1f{part}".encode()).hexdigest())


def answer_once(
    keyed: Keyed, work: Callable[[], Answer], refusal: Callable[[Exception], Answer | None], *, whole: bool = True
) -> Answer:
    """The first answer to this key: by doing the work, or as it was given before.

    `refusal` says how an error is answered, None for those that may pass (they are raised, and a retry tries again).
    Work that isn't `whole` is many transactions, each under `part_of` the key. Raises Mismatch when the key came with
    another body before.
    """
    if not whole and (earlier := _first(keyed)):
        return earlier
    try:
        with transaction.atomic() if whole else nullcontext():
            answer = work()
            if not _keep(keyed, answer):
                raise _Beaten
        return answer
    except _Beaten:
        return _first(keyed) or _unsettled(keyed, work, refusal, whole)
    except Exception as error:
        # The work of a twin may be why ours failed: its receipt is committed by the time we see its effect.
        earlier = _first(keyed)
        if earlier is not None:
            return earlier
        refused = refusal(error)
        if refused is None:
            raise
        return refused if _keep(keyed, refused) else _first(keyed) or refused


def _unsettled(
    keyed: Keyed, work: Callable[[], Answer], refusal: Callable[[Exception], Answer | None], whole: bool
) -> Answer:
    """The receipt that beat us is gone: it was forgotten in between. Once more."""
    return answer_once(keyed, work, refusal, whole=whole)


def _keep(keyed: Keyed, answer: Answer) -> bool:
    body = json.dumps({"text": answer.text, "subject": answer.subject})
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [keyed.officer.pk, keyed.key, keyed.digest, answer.status, body])
        return cursor.fetchone() is not None


def _first(keyed: Keyed) -> Answer | None:
    found = Receipt.objects.filter(officer=keyed.officer, key=keyed.key).first()
    if found is None:
        return None
    if bytes(found.request_hash) != keyed.digest:
        raise Mismatch(_("这个 Idempotency-Key 已用于另一个请求，请换一个。"))
    kept: dict[str, str] = found.body or {}
    return Answer(found.status, kept["text"], kept["subject"])


def forget(before: datetime) -> int:
    """Drops receipts made before a moment and gives how many: a client retries within hours, not months."""
    return Receipt.objects.filter(made_at__lt=before).delete()[0]
