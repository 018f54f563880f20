from celery.signals import heartbeat_sent
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "enforcement.notices"
    label = "notices"
    verbose_name = _("提醒")

    def ready(self) -> None:
        from enforcement.notices.actions.announcing import announce
        from enforcement.notices.actions.pulse import worker_beat
        from enforcement.timeline import projections

        projections.register("notices.outbox", announce)
        heartbeat_sent.connect(worker_beat, dispatch_uid="notices.worker_beat")
