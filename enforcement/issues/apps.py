from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IssuesConfig(AppConfig):
    name = "enforcement.issues"
    label = "issues"
    verbose_name = _("问题")

    def ready(self) -> None:
        from enforcement.issues import evidence, search
        from enforcement.issues.models.ledgers import said_in_ledgers
        from enforcement.issues.models.renaming import said_in_names
        from enforcement.issues.sheets import handoffs, issues, kinds, ledger, look_backs
        from enforcement.timeline import subjects

        subjects.register(evidence.KIND)
        search.register("names", said_in_names)
        search.register("ledgers", said_in_ledgers)
        for kind in (issues.KIND, ledger.KIND, handoffs.KIND, look_backs.KIND):
            kinds.register(kind)
        subjects.register(evidence.DOCUMENT)
