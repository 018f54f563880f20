from django.apps import AppConfig


class PatrolsConfig(AppConfig):
    name = "enforcement.patrols"
    label = "patrols"

    def ready(self) -> None:
        from enforcement.issues import origins
        from enforcement.patrols import evidence
        from enforcement.timeline import subjects

        subjects.register(evidence.RUN)
        subjects.register(evidence.HOT_SPOT)
        origins.register("patrols", evidence.origins)
