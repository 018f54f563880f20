"""Doorbells of the timeline."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from enforcement.timeline import anchors, receipts

#: A client that lost an answer asks again within hours; after this its key stands for nothing.
KEPT = timedelta(days=7)


@shared_task(name="enforcement.timeline.tasks.anchor_heads")
def anchor_heads() -> None:
    """Once a day, whoever rings first: later rings find the day's anchor and leave."""
    anchors.write()


@shared_task(name="enforcement.timeline.tasks.forget_receipts")
def forget_receipts() -> None:
    """First answers nobody will ask for again."""
    receipts.forget(timezone.now() - KEPT)
