"""Findings as subjects of the timeline: who may add evidence, how long a chain must be; and as origins of issues."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from enforcement.findings.lifecycle import State
from enforcement.findings.models import Finding
from enforcement.issues.models import Issue
from enforcement.issues.origins import Origin
from enforcement.timeline.subjects import Reason, SubjectKind
from regions.models import Officer
from regions.scoping import reach_of


def may_attach(finding: Any, officer: Officer) -> Reason | None:
    """The filing bureau adds evidence until the finding is confirmed."""
    if finding.filer_id not in reach_of(officer).bureaus:
        return _("只有填报单位可以补充材料。")
    if finding.state not in (State.DRAFT, State.LEADER_REVIEW):
        return _("线索已确认，不能再补充材料。")
    return None


def origins(issue: Issue, officer: Officer) -> list[Origin]:
    """The findings an issue rests on, as far as the officer sees them."""
    found = Finding.objects.visible_to(officer).filter(issue=issue).order_by("received_at", "id")
    return [Origin(_("线索"), finding.title, finding.get_absolute_url()) for finding in found]


KIND = SubjectKind(
    name="finding",
    rows=lambda: Finding.objects.all(),
    may_attach=may_attach,
    lengths="""
        SELECT f.id::text, f.version + (
            SELECT count(*) FROM timeline_attachment a WHERE a.subject_type = 'finding' AND a.subject_id = f.id::text
        ) FROM findings_finding f
    """,
)
