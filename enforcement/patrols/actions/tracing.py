"""Tracing (溯源): what lay upwind of a hot spot, kept as versions; and the cause the people on the ground found.

`trace_run` is part of a run's import; `retrace` makes the next version by the rules of the day. Nothing is rewritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.findings.lifecycle import State as FindingState
from enforcement.findings.models import Finding
from enforcement.patrols.lifecycle import REVIEWERS
from enforcement.patrols.models import (
    Anemometer,
    Candidate,
    Cause,
    HotSpot,
    IndustryFingerprint,
    PatrolRun,
    Tracing,
    TracingRule,
    Usable,
    WindReference,
)
from enforcement.patrols.tracing import scoring, sectors, winds
from enforcement.patrols.tracing.patterns import pattern_of
from enforcement.patrols.tracks.readings import Readings
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from regions.errors import Absent, Conflict, Refused
from regions.models import Officer, Site

#: Degrees of latitude and longitude added around the hot spots per metre, with room to spare at these latitudes.
DEGREES_PER_M = 1 / 75_000
#: Findings that say something of a site: confirmed by an officer with a badge.
PROVEN = (FindingState.CONFIRMED, FindingState.PROMOTED, FindingState.JOINED)


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything tracing asks beside the readings: rule, wind's reference, and the register around the hot spots; `said` is
    what of a site's entry the reasons speak of, kept with the candidate, for the register goes on changing."""

    rule: TracingRule
    reference: winds.Reference
    offset_deg: float
    suspects: Sequence[scoring.Suspect]
    said: Mapping[int, Mapping[str, str]]


def trace_run(run: PatrolRun, readings: Readings, spots: Sequence[HotSpot]) -> dict[Any, Tracing]:
    """The first version for each hot spot of a run, within the transaction that keeps it: by hot spot, unmade ones none."""
    if not spots:
        return {}
    ground = _ground(run, spots)
    made: dict[Any, Tracing] = {}
    candidates: list[Candidate] = []
    for spot in spots:
        tracing, found = _traced(spot, readings, ground, number=1, by=None)
        made[spot.pk] = tracing
        candidates += found
    Tracing.objects.bulk_create(made.values())
    Candidate.objects.bulk_create(candidates, batch_size=2000)
    return made


def why_not_retrace(spot: HotSpot, officer: Officer) -> str | None:
    """Why an officer may not trace a hot spot again; None if they may. Reads `run.bureau`."""
    bureau = spot.run.bureau
    principal = bureau.parent if bureau.is_contractor and bureau.parent else bureau
    wanted = {bureau.pk, principal.pk}
    if any(p.bureau_id in wanted and p.role in REVIEWERS for p in officer.postings_on(clock.today())):
        return None
    return _("只有%(bureau)s的巡查员、组长或转办员可以重新溯源。") % {"bureau": bureau.short_name}


def retrace(spot: HotSpot, readings: Readings, *, by: Officer, seen: int | None = None) -> Tracing:
    """The next version, by today's rule and register. `seen` is the newest version on the page it was asked from.

    Raises Refused, and Conflict when somebody else was faster.
    """
    refusal = why_not_retrace(spot, by)
    if refusal is not None:
        raise Refused(refusal)
    with transaction.atomic():
        locked = lock_spot(spot)
        last = locked.tracings.order_by("-number").first()
        number = last.number if last else 0
        if seen is not None and seen != number:
            raise Conflict(_("该热点刚刚已重新溯源，请刷新后查看。"))
        tracing, found = _traced(locked, readings, _ground(locked.run, [locked]), number=number + 1, by=by)
        tracing.save(force_insert=True)
        Candidate.objects.bulk_create(found)
        record(locked, "hot_spot_traced", by=by, bureau=locked.run.bureau, **told(tracing, found))
    return tracing


def told(tracing: Tracing, found: Sequence[Candidate]) -> dict[str, Any]:
    """A tracing as an event's facts."""
    return {
        "tracing": tracing.pk,
        "number": tracing.number,
        "usable": tracing.usable,
        "wind_from": tracing.wind_from,
        "wind_ms": tracing.wind_ms,
        "count": len(found),
        "sites": [one.site_id for one in found],
    }


def lock_spot(spot: HotSpot) -> HotSpot:
    """The hot spot under its row lock, with run and bureau."""
    locked = (
        HotSpot.objects.select_for_update(of=("self",))
        .select_related("run__bureau__parent", "run__instrument", "finding", "division")
        .filter(pk=spot.pk)
        .first()
    )
    if locked is None:
        raise Absent(_("没有这个热点。"))
    return locked


def industry_of(site: Site, prints: Sequence[IndustryFingerprint]) -> IndustryFingerprint | None:
    """The fingerprint whose longest word a site's industry contains; None for an industry without one."""
    fits = [(len(word), one.industry, one) for one in prints for word in one.word_list if word in site.industry]
    return max(fits, key=lambda fit: fit[:2])[2] if fits else None


def _ground(run: PatrolRun, spots: Sequence[HotSpot]) -> Ground:
    rule = TracingRule.in_force(clock.today())
    near = _near(spots, rule)
    said = {site.pk: {"industry": site.industry, "grade": site.grade} for site in near}
    return Ground(rule, *_reference(run), _suspects(run, near, rule), said)


def _reference(run: PatrolRun) -> tuple[winds.Reference, float]:
    """What the wind channels are measured against; without a word in the register they are true wind."""
    stated = None
    if run.instrument_id:
        dated = Anemometer.objects.filter(instrument=run.instrument_id, valid_from__lte=run.day)
        stated = dated.order_by("-valid_from").first()
    return (winds.Reference(stated.reference), stated.offset_deg) if stated else (winds.Reference.TRUE, 0.0)


def _near(spots: Sequence[HotSpot], rule: TracingRule) -> list[Site]:
    """The register's sites around the hot spots."""
    margin = rule.far_m * DEGREES_PER_M
    lons, lats = [spot.lon for spot in spots], [spot.lat for spot in spots]
    return list(
        Site.objects.filter(
            lon__range=(min(lons) - margin, max(lons) + margin), lat__range=(min(lats) - margin, max(lats) + margin)
        ).order_by("pk")
    )


def _suspects(run: PatrolRun, near: Sequence[Site], rule: TracingRule) -> list[scoring.Suspect]:
    """The sites near the hot spots as they are scored. What became known after the run has no part in it."""
    if not near:
        return []
    prints = IndustryFingerprint.in_force(clock.today())
    history = _history(run, near, rule)
    found = []
    for site in near:
        own = industry_of(site, prints)
        found.append(
            scoring.Suspect(
                site.pk, site.lon, site.lat, own.shares if own else None, bool(site.permit_no), site.grade,
                history[site.pk],
            )
        )  # fmt: skip
    return found


def _history(run: PatrolRun, sites: Sequence[Site], rule: TracingRule) -> Counter[int]:
    """How often each site stood in a proven finding or a confirmed cause in the days before the run."""
    until, since = run.started_at, run.started_at - timedelta(days=rule.history_days)
    findings = Finding.objects.filter(site__in=sites, state__in=PROVEN, occurred_at__gte=since, occurred_at__lt=until)
    causes = Cause.objects.filter(site__in=sites, confirmed_at__gte=since, confirmed_at__lt=until)
    return Counter([*findings.values_list("site", flat=True), *causes.values_list("site", flat=True)])


def _traced(
    spot: HotSpot, readings: Readings, ground: Ground, *, number: int, by: Officer | None
) -> tuple[Tracing, list[Candidate]]:
    rule = ground.rule
    lag_s = float(spot.numbers.get("lag_s") or 0) if spot.numbers else 0.0
    inlet_ms = int(spot.peak_at.timestamp() * 1000 - lag_s * 1000)
    wind = winds.true_wind(
        readings, inlet_ms, rule.wind_before_s, rule.wind_after_s, ground.reference, ground.offset_deg
    )
    pattern = pattern_of(readings, spot.first_index, spot.last_index)
    sector = sectors.upwind(spot.lon, spot.lat, wind, rule.sector()) if wind else None
    tracing = Tracing(
        hot_spot=spot,
        number=number,
        rule=rule,
        usable=Usable.YES if sector else Usable.CALM if wind else Usable.NO_WIND,
        reference=WindReference(ground.reference.value),
        wind_from=round(wind.from_deg, 1) if wind else None,
        wind_ms=round(wind.ms, 2) if wind else None,
        wind_spread=round(wind.spread_deg, 1) if wind else None,
        half_deg=sector.half_deg if sector else None,
        outline=sector.outline() if sector else [],
        pattern={name: round(value, 2) for name, value in pattern.excess.items()},
        channels=dict(pattern.channels),
        made_by=by,
        made_at=clock.now(),
    )
    ranked = scoring.ranked(sector, ground.suspects, pattern, rule.score()) if sector else []
    return tracing, [_candidate(tracing, rank, one, ground.said[one.key]) for rank, one in enumerate(ranked, 1)]


def _candidate(tracing: Tracing, rank: int, one: scoring.Candidate, said: Mapping[str, str]) -> Candidate:
    return Candidate(
        tracing=tracing,
        site_id=one.key,
        rank=rank,
        score=round(one.score, 1),
        distance_m=round(one.distance_m, 1),
        bearing_deg=round(one.bearing_deg, 1),
        off_deg=round(one.off_deg, 1),
        parts={**one.numbers(), "site": dict(said)},
    )
