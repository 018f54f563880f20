"""What the filing form asks beside the place and the words: dated reference data by source and pollution type."""

from typing import ClassVar

import pghistory
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enforcement.issues.models import Source


@pghistory.track(append_only=True)
class PollutionType(models.Model):
    """A word the filing form offers for the type of pollution. Others may be typed: the field isn't closed."""

    name = models.CharField(_("名称"), max_length=30)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = _("污染类型")

    def __str__(self) -> str:
        return self.name


@pghistory.track(append_only=True)
class FilingQuestion(models.Model):
    """One question of the filing form: where it is asked (empty fits all), after which answer, and whether it must be.

    `key` names the answer on record and never changes its meaning: another question gets another key. With `after_key`
    it is asked only where that question was answered by `after_answer`. Required ones are asked for when the finding is
    submitted; a draft may be kept without.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("文字")
        NUMBER = "number", _("数字")
        YES_NO = "yes_no", _("是或否")
        CHOICE = "choice", _("选一项")

    key = models.CharField(
        _("标识"), max_length=30, validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z")], db_collation="C"
    )
    label = models.CharField(_("问题"), max_length=60)
    kind = models.CharField(_("形式"), max_length=10, choices=Kind.choices)
    choices = models.TextField(_("选项（每行一项）"), max_length=1000, blank=True)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    source = models.CharField(_("来源"), max_length=20, choices=Source.choices, blank=True)
    pollution_type = models.CharField(_("污染类型"), max_length=30, blank=True)
    after_key = models.CharField(_("接在哪个标识之后"), max_length=30, blank=True)
    after_answer = models.CharField(_("其回答为"), max_length=60, blank=True)
    required = models.BooleanField(_("必填"), default=False)
    place = models.PositiveSmallIntegerField(_("次序"), default=1)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["place", "pk"]
        verbose_name = verbose_name_plural = _("填报问题")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(after_key="", after_answer="") | ~Q(after_key="") & ~Q(after_answer=""),
                name="question_after_an_answer",
            ),
            models.CheckConstraint(condition=~Q(kind="choice") | ~Q(choices=""), name="choice_has_choices"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def options(self) -> list[str]:
        """What may be answered, where there is a list."""
        if self.kind == self.Kind.YES_NO:
            return ["是", "否"]
        return [line.strip() for line in self.choices.splitlines() if line.strip()]


@pghistory.track(append_only=True)
class FieldLimit(models.Model):
    """Beyond what a finding's page remarks on its times and its place. The newest row in force applies."""

    clock_minutes = models.PositiveSmallIntegerField(_("设备时间的偏差上限（分钟）"), default=10)
    track_m = models.PositiveSmallIntegerField(_("离走航轨迹的距离上限（米）"), default=200)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from", "-pk"]
        verbose_name = verbose_name_plural = _("时间和位置的偏差上限")

    def __str__(self) -> str:
        return f"{self.clock_minutes} / {self.track_m}"
