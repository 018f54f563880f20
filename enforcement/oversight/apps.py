from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OversightConfig(AppConfig):
    name = "enforcement.oversight"
    label = "oversight"
    verbose_name = _("督察约谈")

    def ready(self) -> None:
        from enforcement.issues.sheets import kinds as lists
        from enforcement.oversight import duties, evidence
        from enforcement.oversight.files import KINDS
        from enforcement.timeline import duties as dates
        from enforcement.timeline import subjects

        dates.register(duties.SOURCE)

        for kind in evidence.KINDS:
            subjects.register(kind)
        for one in KINDS:
            lists.register(one)
