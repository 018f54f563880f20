"""Whose turn a finding is: the drafts of an inspector, what a leader has to review, what a dispatcher has to hand off."""

from collections.abc import Iterable

from django.db.models import Q

from enforcement.findings.lifecycle import State
from enforcement.timeline import clock
from regions.models import BureauKind, Officer
from regions.roles import Role


def waiting_for(officer: Officer) -> Q:
    """Findings whose next step is this officer's, as a condition; false for all when none ever is."""
    filed = _bureaus(officer, [Role.INSPECTOR])
    reviewed = _bureaus(officer, [Role.TEAM_LEADER])
    handed = _bureaus(officer, [Role.DISPATCHER])
    waiting = Q(pk__in=[])
    if filed:
        waiting |= Q(state=State.DRAFT, filer__in=filed)
    if reviewed:
        waiting |= Q(state=State.LEADER_REVIEW, filer__in=reviewed) & ~Q(filer__kind=BureauKind.CONTRACTOR)
    if receivers := sorted({*reviewed, *handed}):
        # A contractor's clue is confirmed by the department it was put before.
        waiting |= Q(state=State.LEADER_REVIEW, filer__kind=BureauKind.CONTRACTOR, receiver__in=receivers)
    if handed:
        waiting |= Q(state=State.CONFIRMED, receiver__in=handed)
    return waiting


def holds_turns(officer: Officer) -> bool:
    return bool(officer.roles_on(clock.today()) & {Role.INSPECTOR, Role.TEAM_LEADER, Role.DISPATCHER})


def may_file(officer: Officer) -> bool:
    return bool(officer.roles_on(clock.today()) & {Role.INSPECTOR, Role.TEAM_LEADER})


def may_hand_off(officer: Officer) -> bool:
    return bool(officer.roles_on(clock.today()) & {Role.DISPATCHER})


def _bureaus(officer: Officer, roles: Iterable[Role]) -> list[int]:
    wanted = set(roles)
    return sorted({p.bureau_id for p in officer.postings_on(clock.today()) if Role(p.role) in wanted})
