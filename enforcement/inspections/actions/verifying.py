"""`verify`: a revealed draw gone through again from its record, by whoever doubts it. Nothing is changed."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from enforcement.inspections import lots
from enforcement.inspections.actions.targets import gone_from
from enforcement.inspections.models import TargetDraw
from enforcement.timeline import anchors, pledges
from enforcement.timeline.models import Event


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, in a sentence."""

    holds: bool
    text: str


def verify(row: TargetDraw) -> Iterator[Finding]:
    """Commitment, its publication, order of events, the seed told, targets and inspectors byte for byte, the sites that went away."""
    events = list(Event.objects.filter(subject_type="targetdraw", subject_id=str(row.pk)).order_by("seq"))
    told = {event.kind: event for event in events}
    seed, frozen = bytes(row.seed), bytes(row.register)
    yield from _commitment(row, told, seed, frozen)
    yield _published(row, told)
    try:
        register = lots.Register.parse(frozen)
    except (ValueError, TypeError, KeyError):
        yield Finding(False, _("登记册无法读出。"))
        return
    again = lots.written(lots.draw(seed, register, row.gone))
    digest = hashlib.sha256(again).hexdigest()
    drawn = told.get("targets_drawn")
    same = _recorded(row) == again and bool(drawn and drawn.payload.get("sha256") == digest)
    yield Finding(same, _("点位和检查人员逐字节重现，SHA-256 %(hash)s。") % {"hash": digest})
    if row.gone:
        really = set(row.gone) <= gone_from(register)
        sentence = _("封存后有%(n)d个点位从名录中删除，没有参加抽取：%(keys)s。")
        yield Finding(really, sentence % {"n": len(row.gone), "keys": _("、").join(row.gone_names)})
    if register.capped:
        yield Finding(True, _("%(n)d个点位已达年度检查上限，没有列入登记册。") % {"n": len(register.capped)})
    others = TargetDraw.objects.filter(campaign=row.campaign_id, committed_at__lte=row.committed_at).count()
    yield Finding(True, _("这是该专项行动的第%(n)d次封存。") % {"n": others})


def _commitment(row: TargetDraw, told: dict[str, Event], seed: bytes, frozen: bytes) -> Iterator[Finding]:
    try:
        made = lots.commitment(seed, frozen)
    except ValueError:
        made = ""
    committed, drawn, revealed = (told.get(f"targets_{name}") for name in ("committed", "drawn", "revealed"))
    published = committed.payload.get("commitment") if committed else None
    holds = bool(made) and made == published == row.commitment
    yield Finding(holds, _("种子与登记册的哈希等于封存时的承诺 %(hash)s。") % {"hash": published})
    before = bool(committed and drawn and committed.seq < drawn.seq and committed.recorded_at <= drawn.recorded_at)
    yield Finding(before, _("承诺记录在抽取之前。"))
    shown = revealed.payload.get("seed") if revealed else None
    yield Finding(shown == seed.hex(), _("公布的种子就是抽取用的种子。"))


def _published(row: TargetDraw, told: dict[str, Event]) -> Finding:
    committed, drawn = told.get("targets_committed"), told.get("targets_drawn")
    found = pledges.told(
        row.commitment,
        anchors.folder(),
        deposited=bool(committed and committed.payload.get("deposited")),
        drawn_at=drawn.occurred_at if drawn else None,
        first=False,
    )
    return Finding(*found)


def _recorded(row: TargetDraw) -> bytes:
    """The lots as the tables hold them."""
    held = row.lots.prefetch_related("team").order_by("place")
    return lots.written(
        lots.Lot(str(lot.site_id), lot.stratum, tuple(str(one.officer_id) for one in lot.team.all())) for lot in held
    )
