"""Doorbells of the issues: an id or nothing in, one domain call."""

from celery import shared_task

from enforcement.issues.actions import exporting, importing, merge_offers, recounting, renaming, resuming


@shared_task
def end_pauses() -> int:
    """Resumes clocks on their planned day."""
    return resuming.end_pauses()


@shared_task
def resume_recounts() -> int:
    """Goes on with applications of a calendar that were begun and not finished."""
    done = [recounting.apply(run.calendar) for run in recounting.unfinished().select_related("calendar")]
    return sum(run is not None for run in done)


@shared_task
def make_export(key: str) -> None:
    exporting.DESK.work(key)


@shared_task
def resume_exports() -> None:
    """Rings for exports a worker owes: lost rings, killed workers."""
    exporting.DESK.sweep()


@shared_task
def purge_exports() -> int:
    """Drops exported files after the rule's days."""
    return exporting.purge()


@shared_task
def read_ledger(key: str) -> None:
    importing.DESK.work(key)


@shared_task
def resume_ledgers() -> None:
    """Rings for ledgers a worker owes: lost rings, killed workers."""
    importing.DESK.sweep()


@shared_task
def follow_renames() -> int:
    """Adds the pieces of new names to the issues of what was renamed."""
    return renaming.follow()


@shared_task
def tell_lapsed_offers() -> int:
    """Tells both issues' timelines of merge offers that lapsed."""
    return merge_offers.tell_lapsed()
