"""What can be done with patrols: import a track, judge its hot spots, review each, void a run."""

from .importing import AlreadyImported, RunFacts, TrialRead, import_track, trial_read
from .keeping import readings_of, record_synthetic, void_run
from .reviewing import Available, available, default_receiver, perform, promote

__all__ = [
    "AlreadyImported",
    "Available",
    "RunFacts",
    "TrialRead",
    "available",
    "default_receiver",
    "import_track",
    "perform",
    "promote",
    "readings_of",
    "record_synthetic",
    "trial_read",
    "void_run",
]
