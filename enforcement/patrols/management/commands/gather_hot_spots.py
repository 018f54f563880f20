"""Puts hot spots imported before persistent locations existed into the grid: `run.py manage gather_hot_spots`."""

from typing import Any

from django.core.management.base import BaseCommand

from enforcement.patrols.actions.persisting import gather_earlier


class Command(BaseCommand):
    help = "Gathers earlier hot spots into persistent locations, oldest run first. May be run again."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{gather_earlier()} hot spots gathered")
