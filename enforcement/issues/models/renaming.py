"""What sites, bureaus and divisions were called before: an issue is found by both names (see `actions.renaming`)."""

from typing import Any, ClassVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import BooleanField, Exists, Func, OuterRef, Q

from regions.models import Bureau

from .responsibility import Responsibility


class Renaming(models.Model):
    """One change of a name, written by the database whoever changed it; `key` is the row's in its table.

    A worker adds the pieces of the new words to the issues concerned, in the order of their keys: `last` is how far it
    came, `done_at` when it was through. The old words stay: they are looked at when somebody searches by them.
    """

    class Kind(models.TextChoices):
        SITE = "site"
        BUREAU = "bureau"
        DIVISION = "division"

    kind = models.CharField(max_length=10, choices=Kind.choices, db_collation="C")
    key = models.BigIntegerField()
    old_words = models.CharField(max_length=200, blank=True)
    new_words = models.CharField(max_length=200)
    at = models.DateTimeField()
    last = models.BigIntegerField(default=0, db_default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["kind", "key"], name="renaming_of"),
            # Read by the sweep.
            models.Index(fields=["id"], name="renaming_due", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.old_words} → {self.new_words}"


def said_in_names(words: str, reader: Any) -> Q:
    """Issues whose bureaus go by the words, or whose site, division or bureau went by them (for `search.register`).

    An issue's page names all of these to whoever may read it.
    """
    before = Renaming.objects.filter(old_words__icontains=words)
    bureaus = Bureau.objects.filter(
        Q(name__icontains=words)
        | Q(short_name__icontains=words)
        | Q(pk__in=before.filter(kind=Renaming.Kind.BUREAU).values("key"))
    )
    site = before.filter(kind=Renaming.Kind.SITE, key=OuterRef("site_id"))
    divisions: Any = [
        OuterRef(path) for path in ("division_id", "located_in_id", "division__parent_id", "located_in__parent_id")
    ]
    places = before.filter(kind=Renaming.Kind.DIVISION, key__in=divisions)
    return Q(_overlap(bureaus)) | Q(Exists(site)) | Q(Exists(places))


def _overlap(bureaus: "models.QuerySet[Bureau]") -> Func:
    """Whether any bureau answering for the issue is one of some. As arrays: asked of the few rows found by their pieces,

    and never of all responsibilities there are, as the planner may do with an EXISTS it thinks is asked often.
    """
    duties = Responsibility.objects.filter(issue=OuterRef("pk")).order_by().values("bureau_id")
    some = bureaus.order_by().values("pk")
    return Func(
        ArraySubquery(duties), ArraySubquery(some), template="(%(expressions)s)", arg_joiner=" && ",
        output_field=BooleanField(),
    )  # fmt: skip
