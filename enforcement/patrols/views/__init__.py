"""Pages of patrols. Reading writes nothing; every change goes through the actions."""

from .arriving import abandon, begin
from .comparing import compare
from .equipment import (
    crew,
    crew_end,
    equipment_new,
    instrument,
    instrument_act,
    instruments,
    log_void,
    vehicle,
    vehicle_correct,
    vehicles,
)
from .ground import coverage_csv, coverage_page, heat_csv, heat_page
from .persistent import persistent, persistent_one
from .planning import campaign, campaign_new, campaign_route, campaign_void, campaigns, note
from .redriving import redrive, redrive_plan, redrive_run, redrive_verdict, redrive_void, redrives
from .rejudging import rejudge
from .remarks import run_remarks, upload_remarks
from .reporting import report
from .reviewing import act, hot_spot, hot_spots
from .runs import requalify, run, runs, source, track, void
from .tracing import cause, retrace
from .uploading import progress, stop, trial, upload

__all__ = [
    "abandon",
    "act",
    "begin",
    "campaign",
    "campaign_new",
    "campaign_route",
    "campaign_void",
    "campaigns",
    "cause",
    "compare",
    "coverage_csv",
    "coverage_page",
    "crew",
    "crew_end",
    "equipment_new",
    "heat_csv",
    "heat_page",
    "hot_spot",
    "hot_spots",
    "instrument",
    "instrument_act",
    "instruments",
    "log_void",
    "note",
    "persistent",
    "persistent_one",
    "progress",
    "redrive",
    "redrive_plan",
    "redrive_run",
    "redrive_verdict",
    "redrive_void",
    "redrives",
    "rejudge",
    "report",
    "requalify",
    "retrace",
    "run",
    "run_remarks",
    "runs",
    "source",
    "stop",
    "track",
    "trial",
    "upload",
    "upload_remarks",
    "vehicle",
    "vehicle_correct",
    "vehicles",
    "void",
]
