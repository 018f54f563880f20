"""A plot and the world of plots: what `world.build` fills and the walks go by."""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from enforcement.findings.models import Finding
from enforcement.inspections.models import Campaign, Visit
from enforcement.issues.models import Export, Handoff, Issue, LedgerImport
from enforcement.notices.models import Notice
from enforcement.oversight.models import Interview, SpecialInspection
from enforcement.patrols.models import (
    HotSpot,
    Instrument,
    InstrumentLog,
    PatrolCampaign,
    PatrolRun,
    PersistentLocation,
    Redrive,
    TrackArrival,
    TrackUpload,
)
from enforcement.timeline.models import Attachment
from regions.models import Bureau, Division, Officer, Posting, Site
from regions.roles import Role

SINCE = date(2020, 1, 1)


def mark(plot: str, kind: str) -> str:
    return f"zq{plot}x{kind}z"


@dataclass
class Plot:
    """A bureau's business: what it filed, answers for, drove and keeps."""

    name: str
    filer: Bureau
    answerer: Bureau
    city: Bureau
    team: Bureau
    county: Division
    site: Site
    issues: list[Issue] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    drafts: list[Finding] = field(default_factory=list)
    runs: list[PatrolRun] = field(default_factory=list)
    uploads: list[TrackUpload] = field(default_factory=list)
    arrivals: list[TrackArrival] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    ledgers: list[LedgerImport] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    campaigns: list[Campaign] = field(default_factory=list)
    interviews: list[Interview] = field(default_factory=list)
    specials: list[SpecialInspection] = field(default_factory=list)
    #: Every identity that names a row of this plot, as text, with its kind.
    names: dict[str, str] = field(default_factory=dict)

    def lists(self) -> dict[str, list[Any]]:
        return {
            name: list(getattr(self, name))
            for name in (
                "issues",
                "findings",
                "drafts",
                "runs",
                "uploads",
                "arrivals",
                "exports",
                "ledgers",
                "visits",
                "campaigns",
                "interviews",
                "specials",
            )
        }

    @property
    def issue(self) -> Issue:
        return self.issues[0]

    @property
    def visit(self) -> Visit:
        return self.visits[0]

    @property
    def campaign(self) -> Campaign:
        return self.campaigns[0]

    @property
    def waiting(self) -> Finding:
        """Confirmed, to be handed off."""
        return self.findings[2]

    @property
    def handoff(self) -> Handoff:
        """A document of this plot alone."""
        return self.issues[1].responsibilities.order_by("pk")[0].handoff

    @property
    def instrument(self) -> Instrument:
        return Instrument.objects.get(bureau=self.filer)

    @property
    def log(self) -> InstrumentLog:
        """The first line of its instrument's log."""
        return self.instrument.logs.earliest("at")

    @property
    def task(self) -> PatrolCampaign:
        """What its run was driven for."""
        return self.filer.patrol_campaigns.earliest("made_at")

    @property
    def notice(self) -> Notice:
        """A notice to the plot's handler."""
        return Notice.objects.filter(issue__in=self.issues, recipient__postings__bureau=self.answerer).order_by("pk")[0]

    @property
    def spots(self) -> list[HotSpot]:
        return list(HotSpot.objects.filter(run__in=self.runs).order_by("run", "number"))

    @property
    def location(self) -> PersistentLocation:
        return PersistentLocation.objects.filter(places__hot_spot__in=self.spots).distinct().get()

    @property
    def redrive(self) -> Redrive:
        return Redrive.objects.get(hot_spot__in=self.spots)

    def attachments(self) -> list[Attachment]:
        keys = [str(row.pk) for row in (*self.issues, *self.findings, *self.drafts)]
        return list(Attachment.objects.filter(subject_id__in=keys).order_by("received_at"))

    def marked(self, kind: str) -> str:
        return mark(self.name, kind)


@dataclass
class World:
    """The plots by name, and the people by (bureau, role)."""

    plots: dict[str, Plot] = field(default_factory=dict)
    bureaus: dict[str, Bureau] = field(default_factory=dict)
    officers: dict[tuple[int, str], Officer] = field(default_factory=dict)
    #: Who walks (`actors.cast`), by group.
    groups: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def everybody(self) -> list[Any]:
        return [actor for group in self.groups.values() for actor in group]

    def kept(self) -> tuple[Any, ...]:
        """What a test may add to; given back to `restore` when its rows are gone."""
        return dict(self.officers), {name: replace(plot, **plot.lists()) for name, plot in self.plots.items()}

    def restore(self, kept: tuple[Any, ...]) -> None:
        self.officers, self.plots = kept
        self.__dict__.pop("documents", None)

    def officer(self, bureau: Bureau, role: Role, *, suffix: str = "") -> Officer:
        """The bureau's officer with that role, made on first use; the name carries the mark of the bureau."""
        key = (bureau.pk, role.value + suffix)
        if key not in self.officers:
            plot = bureau.short_name.split("x")[0].removeprefix("zq") if "x" in bureau.short_name else "province"
            username = f"{mark(plot, 'officer')}-{role.value}-{bureau.pk}{suffix}"
            made = Officer.objects.create_officer(
                username[:60], f"员{mark(plot, 'officer')}{len(self.officers)}", badge_no=f"B{len(self.officers)}"
            )
            Posting.objects.create(officer=made, bureau=bureau, role=role, since=SINCE)
            self.officers[key] = made
        return self.officers[key]

    @cached_property
    def documents(self) -> dict[int, set[str]]:
        """Handoff documents -> the plots with an item in them."""
        found: dict[int, set[str]] = {}
        for plot in self.plots.values():
            for issue in plot.issues:
                for part in issue.responsibilities.all():
                    found.setdefault(part.handoff_id, set()).add(plot.name)
        return found

    @cached_property
    def identities(self) -> dict[str, tuple[str, str]]:
        """Numbers, keys and digests of rows -> (plot, kind)."""
        return {text: (plot.name, kind) for plot in self.plots.values() for text, kind in plot.names.items()}
