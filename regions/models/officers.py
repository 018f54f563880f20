"""Officers, their dated postings and their secondments. There is no superuser."""

from datetime import date
from functools import cache
from typing import Any

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from regions import roles
from regions.roles import Role
from regions.statements import DAY, NUMBERS, Question

from .bureaus import Bureau
from .places import Division
from .sites import Site


def in_force(day: date) -> Q:
    """Rows whose `since`..`until` (both days included, open end allowed) hold `day`."""
    return Q(since__lte=day) & (Q(until=None) | Q(until__gte=day))


class OfficerManager(BaseUserManager["Officer"]):
    def create_officer(self, username: str, name: str, password: str | None = None, **extra: Any) -> "Officer":
        officer = self.model(username=username, name=name, **extra)
        officer.set_password(password)
        officer.save(using=self._db)
        return officer


@pghistory.track(append_only=True, exclude=["password", "last_login"])
class Officer(AbstractBaseUser):
    """A person who signs in. What they may do follows from today's postings, never from a flag here."""

    username = models.CharField(_("账号"), max_length=60, unique=True, db_collation="C")
    name = models.CharField(_("姓名"), max_length=40)
    email = models.EmailField(_("邮箱"), blank=True)
    badge_no = models.CharField(_("执法证号"), max_length=40, blank=True)
    badge_valid_to = models.DateField(_("执法证有效期至"), null=True, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    synthetic = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = OfficerManager()

    class Meta:
        ordering = ["username"]
        verbose_name = verbose_name_plural = _("人员")

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def has_badge(self, on: date) -> bool:
        """Holds an enforcement badge (执法证) valid on that day; contractors never do."""
        return bool(self.badge_no) and (self.badge_valid_to is None or self.badge_valid_to >= on)

    def postings_on(self, day: date | None = None) -> list["Posting"]:
        """Postings in force on a Beijing day (today by default), read once per day and object."""
        day = day or timezone.localdate()
        cache: dict[date, list[Posting]] = self.__dict__.setdefault("_postings", {})
        if day not in cache:
            cache[day] = _postings().ask(officer=self.pk, day=day)
            for posting in cache[day]:
                posting.officer = self
        return cache[day]

    def secondments_on(self, day: date | None = None) -> list["Secondment"]:
        """Secondments in force on a Beijing day (today by default), read once per day and object."""
        day = day or timezone.localdate()
        cache: dict[date, list[Secondment]] = self.__dict__.setdefault("_secondments", {})
        if day not in cache:
            cache[day] = _secondments().ask(officer=self.pk, day=day)
            for secondment in cache[day]:
                secondment.officer = self
        return cache[day]

    def remember(self, day: date, postings: list["Posting"], secondments: list["Secondment"]) -> None:
        """Takes what was read along with the officer, so that it isn't read again."""
        self.__dict__.setdefault("_postings", {})[day] = postings
        self.__dict__.setdefault("_secondments", {})[day] = secondments

    def roles_on(self, day: date | None = None) -> frozenset[Role]:
        return frozenset(Role(p.role) for p in self.postings_on(day))

    # The admin site asks these; reference data is the system administrator's, accounts the security administrator's.
    @property
    def is_staff(self) -> bool:
        return bool(self.roles_on() & {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR})

    is_superuser = False


@pghistory.track(append_only=True)
class Posting(models.Model):
    """任职: an officer holds a role in a bureau from one day to another."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="postings", verbose_name=_("人员"))
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="postings", verbose_name=_("单位"))
    role = models.CharField(_("角色"), max_length=30, choices=roles.CHOICES)
    since = models.DateField(_("起"))
    until = models.DateField(_("止"), null=True, blank=True)

    # The keys of the divisions under the bureau's, where they were read along with a post that oversees them.
    below: "list[int] | None" = None

    class Meta:
        ordering = ["officer", "since"]
        verbose_name = verbose_name_plural = _("任职")
        constraints = [
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="posting_ends_after_start"),
            # 三员分立. A one-value range stands in for btree_gist, which the embedded server doesn't carry.
            ExclusionConstraint(
                name="one_administrator_role_at_a_time",
                expressions=[
                    (
                        Func(F("officer_id"), F("officer_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("since"), F("until"), Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(role__in=sorted(r.value for r in roles.ADMINISTRATORS)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer}（{self.bureau.short_name}·{roles.TABLE[Role(self.role)].name}）"


@pghistory.track(append_only=True)
class Secondment(models.Model):
    """借调: opens one division's or one site's rows to an officer of elsewhere, and always ends."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="secondments", verbose_name=_("人员"))
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, verbose_name=_("区划"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, verbose_name=_("点位"))
    since = models.DateField(_("起"))
    until = models.DateField(_("止"))
    reason = models.CharField(_("事由"), max_length=200)
    granted_by = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")

    # The keys of the divisions under `division`, where they were read along with the secondment.
    below: "list[int] | None" = None

    class Meta:
        verbose_name = verbose_name_plural = _("借调")
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="secondment_ends_after_start"),
            models.CheckConstraint(
                condition=Q(division=None, site__isnull=False) | Q(division__isnull=False, site=None),
                name="secondment_names_division_or_site",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer} → {self.division or self.site}"


# Both are asked on every request: built once.
@cache
def _postings() -> Question[Posting]:
    rows = Posting.objects.filter(in_force(DAY), officer=NUMBERS[0]).select_related("bureau__division")
    return Question(rows.order_by("since", "pk"), {NUMBERS[0]: "officer", DAY: "day"})


@cache
def _secondments() -> Question[Secondment]:
    return Question(Secondment.objects.filter(in_force(DAY), officer=NUMBERS[0]), {NUMBERS[0]: "officer", DAY: "day"})
