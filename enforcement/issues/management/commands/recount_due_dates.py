"""Counts running due dates again by the newest working calendar: lists what would move, or does it (`--apply`)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from enforcement.issues.actions import recounting
from regions.models import WorkCalendar


class Command(BaseCommand):
    help = _("按最新工作日历重算在办期限：默认只列出会变动的期限，--apply 才执行；可随时中断后再次运行。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help=_("执行，并在每件的办理经过中记录。"))

    def handle(self, *args: Any, **options: Any) -> None:
        calendar = WorkCalendar.current()
        if options["apply"]:
            run = recounting.apply(calendar)
            if run is None:
                self.stdout.write(_("另一处正在重算，请稍后再看。"))
                return
            words = _("已按第%(version)d版日历重算%(counted)d项，其中%(moved)d项期限变动。")
            self.stdout.write(words % {"version": calendar.version, "counted": run.counted, "moved": run.moved})
            return
        count = 0
        for shift in recounting.dry_run(calendar):
            row, count = shift.responsibility, count + 1
            self.stdout.write(
                f"{row.issue.number}\t{row.bureau.short_name}\t{row.due_on} → {shift.due_on}"
                f"\t{shift.stage_before or '—'} → {shift.stage_due_on or '—'}"
            )
        self.stdout.write(_("共%(n)d项期限会变动；加 --apply 执行。") % {"n": count})
