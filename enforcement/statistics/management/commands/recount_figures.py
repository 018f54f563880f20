"""Proves the counters equal to a recount from spans and events; with --rebuild makes them again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from enforcement.statistics import folding


class Command(BaseCommand):
    help = _("核对统计计数与原始记录是否一致；加 --rebuild 则按原始记录重建。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help=_("先按原始记录重建计数"))

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            folding.rebuild()
            self.stdout.write(_("统计计数已重建。"))
        else:
            folding.fold()
        found = folding.differences()
        for difference in found:
            self.stderr.write(
                _("%(table)s：计数有而重算没有%(kept)d行，重算有而计数没有%(recount)d行。")
                % {"table": difference.table, "kept": difference.kept_only, "recount": difference.recount_only}
            )
        if found:
            raise CommandError(_("统计计数与原始记录不一致，请运行 recount_figures --rebuild 重建。"))
        self.stdout.write(_("统计计数与原始记录一致。"))
