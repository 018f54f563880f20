"""Computes the quality sheet of every run that has none: those imported before there were any."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import IntegrityError, transaction

from enforcement.patrols.actions.keeping import readings_of
from enforcement.patrols.actions.qualifying import keep_sheet
from enforcement.patrols.models import PatrolRun
from regions.errors import DomainError


class Command(BaseCommand):
    help = "Computes the quality sheet of runs without one; safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        made = failed = 0
        keys = list(PatrolRun.objects.filter(quality_sheets=None).order_by("started_at").values_list("pk", flat=True))
        for key in keys:
            run = PatrolRun.objects.select_related("instrument").get(pk=key)
            try:
                with transaction.atomic():
                    keep_sheet(run, readings_of(run), by=None)
            except IntegrityError:
                continue  # somebody else was quicker
            except DomainError as error:
                failed += 1
                self.stderr.write(f"{run.pk}: {error}")
            else:
                made += 1
        self.stdout.write(f"{made} sheets made, {failed} runs without readings")
