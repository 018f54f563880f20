"""The register of what patrols use: instruments with their channels and logs, vehicles, crews. Dated, nothing deleted.

Team leaders of the bureau, or of the department a contractor works for, keep the register; its inspectors write the
log too. Every step but those on crews is on the timeline of its instrument or vehicle.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.patrols.models import (
    OF_A_CHANNEL,
    CountedAs,
    CrewMember,
    Duty,
    Instrument,
    InstrumentChannel,
    InstrumentLog,
    Kind,
    LogKind,
    Vehicle,
)
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Officer
from regions.roles import TABLE, Role
from regions.words import line

KEEPERS = frozenset({Role.TEAM_LEADER})
LOGGERS = frozenset({Role.INSPECTOR, Role.TEAM_LEADER})
#: No instrument of ours is older, no certificate is written further ahead.
EARLIEST, AHEAD = date(2000, 1, 1), timedelta(days=366)
#: Clocks of people differ: a log line may be that much ahead of ours.
SLACK = timedelta(minutes=5)
Owned = TypeVar("Owned", Instrument, Vehicle)


@dataclass(frozen=True, slots=True)
class LogLine:
    """What is entered of one line of the log; which of the numbers it wants depends on `kind`."""

    kind: str
    at: datetime
    channel: str = ""
    unit: str = ""
    expected: float | None = None
    shown: float | None = None
    slope: float | None = None
    intercept: float | None = None
    offset_s: float | None = None
    basis: str = ""


#: Kind -> the numbers it wants, each with its bounds and its name.
NUMBERS: Mapping[str, tuple[tuple[str, float, float, Any], ...]] = {
    LogKind.POWER_ON: (),
    LogKind.ZERO: (("expected", -1e9, 1e9, gettext_lazy("标称值")), ("shown", -1e9, 1e9, gettext_lazy("示值"))),
    LogKind.SPAN: (("expected", 1e-9, 1e9, gettext_lazy("标称值")), ("shown", -1e9, 1e9, gettext_lazy("示值"))),
    LogKind.CLOCK: (("offset_s", -86_400, 86_400, gettext_lazy("时钟偏差")),),
    LogKind.CALIBRATION: (("slope", 1e-6, 1e6, gettext_lazy("斜率")), ("intercept", -1e9, 1e9, gettext_lazy("截距"))),
}


def may_keep(officer: Officer, bureau: Bureau) -> bool:
    """Whether an officer keeps the bureau's register."""
    return _posted(officer, bureau, KEEPERS)


def may_log(officer: Officer, bureau: Bureau) -> bool:
    """Whether an officer writes the logs of the bureau's instruments."""
    return _posted(officer, bureau, LOGGERS)


def kept_bureaus(officer: Officer) -> list[Bureau]:
    """The bureaus whose register an officer keeps: their own teams, and the contractors working for them. One statement."""
    mine = [p.bureau_id for p in officer.postings_on(clock.today()) if p.role in KEEPERS]
    if not mine:
        return []
    rows = Bureau.objects.filter(ended_on=None)
    return list((rows.filter(pk__in=mine) | rows.filter(kind="contractor", parent_id__in=mine)).order_by("name"))


def register_instrument(
    *, by: Officer, bureau: Bureau, serial: str, name: str, kind: str, method: str = "", synthetic: bool = False
) -> Instrument:
    """Registers an instrument. Raises Refused, Invalid, Conflict (the bureau has this serial already)."""
    _check_keeper(by, bureau)
    made = Instrument(
        serial=line(serial, "serial", 60), name=line(name, "name", 80), kind=_kind(kind),
        method=line(method, "method", 60, needed=False), bureau=bureau, synthetic=synthetic,
    )  # fmt: skip
    with _new(made, "serial", _("本单位已登记这个出厂编号的仪器。")):
        record(made, "instrument_registered", by=by, bureau=bureau, named=str(made))
    return made


def register_vehicle(*, by: Officer, bureau: Bureau, plate: str, name: str = "", synthetic: bool = False) -> Vehicle:
    """Registers a vehicle. Raises Refused, Invalid, Conflict (the bureau has this plate already)."""
    _check_keeper(by, bureau)
    made = Vehicle(
        plate=line(plate, "plate", 20), name=line(name, "name", 60, needed=False), bureau=bureau, synthetic=synthetic
    )
    with _new(made, "plate", _("本单位已登记这个号牌的走航车。")):
        record(made, "vehicle_registered", by=by, bureau=bureau, named=str(made))
    return made


def correct_instrument(
    instrument: Instrument,
    *,
    by: Officer,
    name: str,
    kind: str,
    method: str = "",
    retired_on: date | None = None,
    version: int | None = None,
) -> Instrument:
    """Corrects what is said of an instrument, or retires it (and takes it back). The serial stays; earlier words are kept."""
    entered = {
        "name": line(name, "name", 80), "kind": _kind(kind), "method": line(method, "method", 60, needed=False),
        "retired_on": _retirement(retired_on),
    }  # fmt: skip
    with transaction.atomic():
        held, changed = _corrected(instrument, by, version, entered)
        record(held, "instrument_corrected", by=by, bureau=held.bureau, changed=changed)
    return held


def correct_vehicle(
    vehicle: Vehicle, *, by: Officer, name: str = "", retired_on: date | None = None, version: int | None = None
) -> Vehicle:
    """Corrects what is said of a vehicle, or retires it. The plate stays."""
    entered = {"name": line(name, "name", 60, needed=False), "retired_on": _retirement(retired_on)}
    with transaction.atomic():
        held, changed = _corrected(vehicle, by, version, entered)
        record(held, "vehicle_corrected", by=by, bureau=held.bureau, changed=changed)
    return held


def set_channel(
    instrument: Instrument,
    *,
    by: Officer,
    channel: str,
    valid_from: date,
    lag_s: float,
    unit: str = "",
    counted_as: str = "",
    response_s: float = 0,
    detection_limit: float = 0,
    range_max: float | None = None,
    basis: str = "",
) -> InstrumentChannel:
    """What a channel is from a day on; earlier rows stay for the runs before. Raises Refused, Invalid, Conflict."""
    if counted_as not in CountedAs.values:
        raise Invalid(_("请选择计量基准。"), field="counted_as")
    row = InstrumentChannel(
        instrument=instrument, channel=line(channel, "channel", 60), unit=line(unit, "unit", 20, needed=False),
        counted_as=counted_as, valid_from=_day(valid_from, "valid_from"),
        lag_s=_number(lag_s, "lag_s", 0, 300, _("传输时滞")),
        response_s=_number(response_s, "response_s", 0, 60, _("响应时间")),
        detection_limit=_number(detection_limit, "detection_limit", 0, 1e9, _("检出限")),
        range_max=None if range_max is None else _number(range_max, "range_max", 0, 1e9, _("量程上限")),
        basis=line(basis, "basis", 200),
    )  # fmt: skip
    try:
        with transaction.atomic():
            held = _held(instrument, by, KEEPERS)
            row.save(force_insert=True)
            _next(held)
            record(
                held, "instrument_channel_set", by=by, bureau=held.bureau, channel=row.channel,
                valid_from_on=row.valid_from, lag_s=row.lag_s, response_s=row.response_s,
                detection_limit=row.detection_limit, unit=row.unit, counted_as=row.counted_as,
            )  # fmt: skip
    except IntegrityError as error:
        if "channel_response_once_a_day" in str(error):
            raise Conflict(_("这个通道在该日已有登记，请填更晚的生效日期。"), field="valid_from") from error
        raise
    return row


def log(instrument: Instrument, entered: LogLine, *, by: Officer) -> InstrumentLog:
    """Writes a line of the log. Raises Refused, Invalid naming the field."""
    row = _checked(instrument, entered)
    row.made_by, row.made_at = by, clock.now()
    with transaction.atomic():
        held = _held(instrument, by, LOGGERS)
        row.save(force_insert=True)
        numbers = {name: getattr(row, name) for name, *_rest in NUMBERS[row.kind]}
        _next(held)
        record(
            held, "instrument_logged", by=by, bureau=held.bureau, occurred_at=min(row.at, clock.now()), line=row.pk,
            log_kind=row.kind, channel=row.channel, unit=row.unit, **numbers,
        )  # fmt: skip
    return row


def void_log(row: InstrumentLog, *, by: Officer, reason: str) -> InstrumentLog:
    """Takes a wrong line out of force; it stays to be read. Raises Refused, Invalid, Conflict (voided already)."""
    words = line(reason, "reason", 500)
    with transaction.atomic():
        held = _held(row.instrument, by, LOGGERS)
        locked = InstrumentLog.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if locked.voided_at is not None:
            raise Conflict(_("这条日志已经作废。"))
        locked.voided_by, locked.voided_at, locked.void_reason = by, clock.now(), words
        locked.save(update_fields=["voided_by", "voided_at", "void_reason"])
        _next(held)
        record(
            held, "instrument_log_voided", by=by, bureau=held.bureau, line=locked.pk, log_kind=locked.kind,
            reason=personal(words),
        )  # fmt: skip
    return locked


def add_crew(
    *,
    by: Officer,
    bureau: Bureau,
    name: str,
    duty: str,
    since: date,
    until: date | None = None,
    certificate: str = "",
    synthetic: bool = False,
) -> CrewMember:
    """Puts a person on duty from a day on. Raises Refused, Invalid, Conflict (on that duty already)."""
    _check_keeper(by, bureau)
    if duty not in Duty.values:
        raise Invalid(_("请选择职责。"), field="duty")
    _check_span(_day(since, "since"), until)
    made = CrewMember(
        bureau=bureau, name=line(name, "name", 40), duty=duty, since=since, until=until, synthetic=synthetic,
        certificate=line(certificate, "certificate", 80, needed=False),
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if "crew_member_once_at_a_time" in str(error):
            raise Conflict(_("这个人已在该职责上，先填写离岗日期。"), field="name") from error
        raise
    return made


def end_crew(member: CrewMember, *, by: Officer, until: date) -> CrewMember:
    """The last day of a person on a duty. Raises Refused, Invalid, Conflict (it has one)."""
    _check_keeper(by, member.bureau)
    _check_span(member.since, until)
    if not CrewMember.objects.filter(pk=member.pk, until=None).update(until=until):
        raise Conflict(_("这个人的离岗日期已经登记，请刷新后查看。"))
    member.until = until
    return member


@contextmanager
def _new(made: Instrument | Vehicle, field: str, taken: str) -> Iterator[None]:
    """Saves a new row; within, its first event is told. Raises Conflict when the bureau has it already."""
    try:
        with transaction.atomic():
            made.version = 1
            made.save(force_insert=True)
            yield
    except IntegrityError as error:
        if "once_a_bureau" in str(error):
            raise Conflict(taken, field=field) from error
        raise


def _corrected(row: Owned, by: Officer, version: int | None, entered: dict[str, Any]) -> tuple[Owned, dict[str, Any]]:
    """The row with what was entered, saved, and what changed: name -> [before, after]."""
    held = _held(row, by, KEEPERS)
    if version is not None and version != held.version:
        raise Conflict(_("刚刚已被他人更正，请刷新后再操作。"))
    before = {name: getattr(held, name) for name in entered}
    changed = {name: [before[name], value] for name, value in entered.items() if value != before[name]}
    if not changed:
        raise Invalid(_("没有改动。"))
    for name, value in entered.items():
        setattr(held, name, value)
    _next(held, *entered)
    return held, changed


def _held(row: Owned, by: Officer, roles: frozenset[Role]) -> Owned:
    """The row under its lock, if the officer may write to it."""
    held = type(row)._default_manager.select_for_update(of=("self",)).select_related("bureau__parent").get(pk=row.pk)
    if not _posted(by, held.bureau, roles):
        raise Refused(_refusal(held.bureau, roles))
    return held


def _next(held: Instrument | Vehicle, *also: str) -> None:
    """Saves the row with its next version. The caller holds the lock and tells."""
    held.version += 1
    held.save(update_fields=["version", *also])


def _checked(instrument: Instrument, entered: LogLine) -> InstrumentLog:
    if entered.kind not in LogKind.values:
        raise Invalid(_("请选择日志类别。"), field="kind")
    wanted = {name: (low, high, label) for name, low, high, label in NUMBERS[entered.kind]}
    for name in ("expected", "shown", "slope", "intercept", "offset_s"):
        if name not in wanted and getattr(entered, name) is not None:
            raise Invalid(_("这类日志不填此项，请清空。"), field=name)
    numbers = {
        name: _number(getattr(entered, name), name, low, high, label) for name, (low, high, label) in wanted.items()
    }
    needed = entered.kind in OF_A_CHANNEL
    channel = line(entered.channel, "channel", 60, needed=needed)
    if channel and not needed:
        raise Invalid(_("这类日志是整台仪器的，不填通道。"), field="channel")
    return InstrumentLog(
        instrument=instrument, kind=entered.kind, channel=channel, at=_moment(entered.at), **numbers,
        unit=line(entered.unit, "unit", 20, needed=False), basis=line(entered.basis, "basis", 200, needed=False),
    )  # fmt: skip


def _number(value: Any, field: str, low: float, high: float, label: Any) -> float:
    if value is None:
        raise Invalid(_("请填写%(what)s。") % {"what": label}, field=field)
    number = float(value)
    if not math.isfinite(number) or not low <= number <= high:
        raise Invalid(
            _("%(what)s应在 %(low)g 至 %(high)g 之间。") % {"what": label, "low": low, "high": high}, field=field
        )
    return number


def _moment(at: datetime) -> datetime:
    if at > clock.now() + SLACK:
        raise Invalid(_("时间在将来，请核对。"), field="at")
    if clock.beijing_day(at) < EARLIEST:
        raise Invalid(_("时间早于2000年，请核对。"), field="at")
    return at


def _day(day: date, field: str) -> date:
    if not EARLIEST <= day <= clock.today() + AHEAD:
        raise Invalid(_("日期须在2000年之后、一年之内，请核对。"), field=field)
    return day


def _retirement(day: date | None) -> date | None:
    return None if day is None else _day(day, "retired_on")


def _check_span(since: date, until: date | None) -> None:
    if until is not None and _day(until, "until") < since:
        raise Invalid(_("离岗日期不能早于上岗日期。"), field="until")


def _kind(kind: str) -> str:
    if kind not in Kind.values:
        raise Invalid(_("请选择仪器类型。"), field="kind")
    return kind


def _check_keeper(by: Officer, bureau: Bureau) -> None:
    if not may_keep(by, bureau):
        raise Refused(_refusal(bureau, KEEPERS))


def _refusal(bureau: Bureau, roles: frozenset[Role]) -> str:
    names = _("、").join(str(TABLE[role].name) for role in sorted(roles))
    return _("只有%(bureau)s或其委托单位的%(roles)s可以登记。") % {"bureau": bureau.short_name, "roles": names}


def _posted(officer: Officer, bureau: Bureau, roles: frozenset[Role]) -> bool:
    """A contractor's register is also kept by the department it works for."""
    bureaus = {bureau.pk} | ({bureau.parent_id} if bureau.is_contractor and bureau.parent_id else set())
    return any(p.bureau_id in bureaus and p.role in roles for p in officer.postings_on(clock.today()))
