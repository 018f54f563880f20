from celery.signals import heartbeat_sent
from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "enforcement.notices"
    label = "notices"

    def ready(self) -> None:
        from enforcement.notices.actions.announcing import announce
        from enforcement.notices.actions.pulse import worker_beat
        from enforcement.timeline import projections

        projections.register("notices.outbox", announce)
        heartbeat_sent.connect(worker_beat, dispatch_uid="notices.worker_beat")
