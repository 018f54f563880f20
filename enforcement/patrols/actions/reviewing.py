"""The review of a hot spot by people: to a finding, into an open issue, or dismissed by two."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.findings import actions as findings
from enforcement.findings import questions
from enforcement.issues.actions import note_joined
from enforcement.issues.models import Issue, Severity
from enforcement.patrols.actions.persisting import take_out
from enforcement.patrols.lifecycle import MOVES, TABLE, Fate, Move
from enforcement.patrols.models import HotSpot
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from enforcement.timeline.offers import Available
from regions.directory import default_receiver
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Officer
from regions.roles import TABLE as ROLES
from regions.roles import Role
from regions.words import unfit

MAX_REASON = 500
#: What a patrol's hot spot is a sign of, unless its reviewer says otherwise.
POLLUTION = "VOC"
#: What a finding takes.
MAX_DESCRIPTION = 4000


def available(spot: HotSpot, officer: Officer) -> list[Available]:
    """For every action the hot spot's standing offers: allowed, or the reason why not. Reads `run.bureau`."""
    if spot.fate != Fate.OPEN:
        return []
    waiting = spot.proposed_at is not None
    rows = [row for row in TABLE if row.proposed is None or row.proposed is waiting]
    whys = [(row, _obstacle(row, spot, officer)) for row in rows]
    return [
        Available(row.action, row.label, why is None, str(why or ""), row.needs + _excuse_for(row, spot), row.accepts)
        for row, why in whys
    ]


def perform(spot: HotSpot, action: str, *, by: Officer, version: int | None = None, **entered: Any) -> HotSpot:
    """Takes one action of the table. Raises Invalid, Refused, Conflict; the winner of a race gets the one event."""
    row = MOVES.get(action)
    if row is None:
        raise Invalid(_("没有“%(action)s”这个操作。") % {"action": str(action)[:40]}, field="action")
    with transaction.atomic():
        locked = _lock(spot, version)
        _check(row, locked, by)
        facts = _EFFECTS[action](locked, by, entered)
        locked.fate = row.target
        locked.version += 1
        locked.save()
        record(locked, row.event, by=by, bureau=locked.run.bureau, **facts)
    return locked


def promote(spot: HotSpot, *, by: Officer, version: int | None = None, title: str, **entered: Any) -> HotSpot:
    """The hot spot becomes a draft finding of the run's bureau; see `perform`."""
    return perform(spot, "promote", by=by, version=version, title=title, **entered)


def why_not_submit(spot: HotSpot, officer: Officer) -> str | None:
    """Why a hot spot's finding can't go before the leader as soon as it is filed; None if it can. Reads `run.bureau`."""
    if not any(
        p.bureau_id == spot.run.bureau_id and p.role == Role.INSPECTOR for p in officer.postings_on(clock.today())
    ):
        return _("由本单位的巡查员提交审核。")
    lacking = questions.missing("patrol", POLLUTION, {})
    return _("提交前须填写：%(labels)s。") % {"labels": _("、").join(lacking)} if lacking else None


def described(spot: HotSpot) -> str:
    """The numbers of a hot spot as a sentence, for a finding's description."""
    return _(
        "走航%(when)s在%(where)s测得%(channel)s峰值 %(peak)s %(unit)s，背景 %(background)s %(unit)s，"
        "为背景的 %(ratio).1f 倍，持续 %(seconds)d 秒。"
    ) % {
        "when": f"{spot.peak_at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M:%S}",
        "where": spot.division.name if spot.division else _("省外"),
        "channel": spot.channel,
        "peak": f"{spot.peak:g}",
        "background": f"{spot.background:g}",
        "unit": spot.unit,
        "ratio": spot.ratio,
        "seconds": round(spot.duration_s),
    }


def _lock(spot: HotSpot, version: int | None) -> HotSpot:
    locked = (
        HotSpot.objects.select_for_update(of=("self",))
        .select_related("run__bureau__parent", "run__bureau__division", "division")
        .filter(pk=spot.pk)
        .first()
    )
    if locked is None:
        raise Absent(_("没有这个热点。"))
    if version is not None and version != locked.version:
        raise Conflict(_("该热点刚刚已被他人研判，请刷新后再操作。"))
    return locked


def _check(row: Move, spot: HotSpot, by: Officer) -> None:
    hands = _wrong_hands(row, spot, by)
    if hands is not None:
        raise Refused(hands)
    if spot.fate != Fate.OPEN:
        raise Conflict(_("该热点已是“%(fate)s”，请刷新后查看。") % {"fate": Fate(spot.fate).label})
    if row.proposed is not None and row.proposed is not (spot.proposed_at is not None):
        raise Conflict(_("该热点已有人建议排除，等待复核。") if spot.proposed_at else _("该热点没有待复核的排除建议。"))
    obstacle = _obstacle(row, spot, by)
    if obstacle is not None:
        raise Refused(obstacle)


def _obstacle(row: Move, spot: HotSpot, by: Officer) -> str | None:
    hands = _wrong_hands(row, spot, by)
    if hands is not None:
        return hands
    if row.target in (Fate.FINDING, Fate.JOINED) and spot.division_id is None:
        return _("该热点位于本省之外，只能排除。")
    if row.action == "confirm_dismissal" and by.pk == spot.proposed_by_id:
        return _("建议排除的人不能自己同意，须由另一人复核。")
    return None


def _wrong_hands(row: Move, spot: HotSpot, by: Officer) -> str | None:
    """A contractor's hot spots are also reviewed, and only decided upon, by the department it works for."""
    bureau = spot.run.bureau
    principal = bureau.parent if bureau.is_contractor and bureau.parent else bureau
    deciding = row.proposed is True
    bureaus = {principal.pk} if deciding or row.action == "join" else {bureau.pk, principal.pk}
    if row.action == "promote":
        bureaus = {bureau.pk}  # the finding is the filing bureau's own
    if any(p.bureau_id in bureaus and p.role in row.roles for p in by.postings_on(clock.today())):
        return None
    names = _("、").join(str(ROLES[role].name) for role in sorted(row.roles))
    named = bureau if bureau.pk in bureaus else principal
    return _("只有%(bureau)s的%(roles)s可以%(action)s。") % {
        "bureau": named.short_name,
        "roles": names,
        "action": row.label,
    }


def _excuse_for(row: Move, spot: HotSpot) -> tuple[str, ...]:
    """What going on with a hot spot needs when its run failed its quality control."""
    failed = row.target in (Fate.FINDING, Fate.JOINED) and spot.run.sheet is not None and spot.run.sheet.failed
    return ("quality_reason",) if failed else ()


def _quality(spot: HotSpot, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """The facts of going on with a hot spot whose run failed its quality control or lacks records; nothing for any other.

    One that failed proves something only with a person's reason, in their name. Raises Invalid without it.
    """
    sheet = spot.run.sheet
    if sheet is not None and sheet.incomplete:
        return {"quality_sheet": sheet.pk, "quality_incomplete": True}
    if sheet is None or not sheet.failed:
        return {}
    reason = str(entered.get("quality_reason") or "").strip()
    if not reason:
        raise Invalid(
            _("这次走航质控不合格（%(faults)s），请写明仍然采用这个热点的理由。") % {"faults": sheet.faults()},
            field="quality_reason",
        )
    spot.quality_reason, spot.quality_by = _readable(reason, "quality_reason"), by
    return {"quality_sheet": sheet.pk, "quality_reason": personal(reason)}


def _disclosed(spot: HotSpot, by: Officer) -> str:
    """What a finding says of a run that failed or whose records aren't whole; "" for any other."""
    sheet = spot.run.sheet
    if sheet is not None and sheet.incomplete:
        return "\n" + _("注意：本次走航质控记录不全（没有记录：%(lacks)s）。") % {"lacks": sheet.lacks()}
    if not spot.quality_reason:
        return ""
    return "\n" + _("注意：本次走航质控不合格（%(faults)s）。%(who)s说明仍采用的理由：%(reason)s") % {
        "faults": sheet.faults(),
        "who": by.name,
        "reason": spot.quality_reason,
    }


def _promote(spot: HotSpot, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    bureau = spot.run.bureau
    quality = _quality(spot, by, entered)
    described_ = str(entered.get("description") or described(spot))
    disclosed = _disclosed(spot, by)
    finding = findings.file_finding(
        by=by,
        filer=bureau,
        receiver=entered.get("receiver") or default_receiver(bureau),
        title=str(entered.get("title") or ""),
        source="patrol",
        lon=spot.lon,
        lat=spot.lat,
        occurred_at=spot.peak_at,
        severity=entered.get("severity") or Severity.GENERAL,
        # Cut, if at all, what was described: what is wrong with the run must stand there whole.
        description=described_[: MAX_DESCRIPTION - len(disclosed)] + disclosed,
        pollution_type=entered.get("pollution_type") or POLLUTION,
        site=entered.get("site"),
        synthetic=spot.run.synthetic,
        origin={
            "hot_spot": str(spot.pk), "run": str(spot.run_id), "number": spot.number,
            **({"quality": spot.run.sheet.verdict, "quality_sheet": str(quality["quality_sheet"])} if quality else {}),
        },
    )  # fmt: skip
    if entered.get("submit"):
        finding = findings.perform(finding, "submit", by=by)
    spot.finding = finding
    spot.decided_by, spot.decided_at = by, clock.now()
    return {"finding": finding.pk, **quality}


def _join(spot: HotSpot, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    chosen = entered.get("issue")
    if not isinstance(chosen, Issue):
        raise Invalid(_("请选择要并入的问题。"), field="issue")
    if not Issue.objects.visible_to(by).filter(pk=chosen.pk).exists():
        raise Invalid(_("没有这个问题，请核对编号。"), field="issue")
    quality = told = _quality(spot, by, entered)
    if "quality_reason" in quality:
        # The same words once more: each event keeps its own, so that erasing one leaves the other whole.
        told = {**quality, "quality_reason": personal(spot.quality_reason)}
    spot.issue = issue = note_joined(chosen, by=by, bureau=spot.run.bureau, hot_spot=spot.pk, run=spot.run_id, **told)
    spot.decided_by, spot.decided_at = by, clock.now()
    return {"issue": issue.number, **quality}


def _propose(spot: HotSpot, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    spot.reason = _reason(entered)
    spot.proposed_by, spot.proposed_at = by, clock.now()
    return {"reason": personal(spot.reason)}


def _confirm(spot: HotSpot, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    spot.decided_by, spot.decided_at = by, clock.now()
    take_out([spot], by=by, bureau=spot.run.bureau)
    return {"proposed_by": spot.proposed_by_id}


def _reject(spot: HotSpot, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    proposed_by = spot.proposed_by_id
    reason = _reason(entered)
    spot.proposed_by, spot.proposed_at, spot.reason = None, None, ""
    return {"reason": personal(reason), "proposed_by": proposed_by}


def _reason(entered: dict[str, Any]) -> str:
    reason = str(entered.get("reason") or "").strip()
    if not reason:
        raise Invalid(_("请填写理由。"), field="reason")
    return _readable(reason, "reason")


def _readable(reason: str, field: str) -> str:
    if len(reason) > MAX_REASON or unfit(reason):
        raise Invalid(_("理由不能超过500字，且不能含无法识别的字符。"), field=field)
    return reason


_EFFECTS = {
    "promote": _promote,
    "join": _join,
    "propose_dismissal": _propose,
    "confirm_dismissal": _confirm,
    "reject_dismissal": _reject,
}
