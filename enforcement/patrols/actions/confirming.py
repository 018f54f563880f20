"""The cause of a hot spot, as the people on the ground found it: confirmed, or corrected, never overwritten."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.issues.models import Issue, Responsibility
from enforcement.patrols.actions.tracing import lock_spot
from enforcement.patrols.lifecycle import DECIDERS, Fate
from enforcement.patrols.models import Cause, CauseKind, HotSpot
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from regions.directory import sites_for
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Officer, Site
from regions.roles import Role
from regions.words import unfit

MAX_NOTE = 500


def why_not_confirm(spot: HotSpot, officer: Officer) -> str | None:
    """Why an officer may not say what caused a hot spot; None if they may. At most two statements."""
    return _obstacle(spot) or (None if _bureau_for(spot, officer) else _wrong_hands(spot))


def confirm_cause(
    spot: HotSpot, *, by: Officer, kind: str, site: Site | None = None, note: str = "", seen: int | None = None
) -> Cause:
    """Puts the cause on record, with its rank in the newest tracing. A second one corrects the first and needs a note.

    `seen` is the number of the newest cause on the page it was said from. Raises Invalid, Refused, Conflict.
    """
    kind, note = _checked(by, kind, site, note)
    with transaction.atomic():
        locked = lock_spot(spot)
        obstacle = _obstacle(locked)
        if obstacle is not None:
            raise Conflict(obstacle)
        bureau = _bureau_for(locked, by)
        if bureau is None:
            raise Refused(_wrong_hands(locked))
        last = locked.causes.order_by("-number").first()
        number = last.number if last else 0
        if seen is not None and seen != number:
            raise Conflict(_("该热点的成因刚刚已被他人核实，请刷新后查看。"))
        if last is not None and not note:
            raise Invalid(_("更正成因须写明依据。"), field="note")
        cause = _write(locked, by, bureau, number + 1, kind, site, note)
        facts: dict[str, Any] = {"note": personal(note)} if note else {}
        record(
            locked, "hot_spot_cause_confirmed", by=by, bureau=bureau, number=cause.number, cause_kind=kind,
            site=cause.site_id, rank=cause.rank, corrected=last is not None, **facts,
        )  # fmt: skip
    return cause


def _write(spot: HotSpot, by: Officer, bureau: Bureau, number: int, kind: str, site: Site | None, note: str) -> Cause:
    tracing = spot.tracings.order_by("-number").first()
    rank = None
    if tracing is not None and site is not None:
        rank = tracing.candidates.filter(site=site).values_list("rank", flat=True).first()
    return Cause.objects.create(
        hot_spot=spot, number=number, kind=kind, site=site, tracing=tracing, rank=rank, note=note, bureau=bureau,
        confirmed_by=by, confirmed_at=clock.now(),
    )  # fmt: skip


def _checked(by: Officer, kind: str, site: Site | None, note: str) -> tuple[str, str]:
    note = note.strip()
    if kind not in CauseKind.values:
        raise Invalid(_("请选择成因。"), field="kind")
    if kind == CauseKind.SITE and (site is None or not sites_for(by).filter(pk=site.pk).exists()):
        raise Invalid(_("请选择点位；不在列表中的，选“未登记的污染源”并写明。"), field="site")
    if kind != CauseKind.SITE and site is not None:
        raise Invalid(_("选了点位就不能再选“未登记”或“未查到”。"), field="site")
    if len(note) > MAX_NOTE or unfit(note):
        raise Invalid(_("说明不能超过500字，且不能含无法识别的字符。"), field="note")
    if kind == CauseKind.UNREGISTERED and not note:
        raise Invalid(_("请写明是什么、在哪里。"), field="note")
    return kind, note


def _obstacle(spot: HotSpot) -> str | None:
    if spot.fate in (Fate.DISMISSED, Fate.VOID):
        return _("该热点已是“%(fate)s”，不再核实成因。") % {"fate": Fate(spot.fate).label}
    return None


def issue_behind(spot: HotSpot) -> int | None:
    """The key of the issue a hot spot led to or was joined to. Reads `finding`."""
    if spot.issue_id:
        return int(spot.issue_id)
    return int(spot.finding.issue_id) if spot.finding and spot.finding.issue_id else None


def _bureau_for(spot: HotSpot, officer: Officer) -> Bureau | None:
    """For which bureau an officer may say so: handlers of those responsible, verifiers; before an issue, who reviews."""
    postings = officer.postings_on(clock.today())
    issue = issue_behind(spot)
    if issue is None:
        own = spot.run.bureau
        principal = own.parent if own.is_contractor and own.parent else own
        return next((p.bureau for p in postings if p.bureau_id == principal.pk and p.role in DECIDERS), None)
    live = Responsibility.objects.live().filter(issue=issue).values_list("bureau", flat=True)
    handling = set(live) if any(p.role == Role.HANDLER for p in postings) else set()
    found = next((p.bureau for p in postings if p.role == Role.HANDLER and p.bureau_id in handling), None)
    if found is not None or not any(p.role == Role.VERIFIER for p in postings):
        return found
    verifier = Issue.objects.filter(pk=issue).values_list("verifier", flat=True).first()
    return next((p.bureau for p in postings if p.role == Role.VERIFIER and p.bureau_id == verifier), None)


def _wrong_hands(spot: HotSpot) -> str:
    if issue_behind(spot) is not None:
        return _("只有问题承办单位的承办人或核查单位的核查员可以核实成因。")
    return _("尚未转办的热点，由走航单位（或其委托单位）的组长或转办员核实成因。")
