"""What an officer chose about their own desk; nobody else reads it, and it says nothing of the work."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class ListColumns(models.Model):
    """The columns an officer wants in a list, by key. No row: the usual ones."""

    officer: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    list = models.CharField(max_length=20, db_collation="C")
    columns: Any = ArrayField(models.CharField(max_length=20), size=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "list"], name="list_columns_once")]

    def __str__(self) -> str:
        return f"{self.list}: {self.columns}"
