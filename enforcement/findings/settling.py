"""Settling a new site (审核新点位): a second person enters it in the register, names the one it is, or leaves it out."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from enforcement.findings import new_sites
from enforcement.findings.actions.moving import lock
from enforcement.findings.actions.wording import keep_version, searched
from enforcement.findings.lifecycle import State
from enforcement.findings.models import Finding, ProposedSite
from enforcement.findings.new_sites import Fate
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record, tail_of
from regions.errors import Conflict, Invalid, Refused
from regions.models import Officer, Site
from regions.registering import Stated, enter_site
from regions.roles import Role
from regions.words import paragraph

#: What a reviewer may decide.
FATES = (Fate.ENTERED, Fate.KNOWN, Fate.REFUSED)
MOST_WORDS = 500


def obstacle(finding: Finding, officer: Officer) -> str | Promise | None:
    """Why an officer may not settle a finding's new site; None if they may.

    The filer's leader or the receiver's leader or dispatcher may, the one who filed it never: two people stand for a
    row of the register. A contractor's own leader doesn't: contractors establish nothing.
    """
    if finding.state == State.DRAFT:
        return _("线索提交后，才能审核新点位。")
    if officer.pk == finding.filed_by_id:
        return _("填报人不能审核自己提出的新点位。")
    hands = {(finding.receiver_id, Role.TEAM_LEADER), (finding.receiver_id, Role.DISPATCHER)}
    if not finding.filer.is_contractor:
        hands.add((finding.filer_id, Role.TEAM_LEADER))
    if any((p.bureau_id, p.role) in hands for p in officer.postings_on(clock.today())):
        return None
    return _("只有填报单位的组长、接收单位的组长或转办员可以审核新点位。")


@transaction.atomic
def settle(
    finding: Finding,
    fate: str,
    *,
    by: Officer,
    version: int | None = None,
    mended: Mapping[str, str] | None = None,
    site: Site | None = None,
    reason: str = "",
    address: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
) -> Finding:
    """Decides on the new site that waits. The finding is of the site then, and what it said before stays as a version.

    `mended` (name, uscc, industry), `address`, `lon` and `lat` (WGS-84) are what the reviewer found out; what is left out
    is as the filer said.
    Raises Refused, Conflict when none waits, Invalid per field.
    """
    locked = lock(finding, version)
    if why := obstacle(locked, by):
        raise Refused(why)
    proposed = new_sites.waiting(locked)
    if proposed is None:
        raise Conflict(_("没有等待审核的新点位，请刷新后再操作。"))
    if fate == Fate.ENTERED:
        said = {name: getattr(proposed, name) for name in ("name", "uscc", "industry")} | dict(mended or {})
        site = enter_site(
            Stated(**said), lon=locked.lon if lon is None else lon, lat=locked.lat if lat is None else lat,
            address=locked.address if address is None else address, by=by, synthetic=locked.synthetic,
        )  # fmt: skip
    elif fate == Fate.KNOWN and site is None:
        raise Invalid(_("请选择名册中的点位。"), field="site")
    elif fate == Fate.REFUSED:
        site = None
    elif fate not in FATES:
        raise Invalid(_("处理方式不在可选范围内。"), field="fate")
    words = paragraph(reason, "reason", MOST_WORDS, needed=fate == Fate.REFUSED)
    new_sites.close(proposed, Fate(fate), by, site=site, reason=words)
    _write(locked, proposed, by)
    return locked


def _write(finding: Finding, proposed: ProposedSite, by: Officer) -> None:
    """The finding names the site from now on, and its timeline tells of it."""
    if proposed.site is not None:
        keep_version(finding, by)
        finding.site = proposed.site
        finding.bigrams = searched(finding.title, finding.address, finding.site)
    finding.site_waits = False
    finding.version += 1
    finding.save(update_fields=["site", "bigrams", "site_waits", "version"])
    bureaus = {p.bureau_id: p.bureau for p in by.postings_on(clock.today())}
    facts: dict[str, Any] = {"fate": str(proposed.fate), "name": proposed.site.name if proposed.site else proposed.name}
    if proposed.reason:
        facts["reason"] = personal(proposed.reason)
    acting = bureaus.get(finding.filer_id) or bureaus.get(finding.receiver_id)
    record(finding, "site_settled", by=by, bureau=acting, tail=tail_of(finding), version=finding.version, **facts)
