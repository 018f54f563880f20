from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "enforcement.statistics"
    label = "statistics"

    def ready(self) -> None:
        from enforcement.issues import figures
        from enforcement.statistics import behind, counters
        from enforcement.timeline import projections

        projections.register("statistics", counters.count)
        figures.register(behind.narrow, behind.ever_late)
