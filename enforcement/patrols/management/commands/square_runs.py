"""Gives runs imported before there were map squares theirs: `run.py manage square_runs`."""

from typing import Any

from django.core.management.base import BaseCommand

from enforcement.patrols.actions.squaring import square_run
from enforcement.patrols.models import PatrolRun
from regions.errors import DomainError


class Command(BaseCommand):
    help = "Writes the map squares of runs without any, for heat maps and re-drives; safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        made = failed = 0
        for run in PatrolRun.objects.filter(squares=None).order_by("started_at"):
            try:
                made += square_run(run)
            except DomainError as error:
                failed += 1
                self.stderr.write(f"{run.pk}: {error}")
        self.stdout.write(f"{made} runs given squares, {failed} without readings")
