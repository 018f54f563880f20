from .equipment import Instrument, InstrumentChannel, Vehicle
from .hotspots import HotSpot
from .rules import HotSpotRule, TrackRuleSetting
from .runs import PatrolRun, PatrolSegment
from .uploads import Reading, TrackUpload, UploadRule

__all__ = [
    "HotSpot",
    "HotSpotRule",
    "Instrument",
    "InstrumentChannel",
    "PatrolRun",
    "PatrolSegment",
    "Reading",
    "TrackRuleSetting",
    "TrackUpload",
    "UploadRule",
    "Vehicle",
]
