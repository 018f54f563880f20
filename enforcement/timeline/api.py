"""Bases of the API's writing views: every POST may carry an `Idempotency-Key`."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.timeline.receipts import Answer, Keyed, answer_once, check_key, digest
from regions.api.views import Endpoint
from regions.errors import Absent
from regions.problems import MEDIA_TYPE, problem_response

#: Refusals that settle a request; the others (sign-in, throttle, our own trouble) may pass, so they aren't kept.
SETTLED = frozenset({400, 403, 404, 409, 422})


@dataclass(frozen=True, slots=True)
class Made:
    """What a POST made: the data to show, the primary key of the row it shows, the status."""

    data: Any
    subject: Any = ""
    status: int = status.HTTP_201_CREATED


class Writing(Endpoint):
    """A view that takes POST. A subclass gives `act(request, ...) -> Made` and raises domain errors, nothing else.

    `get_queryset` gives the rows its answers show, visible to the officer: a kept answer is shown again only while its
    row is still theirs to see.
    """

    takes_key = True
    #: One transaction. Otherwise `act` takes its parts in a transaction each, under `receipts.part_of` the key.
    whole = True
    keyed: Keyed | None = None

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            made = self.act(request, **kwargs)
            return Response(made.data, status=made.status)
        self.keyed = keyed = Keyed(self.officer, check_key(key), digest("POST", request.path, _plain(request.data)))
        done: list[Made] = []

        def work() -> Answer:
            done.append(made := self.act(request, **kwargs))
            return Answer(made.status, _text(made.data), str(made.subject))

        answer = answer_once(keyed, work, self._refusal, whole=self.whole)
        if answer.subject and not done and not self.still_visible(answer.subject):
            raise Absent(_("没有找到您要的内容。"))
        media_type = "application/json" if answer.status < 400 else MEDIA_TYPE
        return HttpResponse(answer.text, status=answer.status, content_type=media_type)

    def act(self, request: Request, **kwargs: Any) -> Made:
        raise NotImplementedError

    def still_visible(self, subject: str) -> bool:
        return self.get_queryset().filter(pk=subject).exists()

    def _refusal(self, error: Exception) -> Answer | None:
        response = problem_response(error, self.get_exception_handler_context())
        if response is None or response.status_code not in SETTLED:
            return None
        return Answer(response.status_code, _text(response.data))


def _text(data: Any) -> str:
    return bytes(JSONRenderer().render(data)).decode()


def _plain(data: Any) -> Any:
    """The body as a JSON value; a file stands for its digest."""
    if not hasattr(data, "lists"):
        return data
    return {name: [_file(v) if isinstance(v, UploadedFile) else v for v in values] for name, values in data.lists()}


def _file(upload: UploadedFile) -> str:
    seen = hashlib.sha256()
    for chunk in upload.chunks():
        seen.update(chunk)
    upload.seek(0)
    return json.dumps([upload.name, seen.hexdigest()])
