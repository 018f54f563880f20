"""The quality sheet of a run: computed when it is kept, computed anew when the log has grown; earlier sheets stay."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from enforcement.patrols.models import InstrumentLog, LogKind, PatrolRun, QualityRule, QualitySheet
from enforcement.patrols.tracks.control import Logged, judge, measured, verdict
from enforcement.patrols.tracks.readings import Readings
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from regions.errors import Conflict, Refused
from regions.models import Officer
from regions.roles import Role

#: How far back a log is looked through; what is older is as good as none, whatever a rule allows.
LOOK_BACK = timedelta(days=31)
REQUALIFIERS = frozenset({Role.INSPECTOR, Role.TEAM_LEADER})


def keep_sheet(run: PatrolRun, readings: Readings, *, by: Officer | None, number: int = 1) -> QualitySheet:
    """Computes and writes a sheet of a run, by the rule in force today. Three statements; the caller's transaction."""
    rule = QualityRule.in_force(clock.today())
    lines = _lines_before(run)
    limits = rule.value()
    items = judge(measured(readings, limits), logged(run, lines, rule), float(run.valid_share), limits)
    return QualitySheet.objects.create(
        run=run,
        number=number,
        rule=rule,
        verdict=verdict(items),
        items=[asdict(item) for item in items],
        calibrations=_calibrations(lines),
        made_by=by,
        made_at=clock.now(),
    )


def requalify(run: PatrolRun, readings: Readings, *, by: Officer) -> QualitySheet:
    """Computes the sheet anew, beside the earlier ones. Raises Refused, Conflict (the run is voided)."""
    with transaction.atomic():
        held = PatrolRun.objects.select_for_update(of=("self",)).select_related("bureau", "instrument").get(pk=run.pk)
        if not may_requalify(held, by):
            raise Refused(
                _("只有%(bureau)s或其委托单位的巡查员、组长可以重新计算质控。") % {"bureau": held.bureau.short_name}
            )
        if held.voided_at is not None:
            raise Conflict(_("这次走航已经作废。"))
        # Number 1 is the import's own (or `qualify_runs`'), told with the run; every later one has an event.
        last = QualitySheet.objects.filter(run=held).aggregate(last=Max("number"))["last"] or 1
        sheet = keep_sheet(held, readings, by=by, number=last + 1)
        record(held, "patrol_requalified", by=by, bureau=held.bureau, number=sheet.number, verdict=sheet.verdict)
    return sheet


def may_requalify(run: PatrolRun, officer: Officer) -> bool:
    """The crew's bureau, and the department a contractor works for."""
    bureau = run.bureau
    bureaus = {bureau.pk} | ({bureau.parent_id} if bureau.is_contractor and bureau.parent_id else set())
    return any(p.bureau_id in bureaus and p.role in REQUALIFIERS for p in officer.postings_on(clock.today()))


def logged(run: PatrolRun, lines: Sequence[InstrumentLog], rule: QualityRule) -> Logged:
    """What the log says of the time before a run's start."""
    newest: dict[tuple[str, str], InstrumentLog] = {}
    for line in lines:
        newest.setdefault((line.kind, line.channel), line)
    hours = lambda line: (run.started_at - line.at).total_seconds() / 3600  # noqa: E731
    of = lambda kind: [line for (known, _channel), line in newest.items() if known == kind]  # noqa: E731
    on, zero, span, checked = (of(kind) for kind in (LogKind.POWER_ON, LogKind.ZERO, LogKind.SPAN, LogKind.CLOCK))
    off = [line.deviation_percent for line in span if line.deviation_percent is not None]
    clocks = [line.offset_s for line in checked if hours(line) <= rule.clock_max_h]
    return Logged(
        warm_up_min=hours(on[0]) * 60 if on else None,
        # Of several channels the one checked longest ago speaks for all.
        zero_h=max(map(hours, zero), default=None),
        span_h=max(map(hours, span), default=None),
        span_percent=max(off, key=abs, default=None),
        offset_s=clocks[0] if clocks else None,
    )


def _lines_before(run: PatrolRun) -> list[InstrumentLog]:
    if run.instrument is None:
        return []
    return InstrumentLog.before(run.instrument, run.started_at, run.started_at - LOOK_BACK)


def _calibrations(lines: Sequence[InstrumentLog]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in lines:
        if line.kind == LogKind.CALIBRATION:
            found.setdefault(
                line.channel,
                {"log": str(line.pk), "at": line.at.isoformat(), "slope": line.slope, "intercept": line.intercept,
                 "unit": line.unit},
            )  # fmt: skip
    return found
