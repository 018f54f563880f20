"""Places and people as they would be after a change by hand: checked at once by the certificate, which knows nothing of the
solver, and kept if no rule is broken.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils.translation import gettext as _

from enforcement.crossregion.actions.drawing import write_loans
from enforcement.crossregion.actions.preparing import named, unknown_team
from enforcement.crossregion.drawing import assignment, loans, targets
from enforcement.crossregion.drawing.certificate import Certificate, certify
from enforcement.crossregion.drawing.faults import Fault
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.models import Assignment, Loan, Round, Target, TeamMember
from enforcement.crossregion.wording import RULES, sentence
from regions.errors import Invalid

SHOWN_FAULTS = 8


def assigned(round_: Round) -> dict[str, Any]:
    """Where each team is, by its key, with who is of it now (`crew`) and what it is lent (`lent`). One statement."""
    crew = TeamMember.objects.filter(team=OuterRef("team"), left_on=None).order_by("pk").values("officer")
    lent = Loan.objects.filter(team=OuterRef("team")).order_by("kind").values("kind")
    rows = round_.assignments.select_related("division", "team").annotate(
        crew=ArraySubquery(crew), lent=ArraySubquery(lent)
    )
    return {str(row.team_id): row for row in rows}


def placed(rows: Mapping[str, Any], entered: object, field: str = "team") -> Any:
    """Where the team of a name is. Raises Invalid for `field` if there is none."""
    found = next((row for row in rows.values() if row.team.name == named(entered)), None)
    if found is None:
        raise unknown_team(field)
    return found


def settle(
    round_: Round,
    register: Register,
    rows: Mapping[str, Any],
    changed: Sequence[Assignment],
    field: str,
    kept: Mapping[str, str] | None = None,
) -> None:
    """Lends and deals anew, checks every rule on the places as they would be, and keeps them. Raises Invalid for `field`.

    `kept` are targets that stay with the team that has visited them: the round is under way then, and what is lent stays
    where it is as long as that will do.
    """
    places = {key: row.division.code for key, row in rows.items()}
    seed = bytes(round_.seed or b"")
    drawn = targets.draw(seed, register)
    taken = {key: tuple(row.lent) for key, row in rows.items() if row.lent}
    lent = taken if kept is not None else loans.lend(seed, register, drawn, places)
    certificate, dealt = _checked(seed, register, drawn, places, lent, kept or {})
    if kept is not None and any(fault.rule == "skill" for fault in certificate.faults):
        lent = loans.lend(seed, register, drawn, places)
        certificate, dealt = _checked(seed, register, drawn, places, lent, kept)
    refuse(certificate.faults, field)
    Assignment.objects.bulk_update(changed, ["division"])
    _deal(round_, dealt)
    if lent != taken:
        write_loans(round_, lent)
    round_.certificate = certificate.plain()


def _deal(round_: Round, dealt: Mapping[str, str | None]) -> None:
    """Writes whose target each is now, where it was another team's before."""
    passed = []
    for target in round_.targets.all():
        key = dealt.get(str(target.site_id))
        if key != (str(target.team_id) if target.team_id else None):
            target.team_id = UUID(key) if key else None
            passed.append(target)
    Target.objects.bulk_update(passed, ["team"])


def _checked(
    seed: bytes,
    register: Register,
    drawn: dict[str, tuple[str, ...]],
    places: dict[str, str],
    lent: dict[str, tuple[str, ...]],
    kept: Mapping[str, str],
) -> tuple[Certificate, dict[str, str | None]]:
    dealt = {**assignment.deal(seed, register, drawn, places, lent), **kept}
    return certify(seed, register, drawn, places, dealt, lent), dealt


def refuse(faults: Sequence[Fault], field: str) -> None:
    """Raises Invalid with the first faults, each by its rule's name, if there are any: one of every rule before a second one."""
    if faults:
        seen: Counter[str] = Counter()
        ranked = []
        for fault in faults:
            ranked.append((seen[fault.rule], fault))
            seen[fault.rule] += 1
        told = [
            _("违反“%(rule)s”：%(sentence)s") % {"rule": RULES[fault.rule], "sentence": sentence(fault)}
            for _rank, fault in sorted(ranked, key=lambda pair: pair[0])
        ]
        raise Invalid(
            _("调整后不合规则，没有改动。%(first)s") % {"first": told[0]}, errors={field: told[:SHOWN_FAULTS]}
        )
