"""What can be done with patrols: import a track, judge its hot spots, review each, void a run."""

from .confirming import confirm_cause, issue_behind, why_not_confirm
from .equipping import (
    LogLine,
    add_crew,
    correct_instrument,
    correct_vehicle,
    end_crew,
    kept_bureaus,
    log,
    may_keep,
    may_log,
    register_instrument,
    register_vehicle,
    set_channel,
    void_log,
)
from .grouping import with_groups
from .importing import AlreadyImported, RunFacts, TrialRead, import_track, trial_read
from .keeping import readings_of, record_synthetic, void_run
from .planning import Weather, may_note, note_run, open_campaign, plan_route, void_campaign
from .qualifying import may_requalify, requalify
from .redriving import (
    candidates,
    decide_redrive,
    may_decide,
    may_plan,
    measure_redrive,
    passes,
    plan_redrive,
    spots_of,
    void_redrive,
)
from .rejudging import Rejudged, rejudge, rules_for
from .reviewing import Available, available, perform, promote
from .tracing import industry_of, retrace, why_not_retrace

__all__ = [
    "AlreadyImported",
    "Available",
    "LogLine",
    "Rejudged",
    "RunFacts",
    "TrialRead",
    "Weather",
    "add_crew",
    "available",
    "candidates",
    "confirm_cause",
    "correct_instrument",
    "correct_vehicle",
    "decide_redrive",
    "end_crew",
    "import_track",
    "industry_of",
    "issue_behind",
    "kept_bureaus",
    "log",
    "may_decide",
    "may_keep",
    "may_log",
    "may_note",
    "may_plan",
    "may_requalify",
    "measure_redrive",
    "note_run",
    "open_campaign",
    "passes",
    "perform",
    "plan_redrive",
    "plan_route",
    "promote",
    "readings_of",
    "record_synthetic",
    "register_instrument",
    "register_vehicle",
    "rejudge",
    "requalify",
    "retrace",
    "rules_for",
    "set_channel",
    "spots_of",
    "trial_read",
    "void_campaign",
    "void_log",
    "void_redrive",
    "void_run",
    "why_not_confirm",
    "why_not_retrace",
    "with_groups",
]
