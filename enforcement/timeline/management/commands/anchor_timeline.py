"""Writes today's anchor now, and prints its title line (keep it on paper or in another system)."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from enforcement.timeline import anchors


class Command(BaseCommand):
    help = _("立即写出当日锚定文件，并打印其首行。")

    def handle(self, *args: Any, **options: Any) -> None:
        path = anchors.write()
        if path is None:
            self.stdout.write(_("今天已锚定。"))
            return
        with path.open(encoding="utf-8") as lines:
            self.stdout.write(lines.readline().strip())
