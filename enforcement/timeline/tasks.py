"""Doorbells of the timeline."""

from celery import shared_task

from enforcement.timeline import anchors


@shared_task(name="enforcement.timeline.tasks.anchor_heads")
def anchor_heads() -> None:
    """Once a day, whoever rings first: later rings find the day's anchor and leave."""
    anchors.write()
