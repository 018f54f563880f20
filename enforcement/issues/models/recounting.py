"""Moving due dates to another version of the working calendar, on record."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.models import WorkCalendar


class Recount(models.Model):
    """One application of a calendar's version to the due dates still running. Stopped anywhere, it goes on from there:

    what was counted again names the version. Its row's lock lets one worker at a time.
    """

    calendar = models.OneToOneField(WorkCalendar, models.PROTECT, related_name="+")
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    begun_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    counted = models.PositiveIntegerField(_("已重算"), default=0)
    moved = models.PositiveIntegerField(_("期限变动"), default=0)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = verbose_name_plural = _("期限重算")
