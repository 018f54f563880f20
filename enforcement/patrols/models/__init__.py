from .equipment import Instrument, InstrumentChannel, Vehicle
from .hotspots import HotSpot
from .redrives import Redrive, RedriveRule, Verdict
from .rules import HotSpotRule, TrackRuleSetting
from .runs import PatrolRun, PatrolSegment
from .squares import PatrolSquare
from .uploads import Reading, TrackUpload, UploadRule

__all__ = [
    "HotSpot",
    "HotSpotRule",
    "Instrument",
    "InstrumentChannel",
    "PatrolRun",
    "PatrolSegment",
    "PatrolSquare",
    "Reading",
    "Redrive",
    "RedriveRule",
    "TrackRuleSetting",
    "TrackUpload",
    "UploadRule",
    "Vehicle",
    "Verdict",
]
