from django.apps import AppConfig


class FindingsConfig(AppConfig):
    name = "enforcement.findings"
    label = "findings"
