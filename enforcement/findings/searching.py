"""Issues are found by the words of their findings too, by whoever may read those; findings by both names of their site."""

from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from enforcement.findings.models import Finding
from enforcement.issues.models import Renaming
from enforcement.issues.search import bigrams_of


def said_in_findings(words: str, reader: Any) -> Q:
    """Issues with a finding that says the words, among the findings `reader` may see."""
    said = Q(title__icontains=words) | Q(description__icontains=words) | Q(address__icontains=words)
    return Q(Exists(Finding.objects.visible_to(reader).filter(said, issue=OuterRef("pk"))))


_ADD = """
UPDATE findings_finding f SET bigrams = (
    SELECT array_agg(DISTINCT piece ORDER BY piece) FROM unnest(f.bigrams || %(pieces)s::varchar[]) AS piece
) WHERE f.site_id = %(site)s AND NOT f.bigrams @> %(pieces)s::varchar[]
"""


def follow(renaming: Renaming) -> None:
    """The findings at a renamed site get the pieces of its new name; those of the old one stay. One statement."""
    if renaming.kind == Renaming.Kind.SITE:
        with connection.cursor() as cursor:
            cursor.execute(_ADD, {"site": renaming.key, "pieces": bigrams_of(renaming.new_words)})
