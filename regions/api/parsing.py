"""Reading a JSON body, within limits: bytes, depth, numbers that JSON doesn't know."""

import json
from collections.abc import Iterable, Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

MAX_DEPTH = 12


class TooLarge(APIException):
    status_code = 413

    def __init__(self) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
        super().__init__(_("内容超过%(n)d MB，请分批提交。") % {"n": limit})


class JSONBody(BaseParser):
    """UTF-8 JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes and MAX_DEPTH levels; NaN and Infinity are refused."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        content = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(content) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            value = json.loads(content.decode(), parse_constant=_refuse)
        except UnicodeDecodeError as error:
            raise ParseError(_("内容不是UTF-8编码，请转换编码后重试。")) from error
        except RecursionError as error:
            raise ParseError(_("内容嵌套层次太多。")) from error
        except ValueError as error:
            raise ParseError(_("内容不是正确的JSON，请检查格式。")) from error
        if _deeper_than(value, MAX_DEPTH):
            raise ParseError(_("内容嵌套层次太多。"))
        return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _deeper_than(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_deeper_than(one, levels - 1) for one in inner)


class OneShape(BaseContentNegotiation):
    """The API speaks JSON whatever a client says it accepts; the parser is chosen by the content type sent."""

    def select_parser(self, request: Any, parsers: Iterable[BaseParser]) -> BaseParser | None:
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type in (sent, "*/*")), None)

    def select_renderer(
        self, request: Any, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)
