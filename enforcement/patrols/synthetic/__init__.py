"""Patrols that never happened: seeded tracks for demonstrations, tests and benchmarks.

Everything made here is synthetic and must be stored with the run's ``synthetic`` mark, which pages show.
"""

#: The label pages and reports print beside synthetic data.
LABEL = "synthetic"
