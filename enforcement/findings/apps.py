from django.apps import AppConfig


class FindingsConfig(AppConfig):
    name = "enforcement.findings"
    label = "findings"

    def ready(self) -> None:
        from enforcement.findings import evidence
        from enforcement.issues import origins
        from enforcement.timeline import subjects

        subjects.register(evidence.KIND)
        origins.register("findings", evidence.origins)
