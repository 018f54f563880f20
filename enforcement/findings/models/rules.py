"""Dated reference data of findings: what makes two observations look like one matter."""

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


@pghistory.track(append_only=True)
class DuplicateRule(models.Model):
    """By what key a source's observations are compared with what is on file. The newest row in force that names the
    source applies, else the newest that names none.

    Four signs: the same site; nearer than `radius_m` metres (0: not looked at); at least `text_percent` of the shorter
    title's character pairs found in the other (0: not looked at); a photo that is the same file or differs in at most
    `photo_bits` of 128 (0: the same file only). A hint is given from `signs` of them on; the same photo always gives
    one. Findings older than `days` aren't compared; issues are, as long as they are open.
    """

    name = models.CharField(_("名称"), max_length=60)
    source = models.CharField(_("来源"), max_length=20, blank=True)
    same_site = models.BooleanField(_("比对企业或点位"), default=True)
    radius_m = models.PositiveSmallIntegerField(_("比对距离（米）"), default=200)
    text_percent = models.PositiveSmallIntegerField(_("比对文字（相同字对占比，%）"), default=60)
    photo_bits = models.PositiveSmallIntegerField(_("相似照片的差异上限（128位中）"), default=10)
    signs = models.PositiveSmallIntegerField(_("至少符合几项"), default=1)
    days = models.PositiveSmallIntegerField(_("比对多少天内的线索"), default=60)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from", "name"]
        verbose_name = verbose_name_plural = _("查重规则")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(text_percent__lte=100), name="duplicate_text_percent"),
            models.CheckConstraint(condition=Q(signs__gte=1, signs__lte=4), name="duplicate_signs"),
            models.CheckConstraint(condition=Q(radius_m__lte=5000), name="duplicate_radius"),
        ]

    def __str__(self) -> str:
        return self.name
