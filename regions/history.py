"""Who changed reference data, for pghistory's records: kept where reference data is edited, on the admin site.

Elsewhere the context would travel in front of every writing statement, and nothing there is tracked.
"""

from typing import Any

from django.http import HttpRequest
from pghistory.middleware import HistoryMiddleware

EDITED_UNDER = "/admin/"


class OfficeHistory(HistoryMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(EDITED_UNDER):
            return super().__call__(request)
        return self.get_response(request)
