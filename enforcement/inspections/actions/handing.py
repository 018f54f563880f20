"""移交: what the team found goes to the bureau with jurisdiction, as a list of evidence both sides can check."""

from typing import Any

from django.utils.translation import gettext as _

from enforcement.inspections.actions.recording import photos_of
from enforcement.inspections.models import Handover, Visit
from enforcement.timeline import clock
from regions import words
from regions.errors import Invalid
from regions.models import Bureau, Division, Officer


def receivers(visit: Visit) -> Any:
    """The departments with jurisdiction over the site: of its county, its city, its province."""
    place = visit.division
    over = [place.pk, place.parent_id, place.parent.parent_id if place.parent else None]
    divisions = Division.objects.filter(pk__in=[pk for pk in over if pk])
    return Bureau.objects.filter(division__in=divisions, kind="department", ended_on=None).order_by(
        "-division__code", "name"
    )


def hand_over(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """The list: each piece with who took it, when, where, and its SHA-256; the original stays in the evidence store."""
    bureau = receivers(visit).filter(pk=_key(entered.get("bureau"))).first()
    if bureau is None:
        raise Invalid(_("请选择对该点位有管辖权的单位。"), field="bureau")
    note = words.paragraph(entered.get("note"), "note", 500, needed=False)
    pieces = photos_of(visit)
    Handover.objects.bulk_create(
        Handover(
            visit=visit,
            attachment=piece,
            sha256=piece.sha256,
            taken_by=piece.uploaded_by.name,
            taken_at=piece.captured_at or piece.received_at,
            place=f"{piece.lon:.6f}, {piece.lat:.6f}" if piece.lon is not None and piece.lat is not None else "",
            item_code=piece.label[:12],
        )
        for piece in pieces
    )
    visit.receiver, visit.handed_over_at = bureau, clock.now()
    return {"to": bureau.pk, "pieces": len(pieces), "note": note}


def receive(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    note = words.paragraph(entered.get("note"), "note", 500, needed=False)
    visit.received_at, visit.received_by = clock.now(), by
    return {"pieces": visit.handovers.count(), "note": note}


def _key(value: Any) -> int:
    try:
        return int(getattr(value, "pk", value))
    except (TypeError, ValueError):
        return 0
