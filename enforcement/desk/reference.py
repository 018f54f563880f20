"""Reference data of every app, loaded in the order of the arrows. Idempotent: what an office edited stays."""

from collections.abc import Callable

from django.db import transaction

import enforcement.crossregion.reference
import enforcement.findings.reference
import enforcement.inspections.reference
import enforcement.issues.reference
import enforcement.notices.reference
import enforcement.oversight.reference
import enforcement.patrols.reference
import regions.reference

LOADERS: list[Callable[[], object]] = [
    regions.reference.load,
    enforcement.issues.reference.load,
    enforcement.findings.reference.load,
    enforcement.notices.reference.load,
    enforcement.patrols.reference.load,
    enforcement.inspections.reference.load,
    enforcement.oversight.reference.load,
    enforcement.crossregion.reference.load,
]


@transaction.atomic
def load_all() -> None:
    for load in LOADERS:
        load()
