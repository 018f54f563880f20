"""Doorbells of the draw: an id in, one call."""

from celery import shared_task

from enforcement.crossregion.actions import drawing


@shared_task(name="enforcement.crossregion.tasks.draw")
def draw(key: str) -> None:
    drawing.draw(key)


@shared_task(name="enforcement.crossregion.tasks.resume_draws")
def resume_draws() -> None:
    drawing.sweep()
