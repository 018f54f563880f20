from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrossregionConfig(AppConfig):
    name = "enforcement.crossregion"
    label = "crossregion"
    verbose_name = _("交叉执法")

    def ready(self) -> None:
        from enforcement.crossregion import evidence
        from enforcement.crossregion.files import KINDS
        from enforcement.issues.sheets import kinds as lists
        from enforcement.timeline import subjects

        subjects.register(evidence.ROUND)
        for one in KINDS:
            lists.register(one)
