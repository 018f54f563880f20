"""Pages go out compressed where whoever asks takes it: on a slow line a page's markup was most of what a first view waited for."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class Squeezed(GZipMiddleware):
    """Pages alone. The API's answers are short or asked for on the office's own network, files are compressed already.

    What a page's length could tell is blurred (Django's own, against BREACH), and its token is masked anew in each.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        page = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if page else response
