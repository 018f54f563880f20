"""Doorbells of campaigns' draws: an id in, one call."""

from celery import shared_task

from enforcement.inspections.actions import targets


@shared_task(name="enforcement.inspections.tasks.draw_targets")
def draw_targets(key: str) -> None:
    targets.draw(key)


@shared_task(name="enforcement.inspections.tasks.resume_target_draws")
def resume_target_draws() -> None:
    targets.sweep()
