"""Keeping a run: rows for its sums and hot spots, one transaction; and voiding one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from enforcement.patrols.actions.grouping import judged_channel, members_in
from enforcement.patrols.actions.judging import JudgedRun, judged_run
from enforcement.patrols.actions.persisting import gather, take_out
from enforcement.patrols.actions.qualifying import keep_sheet
from enforcement.patrols.actions.tracing import trace_run
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import (
    HotSpot,
    HotSpotRule,
    Instrument,
    PatrolRun,
    PatrolSegment,
    PatrolSquare,
    RunSource,
    TrackRuleSetting,
    Vehicle,
    responses_of,
)
from enforcement.patrols.placing import CountyPlacer
from enforcement.patrols.tracks import hotspots
from enforcement.patrols.tracks.codec import decode, encode
from enforcement.patrols.tracks.glimpses import glimpse
from enforcement.patrols.tracks.grid import squares
from enforcement.patrols.tracks.quality import Quality, measure, steps
from enforcement.patrols.tracks.readings import FEEDING, Floats, Readings
from enforcement.patrols.tracks.segments import Segment, segments
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from enforcement.timeline.evidence import store
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Bureau, Division, Officer
from regions.roles import Role
from regions.statements import pour

#: More than this in one run is a wrong unit or a broken instrument, not air.
MAX_HOT_SPOTS = 2000
UNIQUE_FILE = "patrol_file_once_per_bureau"
#: Called with a new run inside its transaction; what it raises undoes the run.
Sealing = Callable[[PatrolRun], None]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What people say about a run beside its file."""

    route: str = ""
    crew: str = ""
    vehicle: Vehicle | None = None
    instrument: Instrument | None = None
    synthetic: bool = False
    #: Of several files, which instrument recorded which, by the file's name.
    instruments: Mapping[str, Instrument] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything a run's row says, the readings it is computed from, and what was computed."""

    bureau: Bureau
    by: Officer
    readings: Readings
    place: NDArray[np.int64]
    quality: Quality
    segments: Sequence[Segment]
    judged: JudgedRun
    county_codes: Sequence[str]
    rows_total: int
    rule: TrackRuleSetting
    source_name: str
    source_sha256: str
    source_size: int
    readings_key: str
    format_key: str
    encoding: str = ""
    time_zone: str = "Asia/Shanghai"
    coordinate_system: str = "wgs84"
    mapping: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)
    remarks_key: str = ""
    sources: Sequence[RunSource] = ()


def keep(kept: Kept, facts: RunFacts, sealing: Sealing | None = None) -> PatrolRun | None:
    """Writes run, segments, hot spots and events; None when the bureau has this file already. Raises Invalid."""
    check_facts(facts, kept.bureau)
    try:
        with transaction.atomic():
            run = _write(kept, facts)
            if sealing is not None:
                sealing(run)
            return run
    except IntegrityError as error:
        if UNIQUE_FILE in str(error):
            return None
        raise


def _write(kept: Kept, facts: RunFacts) -> PatrolRun:
    divisions = {
        division.code: division for division in Division.objects.filter(code__in=kept.county_codes, ended_on=None)
    }
    by_place = [divisions.get(code) for code in kept.county_codes]
    touched = {piece.place for piece in kept.segments}
    only = next(iter(touched)) if len(touched) == 1 else -1
    times = kept.readings.time_ms[kept.readings.placed()]
    started_at = _moment(int(times.min()))
    run = PatrolRun.objects.create(
        bureau=kept.bureau,
        vehicle=facts.vehicle,
        instrument=facts.instrument,
        crew=facts.crew.strip(),
        route=facts.route.strip(),
        day=clock.beijing_day(started_at),
        started_at=started_at,
        ended_at=_moment(int(times.max())),
        division=by_place[only] if only >= 0 else None,
        source_name=kept.source_name,
        source_sha256=kept.source_sha256,
        source_size=kept.source_size,
        format_key=kept.format_key,
        encoding=kept.encoding,
        time_zone=kept.time_zone,
        coordinate_system=kept.coordinate_system,
        mapping=kept.mapping,
        rows_total=kept.rows_total,
        rows_kept=len(kept.readings),
        rows_outside=int((~kept.readings.inside()).sum()),
        problems=kept.problems,
        remarks_key=kept.remarks_key,
        channels=[[channel.name, channel.unit, channel.role] for channel in kept.readings.channels],
        rule=kept.rule,
        km=sum((piece.km for piece in kept.segments), Decimal(0)),
        hours=sum((piece.hours for piece in kept.segments), Decimal(0)),
        valid_share=Decimal(f"{kept.quality.valid_share:.4f}"),
        readings_key=kept.readings_key,
        imported_by=kept.by,
        imported_at=clock.now(),
        synthetic=facts.synthetic,
    )
    for source in kept.sources:
        source.run = run
    RunSource.objects.bulk_create(kept.sources)
    PatrolSegment.objects.bulk_create(
        PatrolSegment(
            run=run,
            division=by_place[piece.place] if piece.place >= 0 else None,
            day=piece.day,
            km=piece.km,
            hours=piece.hours,
            readings=piece.readings,
        )
        for piece in kept.segments
    )
    keep_squares(run, kept.readings, kept.place, by_place)
    spots = _keep_spots(run, kept, by_place)
    sheet = keep_sheet(run, kept.readings, by=kept.by)
    traced = trace_run(run, kept.readings, spots)
    record(
        run,
        "patrol_imported",
        by=kept.by,
        bureau=kept.bureau,
        km=run.km,
        hours=run.hours,
        rows=run.rows_total,
        remarks=sum(kept.problems.values()),
        hot_spots=len(spots),
        quality=sheet.verdict,
        source=run.source_sha256,
        readings=run.readings_key,
        rule=kept.rule.pk,
    )
    for spot in spots:
        record(
            spot,
            "hot_spot_found",
            by=None,
            bureau=kept.bureau,
            run=run.pk,
            rule=spot.rule_id,
            channel=spot.channel,
            unit=spot.unit,
            peak=spot.peak,
            background=spot.background,
            ratio=spot.ratio,
            duration_s=spot.duration_s,
            tracing=traced[spot.pk].pk,
            usable=traced[spot.pk].usable,
        )
    gather(spots, kept.bureau)
    return run


def keep_squares(
    run: PatrolRun, readings: Readings, place: NDArray[np.int64], by_place: Sequence[Division | None]
) -> None:
    """Writes what the run measured in each square of the grid, for maps of many runs."""
    # A long run has hundreds of thousands: as objects they would take longer than everything else about the run.
    pour(
        PatrolSquare,
        ("run", "division", "day", "x", "y", "readings", "values"),
        (
            (run.pk, division.pk if division else None, one.day, one.x, one.y, one.readings, json.dumps(one.values))
            for one in squares(readings, place)
            for division in (by_place[one.place] if one.place >= 0 else None,)
        ),
    )


def _keep_spots(run: PatrolRun, kept: Kept, by_place: Sequence[Division | None]) -> list[HotSpot]:
    """The hot spots as rows, numbered in order of time."""
    found, summed = kept.judged.found, kept.judged.groups
    if len(found) > MAX_HOT_SPOTS:
        raise Invalid(
            _("判出 %(count)d 个热点，超过 %(limit)d 个，没有导入。请核对通道单位与仪器状态。")
            % {"count": len(found), "limit": MAX_HOT_SPOTS},
            field="file",
        )
    # Once a rule, not a hot spot: a group's sum goes over the whole run.
    judging = {rule.pk: rule for rule, _spot in found}
    shown = {key: judged_channel(kept.readings, rule, summed.get(key)) for key, rule in judging.items()}
    return HotSpot.objects.bulk_create(
        _hot_spot(
            run, number, rule, spot, kept, by_place, shown[rule.pk], members_in(kept.readings, summed.get(rule.pk))
        )
        for number, (rule, spot) in enumerate(found, 1)
    )


def _hot_spot(
    run: PatrolRun,
    number: int,
    rule: HotSpotRule,
    spot: hotspots.FoundHotSpot,
    kept: Kept,
    by_place: Sequence[Division | None],
    values: Floats,
    members: dict[str, Any],
) -> HotSpot:
    place = int(kept.place[spot.at_peak])
    return HotSpot(
        run=run,
        number=number,
        rule=rule,
        rule_values=asdict(rule.value()),
        channel=rule.channel,
        unit=rule.unit,
        started_at=_moment(spot.started_ms),
        ended_at=_moment(spot.ended_ms),
        peak_at=_moment(int(kept.readings.time_ms[spot.at_peak])),
        duration_s=spot.duration_s,
        peak=round(spot.peak, 4),
        mean=round(spot.mean, 4),
        background=round(spot.background, 4),
        ratio=round(spot.ratio, 4),
        numbers={**spot.numbers(), **remarked_in(kept.readings, spot), **members},
        series=glimpse(kept.readings, values, spot.first, spot.last),
        severity=spot.severity,
        confirmed=list(spot.confirmed),
        first_index=spot.first,
        last_index=spot.last,
        lon=round(spot.lon, 6),
        lat=round(spot.lat, 6),
        division=by_place[place] if place >= 0 else None,
    )


def remarked_in(readings: Readings, spot: hotspots.FoundHotSpot) -> dict[str, Any]:
    """How many readings of the stretch bear a flag that still feeds a hot spot: nothing flagged counts silently."""
    flags = readings.flags[spot.first : spot.last + 1]
    counts = {flag.name.lower(): int(((flags & int(flag)) != 0).sum()) for flag in FEEDING if flag.name}
    found = {name: count for name, count in counts.items() if count}
    return {"remarked": found} if found else {}


def record_synthetic(*, by: Officer, bureau: Bureau, readings: Readings, name: str, facts: RunFacts) -> PatrolRun:
    """Keeps a generated patrol as a run marked synthetic; its source is the stored readings themselves.

    Raises Conflict if the very same readings are there already.
    """
    placer = CountyPlacer()
    place = placer(readings.lat, readings.lon)
    data = encode(readings)
    key = store().put([data])
    rule = TrackRuleSetting.in_force(clock.today())
    driven = steps(readings, rule.value())
    day = clock.beijing_day(_moment(int(readings.time_ms[readings.placed()].min())))
    kept = Kept(
        bureau=bureau,
        by=by,
        readings=readings,
        place=place,
        quality=measure(readings, len(readings), rule.value(), driven),
        segments=segments(readings, place, rule.value(), driven),
        judged=judged_run(readings, responses_of([facts.instrument], day)),
        county_codes=placer.codes,
        rows_total=len(readings),
        rule=rule,
        source_name=name,
        source_sha256=key,
        source_size=len(data),
        readings_key=key,
        format_key="synthetic",
    )
    run = keep(kept, RunFacts(facts.route, facts.crew, facts.vehicle, facts.instrument, synthetic=True))
    if run is None:
        raise Conflict(_("这条模拟走航已经导入过。"))
    return run


def readings_of(run: PatrolRun) -> Readings:
    """The run's readings from the evidence store. Raises Absent when the bytes are gone, Conflict when altered."""
    try:
        return decode(store().take(run.readings_key))
    except FileNotFoundError as error:
        raise Absent(_("这次走航的数据文件不在证据库中，请联系系统管理员。")) from error
    except ValueError as error:
        raise Conflict(_("这次走航的数据文件与登记的摘要不符，请联系系统管理员。")) from error


def void_run(run: PatrolRun, *, by: Officer, reason: str) -> PatrolRun:
    """Voids a wrongly imported run: it stays, counts no more, and the file may be imported again.

    Its open hot spots end as void. Refused unless `by` leads the bureau's team; Conflict once a hot spot has gone on.
    """
    reason = reason.strip()
    if not reason or len(reason) > 500 or "\x00" in reason:
        raise Invalid(_("请填写作废理由，不超过500字。"), field="reason")
    with transaction.atomic():
        locked = PatrolRun.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=run.pk)
        if not any(
            p.bureau_id == locked.bureau_id and p.role == Role.TEAM_LEADER for p in by.postings_on(clock.today())
        ):
            raise Refused(_("只有%(bureau)s的组长可以作废走航。") % {"bureau": locked.bureau.short_name})
        if locked.voided_at is not None:
            raise Conflict(_("这次走航已经作废。"))
        spots = list(locked.hot_spots.select_for_update().order_by("number"))
        if any(spot.fate in (Fate.FINDING, Fate.JOINED) for spot in spots):
            raise Conflict(_("这次走航已有热点转为线索或并入问题，不能作废。"))
        locked.voided_at, locked.voided_by = clock.now(), by
        locked.save(update_fields=["voided_at", "voided_by"])
        words = personal(reason)
        record(locked, "patrol_voided", by=by, bureau=locked.bureau, reason=words)
        for spot in spots:
            if spot.fate == Fate.OPEN:
                spot.fate, spot.decided_by, spot.decided_at = Fate.VOID, by, clock.now()
                spot.version += 1
                spot.save()
                record(spot, "hot_spot_voided", by=by, bureau=locked.bureau, run=locked.pk)
        take_out(spots, by=by, bureau=locked.bureau)
    return locked


def check_facts(facts: RunFacts, bureau: Bureau) -> None:
    """What is said of a run can be kept, and its vehicle and instrument are the bureau's. Raises Invalid."""
    for name, label, text in (("route", _("路线"), facts.route), ("crew", _("人员"), facts.crew)):
        if len(text) > 120 or "\x00" in text:
            raise Invalid(_("%(field)s不能超过120字。") % {"field": label}, field=name)
    for name, label, thing in (("vehicle", _("走航车"), facts.vehicle), ("instrument", _("仪器"), facts.instrument)):
        if thing is not None and thing.bureau_id != bureau.pk:
            raise Invalid(_("%(field)s不属于本单位，请重新选择。") % {"field": label}, field=name)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)
