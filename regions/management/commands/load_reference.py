"""Loads divisions, areas and the working calendar; safe to run again and again."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from regions import reference


class Command(BaseCommand):
    help = _("装载行政区划、联防联控区域和工作日历；只补缺失的，不改动已有的。")

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = reference.load()
        if not options["verbosity"]:
            return
        if not loaded.total():
            self.stdout.write(_("参考数据已齐全，未作改动。"))
            return
        sentence = _(
            "已补充：行政区划 {divisions}，代码 {codes}，沿革 {successions}，"
            "联防联控区域 {areas}，区域成员 {memberships}，日历特殊日 {calendar_days}。"
        )
        self.stdout.write(sentence.format(**vars(loaded)))
