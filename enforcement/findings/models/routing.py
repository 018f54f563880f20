"""Who a finding is proposed to: numbered versions of a bureau's routing rules, each in force from a day on."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enforcement.issues.models import Source
from regions.models import Bureau, Division, JointControlArea
from regions.scoping import Reach, ScopedQuerySet


class RoutingTableQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """A bureau's rules are its own people's."""
        return self.filter(bureau_id__in=sorted(reach.bureaus))


class RoutingTable(models.Model):
    """One version of an issuing bureau's rules. Never rewritten (the database refuses); the next version follows it.

    In force is the newest version whose day has come.
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("转办单位"))
    version = models.PositiveIntegerField(_("版本"))
    valid_from = models.DateField(_("生效日期"))
    basis = models.CharField(_("依据"), max_length=200)
    published_at = models.DateTimeField(_("发布时间"))
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = RoutingTableQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "-version"]
        verbose_name = verbose_name_plural = _("转办规则")
        constraints: ClassVar = [models.UniqueConstraint(fields=["bureau", "version"], name="routing_version_once")]

    def __str__(self) -> str:
        return f"{self.bureau} {self.version}"


class RoutingRule(models.Model):
    """One rule: where every named field fits, the finding is proposed to `target`. The first that fits applies."""

    class Target(models.TextChoices):
        COUNTY_OFFICE = "county_office", _("所在县的主管部门")
        COUNTY_TEAM = "county_team", _("所在县的执法队伍")
        CITY_OFFICE = "city_office", _("所在市的主管部门")
        CITY_TEAM = "city_team", _("所在市的执法队伍")
        BUREAU = "bureau", _("指定单位")

    table = models.ForeignKey(RoutingTable, models.PROTECT, related_name="rules")
    place = models.PositiveSmallIntegerField(_("次序"))
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", verbose_name=_("区划"))
    area = models.ForeignKey(JointControlArea, models.PROTECT, null=True, related_name="+", verbose_name=_("区域"))
    source = models.CharField(_("来源"), max_length=20, choices=Source.choices, blank=True)
    pollution_type = models.CharField(_("污染类型"), max_length=30, blank=True)
    target = models.CharField(_("建议承办"), max_length=20, choices=Target.choices)
    bureau = models.ForeignKey(Bureau, models.PROTECT, null=True, related_name="+", verbose_name=_("指定单位"))

    class Meta:
        ordering = ["table", "place"]
        verbose_name = verbose_name_plural = _("转办规则条目")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["table", "place"], name="routing_place_once"),
            models.CheckConstraint(
                condition=models.Q(target="bureau") ^ models.Q(bureau__isnull=True), name="routing_bureau_iff_named"
            ),
        ]
