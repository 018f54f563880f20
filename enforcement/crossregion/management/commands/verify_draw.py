"""`manage.py verify_draw DRAW`: repeats the draw of a released round, or of a campaign, from its record."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from enforcement.crossregion.actions import verify
from enforcement.crossregion.models import Round
from enforcement.inspections.actions import verifying
from enforcement.inspections.models import TargetDraw


class Command(BaseCommand):
    help = "Repeats a released draw: commitment, targets byte for byte; a round's teams, objective, swaps."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("draw", help="the id of a round or of a campaign's draw, as its page and address show it")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for finding in _findings(options["draw"]):
            failed += not finding.holds
            self.stdout.write(f"{_('相符') if finding.holds else _('不符')}  {finding.text}")
        if failed:
            raise CommandError(_("有%(n)d项不符。") % {"n": failed})
        self.stdout.write(_("全部相符。"))


def _findings(text: str) -> Iterable[Any]:
    """The checks of a released draw. One that isn't released is answered like one that isn't there."""
    try:
        key = uuid.UUID(text)
    except ValueError as error:
        raise CommandError(_("没有这个已公布的轮次或抽取。")) from error
    round_ = Round.objects.select_related("rule", "bureau").filter(pk=key).first()
    if round_ is not None and not round_.is_secret:
        return verify(round_)
    draw = TargetDraw.objects.select_related("campaign").filter(pk=key).first()
    if draw is not None and not draw.is_secret:
        return verifying.verify(draw)
    raise CommandError(_("没有这个已公布的轮次或抽取。"))
