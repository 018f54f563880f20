"""The Content-Security-Policy of every answer, built once: it says the same of all."""

from functools import cache
from typing import Any

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponseBase


class OnePolicy(CSPMiddleware):
    """The same header. An answer that asks for a policy of its own, and a page that used a nonce, go the middleware's way."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        special = getattr(request, "_csp_nonce", None) is not None or any(n.startswith("_csp") for n in vars(response))
        if special or HEADER in response:
            return super().process_response(request, response)
        response[HEADER] = _policy()
        # A nonce drawn from here on would be in no header.
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response


@cache
def _policy() -> str:
    return str(build_policy())
