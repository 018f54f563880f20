"""Dated reference data of the clock: deadline policies by source, pollution type and severity."""

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _


@pghistory.track(append_only=True)
class DeadlinePolicy(models.Model):
    """How many days each stage may take. The newest row in force that matches (empty fields match all) applies.

    Defaults are provincial practice, editable: acknowledge 1, return window 2, ordinary feedback 7, complex 15,
    verification 5, one extension of at most 10, all in working days. A pause is planned in calendar days: by default
    one, no longer than a heating season.
    """

    class Unit(models.TextChoices):
        WORKING = "working", _("工作日")
        CALENDAR = "calendar", _("自然日")

    name = models.CharField(_("名称"), max_length=60)
    source = models.CharField(_("来源"), max_length=30, blank=True)
    pollution_type = models.CharField(_("污染类型"), max_length=30, blank=True, default="", db_default="")
    severity = models.CharField(_("严重程度"), max_length=12, blank=True)
    unit = models.CharField(_("单位"), max_length=10, choices=Unit.choices, default=Unit.WORKING)
    acknowledge_days = models.PositiveSmallIntegerField(_("签收"))
    return_days = models.PositiveSmallIntegerField(_("退回期限"))
    feedback_days = models.PositiveSmallIntegerField(_("反馈"))
    verify_days = models.PositiveSmallIntegerField(_("核查"))
    close_days = models.PositiveSmallIntegerField(_("办结手续"))
    overall_days = models.PositiveSmallIntegerField(_("总期限"))
    extension_max_days = models.PositiveSmallIntegerField(_("一次延期上限"))
    extension_max_count = models.PositiveSmallIntegerField(_("延期次数上限"))
    pause_max_days = models.PositiveSmallIntegerField(_("一次暂停上限（自然日）"), default=150, db_default=150)
    pause_max_count = models.PositiveSmallIntegerField(_("暂停次数上限"), default=1, db_default=1)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from", "name"]
        verbose_name = verbose_name_plural = _("期限规则")

    def __str__(self) -> str:
        return self.name
