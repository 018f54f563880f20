"""Pictures that are the same picture: byte for byte (SHA-256), or to the eye (difference hash), across all subjects.

A hash has 128 bits (64 of rows, 64 of columns; package `dhash`). Two copies of one picture, saved again, made smaller
or a little brighter, differ in a few bits; two pictures of different places differ in about half. The hash is kept
cut into BANDS pieces: two hashes that differ in fewer bits than there are pieces share at least one piece whole, so an
index over the pieces finds every look-alike within REACH bits without comparing every picture there is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import dhash
from django.db import connection
from django.db.models import IntegerField
from django.db.models.expressions import RawSQL
from PIL import Image

from enforcement.timeline.models import Attachment, Likeness

SIDE = 8
BITS = 2 * SIDE * SIDE
BANDS = 12
#: The most differing bits within which no look-alike is missed (BANDS pieces, so one of them is whole).
REACH = BANDS - 1
#: A picture with fewer set bits is nearly one colour: it looks like every other such picture, which says nothing.
PLAIN = 8
#: The most look-alikes of one picture that are shown: a stock photo used a thousand times needs no longer list.
MOST = 20


@dataclass(frozen=True, slots=True)
class Alike:
    """An attachment that shows the same picture. `bits` differ of 128; `exact` is the same file, byte for byte."""

    attachment: Attachment
    bits: int
    exact: bool


def hash_of(picture: Image.Image) -> str:
    """The difference hash of an opened picture, 32 hexadecimal digits."""
    small = picture.convert("L").resize((SIDE + 1, SIDE + 1), Image.Resampling.LANCZOS)
    row, column = dhash.dhash_row_col(list(small.tobytes()), SIDE)
    return str(dhash.format_hex(row, column))


def bands_of(digits: str) -> list[int]:
    """The pieces of a hash, each with its place (place x 2^16 + piece). Empty for a picture of nearly one colour."""
    value = int(digits, 16)
    if value.bit_count() < PLAIN:
        return []
    edges = [BITS * place // BANDS for place in range(BANDS + 1)]
    return [
        (place << 16) | ((value >> low) & ((1 << (high - low)) - 1))
        for place, (low, high) in enumerate(pairwise(edges))
    ]


def keep(kept: Sequence[tuple[Attachment, str]]) -> None:
    """Keeps the hashes of attachments that are pictures. One statement, none without pictures."""
    rows = [Likeness(attachment=row, dhash=digits, bands=bands_of(digits)) for row, digits in kept if digits]
    if rows:
        Likeness.objects.bulk_create(rows)


def same_file(sha256: str) -> Any:
    """Attachments with the very same bytes, oldest first. Rows of all subjects: the caller shows only what may be seen."""
    return Attachment.objects.filter(sha256=sha256).order_by("received_at", "id")


def same_files(sha256: Sequence[str]) -> Any:
    """Attachments with the bytes of any of several files. Rows of all subjects, as with `same_file`."""
    return Attachment.objects.filter(sha256__in=sha256).order_by("received_at", "id")


def look_alikes(digits: str, *, bits: int) -> Any:
    """Attachments whose picture differs in at most `bits` of 128 (up to REACH), the most alike first.

    Each row brings `differing`. Rows of all subjects: the caller shows only what may be seen.
    """
    bands = bands_of(digits)
    if not bands:
        return Attachment.objects.none()
    differing = RawSQL(
        "bit_count(('x' || timeline_likeness.dhash)::bit(128) # ('x' || %s)::bit(128))", [digits], IntegerField()
    )
    return (
        Attachment.objects.filter(likeness__bands__overlap=bands)
        .annotate(differing=differing)
        .filter(differing__lte=min(bits, REACH))
        .order_by("differing", "received_at", "id")
    )


def alike(attachment: Attachment, *, bits: int, most: int = MOST) -> list[Alike]:
    """Where else the picture of an attachment was used, on other subjects or its own. Two or three statements."""
    found = {row.pk: Alike(row, 0, True) for row in same_file(attachment.sha256).exclude(pk=attachment.pk)[:most]}
    digits = Likeness.objects.filter(attachment=attachment).values_list("dhash", flat=True).first()
    for row in look_alikes(digits, bits=bits).exclude(pk=attachment.pk)[:most] if digits else ():
        found.setdefault(row.pk, Alike(row, row.differing, False))
    return list(found.values())[:most]


_REUSED = """
SELECT * FROM (
    SELECT a.id, b.id, 0, true FROM timeline_attachment a
    JOIN timeline_attachment b ON b.sha256 = a.sha256 AND (b.subject_type, b.subject_id) <> (a.subject_type, a.subject_id)
    WHERE a.subject_type = %(kind)s AND a.subject_id = %(pk)s
    UNION ALL
    SELECT a.id, b.id, bit_count(('x' || x.dhash)::bit(128) # ('x' || y.dhash)::bit(128))::int, false
    FROM timeline_attachment a JOIN timeline_likeness x ON x.attachment_id = a.id
    JOIN timeline_likeness y ON y.bands && x.bands AND y.attachment_id <> a.id
    JOIN timeline_attachment b ON b.id = y.attachment_id
        AND b.sha256 <> a.sha256 AND (b.subject_type, b.subject_id) <> (a.subject_type, a.subject_id)
    WHERE a.subject_type = %(kind)s AND a.subject_id = %(pk)s
        AND bit_count(('x' || x.dhash)::bit(128) # ('x' || y.dhash)::bit(128)) <= %(bits)s
) AS found (mine, other, bits, exact) ORDER BY bits, mine, other LIMIT %(most)s
"""


def reused(kind: str, pk: str, *, bits: int, most: int = MOST) -> list[tuple[Attachment, Alike]]:
    """Pictures and files of a subject that other subjects have too, with where: the same first, then the most alike.

    Rows of all subjects: the caller shows only what may be seen. Two statements.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REUSED, {"kind": kind, "pk": pk, "bits": min(bits, REACH), "most": most})
        found = cursor.fetchall()
    rows = Attachment.objects.in_bulk({key for mine, other, *_rest in found for key in (mine, other)})
    return [(rows[mine], Alike(rows[other], differing, exact)) for mine, other, differing, exact in found]


def without_hash() -> Iterator[Attachment]:
    """Pictures kept before hashes were, oldest first."""
    rows = Attachment.objects.filter(media_type__startswith="image/", likeness=None)
    return rows.order_by("received_at", "id").iterator(chunk_size=100)
