"""Loads the demo: synthetic bureaus, people and sites, the summer of 2021 replayed, a small current season."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from enforcement.desk.demo import accounts
from enforcement.desk.demo.loading import load


class Command(BaseCommand):
    help = _("装载演示数据；已装载时不再改动。只在演示模式下运行。")
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("当前不是演示模式，不装载演示数据。需要演示时请设置环境变量 LIANKONG_DEMO=1。"))
        began = time.monotonic()
        if not load(self._tell):
            self._tell(_("演示数据已在，不再装载"))
            return
        self._tell(
            _("演示数据装载完成，用时%(seconds)d秒，账号见 %(path)s")
            % {"seconds": time.monotonic() - began, "path": accounts.path()}
        )

    def _tell(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()
