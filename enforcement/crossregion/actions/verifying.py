"""`verify`: a released round gone through again from its record, by whoever doubts it. Nothing is changed."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from enforcement.crossregion.actions.underway import CHANGES, present
from enforcement.crossregion.drawing import assignment, seeds, targets
from enforcement.crossregion.drawing.certificate import Certificate, certify
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.models import Round, TeamMember
from enforcement.crossregion.wording import rule_names, sentence
from enforcement.timeline import anchors, pledges
from enforcement.timeline.models import Event

#: The solver counts in floating point; the certificate exactly.
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, in a sentence."""

    holds: bool
    text: str


def verify(round_: Round) -> Iterator[Finding]:
    """Every check in turn: commitment, its publication, order of events, targets byte for byte, teams, objective, swaps and moves, dealing."""
    events = list(Event.objects.filter(subject_type="round", subject_id=str(round_.pk)).order_by("seq"))
    seed, frozen = bytes(round_.seed or b""), bytes(round_.register or b"")
    yield from _commitment(round_, events, seed, frozen)
    yield _published(round_, events)
    try:
        register = Register.parse(frozen)
    except (ValueError, TypeError, KeyError):
        yield Finding(False, _("登记册无法读出。"))
        return
    drawn = targets.draw(seed, register)
    yield _targets(round_, drawn)
    first = certify(seed, register, drawn, round_.places or {}, None, _lent((round_.result or {}).get("loans", {})))
    yield from _certified(_("抽取时的分派"), first)
    yield _objective(round_, first)
    places = _replayed(round_, events)
    recorded = {str(row.team_id): row.division.code for row in round_.assignments.select_related("division")}
    yield Finding(places == recorded, _("抽取结果加上记录的对调和改派，等于现在的分派。"))
    taken: dict[str, list[str]] = {}
    for loan in round_.loans.all():
        taken.setdefault(str(loan.team_id), []).append(loan.kind)
    lent = _lent(taken)
    changed = [event for event in events if event.kind in CHANGES]
    now = present(register, changed)
    yield from _people(round_, now)
    # Targets a team had visited when something was changed last are its own.
    kept = changed[-1].payload.get("kept") or {} if changed else {}
    dealt = {**assignment.deal(seed, now, drawn, recorded, lent), **kept}
    yield from _certified(_("现在的分派"), certify(seed, now, drawn, recorded, dealt, lent))
    shown = {str(row.site_id): str(row.team_id) if row.team_id else None for row in round_.targets.all()}
    yield Finding(shown == dealt, _("各点位由抽定的队伍检查。"))


def _lent(recorded: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(sorted(kinds)) for key, kinds in recorded.items()}


def _commitment(round_: Round, events: list[Event], seed: bytes, frozen: bytes) -> Iterator[Finding]:
    try:
        made = seeds.commitment(seed, frozen)
    except ValueError:
        made = ""
    committed = [event for event in events if event.kind == "round_committed"]
    drawn = [event for event in events if event.kind == "round_drawn"]
    told = [event.payload.get("seed") for event in events if event.kind == "round_released"]
    published = committed[-1].payload.get("commitment") if committed else None
    yield Finding(
        bool(made) and made == published, _("种子与登记册的哈希等于封存时的承诺 %(hash)s。") % {"hash": published}
    )
    before = bool(committed and drawn and committed[-1].seq < drawn[-1].seq)
    before = before and committed[-1].recorded_at <= drawn[-1].recorded_at
    yield Finding(before, _("承诺记录在抽取之前。"))
    yield Finding(told == [seed.hex()], _("公布的种子就是抽取用的种子。"))
    tries = len(committed)
    yield Finding(True, _("本轮共封存%(n)d次。") % {"n": tries})


def _published(round_: Round, events: list[Event]) -> Finding:
    committed, drawn = ([event for event in events if event.kind == f"round_{kind}"] for kind in ("committed", "drawn"))
    told = pledges.told(
        round_.commitment,
        anchors.folder(),
        deposited=bool(committed) and bool(committed[-1].payload.get("deposited")),
        drawn_at=drawn[-1].occurred_at if drawn else None,
        first=round_.rule.publish_first,
    )
    return Finding(*told)


def _targets(round_: Round, drawn: dict[str, tuple[str, ...]]) -> Finding:
    rows: dict[str, list[str]] = {county: [] for county in drawn}
    for row in round_.targets.select_related("division").order_by("division__code", "place"):
        rows.setdefault(row.division.code, []).append(str(row.site_id))
    recorded = targets.written({county: tuple(sites) for county, sites in rows.items()})
    again = targets.written(drawn)
    digest = hashlib.sha256(again).hexdigest()
    same = recorded == again and (round_.result or {}).get("targets_sha256") == digest
    return Finding(same, _("点位逐字节重现，SHA-256 %(hash)s。") % {"hash": digest})


def _certified(what: str, found: Certificate) -> Iterator[Finding]:
    if found.sound:
        yield Finding(True, _("%(what)s：%(n)d条规则，违反0处。") % {"what": what, "n": len(found.checks)})
    for fault in found.faults:
        yield Finding(False, _("%(what)s：%(fault)s") % {"what": what, "fault": sentence(fault)})


def _people(round_: Round, now: Register) -> Iterator[Finding]:
    """Said only where people were replaced or rules set aside since the draw, or somebody is in a team who shouldn't be."""
    held: dict[str, set[str]] = {}
    for team, officer in TeamMember.objects.filter(team__round=round_, left_on=None).values_list("team", "officer"):
        held.setdefault(str(team), set()).add(str(officer))
    same = held == {team.key: {member.key for member in team.members} for team in now.teams}
    yield Finding(same, _("各队队员等于登记册加上记录的更换。"))
    if waived := round_.changes.get("waived"):
        yield Finding(True, _("公布后放宽了%(rules)s，各次放宽的理由见经过。") % {"rules": rule_names(waived)})


def _objective(round_: Round, found: Certificate) -> Finding:
    result: dict[str, Any] = round_.result or {}
    stated, bound = float(result.get("objective_km", "nan")), float(result.get("bound_km", "nan"))
    exact = float(found.objective)
    near = abs(exact - stated) <= _NEAR * max(1.0, exact) and bound <= exact * (1 + _NEAR)
    gap = (exact - bound) / exact if exact else 0.0
    text = _("目标值重算为%(exact).3f公里，记录为%(stated).3f；求解器给出的下界%(bound).3f，间隙%(gap).2f%%。")
    return Finding(near, text % {"exact": exact, "stated": stated, "bound": bound, "gap": 100 * gap})


def _replayed(round_: Round, events: list[Event]) -> dict[str, str]:
    places = dict(round_.places or {})
    for event in events:
        if event.kind == "round_swapped":
            a, b = event.payload["keys"]
            if a in places and b in places:
                places[a], places[b] = places[b], places[a]
        elif event.kind == "round_moved":
            places[event.payload["key"]] = event.payload["code"]
    return places
