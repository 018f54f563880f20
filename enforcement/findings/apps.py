from django.apps import AppConfig


class FindingsConfig(AppConfig):
    name = "enforcement.findings"
    label = "findings"

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
