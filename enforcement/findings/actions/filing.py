"""Filing a finding and correcting its draft: what was observed, as its filer says it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.findings import new_sites, questions
from enforcement.findings.actions.moving import lock
from enforcement.findings.actions.wording import OBSERVED, keep_version, searched
from enforcement.findings.lifecycle import MOVES, State
from enforcement.findings.models import Finding, FindingParty
from enforcement.issues.actions.handing_off import division_at
from enforcement.issues.models import Issue, Severity, Source
from enforcement.timeline import clock
from enforcement.timeline.actions import Tail, record
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Division, Officer, Part, Site
from regions.registering import Stated
from regions.roles import Role

MAX_AGE = timedelta(days=366 * 5)


def file_finding(
    *,
    by: Officer,
    filer: Bureau,
    receiver: Bureau,
    title: str,
    source: str,
    lon: float,
    lat: float,
    occurred_at: datetime,
    severity: str = Severity.GENERAL,
    description: str = "",
    pollution_type: str = "",
    address: str = "",
    site: Site | None = None,
    device_at: datetime | None = None,
    synthetic: bool = False,
    origin: dict[str, Any] | None = None,
    same_as: Issue | None = None,
    answers: dict[str, str] | None = None,
    new_site: Stated | None = None,
    submitted: bool = False,
    located_in: Division | None = None,
    read_at: datetime | None = None,
) -> Finding:
    """Files a draft. Raises Refused unless `by` is an inspector or team leader of `filer` today, Invalid per field.

    `same_as` is the open issue the filer takes it for, among those they see: a proposal that decides nothing. So is
    `new_site`, a site that isn't in the register: see `settling`. `submitted` puts it before its leader at once, by the
    same event; an inspector alone may. Who knows where it lies, or has read the database's clock in this transaction,
    spares us a statement each.
    """
    _check_poster(by, filer, (Role.INSPECTOR, Role.TEAM_LEADER), _("只有填报单位的巡查员或组长可以填报线索。"))
    if submitted:
        _check_poster(by, filer, tuple(MOVES["submit"].roles), _("只有填报单位的巡查员可以提交审核。"))
    now = clock.now()
    errors = _observation_faults(title, source, severity, lon, lat, occurred_at, now)
    if receiver.is_contractor:
        errors["receiver"] = [_("第三方单位不能转办，请选择主管部门。")]
    if submitted and (lacking := questions.missing(source, pollution_type, answers or {})):
        errors["answers"] = [_("提交前请填写：%(labels)s。") % {"labels": _("、").join(lacking)}]
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    after: dict[str, Any] = {"after": MOVES["submit"].target} if submitted else {}
    with transaction.atomic():
        located_in = located_in or division_at(lon, lat)
        new_site = new_sites.fit(new_site, site=site, place=located_in, by=by)
        finding = Finding.objects.create(
            title=title.strip(),
            description=description,
            source=source,
            pollution_type=pollution_type,
            severity=severity,
            lon=lon,
            lat=lat,
            address=address,
            site=site,
            occurred_at=occurred_at,
            device_at=device_at,
            received_at=now,
            filer=filer,
            receiver=receiver,
            filed_by=by,
            located_in=located_in,
            same_as=same_as,
            answers=answers or {},
            site_waits=new_site is not None,
            state=State.LEADER_REVIEW if submitted else State.DRAFT,
            synthetic=synthetic,
            bigrams=searched(title, address, site),
        )
        new_sites.propose(finding, new_site, by)
        parties = {filer: Part.FILER} if receiver == filer else {filer: Part.FILER, receiver: Part.ISSUER}
        FindingParty.objects.bulk_create(
            FindingParty(finding=finding, bureau=bureau, part=part, since=now) for bureau, part in parties.items()
        )
        record(
            finding,
            "filed",
            by=by,
            bureau=filer,
            title=finding.title,
            source=source,
            severity=severity,
            lon=lon,
            lat=lat,
            happened_at=occurred_at,
            device_at=device_at,
            origin=origin or {},
            same_as=same_as.number if same_as else "",
            new_site=new_site.name if new_site else "",
            tail=Tail(read_at) if read_at else None,
            **after,
        )
    return finding


def correct(
    finding: Finding, *, by: Officer, version: int | None = None, new_site: Any = new_sites.KEEP, **changes: Any
) -> Finding:
    """Corrects a draft: the old wording is kept as a version. Raises Conflict for a stale version.

    `new_site` left out stays as it was, None withdraws it.
    """
    with transaction.atomic():
        locked = lock(finding, version)
        _check_poster(by, locked.filer, (Role.INSPECTOR, Role.TEAM_LEADER), _("只有填报单位可以修改线索。"))
        if locked.state != State.DRAFT:
            raise Conflict(_("线索已提交，不能再修改。"))
        unknown = set(changes) - set(OBSERVED) - {"received_at"}
        if unknown:
            raise Invalid(_("这些内容不能修改：%(names)s。") % {"names": _("、").join(sorted(unknown))})
        now = clock.now()
        keep_version(locked, by)
        before = {name: getattr(locked, name) for name in changes}
        for name, value in changes.items():
            setattr(locked, name, value)
        errors = _observation_faults(
            locked.title, locked.source, locked.severity, locked.lon, locked.lat, locked.occurred_at, now
        )
        if errors:
            raise Invalid(next(iter(errors.values()))[0], errors=errors)
        locked.located_in = division_at(locked.lon, locked.lat)
        locked.bigrams = searched(locked.title, locked.address, locked.site)
        restated = ["new_site"] if new_sites.restate(locked, new_site, by) else []
        locked.version += 1
        locked.save()
        fields = sorted([*before, *restated])
        record(locked, "corrected", by=by, bureau=locked.filer, fields=fields, version=locked.version)
    return locked


def _check_poster(by: Officer, bureau: Bureau, roles: tuple[Role, ...], why: str) -> None:
    if not any(p.bureau_id == bureau.pk and p.role in roles for p in by.postings_on(clock.today())):
        raise Refused(why)


def _observation_faults(
    title: str, source: str, severity: str, lon: float, lat: float, occurred_at: datetime, now: datetime
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not title.strip() or len(title) > 120 or "\x00" in title:
        errors["title"] = [_("请填写标题，不超过120字。")]
    if source not in Source.values:
        errors["source"] = [_("来源不在可选范围内。")]
    if severity not in Severity.values:
        errors["severity"] = [_("严重程度不在可选范围内。")]
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        errors["lon"] = [_("经纬度超出范围，请检查是否填反。")]
    elif 20 < lon < 54 and 73 < lat < 90:
        errors["lon"] = [_("经度与纬度似乎填反了，请核对。")]
    if occurred_at > now + timedelta(minutes=10):
        errors["occurred_at"] = [_("发现时间不能晚于现在。")]
    elif occurred_at < now - MAX_AGE:
        errors["occurred_at"] = [_("发现时间太早，请核对年份。")]
    return errors
