"""Interviews and special inspections as subjects of the timeline: who may add papers, how long their chains are."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from enforcement.oversight.lifecycle import ENDED, specials
from enforcement.oversight.models import Interview, SpecialInspection, SpecialMember
from enforcement.timeline import clock
from enforcement.timeline.subjects import Reason, SubjectKind
from regions.models import Officer


def interview_takes(interview: Any, officer: Officer) -> Reason | None:
    """Both sides add papers until it is over."""
    if interview.state in ENDED:
        return _("约谈已经结束，不能再添加材料。")
    if not {p.bureau_id for p in officer.postings_on(clock.today())} & {interview.bureau_id, interview.addressee_id}:
        return _("只有约谈双方可以添加材料。")
    return None


def special_takes(row: Any, officer: Officer) -> Reason | None:
    """Both sides and the team add papers until it is over."""
    if row.state in specials.ENDED:
        return _("督察已经结束，不能再添加材料。")
    posted = {p.bureau_id for p in officer.postings_on(clock.today())}
    if posted & {row.bureau_id, row.addressee_id}:
        return None
    if SpecialMember.objects.filter(inspection=row, officer=officer).exists():
        return None
    return _("只有督察双方可以添加材料。")


def _lengths(table: str, kind: str) -> str:
    return f"""
        SELECT s.id::text, s.version + (
            SELECT count(*) FROM timeline_attachment a WHERE a.subject_type = '{kind}' AND a.subject_id = s.id::text
        ) FROM {table} s
    """


KINDS = (
    SubjectKind(
        "interview", lambda: Interview.objects.all(), interview_takes, _lengths("oversight_interview", "interview")
    ),
    SubjectKind(
        "specialinspection",
        lambda: SpecialInspection.objects.all(),
        special_takes,
        _lengths("oversight_specialinspection", "specialinspection"),
    ),
)
