from .arrivals import TrackArrival
from .crews import CrewMember, Duty
from .equipment import CountedAs, Instrument, InstrumentChannel, Kind, Vehicle, responses_of
from .hotspots import HotSpot
from .imports import HeaderMapping, ImportRule, RunSource, Substance
from .logs import OF_A_CHANNEL, InstrumentLog, LogKind
from .persistent import HotSpotPlace, PersistenceRule, PersistentLocation
from .planning import PatrolCampaign, PlannedRoute, RunNote, Sky
from .quality import QualityRule, QualitySheet, SheetVerdict
from .redrives import Redrive, RedriveRule, Verdict
from .rules import HotSpotRule, TrackRuleSetting
from .runs import PatrolRun, PatrolSegment
from .sources import (
    Anemometer,
    Candidate,
    Cause,
    CauseKind,
    IndustryFingerprint,
    Tracing,
    TracingRule,
    Usable,
    WindReference,
)
from .squares import PatrolSquare
from .uploads import Reading, TrackUpload, UploadRule

__all__ = [
    "OF_A_CHANNEL",
    "Anemometer",
    "Candidate",
    "Cause",
    "CauseKind",
    "CountedAs",
    "CrewMember",
    "Duty",
    "HeaderMapping",
    "HotSpot",
    "HotSpotPlace",
    "HotSpotRule",
    "ImportRule",
    "IndustryFingerprint",
    "Instrument",
    "InstrumentChannel",
    "InstrumentLog",
    "Kind",
    "LogKind",
    "PatrolCampaign",
    "PatrolRun",
    "PatrolSegment",
    "PatrolSquare",
    "PersistenceRule",
    "PersistentLocation",
    "PlannedRoute",
    "QualityRule",
    "QualitySheet",
    "Reading",
    "Redrive",
    "RedriveRule",
    "RunNote",
    "RunSource",
    "SheetVerdict",
    "Sky",
    "Substance",
    "Tracing",
    "TracingRule",
    "TrackArrival",
    "TrackRuleSetting",
    "TrackUpload",
    "UploadRule",
    "Usable",
    "Vehicle",
    "Verdict",
    "WindReference",
    "responses_of",
]
