"""What can be done with patrols: import a track, judge its hot spots, review each, void a run."""

from .importing import AlreadyImported, RunFacts, TrialRead, import_track, trial_read
from .keeping import readings_of, record_synthetic, void_run
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
    "Rejudged",
    "RunFacts",
    "TrialRead",
    "available",
    "candidates",
    "decide_redrive",
    "import_track",
    "may_decide",
    "may_plan",
    "measure_redrive",
    "passes",
    "perform",
    "plan_redrive",
    "promote",
    "readings_of",
    "record_synthetic",
    "rejudge",
    "rules_for",
    "spots_of",
    "trial_read",
    "void_run",
]
