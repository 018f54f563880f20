from django.apps import AppConfig


class IssuesConfig(AppConfig):
    name = "enforcement.issues"
    label = "issues"

    def ready(self) -> None:
        from enforcement.issues import evidence
        from enforcement.timeline import subjects

        subjects.register(evidence.KIND)
