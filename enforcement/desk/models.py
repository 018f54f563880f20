"""What an officer chose about their own desk, and the views a bureau shares; it says nothing of the work."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enforcement.desk.querysets import SavedViewQuerySet
from regions.models import Bureau


class ListColumns(models.Model):
    """The columns an officer wants in a list, by key. No row: the usual ones."""

    officer: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    list = models.CharField(max_length=20, db_collation="C")
    columns: Any = ArrayField(models.CharField(max_length=20), size=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "list"], name="list_columns_once")]

    def __str__(self) -> str:
        return f"{self.list}: {self.columns}"


class SavedView(models.Model):
    """A list's filters under a name: the query string that stood in the address, in one order and without pages.

    Private to `officer`, or shared with `bureau`. One that isn't wanted any more is ended, with who and when.
    """

    officer: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    bureau: Any = models.ForeignKey(Bureau, models.PROTECT, null=True, related_name="+")
    list = models.CharField(max_length=20, db_collation="C")
    name = models.CharField(_("名称"), max_length=30)
    query = models.CharField(max_length=1500, db_collation="C")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["officer", "list", "name"], condition=Q(bureau=None, ended_at=None), name="own_view_named_once"
            ),
            models.UniqueConstraint(
                fields=["bureau", "list", "name"],
                condition=Q(bureau__isnull=False, ended_at=None),
                name="shared_view_named_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view an officer's navigation opens a list with. No row: the whole list."""

    officer: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    list = models.CharField(max_length=20, db_collation="C")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "list"], name="default_view_once")]

    def __str__(self) -> str:
        return f"{self.list}: {self.view_id}"
