"""A small current season around the demo accounts: every desk has something waiting, late, and coming due.

Its moments are counted back from now, so that it is as fresh as the day the demo is loaded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from math import floor
from random import Random

from enforcement.desk.demo import bureaus, drives, equipment, files
from enforcement.desk.demo.drives import Fleet
from enforcement.desk.demo.filing import Clerk, Parcel, promoted
from enforcement.desk.demo.leads import BATCH_AT, Lead, on_foot
from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.plots import Beat, Plot, index_of, schedule
from enforcement.desk.demo.sites import Works
from enforcement.desk.demo.stage import Cue, Play, Players, Stage, city_of, neighbours
from enforcement.desk.demo.worktime import WorkTime
from enforcement.findings import actions as findings
from enforcement.findings.models import Finding
from enforcement.issues.actions import Share
from enforcement.issues.models import Source
from enforcement.patrols import actions as patrols
from enforcement.patrols.models import HotSpot
from enforcement.patrols.synthetic.patrols import PatrolPlan, patrol
from enforcement.timeline import clock
from enforcement.timeline.clock import BEIJING
from regions.models import Division, WorkCalendar
from regions.roles import Role
from regions.workdays import add_workdays, is_workday, next_workday

SEED = 1
COUNTIES = ("140107", "140213", "141002")
_BACK = 60
#: Working days an ordinary issue may take by the default rules: one this old is due today.
_OVERALL = 15
_SOURCES = (Source.PATROL, Source.PATROL, Source.ONLINE_MONITORING, Source.SPECIAL_CHECK, Source.CROSS_ENFORCEMENT)


@dataclass(frozen=True, slots=True)
class Case:
    """One current issue: who hands it off to whom, how many working days ago, and the beats played since."""

    issuer: str
    holders: tuple[str, ...]
    age: float
    beats: tuple[Beat, ...]
    starred: bool = False
    # Handed off this very moment, by the true clock: notices go out.
    fresh: bool = False


def load(cast: Cast, works: Works, fleet: Fleet) -> None:
    """Plays the current season up to now."""
    rng = Random(SEED)
    now = clock.now()
    today = clock.beijing_day(now)
    cast.remember_postings(today - timedelta(days=150), today + timedelta(days=1))
    calendar = WorkCalendar.current().value()
    time = WorkTime(calendar, add_workdays(today, -_BACK, calendar).day)
    desk = _Desk(cast, works, time, now, rng)
    # What is due "today" is due on the next working day when today is none.
    off = 0 if is_workday(today, calendar) else 1
    for case in _cases(floor(time.position(now)) - time.position(now) + off, rng):
        desk.set_up(case)
    desk.waiting_findings()
    desk.play()
    _patrols(cast, works, fleet, now)


def _cases(morning: float, rng: Random) -> Iterator[Case]:
    """`morning` is when the working day that counts as today begins, from now: zero or less on a working day."""
    for county in COUNTIES:
        yield from _everyday(county, morning, rng)
    yield from _rare(rng)


def _everyday(county: str, morning: float, rng: Random) -> Iterator[Case]:
    """What each of the open counties and its city has on its desks."""
    city, province = city_of(county), bureaus.PROVINCE
    due_today = _OVERALL - BATCH_AT - morning + rng.uniform(-0.05, 0.05)
    for issuer, holder, age, stops in (
        (province, county, 0.3, ""),
        (province, county, 2.6, ""),
        (province, county, 1.3, "acknowledge"),
        (province, county, due_today - 2, "start_rectification"),
        (province, county, due_today + 2, "start_rectification"),
        (province, county, 6.2, "submit_feedback"),
        (province, county, 8.0, "start_verification"),
        (province, county, 9.1, "pass_verification"),
        (city, county, 0.25, ""),
        (city, county, 5.0, "submit_feedback"),
        (city, county, 9.4, "pass_verification"),
        (province, city, 1.6, "acknowledge"),
        (province, city, due_today, "start_rectification"),
        (province, city, 7.3, "submit_feedback"),
    ):
        plot = Plot(rng).usual()
        done = index_of(plot.beats, stops) if stops else 0
        fresh = issuer == city and not stops
        yield Case(issuer, (holder,), age + rng.uniform(-0.04, 0.04), tuple(plot.beats[:done]), fresh=fresh)
    returned = Plot(rng).returned("insufficient")
    yield Case(city, (county,), 0.9, tuple(returned.beats))
    asked = Plot(rng).acknowledge().start().add("request_extension", "handler", 1, 2, days=8)
    yield Case(province, (county,), 6.5, tuple(asked.beats))


def _rare(rng: Random) -> Iterator[Case]:
    """One each of what happens now and then."""
    province = bureaus.PROVINCE
    one, two, three = COUNTIES
    yield Case(
        province, (one, bureaus.HOUSING), 4.2, _lines(Plot(rng).acknowledge().start(), Plot(rng, 1).acknowledge())
    )
    yield Case(province, (one, bureaus.HOUSING), 1.1, ())
    interim = Plot(rng).acknowledge().feedback(founded=True).verify().add("interim_close", "issuer", 0.2, 0.8)
    yield Case(province, (two,), 17.0, tuple(interim.beats))
    sent_back = Plot(rng).acknowledge().feedback(1, 2, founded=True).verify(passed=False)
    yield Case(province, (three,), 8.3, tuple(sent_back.beats))
    yield Case(province, (one,), 14.0, tuple(Plot(rng).usual().beats))
    yield Case(province, (three,), 16.0, tuple(Plot(rng).usual().strike(0.5, 2).beats))
    delegated = Plot(rng).acknowledge().add("delegate", "handler", 0.1, 0.4).then(Plot(rng, 1).acknowledge())
    yield Case(province, (city_of(two),), 3.4, tuple(delegated.beats))
    reissued = Plot(rng).returned("not_ours").add("reissue", "issuer", 0.2, 0.8)
    yield Case(province, (three,), 3.0, tuple(reissued.beats))
    accepted = Plot(rng).returned("duplicate").add("accept_return", "issuer", 0.2, 0.8)
    yield Case(city_of(one), (one,), 5.5, tuple(accepted.beats))
    yield Case(province, (two,), 2.2, tuple(Plot(rng).add("void", "issuer", 0.3, 0.8).beats))
    extended = Plot(rng).acknowledge().start().extension(days=6)
    yield Case(province, (two,), 12.5, tuple(extended.beats))
    yield from _closing(rng)
    pressed = Plot(rng).acknowledge().start().add("escalate", "supervisor", 14.5, 16)
    yield Case(province, (three,), 20.5, tuple(pressed.beats))
    yield Case(province, (city_of(one),), 2.8, tuple(Plot(rng).acknowledge().start().beats), starred=True)


def _closing(rng: Random) -> Iterator[Case]:
    """Paused clocks, works with milestones, a listed one; and one issue through every branch there is."""
    province, calendar, today = bureaus.PROVINCE, WorkCalendar.current().value(), clock.today()
    one, two, three = COUNTIES
    spring = next_workday(today + timedelta(days=60), calendar)
    asks = {
        "pause_code": "heating_season",
        "reason": "锅炉供暖期间不能停炉改造，待采暖季结束后施工。",
        "resume_on": spring,
    }

    def paused(plot: Plot) -> Plot:
        return plot.add("request_pause", "handler", 0.5, 1, **asks).add(
            "grant_pause", "issuer", 0.2, 0.6, reason="同意。"
        )

    yield Case(province, (one,), 7.0, tuple(paused(Plot(rng).acknowledge().start()).beats))
    yield Case(province, (three,), 9.0, tuple(paused(Plot(rng).acknowledge().start()).beats))
    steps = [
        {"title": "完成设备采购合同", "due_on": today + timedelta(days=10)},
        {"title": "设备到货安装", "due_on": today + timedelta(days=45)},
        {"title": "调试并完成验收监测", "due_on": today + timedelta(days=75)},
    ]
    works = Plot(rng).acknowledge().start().add("plan_milestones", "handler", 0.2, 0.5, milestones=steps)
    works.feedback(founded=True).verify().add("interim_close", "issuer", 0.2, 0.8)
    works.add("reach_milestone", "handler", 0.5, 1, note="合同已签订。")
    yield Case(province, (one,), 16.0, tuple(works.beats))
    listed = Plot(rng).acknowledge().start()
    listed.add(
        "list_escalation", "supervisor", 15, 16, reason="超期多日、群众反映强烈，现挂牌督办。",
        leader="分管副市长（演示）", reply_by=today + timedelta(days=5),
    )  # fmt: skip
    yield Case(province, (two,), 19.0, tuple(listed.beats))
    # Returned and reissued; extended, paused and gone on; rejected, closed for the interim, closed, struck off; looked
    # at again, failed and worked on anew.
    every = Plot(rng).returned("not_ours").add("reissue", "issuer", 0.1, 0.3)
    after = Plot(rng, 1).acknowledge(0.05, 0.2).start().extension(days=5)
    soon = {**asks, "resume_on": next_workday(today - timedelta(days=20), calendar)}
    after.add("request_pause", "handler", 0.2, 0.4, **soon).add("grant_pause", "issuer", 0.1, 0.2)
    after.add("lift_pause", "issuer", 2, 3, reason="施工条件已具备。")
    after.feedback(0.5, 1, founded=True).verify(passed=False).feedback(0.5, 1, founded=True).verify()
    after.add("interim_close", "issuer", 0.2, 0.4).feedback(0.5, 1, founded=True).verify().close().strike(0.5, 1)
    after.add("schedule_look_back", "issuer", 0.3, 0.6, look_by=today + timedelta(days=14))
    after.add("fail_look_back", "reviewer", 1, 2, reason="现场治理设施停运，异味明显，问题反弹。")
    yield Case(province, (three,), 34.0, _lines(every, after))


def _lines(*plots: Plot) -> tuple[Beat, ...]:
    return tuple(beat for plot in plots for beat in plot.beats)


class _Desk:
    def __init__(self, cast: Cast, works: Works, time: WorkTime, now: datetime, rng: Random) -> None:
        self.cast, self.works, self.time, self.rng = cast, works, time, rng
        self.now = time.position(now)
        self.stage, self.clerk, self.players = Stage(), Clerk(cast, rng), Players(cast, rng)
        self.nearest = neighbours()
        self.last: list[Cue] = []

    def play(self) -> None:
        """What was, under its own clock; then what happens now."""
        self.stage.play()
        for what in self.last:
            what()

    def set_up(self, case: Case) -> None:
        start = self.now - case.age
        county = next((key for key in case.holders if not key.endswith("00")), None)
        if county is None:
            county = next(c for c in COUNTIES if city_of(c) == case.holders[0])
        lead = self._lead(county[:6], start - 0.7)
        made: list[Finding] = []
        at = self.time.moment
        self.stage.cue(at(start - 0.5), lambda: made.append(self.clerk.file(lead, self.cast.bureaus[case.issuer])))
        self.stage.cue(at(start - 0.45), lambda: self.clerk.submit(lead, made[0]))
        self.stage.cue(at(start - 0.2), lambda: self.clerk.confirm(lead, made[0]))
        if case.fresh:
            self.last.append(lambda: self._hand_off(case, lead, made[0], start))
        else:
            self.stage.cue(at(start), lambda: self._hand_off(case, lead, made[0], start))

    def _hand_off(self, case: Case, lead: Lead, finding: Finding, start: float) -> None:
        weight = Decimal(1) / len(case.holders)
        shares = [Share(self.cast.bureaus[key], weight) for key in case.holders]
        # What another city's team found isn't verified in the city itself.
        above = case.holders[0].endswith("00") or lead.source == Source.CROSS_ENFORCEMENT
        verifier = bureaus.team(bureaus.PROVINCE if above else city_of(lead.county))
        play = Play(lead.trade, case.issuer, verifier, self.nearest[lead.county], lead.county, True, True)
        self.clerk.hand_off([Parcel(finding, shares, play, case.starred)], case.issuer, "")
        for timed in schedule(case.beats, start, done=len(case.beats), cutoff=self.now):
            self.stage.cue(self.time.moment(timed.at), _acting(self.players, play, timed.beat))

    def _lead(self, county: str, seen: float, filer: str = "") -> Lead:
        return on_foot(county, self.works, self.time, seen, self.rng, source=self.rng.choice(_SOURCES), filer=filer)

    def waiting_findings(self) -> None:
        """In each open city: a draft, one with the leader, one confirmed for the city and one for the province."""
        for county in COUNTIES:
            for age, receiver, steps in (
                (0.4, bureaus.PROVINCE, 0),
                (0.8, bureaus.PROVINCE, 1),
                (1.1, bureaus.PROVINCE, 2),
                (1.3, city_of(county), 2),
            ):
                self._wait(county, age, receiver, steps)
        self._wait(COUNTIES[0], 0.7, bureaus.PROVINCE, 1, filer=bureaus.team(bureaus.PROVINCE))

    def _wait(self, county: str, age: float, receiver: str, steps: int, filer: str = "") -> None:
        start = self.now - age
        lead = self._lead(county, start - 0.1, filer)
        made: list[Finding] = []
        at = self.time.moment
        self.stage.cue(at(start), lambda: made.append(self.clerk.file(lead, self.cast.bureaus[receiver])))
        if steps > 0:
            self.stage.cue(at(start + 0.05), lambda: self.clerk.submit(lead, made[0]))
        if steps > 1:
            self.stage.cue(at(start + 0.3), lambda: self.clerk.confirm(lead, made[0]))


def _acting(players: Players, play: Play, beat: Beat) -> Cue:
    return lambda: players.act(play, beat)


def _patrols(cast: Cast, works: Works, fleet: Fleet, now: datetime) -> None:
    """Drives of the last days whose hot spots wait for a person's look."""
    names = dict(Division.objects.filter(code__in=COUNTIES).values_list("code", "name"))
    runs, firm = [], bureaus.firm(0)
    equipment.calibrate(cast, fleet.instruments[firm])
    _the_same_way_before(cast, works, fleet, names[COUNTIES[0]], now)
    for number, county in reversed(list(enumerate(COUNTIES))):
        day = clock.beijing_day(now) - timedelta(days=number + 1)
        began = datetime(day.year, day.month, day.day, 9, 10, tzinfo=BEIJING)
        plan = PatrolPlan(county, int(began.timestamp() * 1000), 28.0, SEED + number)
        readings = patrol(plan, works.sources[county])
        if number != len(COUNTIES) - 1:  # of the first drive nobody kept the morning's log; the next one's span is off
            equipment.morning(
                fleet.instruments[firm], began, by=cast.officer(firm, Role.INSPECTOR), shown=612 if number else 486
            )
        runs.append(drives.keep(plan, readings, firm, names[county], cast, fleet))
    equipment.task(cast, runs)
    county = COUNTIES[0]
    began -= timedelta(days=1)
    plan = PatrolPlan(county, int(began.timestamp() * 1000), 12.0, SEED + len(COUNTIES))
    files.keep_as_files(patrol(plan, works.sources[county]), bureaus.firm(0), names[county], cast, fleet)
    spots = drives.hot_spots(runs)
    _begin_review(spots, cast, now)


def _the_same_way_before(cast: Cast, works: Works, fleet: Fleet, name: str, now: datetime) -> None:
    """Two earlier drives on the newest one's roads: what is high on all three is a persistent location."""
    for days, share in ((15, 0.7), (8, 1.2)):
        day = clock.beijing_day(now) - timedelta(days=days)
        began = datetime(day.year, day.month, day.day, 9, 10, tzinfo=BEIJING)
        plan = PatrolPlan(COUNTIES[0], int(began.timestamp() * 1000), 28.0, SEED)
        sources = [replace(one, strength_ppb=one.strength_ppb * share) for one in works.sources[COUNTIES[0]]]
        drives.keep(plan, patrol(plan, sources), bureaus.firm(0), name, cast, fleet)


def _begin_review(spots: list[HotSpot], cast: Cast, now: datetime) -> None:
    """The first is a finding waiting for the leader, of the second the crew says it was a lorry; the rest wait."""
    crew = cast.officer(bureaus.firm(0), Role.INSPECTOR)
    with clock.moved_to(now - timedelta(minutes=50)):
        for spot in spots[:1]:
            # A hired crew is told no site by name: who confirms the clue is offered the traced ones.
            title = f"{spot.division.name if spot.division else ''}走航发现{spot.channel}高值"
            finding = promoted(patrols.promote(spot, by=crew, title=title))
            findings.perform(finding, "submit", by=crew)
        for spot in spots[1:2]:
            patrols.perform(spot, "propose_dismissal", by=crew, reason="跟车行驶，前方货车尾气，建议排除。")
