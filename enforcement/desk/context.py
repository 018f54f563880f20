"""The frame around every page: who is signed in, where they may go, what waits."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    officer = getattr(request, "user", None)
    if officer is None or not officer.is_authenticated:
        return {"demo": settings.DEMO}
    return {"demo": settings.DEMO, "officer": officer}
