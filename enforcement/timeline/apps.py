from django.apps import AppConfig


class TimelineConfig(AppConfig):
    name = "enforcement.timeline"
    label = "timeline"
