"""Does every look-back draw on record again from its seed and register, and says which don't agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from enforcement.issues.actions import drawing
from enforcement.issues.models import LookBackDraw


class Command(BaseCommand):
    help = _("按种子和名册重新抽取每一次回头看，核对结果。")

    def handle(self, *args: Any, **options: Any) -> None:
        count, wrong = 0, []
        for kept in LookBackDraw.objects.iterator(chunk_size=50):
            count += 1
            if not drawing.again(kept):
                wrong.append(str(kept.pk))
        if wrong:
            raise CommandError(_("%(n)d次抽取与记录不符：%(keys)s") % {"n": len(wrong), "keys": _("、").join(wrong)})
        self.stdout.write(_("%(n)d次抽取全部与记录一致。") % {"n": count})
