"""What teams can do and what they bring (专长、设备): the words rosters may use, as reference data."""

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    SKILL = "skill", _("专长")
    EQUIPMENT = "equipment", _("设备")


@pghistory.track(append_only=True)
class Ability(models.Model):
    """A skill (臭氧, 砖瓦窑, 在线监测) or a piece of equipment (红外热像仪, FID, 无人机).

    `key` stands in registers and never changes; what is no longer used is retired, not deleted.
    """

    key = models.CharField(_("代号"), max_length=20, unique=True, db_collation="C")
    name = models.CharField(_("名称"), max_length=20, unique=True)
    kind = models.CharField(_("类别"), max_length=10, choices=Kind.choices)
    retired = models.BooleanField(_("停用"), default=False)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["kind", "key"]
        verbose_name = verbose_name_plural = _("队伍专长与设备")

    def __str__(self) -> str:
        return self.name
