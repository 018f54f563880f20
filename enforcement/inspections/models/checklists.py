"""Checklists (检查表) as versioned data. What was published never changes: an answer shows the version it was given on."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.inspections.lifecycle import ListState
from enforcement.inspections.rules import Becomes, Evidence, Kind
from enforcement.issues.models import Severity


class Checklist(models.Model):
    """One list through all its versions: the kiln list, the VOC list."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(_("代号"), max_length=40, unique=True, db_collation="C")
    name = models.CharField(_("名称"), max_length=60)
    # Words of a site's industry it is offered for; empty: any site.
    industries: Any = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name=_("适用行业"))

    class Meta:
        ordering = ["name", "key"]
        verbose_name = verbose_name_plural = _("检查表")

    def __str__(self) -> str:
        return self.name


class ChecklistVersion(models.Model):
    """A version of a list. `version` is what an editor saw: a second one's stale form is refused."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("版本"))
    state = models.CharField(_("状态"), max_length=10, choices=ListState.choices, default=ListState.DRAFT)
    source = models.CharField(_("出处"), max_length=300)
    version = models.PositiveIntegerField(default=1)
    made_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["checklist__name", "-number"]
        verbose_name = verbose_name_plural = _("检查表版本")
        constraints = [
            models.UniqueConstraint(fields=["checklist", "number"], name="checklist_version_once"),
            # Two people who clone at once: one draft.
            models.UniqueConstraint(
                fields=["checklist"], condition=Q(state=ListState.DRAFT), name="checklist_one_draft"
            ),
            models.UniqueConstraint(
                fields=["checklist"], condition=Q(state=ListState.PUBLISHED), name="checklist_one_in_force"
            ),
        ]

    def __str__(self) -> str:
        return _("%(name)s 第%(n)d版") % {"name": self.checklist.name, "n": self.number}

    def get_absolute_url(self) -> str:
        return reverse("inspections:checklist", args=[self.pk])


class ChecklistItem(models.Model):
    """One question: its section and number, the kind of answer, which answers fail and what a failure becomes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    list_version = models.ForeignKey(ChecklistVersion, models.CASCADE, related_name="items")
    place = models.PositiveSmallIntegerField(_("次序"))
    section = models.CharField(_("章节"), max_length=60)
    code = models.CharField(_("编号"), max_length=12, db_collation="C")
    text = models.CharField(_("检查内容"), max_length=300)
    kind = models.CharField(_("答案类型"), max_length=10, choices=Kind.choices, default=Kind.YES_NO)
    choices: Any = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("选项"))
    unit = models.CharField(_("单位"), max_length=12, blank=True)
    low = models.DecimalField(_("下限"), max_digits=16, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(_("上限"), max_digits=16, decimal_places=4, null=True, blank=True)
    failing: Any = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("不合格的答案"))
    asked_if = models.CharField(_("前提项编号"), max_length=12, blank=True, db_collation="C")
    asked_if_answers: Any = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, verbose_name=_("前提答案")
    )
    evidence = models.CharField(_("照片"), max_length=8, choices=Evidence.choices, default=Evidence.NONE)
    law = models.CharField(_("依据条款"), max_length=200, blank=True)
    severity = models.CharField(_("严重程度"), max_length=12, choices=Severity.choices, default=Severity.GENERAL)
    becomes = models.CharField(_("不合格转为"), max_length=14, choices=Becomes.choices, default=Becomes.FINDING)
    pollution_type = models.CharField(_("污染类型"), max_length=30, blank=True)

    class Meta:
        ordering: ClassVar = ["place", "code"]
        constraints = [
            models.UniqueConstraint(fields=["list_version", "code"], name="checklist_item_code_once"),
            models.CheckConstraint(condition=~Q(asked_if=F("code")), name="checklist_item_not_its_own_premise"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"
