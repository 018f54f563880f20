"""Commitments (承诺) ride in the daily anchor: one published value a day, of the same form whether anybody committed or not.

The value is the root of a hash tree of LEAVES places in random order: the commitments deposited since the last anchor, and
random bytes, kept nowhere, in every other place. So the value of a day with a commitment looks like any other day's. When a
commitment may be told, its path (one hash a level) leads to the published root and says nothing of the other places: a
neighbour may be a commitment or noise.
"""

import hashlib
import json
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from enforcement.timeline import clock
from enforcement.timeline.models import Anchor, Pledge

#: Places of a day's tree, a power of two. More commitments than that wait for the next anchor.
LEAVES = 16
_LEAF, _NODE = b"\0", b"\1"


def leaf(commitment: bytes) -> bytes:
    return hashlib.sha256(_LEAF + commitment).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree from its leaves up to the root."""
    found = [list(leaves)]
    while len(found[-1]) > 1:
        row = found[-1]
        found.append([hashlib.sha256(_NODE + row[n] + row[n + 1]).digest() for n in range(0, len(row), 2)])
    return found


def path_of(tree: Sequence[Sequence[bytes]], place: int) -> list[bytes]:
    """The neighbours that lead from a leaf to the root, from below."""
    return [row[(place >> level) ^ 1] for level, row in enumerate(tree[:-1])]


def root_of(commitment: bytes, place: int, path: Sequence[bytes]) -> bytes:
    """Where a commitment's path leads. Anyone can do this again with SHA-256 alone."""
    head = leaf(commitment)
    for level, other in enumerate(path):
        pair = other + head if place >> level & 1 else head + other
        head = hashlib.sha256(_NODE + pair).digest()
    return head


def deposit(commitment: str) -> Pledge:
    """Puts a commitment (SHA-256, hex) among those the next anchor publishes, in the caller's transaction."""
    return Pledge.objects.create(commitment=bytes.fromhex(commitment), deposited_at=clock.now())


@dataclass(frozen=True, slots=True)
class Planted:
    """A day's root and the pledges that stand in it, their places known and their anchor not yet."""

    root: bytes
    pledges: list[Pledge]

    def bind(self, anchor: Anchor) -> None:
        for pledge in self.pledges:
            pledge.anchor = anchor
        Pledge.objects.bulk_update(self.pledges, ["anchor", "place", "path"])


def plant() -> Planted:
    """The tree of what waits, the eldest first. In the transaction of the anchor, which binds it."""
    waiting = Pledge.objects.select_for_update(skip_locked=True).filter(anchor=None)
    pledges = list(waiting.order_by("deposited_at", "pk")[:LEAVES])
    places = random.SystemRandom().sample(range(LEAVES), len(pledges))
    leaves = [leaf(secrets.token_bytes(32)) for _place in range(LEAVES)]
    for pledge, place in zip(pledges, places, strict=True):
        leaves[place] = leaf(bytes(pledge.commitment))
    tree = levels(leaves)
    for pledge, place in zip(pledges, places, strict=True):
        pledge.place = place
        pledge.path = [part.hex() for part in path_of(tree, place)]
    return Planted(tree[-1][0], pledges)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a commitment was published. `day` None: not yet. `leads`: its path ends at that day's root.

    `overlooked`: an anchor of a later day had room and doesn't hold it. `outside`: the anchor file says the same root
    (None: no file here to ask, as in a clone of the database alone).
    """

    day: date | None
    made_at: datetime | None
    leads: bool
    overlooked: bool
    outside: bool | None
    place: int | None = None
    path: tuple[str, ...] = ()
    root: str = ""


def trace(commitment: str, folder: Path) -> Trace | None:
    """Where a commitment was published; None for one that was never deposited. Three statements at most."""
    pledge = Pledge.objects.filter(commitment=bytes.fromhex(commitment)).select_related("anchor").first()
    if pledge is None:
        return None
    anchor = pledge.anchor
    if anchor is None:
        return Trace(None, None, leads=False, overlooked=_overlooked(pledge), outside=None)
    root = bytes(anchor.commitments or b"")
    leads = root_of(bytes(pledge.commitment), pledge.place or 0, [bytes.fromhex(part) for part in pledge.path]) == root
    return Trace(
        anchor.day,
        anchor.made_at,
        leads,
        overlooked=False,
        outside=_outside(folder / f"{anchor.day}.jsonl", root.hex()),
        place=pledge.place,
        path=tuple(pledge.path),
        root=root.hex(),
    )


def told(commitment: str, folder: Path, *, deposited: bool, drawn_at: datetime | None, first: bool) -> tuple[bool, str]:
    """Whether a draw's commitment was published as it should be, and where, in a sentence.

    `deposited`: the event of the commitment says it was put here; `first`: it had to be published before the draw.
    """
    found = trace(commitment, folder)
    if found is None:
        # Of what was committed to before commitments rode in the anchor the event says nothing either.
        old = not deposited
        return old, _("封存时还没有随每日锚定公布承诺的制度。") if old else _("承诺没有随每日锚定公布。")
    if found.day is None:
        holds = not found.overlooked and not first
        return holds, _("承诺还没有随每日锚定公布。") if holds else _("承诺应已随每日锚定公布，却没有。")
    before = drawn_at is not None and found.made_at is not None and found.made_at <= drawn_at
    where = {
        True: _("与锚定文件相符"),
        False: _("与锚定文件不符"),
        None: _("此处没有锚定文件，请与收存的当日公布值核对"),
    }[found.outside]
    when = _("抽取之前") if before else _("抽取之后")
    text = _("承诺随%(day)s的锚定公布（%(when)s），经%(n)d次哈希到达当日公布值 %(root)s；%(where)s。")
    facts = {"day": found.day, "when": when, "root": found.root, "where": where, "n": len(found.path)}
    return found.leads and found.outside is not False and (before or not first), text % facts


def shown(commitment: str, folder: Path) -> list[dict[str, Any]]:
    """When a commitment was published and the way from it to that day's value, as facts of a draw's page."""
    found, label = trace(commitment, folder), _("承诺的公布")
    if found is None:
        return [{"label": label, "value": _("封存时还没有随每日锚定公布承诺的制度。"), "wide": True}]
    if found.day is None:
        return [{"label": label, "value": _("将随下一次每日锚定（零时后）公布。"), "wide": True}]
    told_on = _("%(day)s，当日公布值 %(root)s") % {"day": found.day, "root": found.root}
    way = _("位置 %(place)s：%(way)s") % {"place": found.place, "way": " ".join(found.path)}
    return [
        {"label": label, "value": told_on, "wide": True},
        {"label": _("从承诺到公布值的路径"), "value": way, "wide": True},
    ]


def is_published(commitment: str) -> bool:
    return Pledge.objects.filter(commitment=bytes.fromhex(commitment), anchor__isnull=False).exists()


def _overlooked(pledge: Pledge) -> bool:
    later = Anchor.objects.filter(day__gt=clock.beijing_day(pledge.deposited_at), commitments__isnull=False)
    return any(anchor.pledges.count() < LEAVES for anchor in later.order_by("day")[:3])


def _outside(path: Path, root: str) -> bool | None:
    try:
        with path.open(encoding="utf-8") as lines:
            title = json.loads(lines.readline())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return False
    return isinstance(title, dict) and title.get("commitments") == root
