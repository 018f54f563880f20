"""Issues as subjects of the timeline: who may add evidence, and how long a chain must be."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from enforcement.issues.lifecycle import State
from enforcement.issues.models import Handoff, Issue
from enforcement.timeline.subjects import Reason, SubjectKind
from regions.models import Officer
from regions.scoping import reach_of


def may_attach(issue: Any, officer: Officer) -> Reason | None:
    """Officers of the bureaus that play a part add evidence while the issue isn't closed; later the look-back's team."""
    if issue.closed_at is not None:
        teams = set(issue.look_backs.filter(passed=None).values_list("bureau_id", flat=True))
        return None if teams & reach_of(officer).bureaus else _("问题已办结，不能再补充材料。")
    if issue.state == State.MERGED:
        return _("问题已合并，请在保留的问题中补充材料。")
    parties = set(issue.parties.filter(until=None).values_list("bureau_id", flat=True))
    return None if parties & reach_of(officer).bureaus else _("只有转办、承办、核查单位可以补充材料。")


def no_files(handoff: Any, officer: Officer) -> Reason:
    return _("转办单不收材料，请上传到问题中。")


#: A document tells of its letters: each sent once, each received once.
DOCUMENT = SubjectKind(
    name="handoff",
    rows=lambda: Handoff.objects.all(),
    may_attach=no_files,
    lengths="""
        SELECT d.handoff_id::text, count(*) + count(d.received_at) FROM issues_delivery d GROUP BY d.handoff_id
    """,
)
KIND = SubjectKind(
    name="issue",
    rows=lambda: Issue.objects.all(),
    may_attach=may_attach,
    lengths="""
        SELECT i.id::text, i.version + (
            SELECT count(*) FROM timeline_attachment a WHERE a.subject_type = 'issue' AND a.subject_id = i.id::text
        ) FROM issues_issue i
    """,
)
