"""Doorbells of the notices: ids in, one call. Lost, doubled or late, they change nothing but the time it takes."""

from celery import shared_task

from enforcement.notices.actions import letters, reminding, reports, telling
from enforcement.notices.models import Heartbeat


@shared_task(name="enforcement.notices.tasks.remind_and_escalate")
def remind_and_escalate() -> None:
    reminding.remind_and_escalate()
    reports.remind_reports()


@shared_task(name="enforcement.notices.tasks.tell")
def tell(ids: list[int]) -> None:
    telling.tell(ids)


@shared_task(name="enforcement.notices.tasks.sweep_outbox")
def sweep_outbox() -> None:
    telling.tell()
    letters.send_letters()


@shared_task(name="enforcement.notices.tasks.send_letters")
def send_letters() -> None:
    letters.send_letters()


@shared_task(name="enforcement.notices.tasks.heartbeat")
def heartbeat() -> None:
    """From beat through the broker to a worker and into the database: the whole way is open."""
    Heartbeat.objects.note(Heartbeat.Part.ROUND_TRIP)
