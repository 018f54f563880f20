from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "enforcement.notices"
    label = "notices"
