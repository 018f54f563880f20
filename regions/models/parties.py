"""Party rows: which bureau plays which part in a subject, from when to when. Scoping follows these first."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .bureaus import Bureau


class Part(models.TextChoices):
    FILER = "filer", _("填报单位")
    ISSUER = "issuer", _("转办单位")
    RESPONSIBLE = "responsible", _("承办单位")
    VERIFIER = "verifier", _("核查单位")
    REVIEWER = "reviewer", _("回头看单位")


class PartyRow(models.Model):
    """Abstract: a concrete app adds `subject`. Rows end, they are never removed."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    part = models.CharField(max_length=12, choices=Part.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
