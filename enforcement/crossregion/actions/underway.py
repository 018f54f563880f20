"""What changes when the teams are already out: a team goes to another county, two change places, a member is replaced.

The register stays what was committed to. What changed since stands on the round's chain, and `present` reads it from there, so
that whoever verifies reads the same. A rule that follows from law holds; one that may be loosened can be set aside by name, with
the reason of the change. Targets a team has visited stay its own; secondments follow the people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db.models import Q, prefetch_related_objects
from django.utils.translation import gettext as _

from enforcement.crossregion.actions.preparing import named, reason
from enforcement.crossregion.actions.releasing import end_secondments, second
from enforcement.crossregion.actions.reporting import visits_of
from enforcement.crossregion.actions.rosters import Vocabulary
from enforcement.crossregion.actions.settling import assigned, settle
from enforcement.crossregion.drawing import register as plain
from enforcement.crossregion.drawing.register import LOOSENABLE, Register
from enforcement.crossregion.lifecycle import State
from enforcement.crossregion.models import EarlierPlace, Round, Team, TeamMember
from enforcement.crossregion.models.abilities import Kind
from enforcement.timeline import clock
from enforcement.timeline.actions import personal
from enforcement.timeline.models import Event
from regions.errors import Conflict, Invalid
from regions.models import Division, Officer, Posting
from regions.models.officers import in_force
from regions.roles import BUSINESS

#: Events after release that change what `present` gives.
CHANGES = ("round_moved", "round_swapped", "round_member_replaced")


@dataclass(frozen=True, slots=True)
class Present:
    """The register as it is now; what it sets aside (for the event); targets that stay with who visited them.

    `kept` None: the round isn't released, everything is dealt anew.
    """

    register: Register
    waived: list[str]
    kept: dict[str, str] | None

    @property
    def facts(self) -> dict[str, Any]:
        """What the event keeps of it; nothing before release."""
        return {} if self.kept is None else {"waived": self.waived, "kept": self.kept}


def present(register: Register, events: Iterable[Event]) -> Register:
    """The committed register with the people and the rules as the round's events have changed them since."""
    teams = {team.key: team for team in register.teams}
    off = set(register.rules.off)
    for event in events:
        off |= set(event.payload.get("waived", ()))
        if event.kind == "round_member_replaced":
            members = tuple(plain.Member(**{**row, "skills": tuple(row["skills"])}) for row in event.payload["members"])
            (key,) = event.payload["keys"]
            teams[key] = replace(teams[key], leader=event.payload["leader"], members=members)
    return replace(register, teams=tuple(teams.values()), rules=replace(register.rules, off=tuple(sorted(off))))


def begin(round_: Round, entered: dict[str, Any]) -> Present:
    """What a change by hand stands on. Raises Conflict after the last day, Invalid for rules that can't be set aside."""
    register = Register.parse(bytes(round_.register or b""))
    waived = entered.get("waived") or []
    if not isinstance(waived, list) or not set(map(str, waived)) <= set(LOOSENABLE):
        raise Invalid(_("只能放宽可以放宽的规则。"), field="waived")
    if round_.state != State.RELEASED:
        if waived:
            raise Invalid(_("公布以前不能放宽规则，请退回筹备后调整。"), field="waived")
        return Present(register, [], None)
    if clock.today() > round_.until:
        raise Conflict(_("本轮检查日期已过，不能再调整队伍。"))
    waived = sorted(set(waived))
    round_.changes = {**round_.changes, "waived": sorted({*round_.changes.get("waived", []), *waived})}
    rows = Event.objects.filter(subject_type="round", subject_id=str(round_.pk), kind__in=CHANGES).order_by("seq")
    found = present(register, rows)
    found = replace(found, rules=replace(found.rules, off=tuple(sorted({*found.rules.off, *waived}))))
    return Present(found, waived, _visited(round_))


def _visited(round_: Round) -> dict[str, str]:
    """Drawn sites the team they were dealt to has visited, with its key. Two statements; `settle` finds the targets read."""
    done = {
        (str(team), site) for team, site in visits_of(round_, round_.since, clock.today()).values_list("team", "site")
    }
    prefetch_related_objects([round_], "targets")
    dealt = {target.site_id: str(target.team_id) for target in round_.targets.all()}
    return {str(site): team for site, team in dealt.items() if (team, site) in done}


def follow(round_: Round, moved: Sequence[tuple[Any, Division, Division]], by: Officer) -> None:
    """Teams (`assigned`) have gone from one county to another: where they were is kept, and their people's secondments follow.

    What was opened ends with the day: what they found there stays open to their own bureau as the one that filed it.
    """
    if round_.state != State.RELEASED:
        return
    today = clock.today()
    EarlierPlace.objects.bulk_create(
        EarlierPlace(team=row.team, division=left, until=today) for row, left, _to in moved
    )
    for row, left, to in moved:
        end_secondments(round_, row.crew, left)
        second(round_, row.crew, to, by)


# --- a member is replaced -------------------------------------------------------------------------------------------


def replace_member(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """One leaves a team that is out, another of its city may join; a leader who leaves is followed by `leader`."""
    told, now = reason(entered), begin(round_, entered)
    gone = _leaving(round_, entered.get("leaves"))
    team, rows = gone.team, assigned(round_)
    joined = _joining(round_, team, entered)
    people = [*TeamMember.objects.filter(team=team, left_on=None).exclude(pk=gone.pk).select_related("officer")]
    people += [joined] if joined else []
    team.leader = _leader(gone, people, entered.get("leader"))
    members = [_plain(row) for row in people]
    key, leader = str(team.pk), str(team.leader_id)
    teams = [replace(t, leader=leader, members=tuple(members)) if t.key == key else t for t in now.register.teams]
    settle(round_, replace(now.register, teams=tuple(teams)), rows, (), "joins", now.kept)
    _exchange(round_, gone, joined, by, rows[key].division)
    said = _("%(name)s离队") % {"name": gone.officer.name}
    if joined:
        said = _("%(left)s离队，%(name)s加入") % {"left": gone.officer.name, "name": joined.officer.name}
    facts = {"keys": [key], "leader": leader, "members": [asdict(member) for member in members]}
    return {**told, **now.facts, **facts, "team": team.name, "people": personal(said)}


def _exchange(round_: Round, gone: TeamMember, joined: TeamMember | None, by: Officer, there: Division) -> None:
    gone.left_on = clock.today()
    gone.save(update_fields=["left_on"])
    gone.team.save(update_fields=["leader"])
    end_secondments(round_, [gone.officer_id], there)
    if joined:
        joined.save(force_insert=True)
        second(round_, [joined.officer_id], there, by)


def _leaving(round_: Round, value: object) -> TeamMember:
    rows = TeamMember.objects.filter(team__round=round_, left_on=None, officer__username=named(value))
    found = rows.select_related("team__leader", "team__city", "officer").first()
    if found is None:
        raise Invalid(_("本轮没有这名在队的队员，请按账号填写。"), field="leaves")
    return found


def eligible(round_: Round) -> list[Posting]:
    """Who may join a team that is out: people with a post today in a city that sends, of no team of the round, now or before.

    One post each, in the order of accounts. Whether the badge lasts is the certificate's to judge. One statement.
    """
    cities = round_.teams.order_by().values("city")
    there = Q(bureau__division__in=cities) | Q(bureau__division__parent__in=cities)
    taken = TeamMember.objects.filter(team__round=round_).values("officer")
    rows = Posting.objects.filter(there, in_force(clock.today()), role__in=sorted(BUSINESS), officer__is_active=True)
    rows = rows.exclude(officer__in=taken).select_related("officer", "bureau__division__parent")
    return list(rows.order_by("officer__username", "pk").distinct("officer__username"))


def _joining(round_: Round, team: Team, entered: dict[str, Any]) -> TeamMember | None:
    """Who comes instead, of the team's own city and of no team of the round, now or before."""
    if not (username := named(entered.get("joins"))):
        return None
    officer = Officer.objects.filter(username=username, is_active=True).first()
    if officer is None:
        raise Invalid(_("没有账号“%(name)s”，或已停用。") % {"name": username[:40]}, field="joins")
    of_city = Q(bureau__division=team.city) | Q(bureau__division__parent=team.city)
    held = Posting.objects.filter(of_city, in_force(clock.today()), officer=officer, role__in=sorted(BUSINESS))
    if not held.exists():
        raise Invalid(_("补充的队员应在派出市%(city)s任职。") % {"city": team.city.name}, field="joins")
    if TeamMember.objects.filter(team__round=round_, officer=officer).exists():
        raise Invalid(_("此人在本轮的队伍中，或已从队伍中离开。"), field="joins")
    words = str(entered.get("skills") or "")[:200].replace("，", "、").replace(",", "、").split("、")
    try:
        skills = Vocabulary().keys(Kind.SKILL, [word.strip() for word in words if word.strip()])
    except ValueError as error:
        raise Invalid(str(error), field="skills") from None
    return TeamMember(team=team, officer=officer, skills=skills)


def _leader(gone: TeamMember, people: Sequence[TeamMember], value: object) -> Officer:
    """Whoever led before, unless they are the one who leaves."""
    if gone.officer_id != gone.team.leader_id:
        return gone.team.leader
    found = next((row.officer for row in people if row.officer.username == named(value)), None)
    if found is None:
        raise Invalid(_("组长离队的，请从在队的队员中指定新组长。"), field="leader")
    return found


def _plain(row: TeamMember) -> plain.Member:
    """A member as the register has them, as their badge stands today."""
    officer = row.officer
    ends = officer.badge_valid_to.isoformat() if officer.badge_valid_to else ""
    return plain.Member(str(officer.pk), bool(officer.badge_no) and officer.is_active, ends, tuple(sorted(row.skills)))
