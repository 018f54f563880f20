"""Runs, hot spots and the register as subjects of the timeline, and what an issue learns of the hot spots behind it."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from enforcement.issues.models import Issue
from enforcement.issues.origins import Origin
from enforcement.patrols.models import (
    HotSpot,
    Instrument,
    PatrolCampaign,
    PatrolRun,
    PersistentLocation,
    Redrive,
    Vehicle,
)
from enforcement.timeline import clock
from enforcement.timeline.subjects import Reason, SubjectKind
from regions.models import Officer
from regions.roles import Role


def may_attach(row: Any, officer: Officer) -> Reason | None:
    """Photos and papers belong to the finding a hot spot becomes; the readings are in the run."""
    return _("走航与热点的依据是走航数据，照片等材料请附在线索上。")


RUN = SubjectKind(
    name="patrolrun",
    rows=lambda: PatrolRun.objects.all(),
    may_attach=may_attach,
    lengths="SELECT r.id::text, 1 + (r.voided_at IS NOT NULL)::int"
    " + (SELECT count(*) FROM patrols_qualitysheet q WHERE q.run_id = r.id AND q.number > 1)::int"
    " + (SELECT count(*) FROM patrols_runnote n WHERE n.run_id = r.id)::int"
    " FROM patrols_patrolrun r",
)
HOT_SPOT = SubjectKind(
    name="hotspot",
    rows=lambda: HotSpot.objects.all(),
    may_attach=may_attach,
    # A tracing made by a person and a cause are events too; they come after the hot spot's fate, which its version counts.
    lengths="""
        SELECT h.id::text, h.version + coalesce(t.made, 0) + coalesce(c.said, 0) FROM patrols_hotspot h
        LEFT JOIN (SELECT hot_spot_id, count(*) AS made FROM patrols_tracing WHERE made_by_id IS NOT NULL GROUP BY 1) t
            ON t.hot_spot_id = h.id
        LEFT JOIN (SELECT hot_spot_id, count(*) AS said FROM patrols_cause GROUP BY 1) c ON c.hot_spot_id = h.id
    """,
)
LOCATION = SubjectKind(
    name="persistentlocation",
    rows=lambda: PersistentLocation.objects.all(),
    may_attach=may_attach,
    lengths="SELECT id::text, version FROM patrols_persistentlocation",
)
INSTRUMENT = SubjectKind(
    name="instrument",
    rows=lambda: Instrument.objects.all(),
    may_attach=may_attach,
    lengths="SELECT id::text, version FROM patrols_instrument WHERE version > 0",
)
CAMPAIGN = SubjectKind(
    name="patrolcampaign",
    rows=lambda: PatrolCampaign.objects.all(),
    may_attach=may_attach,
    lengths="SELECT id::text, version FROM patrols_patrolcampaign",
)
#: Its events stand on the issue's record; reminders speak of it by itself.
REDRIVE = SubjectKind(
    name="redrive", rows=lambda: Redrive.objects.all(), may_attach=may_attach, place="hot_spot__division"
)
VEHICLE = SubjectKind(
    name="vehicle",
    rows=lambda: Vehicle.objects.all(),
    may_attach=may_attach,
    lengths="SELECT id::text, version FROM patrols_vehicle WHERE version > 0",
)


def origins(issue: Issue, officer: Officer) -> list[Origin]:
    """The hot spots an issue rests on, by way of its findings or joined later, as far as the officer sees them."""
    behind = HotSpot.objects.filter(finding__issue=issue) | HotSpot.objects.filter(issue=issue)
    spots = HotSpot.objects.visible_to(officer).filter(pk__in=behind.values("pk")).select_related("run")
    found = [
        Origin(_("走航热点"), _("%(run)s，%(spot)s") % {"run": spot.run.title, "spot": spot}, spot.get_absolute_url())
        for spot in spots
    ]
    if any(p.role in (Role.HANDLER, Role.VERIFIER) for p in officer.postings_on(clock.today())):
        found += [
            Origin(
                _("污染成因"), _("核实或更正%(spot)s的成因") % {"spot": spot}, reverse("patrols:cause", args=[spot.pk])
            )
            for spot in spots
        ]
    if found and issue.closed_at is not None:
        url = f"{reverse('patrols:redrives')}?{urlencode({'issue': issue.number})}"
        found.append(Origin(_("回头看复测"), str(_("安排或查看复测")), url))
    return found
