from django.apps import AppConfig


class IssuesConfig(AppConfig):
    name = "enforcement.issues"
    label = "issues"
