from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    name = "enforcement.inspections"
    label = "inspections"
    verbose_name = _("检查")

    def ready(self) -> None:
        from enforcement.inspections import evidence
        from enforcement.inspections.files import KINDS
        from enforcement.issues.sheets import kinds as lists
        from enforcement.timeline import subjects

        for kind in evidence.KINDS:
            subjects.register(kind)
        for one in KINDS:
            lists.register(one)
