"""What every change of a finding's words needs: the version as it stood, the pieces it is searched by, the site it names."""

from typing import Any

from django.utils.translation import gettext as _

from enforcement.findings.models import Finding, FindingVersion, Observation
from enforcement.findings.new_sites import KEEP
from enforcement.issues.search import bigrams_of
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import Officer, Site

OBSERVED = [field.name for field in Observation._meta.get_fields()]


def keep_version(finding: Finding, by: Officer) -> None:
    """The wording of a locked finding before it changes."""
    wording = {name: getattr(finding, name) for name in OBSERVED}
    FindingVersion.objects.create(
        finding=finding, version=finding.version, superseded_at=clock.now(), superseded_by=by, **wording
    )


def searched(title: str, address: str, site: Site | None) -> list[str]:
    """The pieces a finding is searched by."""
    return bigrams_of(title, address, site.name if site else "")


def name_site(finding: Finding, site: Any, by: Officer) -> dict[str, str]:
    """Lets a locked finding name another site, None for none, `KEEP` for the one it names; unsaved. What it said stays as a
    version. Gives the facts for its timeline, none where nothing changes. Raises Invalid while a new site waits."""
    if site is KEEP or site == finding.site:
        return {}
    if finding.site_waits:
        raise Invalid(_("线索提出的新点位还没有审核，请先审核新点位。"), field="site")
    keep_version(finding, by)
    facts = {"site": site.name if site else "", "site_was": finding.site.name if finding.site else ""}
    finding.site = site
    finding.bigrams = searched(finding.title, finding.address, site)
    return facts
