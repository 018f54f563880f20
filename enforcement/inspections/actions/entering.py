"""On the way in: recusal declared, the site's code scanned, the place and the clocks compared. What looks wrong is
flagged and kept, never refused: an officer at the gate has a visit to make."""

from typing import Any

from django.core import signing
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.inspections.models import Mode, Visit
from enforcement.timeline import clock
from regions.coordinates import distance_m
from regions.errors import Conflict, Invalid
from regions.models import Officer, Site

_SALT = "site-check-in"
FLAGS = {
    "no_code": gettext_lazy("没有扫码"),
    "no_place": gettext_lazy("没有定位"),
    "far": gettext_lazy("定位离点位过远"),
    "other_day": gettext_lazy("不在计划日期"),
    "clock": gettext_lazy("设备时间与服务器相差过大"),
}


def code_of(site: Site) -> str:
    """What a site's QR code carries: its key, signed, so that a code can't be made up at a desk."""
    return signing.Signer(salt=_SALT).sign(str(site.pk))


def site_of(code: str) -> int | None:
    """The key of the site a code was issued for; None for a code that is none of ours."""
    try:
        return int(signing.Signer(salt=_SALT).unsign(code[:200]))
    except (signing.BadSignature, ValueError):
        return None


def declare(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """No ground for recusal: party or near kin, direct interest, other relation (部令30号 Art. 6)."""
    if not visit.officers.filter(officer=by, declared_at=None).update(declared_at=clock.now()):
        raise Conflict(_("您已经声明过。"))
    return {}


def check_in(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    waiting = [row.officer.name for row in visit.officers.select_related("officer").filter(declared_at=None)]
    if waiting:
        raise Conflict(_("还有组员没有声明无需回避：%(names)s。") % {"names": _("、").join(waiting)})
    if visit.mode == Mode.NOTIFIED and not visit.notice_no:
        raise Conflict(_("请先登记检查通知书文号。"))
    flags = _flags(visit, entered)
    visit.begun_at, visit.begun_by = clock.now(), by
    visit.check_in_flags = flags
    return {"flags": flags, "metres": visit.check_in_metres, "lon": entered.get("lon"), "lat": entered.get("lat")}


def _flags(visit: Visit, entered: dict[str, Any]) -> list[str]:
    flags = []
    code = str(entered.get("code") or "").strip()
    if not code:
        flags.append("no_code")
    elif site_of(code) != visit.site_id:
        raise Invalid(_("这不是该点位的二维码，请核对后重新扫码。"), field="code")
    lon, lat = entered.get("lon"), entered.get("lat")
    if lon is None or lat is None:
        flags.append("no_place")
    else:
        visit.check_in_metres = round(float(distance_m(lon, lat, visit.site.lon, visit.site.lat)))
        if visit.check_in_metres > visit.rule.check_in_metres:
            flags.append("far")
    if clock.today() != visit.planned_on:
        flags.append("other_day")
    if _off(entered.get("device_at")) > visit.rule.clock_minutes * 60:
        flags.append("clock")
    return flags


def _off(device_at: Any) -> float:
    """Seconds between the device's clock and ours; 0 where the device said nothing that can be read."""
    try:
        moment = parse_datetime(str(device_at or ""))
    except ValueError:
        return 0
    if moment is None or not is_aware(moment):
        return 0
    return abs((moment - clock.now()).total_seconds())
