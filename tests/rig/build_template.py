"""Fill the template database: migrate as the owner, load the reference data as the application role."""

import os

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from environs import Env


def build() -> None:
    django.setup()
    application = settings.DATABASES["default"]["USER"]
    _connect_as(Env().dj_db_url("DATABASE_OWNER_URL")["USER"])
    call_command("migrate", verbosity=0, interactive=False)
    _connect_as(application)
    from enforcement.desk.reference import load_all  # once the apps are ready

    load_all()
    connection.close()


def _connect_as(role: str) -> None:
    connection.close()
    connection.settings_dict["USER"] = role


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    build()
