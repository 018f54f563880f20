"""What a visiting team finds (线索): a finding of the member's own bureau, before the bureau that holds the round.

The holder hands it off to the bureau with jurisdiction; by the rule of the house (`issues.actions.handing_off`) nobody of
that bureau's city is its verifier. A clue lies in the county its team was drawn, or it isn't one of this round.
"""

from typing import Any

from django.utils.translation import gettext as _

from enforcement.crossregion.actions.reporting import member_team
from enforcement.crossregion.models import Clue, Round, Target, Team, TeamMember
from enforcement.findings.actions import file_finding
from enforcement.issues.actions.handing_off import division_at
from enforcement.issues.models import Severity, Source
from enforcement.timeline import clock
from enforcement.timeline.actions import tail_of, with_tail
from regions import words
from regions.errors import Invalid, Refused
from regions.models import Bureau, Officer
from regions.roles import Role

#: Whoever reviews may file too, as anywhere; an inspector of their bureau puts it before another leader.
_FILERS = (Role.INSPECTOR, Role.TEAM_LEADER)


def file_clue(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Files a finding, on a drawn target (`site`) or at a place of the county (`lon`, `lat`, WGS-84).

    An inspector's is submitted at once. A leader's waits as a draft for an inspector of their bureau: nobody submits to
    themselves (`findings.lifecycle`).
    """
    post = filing_post(by)
    if post is None:
        raise Refused(not_a_filer())
    bureau, submits = post
    title = words.line(entered.get("title"), "title", 120)
    team, target = _where(round_, by, entered.get("site"))
    lon, lat = (target.site.lon, target.site.lat) if target else _place(team, entered)
    # Whoever was locked out while another wrote reads the tail now, under the lock.
    round_.tail = tail_of(target or team)
    finding = file_finding(
        by=by,
        filer=bureau,
        receiver=round_.bureau,
        title=title,
        source=Source.CROSS_ENFORCEMENT,
        lon=lon,
        lat=lat,
        occurred_at=entered.get("occurred_at") or clock.now(),
        severity=str(entered.get("severity") or Severity.GENERAL),
        description=words.paragraph(entered.get("description"), "description", 4000, needed=False),
        pollution_type=words.line(entered.get("pollution_type"), "pollution_type", 30, needed=False),
        address=target.site.address if target else words.line(entered.get("address"), "address", 200, needed=False),
        site=target.site if target else None,
        synthetic=round_.synthetic,
        origin={"round": str(round_.pk), "team": team.name},
        submitted=submits,
        located_in=team.assignment.division,
        read_at=round_.tail.recorded_at,
    )
    round_.filed = Clue.objects.create(
        round=round_, team=team, target=target, finding=finding, filed_by=by, filed_at=clock.now()
    )
    return {"team": team.name, "finding": str(finding.pk)}


def filing_post(by: Officer) -> tuple[Bureau, bool] | None:
    """The bureau a member files clues for, and whether they submit them too; None for a role that files none."""
    held = [(p.role, p.bureau) for p in by.postings_on(clock.today()) if not p.bureau.is_contractor]
    for role in _FILERS:
        for own, bureau in held:
            if own == role:
                return bureau, role == Role.INSPECTOR
    return None


def not_a_filer() -> str:
    return _("线索由担任巡查员或组长的队员填报；核查员、承办人、技术人员发现的，请同队的巡查员或组长填报。")


def _where(round_: Round, by: Officer, value: object) -> tuple[Team, Target | None]:
    """The member's team, and the drawn target if one is named, with the tail of the round's chain. One statement."""
    if value in (None, ""):
        return member_team(round_, by), None
    try:
        key = int(str(value))
    except ValueError:
        key = 0
    now = TeamMember.objects.filter(officer=by, left_on=None).values("team_id")
    rows = Target.objects.filter(round=round_, team__in=now, site=key if 0 < key < 2**63 else 0)
    rows = with_tail(rows.select_related("site", "team__assignment__division"), "round", "round")
    found: Target | None = rows.order_by().first()
    if found is None or found.team is None:
        member_team(round_, by)  # who isn't of a team is told so first
        raise Invalid(_("该点位不是本队抽到的点位；其他位置的线索请填经纬度。"), field="site")
    return found.team, found


def _place(team: Team, entered: dict[str, Any]) -> tuple[float, float]:
    lon, lat = entered.get("lon"), entered.get("lat")
    if lon is None or lat is None:
        raise Invalid(_("请选择本队抽到的点位，或填写经纬度。"), field="site")
    where = division_at(float(lon), float(lat)) if -180 <= lon <= 180 and -90 <= lat <= 90 else None
    if where is None or where.pk != team.assignment.division_id:
        raise Invalid(
            _("该位置不在本队受检的%(county)s，请核对经纬度。") % {"county": team.assignment.division.name}, field="lon"
        )
    return float(lon), float(lat)
