from django.apps import AppConfig


class PatrolsConfig(AppConfig):
    name = "enforcement.patrols"
    label = "patrols"
