"""Whose turn a finding is: the drafts of an inspector, what a leader has to review, what a dispatcher has to hand off."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from enforcement.findings.lifecycle import State
from enforcement.findings.models import Finding
from enforcement.timeline import clock
from regions.models import BureauKind, Officer, Posting
from regions.models.officers import in_force
from regions.roles import Role


def waiting_for(officer: Officer) -> Q:
    """Findings whose next step is this officer's, as a condition; false for all when none ever is.

    A supervisor's are those nobody can confirm, of bureaus of their own division and those right below.
    """
    filed = _bureaus(officer, [Role.INSPECTOR])
    reviewed = _bureaus(officer, [Role.TEAM_LEADER])
    handed = _bureaus(officer, [Role.DISPATCHER])
    waiting = Q(pk__in=[])
    if filed:
        waiting |= Q(state=State.DRAFT, filer__in=filed)
    if reviewed:
        # What they filed themselves waits for another leader.
        waiting |= Q(state=State.LEADER_REVIEW, filer__in=reviewed) & ~_CONTRACTORS & ~Q(filed_by=officer)
    if receivers := sorted({*reviewed, *handed}):
        # A contractor's clue is confirmed by the department it was put before.
        waiting |= Q(state=State.LEADER_REVIEW, filer__kind=BureauKind.CONTRACTOR, receiver__in=receivers)
    if handed:
        waiting |= Q(state=State.CONFIRMED, receiver__in=handed)
    if supervised := sorted({p.bureau.division_id for p in officer.postings_on(clock.today()) if _supervises(p)}):
        there = Q(filer__division__in=supervised) | Q(filer__division__parent__in=supervised)
        nobody = ~Exists(_confirmers(OuterRef("filer"), OuterRef("filed_by")))
        waiting |= Q(nobody, there, state=State.LEADER_REVIEW) & ~_CONTRACTORS
    return waiting


def holds_turns(officer: Officer) -> bool:
    return bool(officer.roles_on(clock.today()) & {Role.INSPECTOR, Role.TEAM_LEADER, Role.DISPATCHER})


def reviews(officer: Officer) -> bool:
    """Whether an officer confirms findings; who only supervises sees to it that someone can."""
    return bool(officer.roles_on(clock.today()) & {Role.TEAM_LEADER, Role.DISPATCHER})


def supervises(officer: Officer) -> bool:
    return any(_supervises(posting) for posting in officer.postings_on(clock.today()))


def awaited(finding: Finding) -> str:
    """Who has the next step, in a sentence; empty once it is handed off or ended. One statement while it waits for its review."""
    filer, receiver = {"bureau": finding.filer.short_name}, {"bureau": finding.receiver.short_name}
    if finding.state == State.DRAFT:
        return _("等%(bureau)s的巡查员提交审核。") % filer
    if finding.state == State.CONFIRMED:
        return _("等%(bureau)s的转办员转办。") % receiver
    if finding.state != State.LEADER_REVIEW:
        return ""
    if finding.filer.is_contractor:
        return _("等%(bureau)s的组长或转办员确认。") % receiver
    posts = _confirmers(finding.filer_id, finding.filed_by_id).order_by("officer__name").values_list("officer__name")
    names = [name for (name,) in posts.distinct()]
    if names:
        return _("等%(bureau)s的组长%(names)s确认。") % {**filer, "names": _("、").join(names)}
    return (
        _(
            "%(bureau)s没有可以确认的组长：须持有效执法证，且不是填报人。请该单位的安全管理员登记另一名组长的任职；"
            "没有合适人选的，可登记上级单位的组长临时兼任。"
        )
        % filer
    )


def _confirmers(bureau: Any, filed_by: Any) -> QuerySet[Posting]:
    """The posts of the leaders of a bureau who may confirm what somebody filed: with a badge valid today, not themselves."""
    today = clock.today()
    badged = ~Q(officer__badge_no="") & (Q(officer__badge_valid_to=None) | Q(officer__badge_valid_to__gte=today))
    rows = Posting.objects.filter(
        in_force(today), badged, bureau=bureau, role=Role.TEAM_LEADER, officer__is_active=True
    )
    return rows.exclude(officer=filed_by)


_CONTRACTORS = Q(filer__kind=BureauKind.CONTRACTOR)


def _supervises(posting: Posting) -> bool:
    return posting.role == Role.SUPERVISOR and not posting.bureau.is_contractor


def may_file(officer: Officer) -> bool:
    return bool(officer.roles_on(clock.today()) & {Role.INSPECTOR, Role.TEAM_LEADER})


def may_hand_off(officer: Officer) -> bool:
    return bool(officer.roles_on(clock.today()) & {Role.DISPATCHER})


def _bureaus(officer: Officer, roles: Iterable[Role]) -> list[int]:
    wanted = set(roles)
    return sorted({p.bureau_id for p in officer.postings_on(clock.today()) if Role(p.role) in wanted})
