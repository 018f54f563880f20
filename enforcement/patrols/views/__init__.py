"""Pages of patrols. Reading writes nothing; every change goes through the actions."""

from .rejudging import rejudge
from .reporting import report
from .reviewing import act, hot_spot, hot_spots
from .runs import run, runs, source, track, void
from .uploading import progress, stop, trial, upload

__all__ = [
    "act",
    "hot_spot",
    "hot_spots",
    "progress",
    "rejudge",
    "report",
    "run",
    "runs",
    "source",
    "stop",
    "track",
    "trial",
    "upload",
    "void",
]
