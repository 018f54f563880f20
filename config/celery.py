"""The doorbell. No message is the only copy of anything: tasks take ids and the sweepers find due rows without them."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("liankong")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_time_limit=600,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=1000,
    broker_connection_retry_on_startup=True,
    # A publish must fail fast: the site goes on working with the broker down, and the sweep finds the row.
    broker_connection_timeout=1,
    task_publish_retry=False,
    broker_transport_options={
        "visibility_timeout": 900,
        "unacked_restore_interval": 3,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
    },
    timezone="Asia/Shanghai",
)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # Finds due reminders and escalations; every row is found again until it is sent. (notices.tasks)
    "remind-and-escalate": {"task": "enforcement.notices.tasks.remind_and_escalate", "schedule": 60.0},
    # Delivers outbox rows whose doorbell was lost. (notices.tasks)
    "sweep-outbox": {"task": "enforcement.notices.tasks.sweep_outbox", "schedule": 15.0},
    # Says that worker and beat are alive; /healthz reads it. (notices.tasks)
    "heartbeat": {"task": "enforcement.notices.tasks.heartbeat", "schedule": 10.0},
    # Writes the day's chain heads outside the database. (timeline.tasks)
    "anchor-heads": {"task": "enforcement.timeline.tasks.anchor_heads", "schedule": 3600.0},
}
