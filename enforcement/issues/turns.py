"""Whose turn it is: the responsibilities that wait for an officer's next step, derived from the lifecycle table.

The next step of a state is its primary action. A closed issue waits for nobody: striking off has no clock.
"""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from enforcement.issues import lifecycle
from enforcement.issues.lifecycle import MOVES, TABLE, Move, State
from enforcement.issues.models import Escalation, Extension, Issue, MergeOffer, Responsibility
from enforcement.timeline import clock
from regions.models import Officer, Part
from regions.roles import Role
from regions.scoping import reach_of

#: State -> the row of its next step.
NEXT: dict[State, Move] = {}
for _row in TABLE:
    if _row.primary:
        for _state in _row.sources & lifecycle.OPEN:
            NEXT.setdefault(_state, _row)


_DISPATCHING = frozenset({Role.DISPATCHER})


def waiting_for(officer: Officer) -> QuerySet[Responsibility]:
    """Responsibilities whose next step, or whose extension, is this officer's to take."""
    # Every open part has a running stage: the condition lets the index of stages answer.
    running = Responsibility.objects.filter(stage_due_on__isnull=False)
    duties = Q(pk__in=[])
    for state, row in NEXT.items():
        bureaus = _bureaus(officer, row.roles)
        if bureaus and row.part:
            duties |= Q(state=state) & _in_hands(row.part, bureaus)
    if issuers := _bureaus(officer, MOVES["grant_extension"].roles):
        asked = Extension.objects.filter(granted=None).values("responsibility")
        duties |= Q(pk__in=asked) & _in_hands(Part.ISSUER, issuers)
    # What was delegated is the bureau's below until it answers.
    below = Responsibility.objects.filter(parent=OuterRef("pk"), state__in=sorted(lifecycle.OPEN))
    # A running part's issue is open: said, because of open ones alone there is an index.
    return running.filter(duties, issue__state__in=sorted(lifecycle.OPEN)).exclude(Exists(below))


def offers_for(officer: Officer) -> QuerySet[MergeOffer]:
    """Merge offers that wait for this officer's answer, the oldest first."""
    return MergeOffer.objects.open().filter(asked__in=_bureaus(officer, _DISPATCHING)).order_by("at", "pk")


def waiting_issues(issues: QuerySet[Issue], officer: Officer) -> QuerySet[Issue]:
    """The open ones of some issues that wait for this officer."""
    # Said once: a condition repeated makes the planner expect next to nothing.
    return issues.open().filter(waits(officer))  # type: ignore[attr-defined]


def waits(officer: Officer) -> Q:
    """An open issue waits for this officer: a step to take, or, for who supervises, late and never pressed."""
    mine: Q = Q(pk__in=waiting_for(officer).values("issue"))
    if _bureaus(officer, MOVES["escalate"].roles):
        supervised = reach_of(officer, clock.today()).supervised
        pressed = Escalation.objects.filter(responsibility__issue=OuterRef("pk"))
        late = Q(due_on__lt=clock.today())
        mine |= Q(late, ~Exists(pressed), division__in=sorted(supervised))
    return mine


def holds_turns(officer: Officer) -> bool:
    """Whether any of the officer's roles ever has a step of an issue to take."""
    wanted = set(MOVES["escalate"].roles).union(*(row.roles for row in NEXT.values()))
    return bool(officer.roles_on(clock.today()) & wanted)


def next_step(state: str) -> Move | None:
    """The row of the next step from a state; None where nothing has to follow."""
    return NEXT.get(State(state))


def next_words(issue: Issue, responsibility: Responsibility) -> str:
    """Who has to do what next, in a sentence: 等待杏花岭分局签收. Empty where nothing has to follow."""
    issuer = responsibility.parent.bureau if responsibility.parent else issue.issuer
    names = {
        Part.RESPONSIBLE: responsibility.bureau.short_name,
        Part.VERIFIER: issue.verifier.short_name,
        Part.ISSUER: issuer.short_name,
    }
    return words(responsibility.state, names)


def words(state: str, names: Mapping[Part, str]) -> str:
    """The same from a state and the short names of the parts."""
    row = next_step(state)
    if row is None or row.part is None:
        return ""
    verb = _("判定") if row.action == "reissue" else row.label
    return _("等待%(bureau)s%(action)s") % {"bureau": names[row.part], "action": verb}


def _bureaus(officer: Officer, roles: frozenset[Role]) -> list[int]:
    return sorted({p.bureau_id for p in officer.postings_on(clock.today()) if p.role in roles})


def _in_hands(part: Part, bureaus: list[int]) -> Q:
    if part is Part.RESPONSIBLE:
        return Q(bureau__in=bureaus)
    if part is Part.VERIFIER:
        return Q(issue__verifier__in=bureaus)
    # Few parts are delegated: joined, every part would be put beside a parent it hasn't.
    delegated = Responsibility.objects.filter(parent__bureau__in=bureaus).order_by().values("pk")
    return Q(parent=None, issue__issuer__in=bureaus) | Q(pk__in=delegated)
