from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FindingsConfig(AppConfig):
    name = "enforcement.findings"
    label = "findings"
    verbose_name = _("线索")

    def ready(self) -> None:
        from enforcement.findings import evidence, searching, sheet
        from enforcement.issues import origins, search
        from enforcement.issues.actions import renaming
        from enforcement.issues.sheets import kinds
        from enforcement.timeline import subjects

        subjects.register(evidence.KIND)
        origins.register("findings", evidence.origins)
        search.register("findings", searching.said_in_findings)
        kinds.register(sheet.KIND)
        renaming.register("findings", searching.follow)
