"""Rounds as subjects of the timeline."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from enforcement.crossregion.models import Round
from enforcement.timeline.subjects import Reason, SubjectKind
from regions.models import Officer


def may_attach(row: Any, officer: Officer) -> Reason | None:
    """What a team finds is evidence of its findings."""
    return _("现场材料请附在线索上。")


ROUND = SubjectKind(
    name="round",
    rows=lambda: Round.objects.all(),
    may_attach=may_attach,
    lengths="SELECT id::text, version FROM crossregion_round",
)
