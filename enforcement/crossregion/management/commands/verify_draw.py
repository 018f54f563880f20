"""`manage.py verify_draw ROUND`: repeats the draw of a released round from its record."""

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from enforcement.crossregion.actions import verify
from enforcement.crossregion.models import Round


class Command(BaseCommand):
    help = "Repeats the draw of a released round: commitment, targets byte for byte, teams, objective, swaps."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("round", help="the round's id, as its page and its address show it")

    def handle(self, *args: Any, **options: Any) -> None:
        round_ = _round(options["round"])
        # A round that isn't released is answered like one that isn't there.
        if round_ is None or round_.is_secret:
            raise CommandError(_("没有这个已公布的轮次。"))
        failed = 0
        for finding in verify(round_):
            failed += not finding.holds
            self.stdout.write(f"{_('相符') if finding.holds else _('不符')}  {finding.text}")
        if failed:
            raise CommandError(_("有%(n)d项不符。") % {"n": failed})
        self.stdout.write(_("全部相符。"))


def _round(text: str) -> Round | None:
    try:
        return Round.objects.select_related("rule", "bureau").filter(pk=uuid.UUID(text)).first()
    except ValueError:
        return None
