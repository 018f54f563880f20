"""Doorbells of the patrols: an id in, one call."""

from celery import shared_task

from enforcement.patrols.actions import arriving, queueing


@shared_task(name="enforcement.patrols.tasks.read_upload")
def read_upload(key: str) -> None:
    queueing.work(key)


@shared_task(name="enforcement.patrols.tasks.resume_uploads")
def resume_uploads() -> None:
    queueing.sweep()


@shared_task(name="enforcement.patrols.tasks.purge_uploads")
def purge_uploads() -> None:
    queueing.purge()
    arriving.sweep_stale()
