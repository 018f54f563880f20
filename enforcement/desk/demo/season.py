"""The summer of 2021, replayed: 23,400 km of patrols, 557 issues, 437 of them closed on 4 August, all by year's end."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from enforcement.desk.demo import bureaus, courses, drives, leads, words
from enforcement.desk.demo.courses import Story
from enforcement.desk.demo.drives import Fleet
from enforcement.desk.demo.filing import Clerk, Parcel
from enforcement.desk.demo.leads import Lead
from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.plots import Timed
from enforcement.desk.demo.sites import Works
from enforcement.desk.demo.stage import Play, Players, Stage, city_of, neighbours, second_bureau
from enforcement.desk.demo.worktime import WorkTime
from enforcement.findings.models import Finding
from enforcement.issues.actions import Share
from enforcement.issues.models import Issue
from enforcement.patrols import actions as patrols
from enforcement.patrols.models import HotSpot
from enforcement.patrols.synthetic.seasons import plan_season
from enforcement.timeline.clock import BEIJING
from regions.models import WorkCalendar
from regions.roles import Role

SEED = 20210804
KM = Decimal(23400)
FIRST, LAST_PATROL, CUTOFF, END = date(2021, 6, 1), date(2021, 7, 31), date(2021, 8, 4), date(2021, 12, 31)
#: Every so many issues one carries pictures.
_PICTURED_EVERY = 9
_CHUNK = timedelta(minutes=12)


@dataclass
class Entry:
    """An issue to be: its lead, its story, and once filed its finding."""

    lead: Lead
    story: Story
    beats: list[Timed]
    pictured: bool
    finding: Finding | None = None


@dataclass
class Season:
    """The replay, ready to be played. `play(until)` may be called again to go on."""

    stage: Stage
    entries: list[Entry]
    hot_spots: int
    reported: set[str] = field(default_factory=set)

    def play(self, until: datetime | None = None, tell: Callable[[str], None] | None = None) -> None:
        def month(at: datetime) -> None:
            name = f"{at.astimezone(BEIJING):%Y年%m月}"
            if tell is not None and name not in self.reported:
                self.reported.add(name)
                tell(name)

        self.stage.play(until, month)


def cutoff() -> datetime:
    """The end of 4 August 2021 in Beijing."""
    return datetime.combine(CUTOFF, datetime.max.time(), tzinfo=BEIJING)


def prepare(cast: Cast, works: Works, fleet: Fleet) -> Season:
    """Drives the patrols and sets up every cue of the replay; nothing is handed off yet."""
    rng = Random(SEED)
    cast.remember_postings(FIRST - timedelta(days=7), END + timedelta(days=31))
    time = WorkTime(WorkCalendar.current().value(), FIRST)
    opens = datetime.combine(FIRST, datetime.min.time(), tzinfo=BEIJING)
    closes = datetime.combine(LAST_PATROL, datetime.min.time(), tzinfo=BEIJING)
    plans = plan_season(opens.astimezone(UTC), closes.astimezone(UTC), float(KM), SEED)
    spots = drives.drive(plans, KM, cast, works, fleet)
    span = (0.1, time.position(cutoff()) - 1.9)
    sorted_ = leads.sort(spots, courses.ISSUED, cast, works, time, span, rng)
    entries = _entries(sorted_.leads, time, rng)
    return _set_up(entries, sorted_.set_aside, cast, time, rng)


def _entries(found: list[Lead], time: WorkTime, rng: Random) -> list[Entry]:
    ordered = sorted(found, key=lambda lead: lead.batch)
    end = time.position(cutoff())
    starts = [lead.batch + leads.BATCH_AT for lead in ordered]
    given = courses.assign([end - start for start in starts], rng)
    entries = []
    for number, (lead, start, course) in enumerate(zip(ordered, starts, given, strict=True)):
        story = course.write(rng)
        entries.append(Entry(lead, story, story.timed(start, end, rng), number % _PICTURED_EVERY == 0))
    return entries


def _set_up(entries: list[Entry], set_aside: list[HotSpot], cast: Cast, time: WorkTime, rng: Random) -> Season:
    stage = Stage()
    director = _Director(cast, stage, time, rng)
    batches: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        director.file(entry)
        batches[entry.lead.batch].append(entry)
    for number, (day, batch) in enumerate(sorted(batches.items()), 1):
        stage.cue(time.moment(day + leads.BATCH_AT), _later(director.hand_off, batch, number))
    for spot in set_aside:
        director.set_aside(spot)
    return Season(stage, entries, len(set_aside) + sum(1 + len(e.lead.repeats) for e in entries if e.lead.spot))


def _later(function: Callable[..., object], *arguments: object) -> Callable[[], object]:
    return lambda: function(*arguments)


class _Director:
    """What happens around the issues: findings filed, documents issued, repeats joined, hot spots set aside."""

    def __init__(self, cast: Cast, stage: Stage, time: WorkTime, rng: Random) -> None:
        self.cast, self.stage, self.time, self.rng = cast, stage, time, rng
        self.clerk, self.players = Clerk(cast, rng), Players(cast, rng)
        self.nearest = neighbours()
        self.leader = cast.officer(bureaus.PROVINCE, Role.TEAM_LEADER)
        self.dispatcher = cast.officer(bureaus.PROVINCE, Role.DISPATCHER)

    def file(self, entry: Entry) -> None:
        lead = entry.lead
        self.stage.cue(lead.filed_at, lambda: self._file(entry))
        self.stage.cue(lead.filed_at + _CHUNK, lambda: self.clerk.submit(lead, _made(entry)))
        self.stage.cue(self.time.moment(lead.confirmed), lambda: self.clerk.confirm(lead, _made(entry)))

    def _file(self, entry: Entry) -> None:
        entry.finding = self.clerk.file(entry.lead, self.cast.bureaus[bureaus.PROVINCE])

    def hand_off(self, batch: list[Entry], number: int) -> None:
        parcels = [Parcel(_made(e), self._shares(e), self._play(e), e.story.starred) for e in batch]
        self.clerk.hand_off(parcels, bureaus.PROVINCE, f"2021年夏季VOC走航问题第{number}批转办单（演示）")
        for entry, parcel in zip(batch, parcels, strict=True):
            self._cue(entry, parcel.play)

    def _play(self, entry: Entry) -> Play:
        county = entry.lead.county
        elsewhere = bureaus.ZONE if county == bureaus.ZONE_HOST else self.nearest[county]
        verifier = bureaus.team(bureaus.PROVINCE if entry.lead.severity == "major" else city_of(county))
        return Play(entry.lead.trade, bureaus.PROVINCE, verifier, elsewhere, below=county, pictures=entry.pictured)

    def _shares(self, entry: Entry) -> list[Share]:
        county, story = entry.lead.county, entry.story
        keys = [city_of(county) if story.city else county]
        if story.shares == 2:
            keys.append(second_bureau(county, self.nearest))
        return [Share(self.cast.bureaus[key], Decimal(1) / len(keys)) for key in keys]

    def _cue(self, entry: Entry, play: Play) -> None:
        for timed in entry.beats:
            self.stage.cue(self.time.moment(timed.at), _later(self.players.act, play, timed.beat))
        for spot in entry.lead.repeats:
            at = max(self.time.position(spot.run.ended_at) + 0.4, entry.lead.batch + leads.BATCH_AT + 0.05)
            self.stage.cue(self.time.moment(at), _later(self._join, spot, play))

    def _join(self, spot: HotSpot, play: Play) -> None:
        """A repeat joins the open issue; where it is done by now, the hot spot is set aside."""
        if Issue.objects.filter(pk=play.issue.pk).open().exists():
            patrols.perform(spot, "join", by=self.dispatcher, issue=play.issue)
        else:
            self._propose(spot)
            self._agree(spot)

    def set_aside(self, spot: HotSpot) -> None:
        """Proposed by the crew, agreed to by the office."""
        at = self.time.position(spot.run.ended_at) + self.rng.uniform(0.2, 0.9)
        self.stage.cue(self.time.moment(at), lambda: self._propose(spot))
        self.stage.cue(self.time.moment(at + self.rng.uniform(0.1, 1.0)), lambda: self._agree(spot))

    def _propose(self, spot: HotSpot) -> None:
        crew = self.cast.officer(self.cast.key_of(spot.run.bureau), Role.INSPECTOR)
        patrols.perform(spot, "propose_dismissal", by=crew, reason=self.rng.choice(words.SPOT_DISMISSALS))

    def _agree(self, spot: HotSpot) -> None:
        patrols.perform(spot, "confirm_dismissal", by=self.leader)


def _made(entry: Entry) -> Finding:
    assert entry.finding is not None, "filed before it is used"
    return entry.finding
