"""Set by hand: pins before the draw, moves and swaps after it. Each is re-checked at once by the certificate, which knows
nothing of the solver; one that breaks a rule isn't made, and the refusal names the rule.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from enforcement.crossregion.actions.drawing import write_loans
from enforcement.crossregion.actions.freezing import freeze
from enforcement.crossregion.actions.preparing import reason, team_of
from enforcement.crossregion.drawing import assignment, loans, targets
from enforcement.crossregion.drawing.certificate import certify, placings
from enforcement.crossregion.drawing.faults import Fault
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.models import Assignment, Pin, Round, RoundCounty, Target
from enforcement.crossregion.wording import RULES, sentence
from regions.errors import Invalid
from regions.models import Officer

SHOWN_FAULTS = 5


def pin(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """A team's county, set before the draw. The rules that can be judged without a draw are judged now."""
    told, team = reason(entered), team_of(round_, entered.get("team"))
    host = _host(round_, entered.get("county"))
    register = freeze(round_, whole=False)
    before = {row.team: row.county for row in register.pins}
    broken_before = placings(register, before)
    faults = placings(register, {**before, str(team.pk): host.division.code})
    _refuse([fault for fault in faults if fault not in broken_before], "county")
    Pin.objects.update_or_create(team=team, defaults={"round": round_, "division": host.division})
    return {**told, "team": team.name, "county": host.division.name}


def unpin(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    told, team = reason(entered), team_of(round_, entered.get("team"))
    gone, _rows = Pin.objects.filter(team=team).delete()
    if not gone:
        raise Invalid(_("这支队伍没有指定去向。"), field="team")
    return {**told, "team": team.name}


def swap(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Two teams change places."""
    told = reason(entered)
    one, other = team_of(round_, entered.get("team")), team_of(round_, entered.get("other"), "other")
    rows = _assigned(round_)
    first, second = rows[str(one.pk)], rows[str(other.pk)]
    if first.division_id == second.division_id:
        raise Invalid(_("两队本来就在同一个县区。"), field="other")
    first.division, second.division = second.division, first.division
    _settle(round_, rows, (first, second), "other")
    return {**told, "team": one.name, "other": other.name, "keys": [str(one.pk), str(other.pk)]}


def move(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """One team goes to another county of the round."""
    told, team = reason(entered), team_of(round_, entered.get("team"))
    host, rows = _host(round_, entered.get("county")), _assigned(round_)
    row = rows[str(team.pk)]
    if row.division_id == host.division_id:
        raise Invalid(_("这支队伍本来就在这个县区。"), field="county")
    left, row.division = row.division, host.division
    _settle(round_, rows, (row,), "county")
    there = {"before": left.name, "county": host.division.name}
    return {**told, **there, "team": team.name, "key": str(team.pk), "code": host.division.code}


def _host(round_: Round, entered: object) -> RoundCounty:
    code = str(entered or "")[:20].strip()
    host = round_.counties.select_related("division__parent").filter(division__code=code).first()
    if host is None:
        raise Invalid(_("本轮没有这个受检县区，请填六位区划代码。"), field="county")
    return host


def _assigned(round_: Round) -> dict[str, Assignment]:
    return {str(row.team_id): row for row in round_.assignments.select_related("division")}


def _settle(round_: Round, rows: dict[str, Assignment], changed: Sequence[Assignment], field: str) -> None:
    """Lends and deals anew, checks every rule on the places as they would be, and keeps them if none is broken."""
    places = {key: row.division.code for key, row in rows.items()}
    seed, register = bytes(round_.seed or b""), Register.parse(bytes(round_.register or b""))
    drawn = targets.draw(seed, register)
    lent = loans.lend(seed, register, drawn, places)
    dealt = assignment.deal(seed, register, drawn, places, lent)
    certificate = certify(seed, register, drawn, places, dealt, lent)
    _refuse(certificate.faults, field)
    Assignment.objects.bulk_update(changed, ["division"])
    shown = list(round_.targets.all())
    for target in shown:
        target.team_id = dealt.get(str(target.site_id))
    Target.objects.bulk_update(shown, ["team"])
    write_loans(round_, lent)
    round_.certificate = certificate.plain()


def _refuse(faults: Sequence[Fault], field: str) -> None:
    if faults:
        told = [
            _("违反“%(rule)s”：%(sentence)s") % {"rule": RULES[fault.rule], "sentence": sentence(fault)}
            for fault in faults
        ]
        raise Invalid(
            _("调整后不合规则，没有改动。%(first)s") % {"first": told[0]}, errors={field: told[:SHOWN_FAULTS]}
        )
