"""Perhaps the same matter: open issues and findings on file that an observation looks like, by the key of its source.

Signs are compared in words a reader can check: the same site, how many metres apart, how much of the title, the same
photo. Only what the officer may see is compared, so a hint never tells of anything else.
"""

import base64
import binascii
import io
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from PIL import Image

from enforcement.findings.lifecycle import State
from enforcement.findings.models import DuplicateRule, Finding
from enforcement.issues.models import Issue
from enforcement.issues.search import bigrams_of
from enforcement.timeline import clock, likeness
from enforcement.timeline.models import Attachment
from regions.coordinates import distance_m
from regions.models import Division, Officer
from regions.placement import place

#: The most rows of a kind compared, the newest first, and the most hints given.
COMPARED, SHOWN = 400, 6
#: Photos looked at while one types, and the most bytes of a reduced one in base64.
MOST_PHOTOS, MOST_BYTES = 6, 120_000
_METRES_PER_DEGREE = 111_000
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Where a finding may still be one matter with another: it is on file and led to nothing yet.
_WAITING = (State.LEADER_REVIEW, State.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of an observation so far: everything may be missing. Degrees WGS-84; photos as SHA-256 of the
    file and as difference hash of the picture."""

    source: str = ""
    title: str = ""
    lon: float | None = None
    lat: float | None = None
    site: int | None = None
    sha256: Sequence[str] = ()
    dhash: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing on file that looks the same, with the signs in words, the strongest first."""

    row: Issue | Finding
    whys: tuple[str, ...]
    metres: int | None = None
    photo: bool = False

    @property
    def is_issue(self) -> bool:
        return isinstance(self.row, Issue)


@dataclass(slots=True)
class _Signs:
    words: list[str] = field(default_factory=list)
    metres: int | None = None
    photo: bool = False


def rule_for(source: str) -> DuplicateRule | None:
    """The rule in force today: of the source, else of all. None where the office ended them all."""
    today = clock.today()
    rows = DuplicateRule.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), valid_from__lte=today)
    rows = rows.filter(source__in=["", source]).order_by("-source", "-valid_from", "-pk")
    return rows.first()


def sighting_of(finding: Finding) -> Sighting:
    """What a finding on file shows, its photos included. One statement."""
    photos = Attachment.objects.filter(subject_type="finding", subject_id=str(finding.pk)).select_related("likeness")
    kept = list(photos[:MOST_PHOTOS])
    return Sighting(
        finding.source,
        finding.title,
        finding.lon,
        finding.lat,
        finding.site_id,
        [row.sha256 for row in kept],
        [row.likeness.dhash for row in kept if hasattr(row, "likeness")],
    )


def hints_for(sighting: Sighting, officer: Officer, *, apart_from: Finding | None = None) -> list[Hint]:
    """Open issues and waiting findings the officer sees that look like it, the likeliest first. A handful of statements,
    and one for each photo."""
    rule = rule_for(sighting.source)
    if rule is None:
        return []
    pictured = _pictured(sighting, rule)
    near = _near(sighting, rule)
    issues = Issue.objects.visible_to(officer).open()
    since = clock.now() - timedelta(days=rule.days)
    findings = Finding.objects.visible_to(officer).filter(state__in=_WAITING, received_at__gte=since)
    if apart_from is not None:
        findings = findings.exclude(pk=apart_from.pk)
    hints = _compared(issues, near, pictured["issue"], sighting, rule)
    hints += _compared(findings, near, pictured["finding"], sighting, rule)
    hints.sort(key=lambda hint: (not hint.photo, -len(hint.whys), not hint.is_issue, hint.metres or 0))
    return hints[:SHOWN]


def _near(sighting: Sighting, rule: DuplicateRule) -> Q | None:
    """Where candidates lie: at the site, or in the counties within reach of the point. None without either."""
    where = Q(site=sighting.site) if sighting.site and rule.same_site else None
    if sighting.lon is None or sighting.lat is None:
        return where
    west, south, east, north = box_about(sighting.lon, sighting.lat, rule.radius_m)
    corners = [(west, south), (west, north), (east, south), (east, north), (sighting.lon, sighting.lat)]
    codes = {place(lon, lat) for lon, lat in corners} - {None}
    if not codes:
        return where
    lying = Q(located_in__in=Division.objects.filter(code__in=codes, ended_on=None).values("pk"))
    return lying | where if where else lying


def box_about(lon: float, lat: float, metres: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a box that holds every point within some metres, and more; degrees."""
    reach = max(metres, 1) / _METRES_PER_DEGREE * 1.4
    return lon - reach, lat - reach, lon + reach, lat + reach


def _pictured(sighting: Sighting, rule: DuplicateRule) -> dict[str, dict[str, bool]]:
    """Subjects with the same photo, by kind: key -> whether byte for byte. A finding's photo is its issue's too."""
    found: dict[str, dict[str, bool]] = {"issue": {}, "finding": {}}
    for row in likeness.same_files(sighting.sha256)[: likeness.MOST] if sighting.sha256 else ():
        found.setdefault(row.subject_type, {})[row.subject_id] = True
    for digits in sighting.dhash[:MOST_PHOTOS] if rule.photo_bits else ():
        for row in likeness.look_alikes(digits, bits=rule.photo_bits)[: likeness.MOST]:
            found.setdefault(row.subject_type, {}).setdefault(row.subject_id, False)
    if found["finding"]:
        led = Finding.objects.filter(pk__in=list(found["finding"]), issue__isnull=False).values_list("pk", "issue")
        for pk, issue in led:
            found["issue"].setdefault(str(issue), found["finding"][str(pk)])
    return found


def _compared(
    rows: Any, near: Q | None, photos: dict[str, bool], sighting: Sighting, rule: DuplicateRule
) -> list[Hint]:
    """Hints among the newest rows that lie near or show the same photo. One statement, none without either."""
    wanted = Q(pk__in=list(photos)) if photos else Q()
    wanted = near | wanted if near is not None else wanted
    if not wanted:
        return []
    grams = frozenset(bigrams_of(sighting.title))
    found = rows.filter(wanted).defer("description", "bigrams")[:COMPARED]
    hints = (_hint(row, photos.get(str(row.pk)), grams, sighting, rule) for row in found)
    return [hint for hint in hints if hint is not None]


def _hint(row: Any, photo: bool | None, grams: frozenset[str], sighting: Sighting, rule: DuplicateRule) -> Hint | None:
    signs = _Signs()
    if photo is not None:
        signs.photo = True
        signs.words.append(_("同一张照片") if photo else _("照片看起来相同"))
    if rule.same_site and sighting.site and row.site_id == sighting.site:
        signs.words.append(_("同一企业或点位"))
    _measure(row, signs, sighting, rule)
    percent = _alike(grams, frozenset(bigrams_of(row.title)))
    if rule.text_percent and percent >= rule.text_percent:
        signs.words.append(_("标题相近（%(n)d%%）") % {"n": percent})
    if len(signs.words) < rule.signs and not signs.photo:
        return None
    return Hint(row, tuple(signs.words), signs.metres, signs.photo) if signs.words else None


def _measure(row: Any, signs: _Signs, sighting: Sighting, rule: DuplicateRule) -> None:
    if sighting.lon is None or sighting.lat is None or not rule.radius_m:
        return
    metres = round(float(distance_m(sighting.lon, sighting.lat, row.lon, row.lat)))
    signs.metres = metres
    if metres <= rule.radius_m:
        signs.words.append(_("相距%(n)d米") % {"n": metres})


def _alike(one: frozenset[str], other: frozenset[str]) -> int:
    """How much of the shorter title's character pairs the other has, in percent; titles of one pair say nothing."""
    shorter = min(len(one), len(other))
    return 100 * len(one & other) // shorter if shorter > 1 else 0


# --- photos not sent yet ----------------------------------------------------------------------------------------


def sha256_in(words: Iterable[str]) -> list[str]:
    """The SHA-256 among what a browser says of files it hasn't sent."""
    return [word for word in words if _SHA256.fullmatch(word)][:MOST_PHOTOS]


def dhash_in(pictures: Iterable[str]) -> list[str]:
    """Difference hashes of reduced pictures in base64; what is no picture, or too large to be one, is passed over."""
    found = [_dhash(text) for text in list(pictures)[:MOST_PHOTOS] if len(text) <= MOST_BYTES]
    return [digits for digits in found if digits]


def _dhash(text: str) -> str:
    try:
        content = base64.b64decode(text.rpartition(",")[2], validate=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
                if picture.width > 1024 or picture.height > 1024:
                    return ""
                return likeness.hash_of(picture)
    except (binascii.Error, ValueError, OSError, SyntaxError, Warning, EOFError, Image.DecompressionBombError):
        return ""
