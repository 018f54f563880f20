"""A new site stated with a finding (新点位): checked and kept while the finding is its filer's. Settled in `settling`."""

from typing import Any, Final

from django.utils.translation import gettext as _

from enforcement.findings.models import Finding, ProposedSite
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import Division, Officer, Site
from regions.registering import Stated, checked, namesakes

Fate = ProposedSite.Fate
#: What the fields of a new site are called in the form and the API.
PREFIX = "new_site_"
#: Left as it is, where a correction doesn't speak of it.
KEEP: Final[Any] = object()


def fit(stated: Stated | None, *, site: Site | None, place: Division | None, by: Officer) -> Stated | None:
    """The new site as it is kept. Raises Invalid per field: beside a known site, outside the province, known already."""
    if stated is None:
        return None
    stated = checked(stated, PREFIX)
    if site is not None:
        raise Invalid(_("已选择名册中的点位，请清空新点位的各栏，或不选点位。"), field=f"{PREFIX}name")
    if place is None:
        raise Invalid(_("新点位须在本省内，请核对位置。"), field="lon")
    if namesakes(stated, place, by):
        words = _("名册中%(place)s已有“%(name)s”，请在“企业或点位”中选择。")
        raise Invalid(words % {"place": place.name, "name": stated.name}, field=f"{PREFIX}name")
    return stated


def propose(finding: Finding, stated: Stated | None, by: Officer) -> None:
    """Keeps what `fit` gave, for a second person to settle. One statement, none without a new site."""
    if stated is not None:
        ProposedSite.objects.create(
            finding=finding, name=stated.name, uscc=stated.uscc, industry=stated.industry, proposed_by=by,
            proposed_at=clock.now(),
        )  # fmt: skip


def waiting(finding: Finding) -> ProposedSite | None:
    """The one that waits. No statement where none does."""
    return finding.proposed_sites.filter(fate=Fate.WAITING).first() if finding.site_waits else None


def restate(finding: Finding, stated: Any, by: Officer) -> bool:
    """Puts what a corrected draft says in the place of what it said; `KEEP` leaves it, None withdraws it.

    Sets `site_waits` (unsaved) and gives whether anything changed. A known site chosen meanwhile withdraws it.
    """
    before = waiting(finding)
    if stated is KEEP:
        stated = before and Stated(before.name, before.uscc, before.industry)
        if before is not None and finding.site is not None:
            stated = None
    stated = fit(stated, site=finding.site, place=finding.located_in, by=by)
    finding.site_waits = stated is not None
    if (before and Stated(before.name, before.uscc, before.industry)) == stated:
        return False
    if before is not None:
        close(before, Fate.WITHDRAWN, by)
    propose(finding, stated, by)
    return True


def close(
    proposed: ProposedSite, fate: ProposedSite.Fate, by: Officer, *, site: Site | None = None, reason: str = ""
) -> None:
    """Says what became of it; once."""
    proposed.fate, proposed.site, proposed.reason = fate, site, reason
    proposed.settled_by, proposed.settled_at = by, clock.now()
    proposed.save(update_fields=["fate", "site", "reason", "settled_by", "settled_at"])
