"""Set by hand: pins before the draw, moves and swaps after it. Each is re-checked at once by the certificate, which knows
nothing of the solver; one that breaks a rule isn't made, and the refusal names the rule.
"""

from typing import Any

from django.utils.translation import gettext as _

from enforcement.crossregion.actions.freezing import freeze
from enforcement.crossregion.actions.preparing import named, reason, team_of, unknown_team
from enforcement.crossregion.actions.settling import assigned, placed, refuse, settle
from enforcement.crossregion.actions.underway import begin, follow
from enforcement.crossregion.drawing.certificate import placings
from enforcement.crossregion.models import Pin, Round, RoundCounty
from regions.errors import Invalid
from regions.models import Officer


def pin(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """A team's county, set before the draw. The rules that can be judged without a draw are judged now."""
    told, hosts = reason(entered), list(round_.counties.select_related("division__parent"))
    register = freeze(round_, whole=False, hosts=hosts)
    team = next((row for row in register.teams if row.name == named(entered.get("team"))), None)
    host = next((row.division for row in hosts if row.division.code == named(entered.get("county"))), None)
    if team is None or host is None:
        raise unknown_team() if team is None else _unknown_county()
    before = {row.team: row.county for row in register.pins}
    broken_before = placings(register, before)
    faults = placings(register, {**before, team.key: host.code})
    refuse([fault for fault in faults if fault not in broken_before], "county")
    Pin.objects.bulk_create(
        [Pin(round=round_, team_id=team.key, division=host)],
        update_conflicts=True,
        unique_fields=["team"],
        update_fields=["division"],
    )
    return {**told, "team": team.name, "county": host.name}


def unpin(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    told, team = reason(entered), team_of(round_, entered.get("team"))
    gone, _rows = Pin.objects.filter(team=team).delete()
    if not gone:
        raise Invalid(_("这支队伍没有指定去向。"), field="team")
    return {**told, "team": team.name}


def swap(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Two teams change places, before release or when they are out."""
    told, rows = reason(entered), assigned(round_)
    first, second = placed(rows, entered.get("team")), placed(rows, entered.get("other"), "other")
    if first.division_id == second.division_id:
        raise Invalid(_("两队本来就在同一个县区。"), field="other")
    now = begin(round_, entered)
    first.division, second.division = second.division, first.division
    settle(round_, now.register, rows, (first, second), "other", now.kept)
    one, other = first.team, second.team
    follow(round_, [(first, second.division, first.division), (second, first.division, second.division)], by)
    return {**told, **now.facts, "team": one.name, "other": other.name, "keys": [str(one.pk), str(other.pk)]}


def move(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """One team goes to another county of the round, before release or when it is out."""
    told, rows = reason(entered), assigned(round_)
    row, host = placed(rows, entered.get("team")), _host(round_, entered.get("county"))
    if row.division_id == host.division_id:
        raise Invalid(_("这支队伍本来就在这个县区。"), field="county")
    now, team, left = begin(round_, entered), row.team, row.division
    row.division = host.division
    settle(round_, now.register, rows, (row,), "county", now.kept)
    follow(round_, [(row, left, host.division)], by)
    key, there = str(team.pk), {"before": left.name, "county": host.division.name}
    return {**told, **now.facts, **there, "team": team.name, "key": key, "keys": [key], "code": host.division.code}


def _host(round_: Round, entered: object) -> RoundCounty:
    host = round_.counties.select_related("division__parent").filter(division__code=named(entered)).first()
    if host is None:
        raise _unknown_county()
    return host


def _unknown_county() -> Invalid:
    return Invalid(_("本轮没有这个受检县区，请填六位区划代码。"), field="county")
