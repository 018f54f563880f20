"""Pages of patrols. Reading writes nothing; every change goes through the actions."""

from .comparing import compare
from .ground import coverage_csv, coverage_page, heat_csv, heat_page
from .redriving import redrive, redrive_plan, redrive_run, redrive_verdict, redrives
from .rejudging import rejudge
from .reporting import report
from .reviewing import act, hot_spot, hot_spots
from .runs import run, runs, source, track, void
from .uploading import progress, stop, trial, upload

__all__ = [
    "act",
    "compare",
    "coverage_csv",
    "coverage_page",
    "heat_csv",
    "heat_page",
    "hot_spot",
    "hot_spots",
    "progress",
    "redrive",
    "redrive_plan",
    "redrive_run",
    "redrive_verdict",
    "redrives",
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
