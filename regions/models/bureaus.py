"""Bureaus: WHO answers. A responsibility, a part in an issue and a posting all belong to a bureau."""

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from .places import Division


class BureauKind(models.TextChoices):
    DEPARTMENT = "department", _("主管部门")
    ENFORCEMENT_TEAM = "enforcement_team", _("执法队伍")
    CONTRACTOR = "contractor", _("第三方单位")


@pghistory.track(append_only=True)
class Bureau(models.Model):
    """A department, an enforcement team or a contractor of one division."""

    name = models.CharField(_("名称"), max_length=80, unique=True)
    short_name = models.CharField(_("简称"), max_length=30)
    kind = models.CharField(_("类别"), max_length=20, choices=BureauKind.choices)
    division = models.ForeignKey(Division, models.PROTECT, related_name="bureaus", verbose_name=_("区划"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    # The words before the year in a document number: 晋环转 in 晋环转〔2021〕12号.
    document_prefix = models.CharField(_("文号字头"), max_length=20, blank=True)
    # Handoffs to the division go here unless the dispatcher says otherwise.
    answers_for_division = models.BooleanField(default=False)
    email = models.EmailField(blank=True)
    began_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["division__code", "name"]
        verbose_name = verbose_name_plural = _("单位")
        constraints = [
            models.UniqueConstraint(
                fields=["division"], condition=models.Q(answers_for_division=True), name="one_answering_bureau"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_contractor(self) -> bool:
        return self.kind == BureauKind.CONTRACTOR
