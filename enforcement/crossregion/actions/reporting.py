"""Daily reports (日报): generated from the rows, completed and filed by the team, due at the rule's time; who is late."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext as _

from enforcement.crossregion.models import Clue, DailyReport, Round, Target, Team, TeamMember
from enforcement.crossregion.models.working import late_words, minutes_late
from enforcement.inspections.lifecycle import State as VisitState
from enforcement.inspections.models import Guidance, Visit, VisitOfficer
from enforcement.timeline import clock
from enforcement.timeline.actions import tail_of, with_tail
from regions import words
from regions.errors import Invalid, Refused
from regions.models import Officer
from regions.scoping import reach_of


def due_at(round_: Round, day: date) -> datetime:
    """When the report of a day is due: the rule's time of day, Beijing."""
    return datetime.combine(day, round_.rule.report_due, tzinfo=clock.BEIJING)


def days_of(round_: Round, today: date) -> list[date]:
    """The days for which reports are expected so far: from the later of start and release to the end, or today."""
    first = round_.since
    if round_.released_at is not None:
        first = max(first, clock.beijing_day(round_.released_at))
    last = min(round_.until, today)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def team_for(round_: Round, officer: Officer) -> Team | None:
    """The team of a round an officer is a member of, with the county it was drawn."""
    own = TeamMember.objects.filter(team__round=round_, officer=officer, left_on=None).values("team_id")
    return Team.objects.filter(pk__in=own).select_related("city", "leader", "assignment__division").first()


def teams_shown(round_: Round, officer: Officer) -> list[Team]:
    """The teams whose reports an officer sees: the holder's and the province's people all, a member their own."""
    teams = Team.objects.filter(round=round_).select_related("city", "leader", "assignment__division")
    reach = reach_of(officer)
    holds = reach.whole_province or round_.bureau_id in reach.bureaus
    if not holds and not round_.clearances.filter(officer=officer).exists():
        teams = teams.filter(members__officer=officer)
    return list(teams.order_by("city__code", "name"))


def member_team(round_: Round, by: Officer) -> Team:
    """The member's own team with its county and, for `record`, the tail of the round's chain. Raises Refused."""
    now = TeamMember.objects.filter(officer=by, left_on=None).values("team_id")
    rows = with_tail(Team.objects.filter(round=round_, pk__in=now), "round", "round")
    team: Team | None = rows.select_related("assignment__division").order_by().first()
    if team is None:
        raise Refused(_("只有本轮各队的队员可以填报。"))
    return team


def report(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Files a team's report of a day, or its next version. The figures are counted now, whatever was shown before."""
    team, day = member_team(round_, by), _day(round_, entered.get("day"))
    round_.tail = tail_of(team)
    told = {
        name: words.paragraph(entered.get(name), name, most, needed=name == "work")
        for name, most in (("work", 2000), ("troubles", 1000), ("plan", 1000))
    }
    now = clock.now()
    last = DailyReport.objects.filter(team=team, day=day).order_by("-version").values_list("version", flat=True).first()
    made = DailyReport.objects.create(
        round=round_,
        team=team,
        day=day,
        version=(last or 0) + 1,
        due_at=due_at(round_, day),
        figures={**figures_of(round_, team, day), "counted_at": now.isoformat()},
        filed_by=by,
        filed_at=now,
        **told,
    )
    round_.filed = made
    late = made.minutes_late if made.version == 1 else 0
    return {"team": team.name, "reported_on": day, "version": made.version, "minutes_late": late, "key": str(made.pk)}


def _day(round_: Round, value: object) -> date:
    today = clock.today()
    day = today if value in (None, "") else value
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day)
        except ValueError:
            raise Invalid(_("请填写日期，如 2021-09-06。"), field="day") from None
    if day not in days_of(round_, today):
        raise Invalid(_("只能填报本轮期间、公布之后到今天为止的日报。"), field="day")
    return day  # type: ignore[return-value]


# --- figures --------------------------------------------------------------------------------------------------------


def _between(since: date, until: date) -> tuple[datetime, datetime]:
    """The moments of Beijing days `since` to `until`, both whole."""
    start = datetime.combine(since, datetime.min.time(), tzinfo=clock.BEIJING)
    return start, start + (until - since + timedelta(days=1))


def visits_of(round_: Round, since: date, until: date) -> QuerySet[Any]:
    """Visits begun between two days by a member of a team in the county that team then inspected; `team` says which.

    A team that was moved since counts where it was, a member who has left as long as they were of it. Each visit once.
    """
    start, end = _between(since, until)
    people = VisitOfficer.objects.filter(visit=OuterRef(OuterRef("pk"))).values("officer")
    there = Q(team__assignment__division=OuterRef("division"))
    there |= Q(team__earlier__division=OuterRef("division"), team__earlier__until__gte=OuterRef("begun_on"))
    of_it = Q(left_on=None) | Q(left_on__gte=OuterRef("begun_on"))
    member = TeamMember.objects.filter(there, of_it, team__round=round_, officer__in=people).order_by("officer", "pk")
    rows = Visit.objects.filter(begun_at__gte=start, begun_at__lt=end, division__in=round_.counties.values("division"))
    rows = rows.exclude(state=VisitState.VOID).annotate(begun_on=TruncDate("begun_at", tzinfo=clock.BEIJING))
    return rows.annotate(team=Subquery(member.values("team_id")[:1])).filter(team__isnull=False)


def guidance_given() -> Coalesce:
    """How many pieces of guidance a visit gave, to annotate visits with."""
    given = Guidance.objects.filter(visit=OuterRef("pk")).order_by().values("visit").annotate(n=Count("pk"))
    return Coalesce(Subquery(given.values("n")), 0)


@dataclass(slots=True)
class Counted:
    """What a team did between two days: visits begun, sites visited, guidance given, clues filed."""

    visits: int = 0
    sites: set[int] = field(default_factory=set)
    guidance: int = 0
    clues: int = 0


def counted(round_: Round, since: date, until: date) -> dict[UUID, Counted]:
    """What each team of a round did between two days. Two statements."""
    found = visited(round_, since, until)
    start, end = _between(since, until)
    clues = Clue.objects.filter(round=round_, filed_at__gte=start, filed_at__lt=end).order_by()
    for team, number in clues.values_list("team").annotate(n=Count("pk")):
        found[team].clues = number
    return found


def visited(round_: Round, since: date, until: date) -> defaultdict[UUID, Counted]:
    """The same without the clues. One statement."""
    found: defaultdict[UUID, Counted] = defaultdict(Counted)
    rows = visits_of(round_, since, until).values_list("team", "site_id", guidance_given())
    for team, site, guidance in rows:
        found[team].visits += 1
        found[team].sites.add(site)
        found[team].guidance += guidance
    return found


def figures_of(round_: Round, team: Team, day: date) -> dict[str, int]:
    """A team's figures of one day, counted now from its visits and clues; `targets` are those drawn for it in all."""
    own = counted(round_, day, day).get(team.pk, Counted())
    targets = set(Target.objects.filter(team=team).values_list("site_id", flat=True))
    return {
        "visits": own.visits,
        "targets_visited": len(own.sites & targets),
        "targets": len(targets),
        "guidance": own.guidance,
        "clues": own.clues,
    }


# --- who is late -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A team's report of a day: filed or not, and how late in whole minutes (so far, where it isn't there yet)."""

    team: Team
    day: date
    due_at: datetime
    report: DailyReport | None
    minutes_late: int
    versions: int

    @property
    def missing(self) -> bool:
        return self.report is None

    @property
    def lateness(self) -> str:
        return late_words(self.minutes_late)

    @property
    def standing(self) -> str:
        """A code for its look: filed, late, missing past its time, or waited for."""
        if self.minutes_late:
            return "report_missing" if self.missing else "report_late"
        return "report_waiting" if self.missing else "report_filed"


def standings(round_: Round, teams: Sequence[Team], days: Sequence[date], now: datetime) -> list[Standing]:
    """Every report that is expected, newest day first. One statement. On time is the first version's matter."""
    filed: dict[tuple[Any, date], list[DailyReport]] = {}
    rows = DailyReport.objects.filter(round=round_, day__in=days, team__in=teams)
    for row in rows.select_related("filed_by").order_by("version"):
        filed.setdefault((row.team_id, row.day), []).append(row)
    found = []
    for day in sorted(days, reverse=True):
        due = due_at(round_, day)
        for team in teams:
            versions = filed.get((team.pk, day), [])
            at = versions[0].filed_at if versions else now
            found.append(
                Standing(team, day, due, versions[-1] if versions else None, minutes_late(due, at), len(versions))
            )
    return found
