from .crews import CrewMember, Duty
from .equipment import CountedAs, Instrument, InstrumentChannel, Kind, Vehicle
from .hotspots import HotSpot
from .logs import OF_A_CHANNEL, InstrumentLog, LogKind
from .planning import PatrolCampaign, PlannedRoute, RunNote, Sky
from .quality import QualityRule, QualitySheet, SheetVerdict
from .redrives import Redrive, RedriveRule, Verdict
from .rules import HotSpotRule, TrackRuleSetting
from .runs import PatrolRun, PatrolSegment
from .squares import PatrolSquare
from .uploads import Reading, TrackUpload, UploadRule

__all__ = [
    "OF_A_CHANNEL",
    "CountedAs",
    "CrewMember",
    "Duty",
    "HotSpot",
    "HotSpotRule",
    "Instrument",
    "InstrumentChannel",
    "InstrumentLog",
    "Kind",
    "LogKind",
    "PatrolCampaign",
    "PatrolRun",
    "PatrolSegment",
    "PatrolSquare",
    "PlannedRoute",
    "QualityRule",
    "QualitySheet",
    "Reading",
    "Redrive",
    "RedriveRule",
    "RunNote",
    "SheetVerdict",
    "Sky",
    "TrackRuleSetting",
    "TrackUpload",
    "UploadRule",
    "Vehicle",
    "Verdict",
]
