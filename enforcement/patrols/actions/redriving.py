"""The re-drive of a closed issue's hot spot: planned, compared with the new run, decided by a person."""

from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from enforcement.issues.actions.redrives import note_redrive_decided, note_redrive_planned, note_redrive_voided
from enforcement.issues.models import Issue
from enforcement.patrols.actions.grouping import groups_of, members_in
from enforcement.patrols.actions.keeping import readings_of
from enforcement.patrols.lifecycle import DECIDERS, REVIEWERS
from enforcement.patrols.models import HotSpot, PatrolRun, Redrive, RedriveRule, Vehicle, Verdict
from enforcement.patrols.tracks.grid import column_of, row_of
from enforcement.patrols.tracks.groups import SpeciesGroup, with_group
from enforcement.patrols.tracks.readings import Readings
from enforcement.patrols.tracks.redrive import Pass, compared, excess_along, stretch_of
from enforcement.timeline import clock
from enforcement.timeline.actions import personal
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Officer
from regions.roles import TABLE as ROLES
from regions.words import unfit

LONGEST = timedelta(days=366)
MAX_REASON = 500
#: The hot spot's own pass counts before: readings this long around it.
AROUND_MS = 10 * 60_000


def spots_of(issue: Issue, officer: Officer) -> list[HotSpot]:
    """The hot spots an issue rests on, as far as this officer sees them."""
    behind = HotSpot.objects.filter(finding__issue=issue) | HotSpot.objects.filter(issue=issue)
    seen = HotSpot.objects.visible_to(officer).filter(pk__in=behind.values("pk"))
    return list(
        seen.select_related("run__bureau__parent", "run__rule", "rule", "division").order_by("peak_at", "number")
    )


def may_plan(spot: HotSpot, officer: Officer) -> bool:
    """Reviewers of the team that found it, and of the department it works for."""
    return _posted(officer, _bureaus(spot.run.bureau), REVIEWERS)


def may_decide(redrive: Redrive, officer: Officer) -> bool:
    """A contractor's measurement is decided upon by the department it works for."""
    return _posted(officer, {_principal(redrive.bureau).pk}, DECIDERS)


def plan_redrive(
    issue: Issue, spot: HotSpot, *, by: Officer, due_on: date, vehicle: Vehicle | None = None, crew: str = ""
) -> Redrive:
    """Plans to drive the stretch around a hot spot again. Raises Invalid, Refused, Conflict."""
    if spot.pk not in {one.pk for one in spots_of(issue, by)}:
        raise Invalid(_("请选择这个问题的走航热点。"), field="hot_spot")
    if not may_plan(spot, by):
        raise Refused(_("只有%(bureau)s的巡查员、组长或调度员可以安排复测。") % {"bureau": spot.run.bureau.short_name})
    _check_plan(spot, due_on, vehicle, crew)
    rule = RedriveRule.in_force(clock.today())
    stretch = stretch_of(readings_of(spot.run), spot.first_index, spot.last_index, rule.reach_m)
    if len(stretch) < 2:
        raise Invalid(_("这个热点前后没有可复测的路段。"), field="hot_spot")
    try:
        with transaction.atomic():
            made = Redrive.objects.create(
                issue=issue, hot_spot=spot, bureau=spot.run.bureau, vehicle=vehicle, crew=crew.strip(), stretch=stretch,
                rule=rule, due_on=due_on, planned_by=by, planned_at=clock.now(),
            )  # fmt: skip
            note_redrive_planned(issue, by=by, bureau=spot.run.bureau, redrive=made.pk, hot_spot=spot.pk, due_on=due_on)
    except IntegrityError as error:
        if "redrive_one_at_a_time" in str(error):
            raise Conflict(_("这个热点已有未结论的复测，请先给出结论。")) from error
        raise
    return made


def candidates(redrive: Redrive, officer: Officer, most: int = 20) -> list[PatrolRun]:
    """Later valid runs that touched a square of the stretch, newest first: from stored squares, no track is read."""
    lons, lats = (np.array(one) for one in zip(*redrive.stretch, strict=True))
    xs, ys = set(column_of(lons).tolist()), set(row_of(lats).tolist())
    runs = PatrolRun.objects.visible_to(officer).valid().filter(started_at__gt=redrive.hot_spot.run.ended_at)
    passed = runs.filter(squares__x__in=xs, squares__y__in=ys).distinct()
    return list(passed.select_related("bureau").order_by("-started_at", "-id")[:most])


def measure_redrive(redrive: Redrive, run: PatrolRun, *, by: Officer, version: int | None = None) -> Redrive:
    """Compares the stretch in the new run with the hot spot's own pass, and proposes. Raises Invalid, Refused, Conflict."""
    if not may_plan(redrive.hot_spot, by):
        raise Refused(_("只有%(bureau)s的巡查员、组长或调度员可以登记复测。") % {"bureau": redrive.bureau.short_name})
    if not PatrolRun.objects.visible_to(by).valid().filter(pk=run.pk).exists():
        raise Invalid(_("没有这次走航，请重新选择。"), field="run")
    if run.started_at <= redrive.hot_spot.run.ended_at:
        raise Invalid(_("复测须在原走航之后，请选择更晚的走航。"), field="run")
    before, after = passes(redrive, run)
    found = compared(before, after, redrive.rule.value())
    with transaction.atomic():
        locked = _lock(redrive, version)
        locked.run, locked.numbers, locked.proposal = run, found.numbers(), Verdict(found.verdict)
        locked.version += 1
        locked.save(update_fields=["run", "numbers", "proposal", "version"])
    return locked


def decide_redrive(
    redrive: Redrive, *, by: Officer, verdict: str, reason: str = "", version: int | None = None
) -> Redrive:
    """A person's verdict, on the issue's record. One that differs from the proposal needs a reason."""
    reason = reason.strip()
    if verdict not in Verdict.values:
        raise Invalid(_("请选择结论。"), field="verdict")
    if len(reason) > MAX_REASON or unfit(reason):
        raise Invalid(_("理由不能超过500字，且不能含无法识别的字符。"), field="reason")
    if not may_decide(redrive, by):
        names = _("、").join(str(ROLES[role].name) for role in sorted(DECIDERS))
        raise Refused(
            _("只有%(bureau)s的%(roles)s可以给出结论。")
            % {"bureau": _principal(redrive.bureau).short_name, "roles": names}
        )
    with transaction.atomic():
        locked = _lock(redrive, version)
        if locked.run_id is None:
            raise Conflict(_("尚未选择复测走航，不能给出结论。"))
        if verdict != locked.proposal and not reason:
            raise Invalid(_("结论与系统建议不同，请填写理由。"), field="reason")
        locked.verdict, locked.reason = verdict, reason
        locked.decided_by, locked.decided_at = by, clock.now()
        locked.version += 1
        locked.save(update_fields=["verdict", "reason", "decided_by", "decided_at", "version"])
        words: dict[str, Any] = {"reason": personal(reason)} if reason else {}
        note_redrive_decided(
            locked.issue, by=by, bureau=locked.bureau, redrive=locked.pk, run=locked.run_id, verdict=verdict,
            proposal=locked.proposal, numbers=locked.numbers, **words,
        )  # fmt: skip
    return locked


def void_redrive(redrive: Redrive, *, by: Officer, reason: str, version: int | None = None) -> Redrive:
    """Ends a plan that will not be driven, or a comparison nobody should decide upon: it stays, with the reason."""
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON or unfit(reason):
        raise Invalid(_("请填写作废理由，不超过500字。"), field="reason")
    if not may_plan(redrive.hot_spot, by):
        raise Refused(_("只有%(bureau)s的巡查员、组长或调度员可以作废复测。") % {"bureau": redrive.bureau.short_name})
    with transaction.atomic():
        locked = _lock(redrive, version)
        locked.voided_by, locked.voided_at, locked.void_reason = by, clock.now(), reason
        locked.version += 1
        locked.save(update_fields=["voided_by", "voided_at", "void_reason", "version"])
        note_redrive_voided(locked.issue, by=by, bureau=locked.bureau, redrive=locked.pk, reason=personal(reason))
    return locked


def passes(redrive: Redrive, run: PatrolRun) -> tuple[Pass, Pass]:
    """The stretch before (the hot spot's own pass) and after (every pass of the new run). Raises Absent, Conflict."""
    spot = redrive.hot_spot
    group = groups_of([spot.rule]).get(spot.rule_id)
    then, now = (_with(readings_of(one), group) for one in (spot.run, run))
    between = (int(spot.started_at.timestamp() * 1000) - AROUND_MS, int(spot.ended_at.timestamp() * 1000) + AROUND_MS)
    settings, rule = redrive.rule.value(), spot.rule.value()
    stretch = [(lon, lat) for lon, lat in redrive.stretch]
    before = excess_along(then, spot.channel, stretch, rule, settings.tolerance_m, between)
    unit_now = {one.name.lower(): one.unit for one in now.measured()}.get(spot.channel.lower())
    if unit_now != spot.unit or members_in(then, group) != members_in(now, group):
        # Another unit, or a sum of other species, is another quantity: it isn't compared.
        return before, Pass(np.full(len(stretch), np.nan))
    return before, excess_along(now, spot.channel, stretch, rule, settings.tolerance_m)


def _with(readings: Readings, group: SpeciesGroup | None) -> Readings:
    return with_group(readings, group) if group else readings


def _lock(redrive: Redrive, version: int | None) -> Redrive:
    locked = Redrive.objects.select_for_update(of=("self",)).select_related("bureau", "issue").get(pk=redrive.pk)
    if locked.decided_at is not None:
        raise Conflict(_("这次复测已有结论，请刷新后查看。"))
    if locked.voided_at is not None:
        raise Conflict(_("这次复测已作废，请刷新后查看。"))
    if version is not None and version != locked.version:
        raise Conflict(_("这次复测刚刚已被他人更新，请刷新后再操作。"))
    return locked


def _check_plan(spot: HotSpot, due_on: date, vehicle: Vehicle | None, crew: str) -> None:
    if not clock.today() <= due_on <= clock.today() + LONGEST:
        raise Invalid(_("复测期限须在今天至一年之内。"), field="due_on")
    if vehicle is not None and vehicle.bureau_id != spot.run.bureau_id:
        raise Invalid(_("走航车不属于走航单位，请重新选择。"), field="vehicle")
    if len(crew) > 120 or "\x00" in crew:
        raise Invalid(_("人员不能超过120字。"), field="crew")


def _principal(bureau: Bureau) -> Bureau:
    return bureau.parent if bureau.is_contractor and bureau.parent else bureau


def _bureaus(bureau: Bureau) -> set[int]:
    return {bureau.pk, _principal(bureau).pk}


def _posted(officer: Officer, bureaus: set[int], roles: Any) -> bool:
    return any(p.bureau_id in bureaus and p.role in roles for p in officer.postings_on(clock.today()))
