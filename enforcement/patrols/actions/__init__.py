"""What can be done with patrols: import a track, judge its hot spots, review each, void a run."""

from .importing import AlreadyImported, RunFacts, TrialRead, import_track, trial_read
from .keeping import readings_of, record_synthetic, void_run
from .rejudging import Rejudged, rejudge, rules_for
from .reviewing import Available, available, default_receiver, perform, promote

__all__ = [
    "AlreadyImported",
    "Available",
    "Rejudged",
    "RunFacts",
    "TrialRead",
    "available",
    "default_receiver",
    "import_track",
    "perform",
    "promote",
    "readings_of",
    "record_synthetic",
    "rejudge",
    "rules_for",
    "trial_read",
    "void_run",
]
