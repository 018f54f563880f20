"""Fill the template database the way `python3 run.py` does: migrations as the owner, then the reference data."""

import os

import django
from django.core.management import call_command
from django.db import connection


def build() -> None:
    django.setup()
    call_command("prepare", no_demo=True, verbosity=0)
    connection.close()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    build()
