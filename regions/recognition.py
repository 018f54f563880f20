"""Who asks: the session of the cookie and the officer of the session, by statements that are built once.

Django would build both anew on every request; what is asked, and of whom, is the same (`regions.statements`).
"""

from functools import cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.utils import timezone

from regions.models import Officer
from regions.statements import NUMBERS, TEXT, Question


class SessionStore(DatabaseSessions):
    """Sessions in the database (SESSION_ENGINE names this module)."""

    def _get_session_from_db(self) -> Session | None:
        key: Any = self.session_key
        found = _session().ask(key=key) if "\0" not in key else []
        if found and found[0].expire_date > timezone.now():
            return found[0]
        self._session_key = None  # a key that was never given, or no more
        return None


class OfficerBackend(ModelBackend):
    """Signing in as Django does; the officer of a session is read by their number."""

    def get_user(self, user_id: int) -> Officer | None:
        found = _officer().ask(officer=user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None


@cache
def _session() -> Question[Session]:
    return Question(Session.objects.filter(session_key=TEXT), {TEXT: "key"})


@cache
def _officer() -> Question[Officer]:
    return Question(Officer.objects.filter(pk=NUMBERS[0]).order_by(), {NUMBERS[0]: "officer"})
