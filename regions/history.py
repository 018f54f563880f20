"""Who changed reference data, for pghistory's records: on the admin site, and where a block says so.

Elsewhere the context would travel in front of every writing statement, and nothing there is tracked.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.http import HttpRequest
from pghistory.middleware import HistoryMiddleware

from regions.models import Officer

EDITED_UNDER = "/admin/"
_SAY = "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)"


class OfficeHistory(HistoryMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(EDITED_UNDER):
            return super().__call__(request)
        return self.get_response(request)


@contextmanager
def edited_by(officer: Officer) -> Iterator[None]:
    """Reference data written in the block is this officer's doing. Within a transaction; two statements.

    A statement of its own: what `pghistory.context` puts in front of others, the server can't prepare.
    """
    _say(str(uuid.uuid4()), json.dumps({"user": officer.pk}))
    yield
    _say("", "")  # what is no key is nobody's


def _say(key: str, facts: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SAY, [key, facts])
