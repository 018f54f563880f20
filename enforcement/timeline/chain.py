"""The hash chain, pure: canonical bytes of an event and the hash that ties it to the one before.

Layout 1 is UTF-8 JSON with sorted keys and no spaces over the fields of `LAYOUT_1`; times are RFC 3339 in UTC with
microseconds. An algorithm is any name `hashlib` knows (`sha256` today; `sm3` where the OpenSSL at hand carries it).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

GENESIS = bytes(32)
ALGORITHM = "sha256"
LAYOUT = 1
LAYOUT_1 = ("subject_type", "subject_id", "seq", "kind", "actor", "bureau", "payload", "occurred_at", "recorded_at")


def moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(facts: Mapping[str, Any], layout: int = LAYOUT) -> bytes:
    """The bytes of an event under a layout. Raises ValueError for a layout this program doesn't know."""
    if layout != 1:
        raise ValueError(f"unknown event layout {layout}")
    row = {name: facts[name] for name in LAYOUT_1}
    row["occurred_at"] = moment(row["occurred_at"])
    row["recorded_at"] = moment(row["recorded_at"])
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def link(previous: bytes, body: bytes, algorithm: str = ALGORITHM) -> bytes:
    """The hash of an event: H(previous hash, canonical bytes). Raises ValueError for an unknown algorithm."""
    return hashlib.new(algorithm, previous + body).digest()
