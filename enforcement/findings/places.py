"""A place told by words instead of degrees: by the site chosen, or by an address the register of sites knows. No network."""

import re
import unicodedata

from django.db.models import Q
from django.utils.translation import gettext as _

from regions.directory import sites_for
from regions.errors import Invalid
from regions.models import Officer, Site

#: An address of fewer characters says nothing.
LEAST = 3
#: What a house number is written with; of a place in the register it is never a part of another number.
_NUMERALS = "".join(
    ("0-9", "０-９", "零", "〇", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "百", "千")
)
#: How far above a plain character its full-width twin stands in Unicode.
_TO_WIDE = ord("！") - ord("!")


def holding(words: str) -> str:
    """A regular expression (Python's and PostgreSQL's alike) for an address that holds the words, plain or full-width.

    What stands at either end of a number ends it: 胜利街8 is neither 胜利街88 nor 胜利街８８号, 8号 isn't 88号.
    """
    found = "".join(_plain_or_wide(character) for character in words)
    before = f"(?<![{_NUMERALS}])" if re.match(f"[{_NUMERALS}]", words) else ""
    after = f"(?![{_NUMERALS}])" if re.search(f"[{_NUMERALS}]$", words) else ""
    return f"{before}{found}{after}"


def _plain_or_wide(character: str) -> str:
    if character == " ":
        return "[ \u3000]"
    if "!" <= character <= "~":
        return f"(?:{re.escape(character)}|{chr(ord(character) + _TO_WIDE)})"
    return re.escape(character)


def place_of(officer: Officer, site: Site | None, address: str) -> tuple[float, float]:
    """Longitude and latitude (WGS-84) of what was told, among the sites the officer may choose. Raises Invalid for field

    `lon` where nothing or more than one place is meant. At most one statement.
    """
    if site is not None:
        return site.lon, site.lat
    words = unicodedata.normalize("NFKC", address).strip()
    if len(words) < LEAST:
        raise Invalid(
            _("请在地图上选点、使用当前位置或填写经纬度；也可以只选择名册中的企业，或填写名册中的地址。"), field="lon"
        )
    known = Q(address__iregex=holding(words)) | Q(name=words)
    if (typed := address.strip()) != words:
        known |= Q(address__iregex=holding(typed))
    places = {
        (lon, lat) for lon, lat in sites_for(officer).filter(known).order_by().values_list("lon", "lat").distinct()[:2]
    }
    if not places:
        raise Invalid(_("名册中没有“%(words)s”这个地址，请在地图上选点或填写经纬度。") % {"words": words}, field="lon")
    if len(places) > 1:
        raise Invalid(_("名册中有多处“%(words)s”，请写得更具体，或在地图上选点。") % {"words": words}, field="lon")
    return places.pop()
