"""The doorbell of the sums: folding late costs time, never truth."""

from celery import shared_task

from enforcement.statistics import folding


@shared_task
def fold_counters() -> None:
    folding.fold()
