from .equipment import Instrument, Vehicle
from .hotspots import HotSpot
from .rules import HotSpotRule, TrackRuleSetting
from .runs import PatrolRun, PatrolSegment
from .uploads import TrackUpload

__all__ = [
    "HotSpot",
    "HotSpotRule",
    "Instrument",
    "PatrolRun",
    "PatrolSegment",
    "TrackRuleSetting",
    "TrackUpload",
    "Vehicle",
]
