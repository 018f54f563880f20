"""Patrol campaigns with their planned routes, and what is noted of a run beside its file. Notes are versions."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from enforcement.patrols.actions.equipping import LOGGERS, may_keep
from enforcement.patrols.models import PatrolCampaign, PatrolRun, PlannedRoute, QualityRule, RunNote, Sky
from enforcement.patrols.tracks.readings import Readings
from enforcement.patrols.tracks.route import driven_spans, length_km, line_from, share_of
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from regions.coordinates import CoordinateSystem
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Officer
from regions.words import line, paragraph

MAX_DAYS = 400
MAX_ROUTES = 200


@dataclass(frozen=True, slots=True)
class Weather:
    """What somebody noted of the weather, and from whom it is; None where nothing was noted."""

    temperature_c: float | None = None
    humidity_percent: float | None = None
    wind_from_deg: float | None = None
    wind_ms: float | None = None
    sky: str = ""
    source: str = ""


#: Number -> its bounds: physically possible, not likely.
BOUNDS = {
    "temperature_c": (-50, 60), "humidity_percent": (0, 100), "wind_from_deg": (0, 360), "wind_ms": (0, 60),
}  # fmt: skip


def open_campaign(
    *, by: Officer, bureau: Bureau, name: str, since: date, until: date, method_basis: str = "", synthetic: bool = False
) -> PatrolCampaign:
    """Opens a campaign of a bureau. Raises Refused, Invalid."""
    if not may_keep(by, bureau):
        raise Refused(_("只有%(bureau)s或其委托单位的组长可以设立走航专项。") % {"bureau": bureau.short_name})
    if until < since:
        raise Invalid(_("结束日期不能早于开始日期。"), field="until")
    if until - since > timedelta(days=MAX_DAYS):
        raise Invalid(_("一个走航专项最长%(n)d天。") % {"n": MAX_DAYS}, field="until")
    with transaction.atomic():
        made = PatrolCampaign.objects.create(
            name=line(name, "name", 80), bureau=bureau, since=since, until=until, made_by=by, made_at=clock.now(),
            method_basis=line(method_basis, "method_basis", 300, needed=False), synthetic=synthetic,
        )  # fmt: skip
        record(made, "patrol_campaign_opened", by=by, bureau=bureau, named=made.name, since_on=since, until_on=until)
    return made


def void_campaign(campaign: PatrolCampaign, *, by: Officer, reason: str) -> PatrolCampaign:
    """Ends a campaign opened by mistake; runs that name it keep naming it. Raises Refused, Invalid, Conflict."""
    words = paragraph(reason, "reason", 500)
    with transaction.atomic():
        held = _held(campaign, by)
        held.voided_at = clock.now()
        _next(held, "voided_at")
        record(held, "patrol_campaign_voided", by=by, bureau=held.bureau, reason=personal(words))
    return held


def plan_route(
    campaign: PatrolCampaign, *, by: Officer, name: str, data: bytes, file_name: str = "", system: str = "wgs84"
) -> PlannedRoute:
    """Adds a planned route from a GPX or GeoJSON file, or lines of "lon, lat". Raises Refused, Invalid, Conflict."""
    try:
        stated = CoordinateSystem(system)
    except ValueError as error:
        raise Invalid(_("请选择坐标系。"), field="coordinate_system") from error
    points = line_from(data, file_name, stated)
    try:
        with transaction.atomic():
            held = _held(campaign, by)
            if held.routes.count() >= MAX_ROUTES:
                raise Invalid(_("一个走航专项最多%(n)d条计划路线。") % {"n": MAX_ROUTES})
            made = PlannedRoute.objects.create(
                campaign=held, name=line(name, "name", 80), line=points, km=_decimal(length_km(points), "0.001"),
                made_by=by, made_at=clock.now(),
            )  # fmt: skip
            _next(held)
            record(held, "patrol_route_planned", by=by, bureau=held.bureau, named=made.name, km=made.km, route=made.pk)
    except IntegrityError as error:
        if "planned_route_named_once" in str(error):
            raise Conflict(_("这个专项已有同名的计划路线，请换一个名称。"), field="name") from error
        raise
    return made


def note_run(
    run: PatrolRun,
    readings: Readings,
    *,
    by: Officer,
    campaign: PatrolCampaign | None = None,
    route: PlannedRoute | None = None,
    weather: Weather | None = None,
) -> RunNote:
    """Notes what a run was driven for and in what weather, beside earlier notes. Raises Refused, Invalid, Conflict."""
    weather = weather or Weather()
    if route is not None and (campaign is None or route.campaign_id != campaign.pk):
        raise Invalid(_("计划路线不属于所选的专项，请重新选择。"), field="route")
    if campaign is not None and not PatrolCampaign.objects.visible_to(by).filter(pk=campaign.pk).exists():
        raise Invalid(_("没有这个走航专项，请重新选择。"), field="campaign")
    rule = QualityRule.in_force(clock.today()) if route is not None else None
    share, spans = None, None
    if route is not None and rule is not None:
        spans = driven_spans(route.line, readings, run.rule.value(), rule.route_tolerance_m)
        share = _decimal(share_of(spans), "0.0001")
    entered = _checked(weather)
    with transaction.atomic():
        held = PatrolRun.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=run.pk)
        if not may_note(held, by):
            raise Refused(
                _("只有%(bureau)s或其委托单位的巡查员、组长可以补充走航情况。") % {"bureau": held.bureau.short_name}
            )
        if held.voided_at is not None:
            raise Conflict(_("这次走航已经作废。"))
        last = RunNote.objects.filter(run=held).aggregate(last=Max("number"))["last"] or 0
        made = RunNote.objects.create(
            run=held, number=last + 1, campaign=campaign, route=route, rule=rule, covered=share, spans=spans,
            tolerance_m=rule.route_tolerance_m if rule else None, made_by=by, made_at=clock.now(), **entered,
        )  # fmt: skip
        record(
            held, "patrol_noted", by=by, bureau=held.bureau, number=made.number,
            campaign=str(campaign.pk) if campaign else None, named=campaign.name if campaign else "",
            route=str(route.pk) if route else None, covered=share, **entered,
        )  # fmt: skip
    return made


def may_note(run: PatrolRun, officer: Officer) -> bool:
    """The crew's bureau, and the department a contractor works for."""
    bureau = run.bureau
    bureaus = {bureau.pk} | ({bureau.parent_id} if bureau.is_contractor and bureau.parent_id else set())
    return any(p.bureau_id in bureaus and p.role in LOGGERS for p in officer.postings_on(clock.today()))


def _checked(weather: Weather) -> dict[str, Any]:
    for name, (low, high) in BOUNDS.items():
        value = getattr(weather, name)
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise Invalid(_("应在 %(low)d 至 %(high)d 之间。") % {"low": low, "high": high}, field=name)
    if weather.sky and weather.sky not in Sky.values:
        raise Invalid(_("请选择天气。"), field="sky")
    numbers = {name: getattr(weather, name) for name in BOUNDS}
    said = weather.sky or any(value is not None for value in numbers.values())
    return {**numbers, "sky": weather.sky, "source": line(weather.source, "source", 80, needed=bool(said))}


def _held(campaign: PatrolCampaign, by: Officer) -> PatrolCampaign:
    held = PatrolCampaign.objects.select_for_update(of=("self",)).select_related("bureau__parent").get(pk=campaign.pk)
    if not may_keep(by, held.bureau):
        raise Refused(_("只有%(bureau)s或其委托单位的组长可以更改走航专项。") % {"bureau": held.bureau.short_name})
    if held.voided_at is not None:
        raise Conflict(_("这个走航专项已经作废。"))
    return held


def _next(held: PatrolCampaign, *also: str) -> None:
    held.version += 1
    held.save(update_fields=["version", *also])


def _decimal(value: float, quantum: str) -> Decimal:
    return Decimal(value).quantize(Decimal(quantum), rounding=ROUND_HALF_EVEN)
