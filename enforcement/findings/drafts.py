"""What was typed is never lost: the filing form as it stands, kept on the server until the finding is filed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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


def keep(officer: Officer, typed: Mapping[str, Any]) -> datetime | None:
    """Keeps the form as it stands, in place of what was kept before. Gives when, None for an empty form."""
    entered = {name: _plain(str(typed.get(name, "")), most) for name, most in KEPT.items()}
    asked = [name for name in typed if name.startswith("q_")][:MAX_ANSWERS]
    entered |= {name[:32]: _plain(str(typed.get(name, "")), MAX_ANSWER) for name in asked}
    if not any(entered[name].strip() for name in TYPED):
        discard(officer)
        return None
    now = clock.now()
    FilingDraft.objects.update_or_create(officer=officer, defaults={"entered": entered, "saved_at": now})
    return now


def kept(officer: Officer) -> FilingDraft | None:
    return FilingDraft.objects.filter(officer=officer).first()


def discard(officer: Officer) -> None:
    FilingDraft.objects.filter(officer=officer).delete()


def _plain(text: str, most: int) -> str:
    """Cut, and without what the database can't keep."""
    return text[:most].replace("\x00", "").encode(errors="ignore").decode()
