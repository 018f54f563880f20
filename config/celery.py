"""The doorbell. No message is the only copy of anything: tasks take ids and the sweepers find due rows without them."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_before_create_process

from config import standing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("liankong")
app.conf.update(
    # A ring is taken off the queue before it is answered: a killed worker loses the ring, and the sweep finds the row.
    # Acknowledged late it would be given out again, and a connection lost meanwhile would end the worker (kombu 5.7
    # fails to put back what it holds).
    task_acks_late=False,
    task_ignore_result=True,
    result_expires=None,  # nothing to clean up nightly
    task_time_limit=600,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=1000,
    broker_connection_retry_on_startup=True,
    # A worker or beat that lost its broker asks for it again for ever, every few seconds.
    broker_connection_max_retries=None,
    # A publish must fail fast: the site goes on working with the broker down, and the sweep finds the row.
    broker_connection_timeout=1,
    task_publish_retry=False,
    broker_transport_options={
        "max_retries": 0,
        # Longer than the longest task (task_time_limit), or it would be given out twice.
        "visibility_timeout": 900,
        "unacked_restore_interval": 3,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
    },
    timezone="Asia/Shanghai",
    beat_scheduler="config.beat.SteadyScheduler",
    # A clock set back is noticed after so many seconds.
    beat_max_loop_interval=5,
)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_before_create_process.connect
def _freeze(**_told: Any) -> None:
    """Before the worker makes a process: what it shares with them stays shared, since no collection touches it."""
    standing.freeze()


def _every(seconds: float, task: str) -> dict[str, Any]:
    """A message nobody fetched before the next one came is thrown away: a worker that was down finds no backlog."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    # Writes the day's chain heads outside the database. (timeline.tasks)
    "anchor-heads": _every(3600.0, "enforcement.timeline.tasks.anchor_heads"),
    # Starts paused clocks again on their planned day, as of that day. (issues.tasks)
    "end-pauses": _every(300.0, "enforcement.issues.tasks.end_pauses"),
    # Brings changed figures into their sums; unfolded ones are counted too, only slower. (statistics.tasks)
    "fold-counters": _every(30.0, "enforcement.statistics.tasks.fold_counters"),
    # Lets issues be found by the new name of a site, bureau or division. (issues.tasks)
    "follow-renames": _every(60.0, "enforcement.issues.tasks.follow_renames"),
    # Drops the answers kept for Idempotency-Key after a week; a late round harms nobody. (timeline.tasks)
    "forget-receipts": _every(3600.0, "enforcement.timeline.tasks.forget_receipts"),
    # Goes all the way from beat over the broker to a worker and the database; /healthz reads when. (notices.tasks)
    "heartbeat": _every(10.0, "enforcement.notices.tasks.heartbeat"),
    # Proposes interviews where a dated rule finds its threshold reached. (oversight.tasks)
    "propose-interviews": _every(3600.0, "enforcement.oversight.tasks.propose_interviews"),
    # Drops exported files after the rule's days; their record stays. (issues.tasks)
    "purge-exports": _every(3600.0, "enforcement.issues.tasks.purge_exports"),
    # Forgets uploaded tracks nobody imported within the rule's days. (patrols.tasks)
    "purge-uploads": _every(3600.0, "enforcement.patrols.tasks.purge_uploads"),
    # Finds due reminders and escalations; every row is found again until it was told. (notices.tasks)
    "remind-and-escalate": _every(60.0, "enforcement.notices.tasks.remind_and_escalate"),
    # Draws rounds whose draw was begun and whose ring or worker was lost, with the same seed. (crossregion.tasks)
    "resume-draws": _every(30.0, "enforcement.crossregion.tasks.resume_draws"),
    # Rings for exports a worker owes: lost rings, killed workers. (issues.tasks)
    "resume-exports": _every(15.0, "enforcement.issues.tasks.resume_exports"),
    # Rings for imported ledgers a worker owes: lost rings, killed workers. (issues.tasks)
    "resume-ledgers": _every(15.0, "enforcement.issues.tasks.resume_ledgers"),
    # Goes on moving due dates to a new working calendar after a lost ring or worker. (issues.tasks)
    "resume-recounts": _every(60.0, "enforcement.issues.tasks.resume_recounts"),
    # Draws targets of campaigns whose ring or worker was lost, with the same seed. (inspections.tasks)
    "resume-target-draws": _every(30.0, "enforcement.inspections.tasks.resume_target_draws"),
    # Rings for uploaded tracks a worker owes an answer: lost rings, killed workers. (patrols.tasks)
    "resume-uploads": _every(15.0, "enforcement.patrols.tasks.resume_uploads"),
    # Tells events whose doorbell was lost, sends letters that wait. (notices.tasks)
    "sweep-outbox": _every(15.0, "enforcement.notices.tasks.sweep_outbox"),
    # Tells both issuers of merge offers that lapsed. (issues.tasks)
    "tell-lapsed-offers": _every(60.0, "enforcement.issues.tasks.tell_lapsed_offers"),
}
