"""The lists of patrols as files, each in a module of its own; registered with `issues.sheets.kinds`."""

from .hot_spots import KIND as HOT_SPOTS
from .locations import KIND as LOCATIONS
from .redrives import KIND as REDRIVES
from .runs import KIND as RUNS

KINDS = (RUNS, HOT_SPOTS, LOCATIONS, REDRIVES)

__all__ = ["KINDS"]
