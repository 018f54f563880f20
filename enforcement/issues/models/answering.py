"""What an answer must hold, as dated reference data: completeness by source, type and severity; articles of law."""

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _


@pghistory.track(append_only=True)
class FeedbackRule(models.Model):
    """What a feedback must bring along. The most specific row in force applies (empty fields match all).

    A verdict of 不属实 needs neither photos of works nor measures: there was nothing to mend. `spot_m`: metres between
    the places of the before and after photo, by their EXIF, beyond which the page says they differ. `alike_bits`:
    bits of 128 within which two photos are taken for the same one.
    """

    name = models.CharField(_("名称"), max_length=60)
    source = models.CharField(_("来源"), max_length=30, blank=True)
    pollution_type = models.CharField(_("污染类型"), max_length=30, blank=True)
    severity = models.CharField(_("严重程度"), max_length=12, blank=True)
    needs_cause = models.BooleanField(_("须写明原因"), default=False)
    needs_before = models.BooleanField(_("须有整改前照片"), default=False)
    needs_after = models.BooleanField(_("须有整改后照片"), default=False)
    needs_measures = models.BooleanField(_("须列出执法措施"), default=False)
    spot_m = models.PositiveSmallIntegerField(_("同一位置的距离上限（米）"), default=50)
    alike_bits = models.PositiveSmallIntegerField(_("相似照片的差异上限（128位中）"), default=10)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from", "name"]
        verbose_name = verbose_name_plural = _("反馈要求")

    def __str__(self) -> str:
        return self.name


class MeasureKind(models.TextChoices):
    """What a bureau does about a problem (domain section 1, measures)."""

    CORRECTION_ORDER = "correction_order", _("责令改正")
    CASE_FILED = "case_filed", _("立案")
    FINE = "fine", _("罚款")
    SEAL_SEIZURE = "seal_seizure", _("查封扣押")
    RESTRICT_PRODUCTION = "restrict_production", _("限产停产")
    TRANSFER = "transfer", _("移送")
    INTERVIEW = "interview", _("约谈")
    ACCOUNTABILITY = "accountability", _("问责")


@pghistory.track(append_only=True)
class LawArticle(models.Model):
    """An article a measure rests on. Dated: an amendment ends the old row and adds a new one."""

    law = models.CharField(_("法律法规"), max_length=60)
    article = models.CharField(_("条款"), max_length=30)
    summary = models.CharField(_("要点"), max_length=200)
    kind = models.CharField(_("措施"), max_length=20, choices=MeasureKind.choices)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    source = models.CharField(_("出处"), max_length=200)

    class Meta:
        ordering = ["law", "pk"]
        verbose_name = verbose_name_plural = _("法律条款")

    def __str__(self) -> str:
        return _("《%(law)s》%(article)s") % {"law": self.law, "article": self.article}
