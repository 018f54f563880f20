"""What can be done with patrols: import a track, judge its hot spots, review each, void a run."""

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
from .importing import AlreadyImported, RunFacts, TrialRead, import_track, trial_read
from .keeping import readings_of, record_synthetic, void_run
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
)
from .rejudging import Rejudged, rejudge, rules_for
from .reviewing import Available, available, perform, promote

__all__ = [
    "AlreadyImported",
    "Available",
    "LogLine",
    "Rejudged",
    "RunFacts",
    "TrialRead",
    "add_crew",
    "available",
    "candidates",
    "correct_instrument",
    "correct_vehicle",
    "decide_redrive",
    "end_crew",
    "import_track",
    "kept_bureaus",
    "log",
    "may_decide",
    "may_keep",
    "may_log",
    "may_plan",
    "may_requalify",
    "measure_redrive",
    "passes",
    "perform",
    "plan_redrive",
    "promote",
    "readings_of",
    "record_synthetic",
    "register_instrument",
    "register_vehicle",
    "rejudge",
    "requalify",
    "rules_for",
    "set_channel",
    "spots_of",
    "trial_read",
    "void_log",
    "void_run",
]
