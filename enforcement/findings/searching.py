"""Issues are found by the words of their findings too, by whoever may read those."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from enforcement.findings.models import Finding


def said_in_findings(words: str, reader: Any) -> Q:
    """Issues with a finding that says the words, among the findings `reader` may see."""
    said = Q(title__icontains=words) | Q(description__icontains=words) | Q(address__icontains=words)
    return Q(Exists(Finding.objects.visible_to(reader).filter(said, issue=OuterRef("pk"))))
