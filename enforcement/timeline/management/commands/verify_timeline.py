"""Verifies every chain of the timeline; exit status 1 when anything is wrong."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from enforcement.timeline.verification import Tally, verify


class Command(BaseCommand):
    help = _("核验时间线：逐条重算，查出被改动、删除、调换或截断的事件，并与库外锚定文件比对。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchors", type=Path, help=_("锚定文件所在目录"))
        parser.add_argument("--most", type=int, default=100, help=_("最多列出多少处"))

    def handle(self, *args: Any, **options: Any) -> None:
        if options["anchors"] and not os.path.isdir(options["anchors"]):  # a path can be too long to ask a Path
            raise CommandError(_("没有目录 %(path)s。") % {"path": str(options["anchors"])[:200]})
        tally, found = Tally(), 0
        for fault in verify(options["anchors"], tally):
            found += 1
            if found <= options["most"]:
                self.stderr.write(str(fault))
        summary = _("共核验%(chains)d条链、%(events)d个事件") % {"chains": tally.chains, "events": tally.events}
        if found:
            raise CommandError(_("%(summary)s，发现%(found)d处异常。") % {"summary": summary, "found": found})
        self.stdout.write(_("%(summary)s，全部完好。") % {"summary": summary})
