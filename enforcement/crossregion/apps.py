from django.apps import AppConfig


class CrossregionConfig(AppConfig):
    name = "enforcement.crossregion"
    label = "crossregion"

    def ready(self) -> None:
        from enforcement.crossregion import evidence
        from enforcement.timeline import subjects

        subjects.register(evidence.ROUND)
