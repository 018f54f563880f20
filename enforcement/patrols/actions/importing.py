"""Import of a track: try it, see every problem, then keep it whole or not at all.

`import_track` is the one function behind the page, the API and the worker's task.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from enforcement.patrols.actions.judging import JudgedRun, judged_run
from enforcement.patrols.actions.keeping import Kept, RunFacts, Sealing, keep
from enforcement.patrols.actions.remarks import packed
from enforcement.patrols.actions.remembering import remember
from enforcement.patrols.models import ImportRule, PatrolRun, RunSource, TrackRuleSetting, UploadRule, responses_of
from enforcement.patrols.placing import CountyPlacer
from enforcement.patrols.tracks.codec import Encoded, encoding
from enforcement.patrols.tracks.importing import (
    Part,
    Progress,
    ReadTrack,
    Statement,
    Surroundings,
    coordinate_system,
    read_track,
)
from enforcement.patrols.tracks.limits import ImportLimits
from enforcement.patrols.tracks.quality import Quality, measure, steps
from enforcement.patrols.tracks.rules import ChannelResponse
from enforcement.patrols.tracks.segments import Segment, segments
from enforcement.patrols.tracks.stored import Stored
from enforcement.timeline import clock
from enforcement.timeline.evidence import store
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Officer
from regions.roles import Role

IMPORTERS = frozenset({Role.INSPECTOR, Role.TEAM_LEADER})
MEGABYTE = 1024 * 1024
#: What to do with a file that has remarks: keep it with those rows flagged, or take nothing.
ON_PROBLEMS = ("flag", "refuse")


class AlreadyImported(Conflict):
    """The bureau has this very file already; `run` is where it went."""

    def __init__(self, run: PatrolRun) -> None:
        self.run = run
        super().__init__(
            _("这个文件已于 %(day)s 导入为走航“%(title)s”，没有重复导入。")
            % {"day": f"{clock.beijing_day(run.imported_at):%Y-%m-%d}", "title": run.title},
            field="file",
        )


@dataclass(frozen=True, slots=True)
class TrialRead:
    """A file as it would be imported. `segments` are by place index into `county_codes`."""

    sha256: str
    track: ReadTrack
    rule: TrackRuleSetting
    quality: Quality
    segments: list[Segment]
    county_codes: list[str]
    earlier: PatrolRun | None

    @property
    def started_at(self) -> datetime:
        return moment(int(self.track.readings.time_ms[self.track.readings.placed()].min()))

    @property
    def ended_at(self) -> datetime:
        return moment(int(self.track.readings.time_ms[self.track.readings.placed()].max()))

    @property
    def rows_outside(self) -> int:
        return int((~self.track.readings.inside()).sum())


def moment(ms: int) -> datetime:
    """UTC milliseconds as a datetime."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def limits() -> ImportLimits:
    """The limits on a file read while somebody waits: the deployment's (`settings.PATROL_IMPORT`, a dict of
    `ImportLimits` fields), and what a sheet may unpack to by the dated rule."""
    return _limits(UploadRule.in_force(clock.today()))


def limits_of_worker(rule: UploadRule) -> ImportLimits:
    """The limits on a file a worker reads."""
    return replace(
        _limits(rule), max_seconds=rule.max_seconds, max_bytes=rule.max_mb * MEGABYTE, max_rows=rule.max_rows,
        whole_bytes=rule.whole_mb * MEGABYTE, aside=store().part(""),
    )  # fmt: skip


def _limits(rule: UploadRule) -> ImportLimits:
    return ImportLimits(**{"unpacked_bytes": rule.unpacked_mb * MEGABYTE, **getattr(settings, "PATROL_IMPORT", {})})


def may_import(by: Officer, bureau: Bureau) -> bool:
    """Inspectors and team leaders import what their own bureau drove."""
    return any(p.bureau_id == bureau.pk and p.role in IMPORTERS for p in by.postings_on(clock.today()))


def trial_read(
    *,
    by: Officer,
    bureau: Bureau,
    name: str,
    data: bytes | Stored,
    statement: Statement,
    facts: RunFacts | None = None,
    within: ImportLimits | None = None,
    progress: Progress | None = None,
) -> TrialRead:
    """Read a file, or a bundle of several, from memory or where it lies, and keep nothing; the instruments of `facts` know
    their ranges.

    Raises Refused, TrackRefused with the sentence that says what is wrong, ValueError for stored bytes that were altered.
    """
    _check_importer(by, bureau)
    rule, checked_by = TrackRuleSetting.in_force(clock.today()), ImportRule.in_force(clock.today())
    placer = CountyPlacer()
    around = Surroundings(
        rule.value(),
        int(clock.now().timestamp() * 1000),
        placer,
        progress,
        ceiling=checked_by.ceiling(),
        ranges=_ranges(facts or RunFacts()),
        units=checked_by.units(),
        join_within_s=checked_by.join_within_s,
    )
    stored = Stored.of(data)
    track = read_track(stored, name, statement, around, within or limits())
    digest = stored.sha256()
    driven = steps(track.readings, rule.value())
    return TrialRead(
        digest,
        track,
        rule,
        measure(track.readings, track.rows_total, rule.value(), driven),
        segments(track.readings, track.place, rule.value(), driven),
        placer.codes,
        earlier_run(bureau, digest, _measuring(track)),
    )


def import_track(
    *,
    by: Officer,
    bureau: Bureau,
    name: str,
    data: bytes | Stored,
    statement: Statement,
    facts: RunFacts | None = None,
    on_problems: str = "flag",
    within: ImportLimits | None = None,
    progress: Progress | None = None,
    sealing: Sealing | None = None,
) -> PatrolRun:
    """Import a file, or a bundle of several, as a run of `bureau`: readings and source into the evidence store, sums and
    hot spots as rows.

    One transaction; the stored bytes carry their own digest, so that a failed import leaves at most bytes nobody names.
    `sealing` is called with the run before the transaction ends; what it raises undoes everything.
    Raises Refused, TrackRefused, Invalid (`refuse` and there are remarks, or too many hot spots), AlreadyImported, Conflict
    for another's import that got in between, ValueError for stored bytes that were altered.
    """
    _check_importer(by, bureau)
    if on_problems not in ON_PROBLEMS:
        raise Invalid(_("对有问题的行，请选择“带标记导入”或“不导入”。"), field="on_problems")
    stored = Stored.of(data)
    earlier = earlier_run(bureau, stored.key)
    if earlier is not None:
        raise AlreadyImported(earlier)
    facts = facts or RunFacts()
    trial = trial_read(
        by=by, bureau=bureau, name=name, data=stored, statement=statement, facts=facts, within=within, progress=progress
    )
    _refuse_remarks(trial, on_problems)
    if trial.earlier is not None:
        raise AlreadyImported(trial.earlier)
    with encoding(trial.track.readings, within.aside if within else None) as packed_up:
        judged = judged_run(trial.track.readings, _responses(trial, facts))
    encoded = packed_up.result()
    earlier = _same_rows(bureau, encoded.sha256())
    if earlier is not None:
        raise AlreadyImported(earlier)
    kept = _to_keep(trial, by, bureau, name, stored, encoded, judged, facts)

    def sealed(run: PatrolRun) -> None:
        remember(run, trial.track.parts, facts, by)
        if sealing is not None:
            sealing(run)

    run = keep(kept, facts, sealed)
    if run is None:  # another request was quicker with the same file
        earlier = earlier_run(bureau, trial.sha256, _measuring(trial.track))
        raise AlreadyImported(earlier) if earlier else Conflict(_("导入与他人的操作冲突，请重试。"))
    return run


def _refuse_remarks(trial: TrialRead, on_problems: str) -> None:
    problems = trial.track.problems
    if on_problems == "refuse" and problems.total:
        raise Invalid(
            _("文件有 %(count)d 处问题，按您的选择没有导入。例如：%(example)s")
            % {"count": problems.total, "example": problems.first()[0].sentence},
            field="file",
        )


def _to_keep(
    trial: TrialRead,
    by: Officer,
    bureau: Bureau,
    name: str,
    stored: Stored,
    encoded: Encoded,
    judged: JudgedRun,
    facts: RunFacts,
) -> Kept:
    """What the run's rows say; its bytes are put into the store."""
    track, main = trial.track, trial.track.main
    remarks = packed(track.problems)
    return Kept(
        bureau=bureau,
        by=by,
        readings=track.readings,
        place=track.place,
        quality=trial.quality,
        segments=trial.segments,
        judged=judged,
        county_codes=trial.county_codes,
        rows_total=track.rows_total,
        rule=trial.rule,
        source_name=_base_name(name),
        # What lies on the disk lies in the store already, under its digest.
        source_sha256=store().put([stored.data]) if isinstance(stored.data, bytes) else trial.sha256,
        source_size=stored.size,
        readings_key=store().put(encoded),
        format_key=track.format_key,
        encoding=main.source.encoding,
        time_zone=main.statement.time_zone,
        coordinate_system=str(coordinate_system(main.statement.coordinate_system)),
        mapping=main.mapping.as_dict(main.source.layout),
        problems=dict(track.problems.counts),
        remarks_key=store().put([remarks]) if remarks else "",
        sources=[_source(number, part, facts) for number, part in enumerate(track.parts)],
    )


def _source(number: int, part: Part, facts: RunFacts) -> RunSource:
    """The row of one of a run's files; its run is set when it is kept."""
    return RunSource(
        position=number,
        name=_base_name(part.file.name),
        sha256=part.file.sha256,
        size=part.file.stored.size,
        format_key=part.format_key,
        encoding=part.source.encoding,
        time_zone=part.statement.time_zone,
        coordinate_system=str(coordinate_system(part.statement.coordinate_system)),
        mapping=part.mapping.as_dict(part.source.layout),
        channels=[[one.name, one.unit, one.role] for one in part.readings.channels],
        conversions=[one.as_dict() for one in part.conversions],
        notes=list(part.notes),
        rows_total=part.rows_total,
        instrument=facts.instruments.get(part.file.name),
    )


def _responses(trial: TrialRead, facts: RunFacts) -> dict[str, ChannelResponse]:
    """How each channel answered on the day: by the instruments of the files, and by the run's own, which counts before them."""
    of_files = [facts.instruments.get(part.file.name) for part in trial.track.parts]
    return responses_of([*of_files, facts.instrument], clock.beijing_day(trial.started_at))


def _ranges(facts: RunFacts) -> dict[str, float]:
    """The registered ranges of all instruments aboard, by channel in lower case."""
    found: dict[str, float] = {}
    for instrument in [*facts.instruments.values(), *([facts.instrument] if facts.instrument else [])]:
        found |= instrument.ranges(clock.today())
    return found


def _measuring(track: ReadTrack) -> list[str]:
    """The digests of the files that measured something: those may be in one run only; a track of places in several."""
    return [part.file.sha256 for part in track.parts if part.readings.channels]


def _check_importer(by: Officer, bureau: Bureau) -> None:
    if not may_import(by, bureau):
        raise Refused(_("只有%(bureau)s的巡查员或组长可以导入走航数据。") % {"bureau": bureau.short_name})


def earlier_run(bureau: Bureau, sha256: str, files: Sequence[str] = ()) -> PatrolRun | None:
    """The bureau's run that came from this upload, or that one of these files is in, alone or among others."""
    runs = PatrolRun.objects.valid().filter(bureau=bureau)
    found = runs.filter(source_sha256__in=[sha256, *files]).first()
    if found is None and files:
        among = RunSource.objects.filter(sha256__in=files).exclude(channels=[]).values("run")
        found = runs.filter(pk__in=among).first()
    return found


def _same_rows(bureau: Bureau, readings_key: str) -> PatrolRun | None:
    """The run that holds the very same readings, from a file in another encoding or under another header."""
    return PatrolRun.objects.valid().filter(bureau=bureau, readings_key=readings_key).first()


def _base_name(name: str) -> str:
    """The file's own name, without folders or control characters, cut to what the column holds."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in last if char.isprintable()).strip()[-120:] or "track"
