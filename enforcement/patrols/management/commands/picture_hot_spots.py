"""Gives hot spots found before any kept a picture of its series theirs: `run.py manage picture_hot_spots`."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Exists, OuterRef

from enforcement.patrols.actions.picturing import picture_run
from enforcement.patrols.models import HotSpot, PatrolRun
from regions.errors import DomainError


class Command(BaseCommand):
    help = "Fills the kept picture of earlier hot spots from the stored readings that still verify; safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        filled = failed = 0
        without = HotSpot.objects.filter(run=OuterRef("pk"), series={})
        for run in PatrolRun.objects.filter(Exists(without)).order_by("started_at"):
            try:
                filled += picture_run(run)
            except DomainError as error:
                failed += 1
                self.stderr.write(f"{run.pk}: {error}")
        self.stdout.write(f"{filled} hot spots given their picture, {failed} runs without readings")
