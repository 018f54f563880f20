"""What was typed is never lost: the filing form as it stands, kept on the server until the finding is filed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from enforcement.findings.models import FilingDraft
from enforcement.findings.questions import MAX_ANSWER, MAX_ANSWERS
from enforcement.timeline import clock
from regions.models import Officer

#: Fields kept and the most characters of each; photos are chosen again, bureaus follow from the posts of the day.
KEPT = {
    "title": 120,
    "description": 4000,
    "lon": 40,
    "lat": 40,
    "system": 10,
    "address": 200,
    "site": 120,
    "new_site_name": 120,
    "new_site_uscc": 60,
    "new_site_industry": 60,
    "occurred_at": 40,
    "source": 20,
    "severity": 12,
    "pollution_type": 30,
}
#: A form in which none of these says anything is empty: the others stand there from the start.
TYPED = ("title", "description", "lon", "lat", "address", "site", "new_site_name", "new_site_uscc", "pollution_type")


def keep(officer: Officer, typed: Mapping[str, Any], *, by_itself: bool) -> datetime | None:
    """Keeps the form as it stands, in place of what was kept before. Gives when; None for an empty form, or for one filed
    that saves itself (`by_itself`): what somebody asks to keep is kept.
    """
    entered = {name: _plain(str(typed.get(name, "")), most) for name, most in KEPT.items()}
    asked = [name for name in typed if name.startswith("q_")][:MAX_ANSWERS]
    entered |= {name[:32]: _plain(str(typed.get(name, "")), MAX_ANSWER) for name in asked}
    if not any(entered[name].strip() for name in TYPED):
        discard(officer)
        return None
    now = clock.now()
    with transaction.atomic():
        row, _new = FilingDraft.objects.select_for_update().get_or_create(officer=officer, defaults={"saved_at": now})
        if by_itself and row.filed is not None and row.filed == opened(typed):
            return None
        row.entered, row.saved_at = entered, now
        row.save(update_fields=["entered", "saved_at"])
    return now


def kept(officer: Officer) -> FilingDraft | None:
    return FilingDraft.objects.filter(officer=officer).exclude(entered={}).first()


def discard(officer: Officer) -> None:
    FilingDraft.objects.filter(officer=officer).update(entered={})


def filed(officer: Officer, typed: Mapping[str, Any]) -> None:
    """Lets the words of a form go that was filed, and remembers the form: a late save of it must not bring them back."""
    FilingDraft.objects.update_or_create(
        officer=officer, defaults={"entered": {}, "saved_at": clock.now(), "filed": opened(typed)}
    )


def opened(typed: Mapping[str, Any]) -> int | None:
    """When the form was opened (ms since 1970), by which it is known; None for one that doesn't say."""
    text = str(typed.get("opened", ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else None


def _plain(text: str, most: int) -> str:
    """Cut, and without what the database can't keep."""
    return text[:most].replace("\x00", "").encode(errors="ignore").decode()
