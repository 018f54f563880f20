"""The search follows renames: issues of a renamed site, bureau or division get the pieces of its new name, bit by bit.

The database notes every change of a name (migration 0028), so that none is missed, whoever makes it. Pieces are only ever
added: the old name goes on leading to the issues that were there under it.
"""

import time
from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from enforcement.issues.actions.searching import outlined
from enforcement.issues.models import Issue, Renaming
from enforcement.issues.search import bigrams_of
from enforcement.timeline import clock
from regions.models import Division

#: Issues of one transaction, whose rows it locks; seconds one call works on, so that the sweep stays a sweep.
BATCH = 200
LONGEST_S = 20.0
_ADD = """
WITH locked AS MATERIALIZED (
    SELECT id FROM issues_issue WHERE id = ANY(%(keys)s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE issues_issue i SET bigrams = (
    SELECT array_agg(DISTINCT piece ORDER BY piece) FROM unnest(i.bigrams || %(pieces)s::varchar[]) AS piece
) FROM locked WHERE i.id = locked.id AND NOT i.bigrams @> %(pieces)s::varchar[]
"""


#: What else is searched by the names of what was renamed: name -> what to do once a renaming's issues are through.
_followers: dict[str, Callable[[Renaming], None]] = {}


def register(name: str, follower: Callable[[Renaming], None]) -> None:
    """Adds a follower, called in the transaction that ends a renaming (once; AppConfig.ready may run twice)."""
    _followers[name] = follower


def follow() -> int:
    """Goes on with what is due until it is done or the time is over; gives how many issues were looked at.

    Killed anywhere, the next call goes on from the last batch. Two at a time take different renamings.
    """
    end, looked = time.monotonic() + LONGEST_S, 0
    for key in list(due().values_list("pk", flat=True)):
        while time.monotonic() < end:
            found = _step(key)
            looked += found
            if not found:
                break
    return looked


def due() -> QuerySet[Renaming]:
    """Renamings not worked through. Those of a city stay due as long as the outlines, from which new issues take their
    city's name, go by the old one: what is opened meanwhile is caught up with."""
    behind = Division.objects.filter(level="city").exclude(name__in=outlined()).values("pk")
    return Renaming.objects.filter(Q(done_at=None) | Q(kind=Renaming.Kind.DIVISION, key__in=behind)).order_by("pk")


@transaction.atomic
def _step(key: int) -> int:
    """One batch of one renaming, under its lock; nought where it is done or another worker has it."""
    row = Renaming.objects.select_for_update(skip_locked=True).filter(pk=key).first()
    if row is None:
        return 0
    keys = list(_issues_of(row).filter(pk__gt=row.last).order_by("pk").values_list("pk", flat=True).distinct()[:BATCH])
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(_ADD, {"keys": keys, "pieces": bigrams_of(row.new_words)})
        row.last = keys[-1]
    elif row.done_at is None:
        for follower in _followers.values():
            follower(row)
        row.done_at = clock.now()
    row.save(update_fields=["last", "done_at"])
    return len(keys)


def _issues_of(row: Renaming) -> QuerySet[Issue]:
    if row.kind == Renaming.Kind.SITE:
        return Issue.objects.filter(site=row.key)
    if row.kind == Renaming.Kind.BUREAU:
        return Issue.objects.filter(responsibilities__bureau=row.key)
    below = Division.objects.filter(Q(pk=row.key) | Q(parent=row.key)).values("pk")
    return Issue.objects.filter(Q(division__in=below) | Q(located_in__in=below))
