"""From what was seen to a document handed off: the steps every demo issue begins with, through the real actions."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from enforcement.desk.demo.leads import Lead
from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.stage import Play
from enforcement.findings import actions as findings
from enforcement.findings.models import Finding
from enforcement.issues.actions import Share
from enforcement.issues.models import Handoff
from enforcement.patrols import actions as patrols
from enforcement.patrols.models import HotSpot
from regions.models import Bureau, Officer
from regions.roles import Role


@dataclass(frozen=True, slots=True)
class Parcel:
    """One item of a document: the finding, who answers for it, and the play it becomes."""

    finding: Finding
    shares: Sequence[Share]
    play: Play
    starred: bool = False


def promoted(spot: HotSpot) -> Finding:
    """The finding a hot spot has become."""
    assert spot.finding is not None
    return spot.finding


class Clerk:
    """Files, submits, confirms and hands off in the names of those whose turn it is."""

    def __init__(self, cast: Cast, rng: Random) -> None:
        self.cast, self.rng = cast, rng

    def filer(self, lead: Lead) -> Officer:
        return self.cast.officer(lead.filer, Role.INSPECTOR)

    def file(self, lead: Lead, receiver: Bureau) -> Finding:
        """A draft: from the hot spot if the lead has one, else what an inspector saw."""
        site = lead.site.name.removesuffix("（演示）") if lead.site else lead.county
        title = self.rng.choice(lead.trade.titles).format(site=site)
        facts: dict[str, Any] = {
            "receiver": receiver,
            "site": lead.site,
            "severity": lead.severity,
            "pollution_type": lead.trade.pollution,
        }
        if lead.spot is not None:
            return promoted(patrols.promote(lead.spot, by=self.filer(lead), title=title, **facts))
        return findings.file_finding(
            by=self.filer(lead),
            filer=self.cast.bureaus[lead.filer],
            title=title,
            source=lead.source,
            lon=lead.lon,
            lat=lead.lat,
            occurred_at=lead.seen_at,
            description=self.rng.choice(lead.trade.seen),
            address=lead.site.address if lead.site else "",
            synthetic=True,
            **facts,
        )

    def submit(self, lead: Lead, finding: Finding) -> None:
        findings.perform(finding, "submit", by=self.filer(lead))

    def confirm(self, lead: Lead, finding: Finding) -> None:
        """By the filer's own leader; for a contractor by the leader of the office it works for."""
        contractor = self.cast.bureaus[lead.filer].is_contractor
        key = self.cast.key_of(finding.receiver) if contractor else lead.filer
        findings.perform(finding, "confirm", by=self.cast.officer(key, Role.TEAM_LEADER))

    def hand_off(self, parcels: Sequence[Parcel], issuer: str, title: str) -> Handoff:
        """Issues the document and tells each play what it became."""
        handoff = findings.hand_off_findings(
            [
                findings.Handing(p.finding, p.shares, verifier=self.cast.bureaus[p.play.verifier], starred=p.starred)
                for p in parcels
            ],
            issuer=self.cast.bureaus[issuer],
            by=self.cast.officer(issuer, Role.DISPATCHER),
            title=title,
            synthetic=True,
        )
        for responsibility in handoff.items.select_related("issue", "bureau").order_by("item", "pk"):
            play = parcels[responsibility.item - 1].play
            play.issue = responsibility.issue
            play.parts.append(responsibility.pk)
            play.holders.append(self.cast.key_of(responsibility.bureau))
        return handoff
