from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "enforcement.desk"
    label = "desk"
