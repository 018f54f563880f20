"""The doors' indexes carry the part: a bureau's list and its count read no party row besides."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

CONDITIONS: dict[str, Any] = {
    "issue_party_newest": Q(until=None),
    "issue_party_open": Q(until=None, open=True),
}


def _anew(name: str) -> list[Any]:
    fields = ["bureau", "-issued_on", "-issue"]
    index = models.Index(fields=fields, name=name, include=["part"], condition=CONDITIONS[name])
    return [migrations.RemoveIndex("issueparty", name), migrations.AddIndex("issueparty", index)]


class Migration(migrations.Migration):
    dependencies = [("issues", "0030_open_doors_by_day")]
    operations = [operation for name in CONDITIONS for operation in _anew(name)]
