"""Visits, campaigns and checklists as subjects of the timeline: who may add evidence, how long their chains are."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from enforcement.inspections.lifecycle import State
from enforcement.inspections.models import Campaign, ChecklistVersion, TargetDraw, Visit
from enforcement.inspections.querysets import ListQuerySet
from enforcement.timeline.subjects import Reason, SubjectKind
from regions.models import Officer


def visit_takes(visit: Any, officer: Officer) -> Reason | None:
    """The team adds photos while the visit is under way; what was recorded is recorded."""
    if visit.state != State.UNDERWAY:
        return _("只有检查进行中才能添加现场材料。")
    if not visit.officers.filter(officer=officer).exists():
        return _("只有检查组成员可以添加现场材料。")
    return None


def takes_none(row: Any, officer: Officer) -> Reason | None:
    return _("现场材料请附在检查上。")


def _lengths(table: str, kind: str) -> str:
    return f"""
        SELECT s.id::text, s.version + (
            SELECT count(*) FROM timeline_attachment a WHERE a.subject_type = '{kind}' AND a.subject_id = s.id::text
        ) FROM {table} s
    """


KINDS = (
    SubjectKind("visit", lambda: Visit.objects.all(), visit_takes, _lengths("inspections_visit", "visit")),
    SubjectKind("campaign", lambda: Campaign.objects.all(), takes_none, _lengths("inspections_campaign", "campaign")),
    SubjectKind(
        "targetdraw",
        lambda: TargetDraw.objects.all(),
        takes_none,
        _lengths("inspections_targetdraw", "targetdraw"),
    ),
    SubjectKind(
        "checklistversion",
        lambda: ListQuerySet(ChecklistVersion),
        takes_none,
        _lengths("inspections_checklistversion", "checklistversion"),
    ),
)
