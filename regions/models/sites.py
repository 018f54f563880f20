"""Polluting sites (点位, 企业) and their outlets."""

from collections.abc import Sequence

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as NumberError

from .places import Division


def validate_uscc(value: str) -> None:
    """统一社会信用代码, GB 32100: 18 characters with a check character."""
    try:
        uscc.validate(value)
    except NumberError as error:
        raise ValidationError(
            _("统一社会信用代码“%(value)s”不正确，请按营业执照核对18位代码。"), params={"value": value}
        ) from error


@pghistory.track(append_only=True)
class Site(models.Model):
    """A place that emits: factory, kiln, petrol station, yard. Location in WGS-84 degrees."""

    class Grade(models.TextChoices):
        A = "A", "A"
        B = "B", "B"
        C = "C", "C"
        D = "D", "D"
        LEADING = "leading", _("引领性")
        NOT_LEADING = "not_leading", _("非引领性")

    name = models.CharField(_("名称"), max_length=120)
    uscc = models.CharField(
        _("统一社会信用代码"), max_length=18, blank=True, db_collation="C", validators=[validate_uscc]
    )
    # HJ 608-2017: USCC + 3-digit sequence + P.
    permit_no = models.CharField(
        _("排污许可证编号"),
        max_length=22,
        blank=True,
        db_collation="C",
        validators=[
            RegexValidator(r"^[0-9A-Z]{18}[0-9]{3}P$", _("排污许可证编号应为22位：18位信用代码、3位顺序号、P。"))
        ],
    )
    industry = models.CharField(_("行业"), max_length=60, blank=True)
    grade = models.CharField(_("绩效等级"), max_length=12, choices=Grade.choices, blank=True)
    # The day the decision on the grade (or on its loss) took effect, whenever it was entered here.
    grade_since = models.DateField(_("绩效等级生效日期"), null=True, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="sites", verbose_name=_("区划"))
    address = models.CharField(_("地址"), max_length=200, blank=True)
    lon = models.FloatField(_("经度"), validators=[MinValueValidator(73.0), MaxValueValidator(136.0)])
    lat = models.FloatField(_("纬度"), validators=[MinValueValidator(3.0), MaxValueValidator(54.0)])
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["division__code", "name", "pk"]
        verbose_name = verbose_name_plural = _("点位")
        constraints = [
            models.UniqueConstraint(fields=["permit_no"], condition=~models.Q(permit_no=""), name="site_permit_once")
        ]
        indexes = [models.Index(fields=["uscc"])]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def called(cls, keys: Sequence[str]) -> list[str]:
        """Sites by the name they have or had last and their key, in the order of the keys: the history keeps the names of those that
        left the books. One statement, none for no keys."""
        kept = cls.pgh_event_model.objects.filter(pgh_obj_id__in=[int(key) for key in keys])  # type: ignore[attr-defined]
        last = kept.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
        names = {str(key): name for key, name in last.values_list("pgh_obj_id", "name")}
        return [f"{names.get(key, '')} {key}".strip() for key in keys]


class Outlet(models.Model):
    """排放口, HJ 608: D + A (air) or W (water) + three digits."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="outlets")
    code = models.CharField(max_length=5, validators=[RegexValidator(r"^D[AW][0-9]{3}$")])
    name = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "code"], name="outlet_once")]

    def __str__(self) -> str:
        return f"{self.site} {self.code}"
