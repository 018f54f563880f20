"""Entering a site in the register (点位名册) from the field: what is stated of it, checked, and the row.

The register is the system administrator's (admin site); from the field a site gets in by a second person's review, see
docs/adr/0008-a-new-site-takes-two-people.md. What calls this knows who that is.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from regions.directory import sites_for
from regions.errors import Invalid, Refused
from regions.history import edited_by
from regions.models import Division, Officer, Site
from regions.models.sites import validate_uscc
from regions.placement import place
from regions.words import line

#: As the columns of `Site` are long.
NAME, INDUSTRY, ADDRESS = 120, 60, 200


@dataclass(frozen=True, slots=True)
class Stated:
    """What is stated of a site: name, 统一社会信用代码 (empty where it has none or it isn't known), industry."""

    name: str
    uscc: str = ""
    industry: str = ""


def checked(stated: Stated, prefix: str = "") -> Stated:
    """The same, cleaned. Raises Invalid with a sentence for each field; their names begin with `prefix`."""
    errors: dict[str, list[str]] = {}

    def cleaned(name: str, most: int, *, needed: bool = False) -> str:
        try:
            return line(getattr(stated, name), prefix + name, most, needed=needed)
        except Invalid as error:
            errors.update(error.errors)
            return ""

    name, industry = cleaned("name", NAME, needed=True), cleaned("industry", INDUSTRY)
    # A code's full-width characters are forgiven; a name's brackets are its own.
    uscc = re.sub(r"\s+", "", unicodedata.normalize("NFKC", cleaned("uscc", 60))).upper()
    if uscc:
        try:
            validate_uscc(uscc)
        except ValidationError as error:
            errors[prefix + "uscc"] = list(error.messages)
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    return Stated(name, uscc, industry)


def namesakes(stated: Stated, division: Division, officer: Officer) -> bool:
    """Whether the register holds a site of this name in the division, as far as the officer sees. One statement."""
    return sites_for(officer).filter(division=division, name=stated.name).exists()


@transaction.atomic
def enter_site(stated: Stated, *, lon: float, lat: float, address: str, by: Officer, synthetic: bool = False) -> Site:
    """The new row of the register, in the place given (WGS-84 degrees). `by` is kept in its history.

    Raises Invalid for what can't be right, for a place outside the province and a name the division has already; Refused
    where `by` wouldn't see it. Then nothing is entered.
    """
    stated = checked(stated)
    # Under the division's lock: two reviewers follow one another, so that the second sees the first one's site.
    divisions = Division.objects.select_for_update(no_key=True).order_by()
    division = divisions.filter(code=place(lon, lat) or "-", ended_on=None).first()
    if division is None:
        raise Invalid(_("新点位须在本省内，请核对位置。"), field="lon")
    site = Site(
        name=stated.name, uscc=stated.uscc, industry=stated.industry, division=division, lon=lon, lat=lat,
        address=line(address, "address", ADDRESS, needed=False), synthetic=synthetic,
    )  # fmt: skip
    with edited_by(by):
        site.save()
    seen = sites_for(by).filter(division=division, name=stated.name).count()
    if not seen:
        raise Refused(_("该位置不在您可登记的区划内，请由所在地的单位审核。"))
    if seen > 1:
        words = _("名册中%(place)s已有“%(name)s”，请选择名册中的这个点位。")
        raise Invalid(words % {"place": division.name, "name": stated.name}, field="name")
    return site
