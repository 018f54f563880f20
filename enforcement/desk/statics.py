"""Static files as they lie on the disk, also where they changed since the server started."""

import os
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

Stamp = tuple[int, int]
#: Of a file that isn't there.
GONE: Stamp = (0, -1)


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise reads a file's length once, at the start. A file that was written anew under a running server would go out with the
    old length: cut off, or waited for in vain and then asked for from where it broke off, which no longer is (416). One look
    at the disk a file asked for.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._known: dict[str, tuple[str, Stamp]] = {}
        super().__init__(*args, **kwargs)

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        super().add_file_to_dictionary(url, path, stat_cache=stat_cache)
        if url in self.files:
            self._known[url] = path, _stamp(stat_cache[path] if stat_cache else os.stat(path))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (known := self._known.get(request.path_info)) is not None:
            self._look(request.path_info, *known)
        return super().__call__(request)

    def _look(self, url: str, path: str, stamp: Stamp) -> None:
        try:
            if _stamp(os.stat(path)) != stamp:
                self.add_file_to_dictionary(url, path)
        except FileNotFoundError:
            # It may come back: collecting static files removes each before it writes it anew.
            self.files.pop(url, None)
            self._known[url] = path, GONE


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_mtime_ns, found.st_size
