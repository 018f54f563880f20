"""The OpenAPI description, generated from the views, made once per process and language."""

import json
from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from regions.api.views import Endpoint
from regions.gatekeeper import PUBLIC

MEDIA_TYPE = "application/problem+json"
PROBLEM = {
    "type": "object",
    "description": "RFC 9457。detail 是一句话的原因，errors 是各项内容的说明。",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {}},
    },
    "example": {
        "type": "about:blank",
        "title": "内容有误",
        "status": 400,
        "detail": "有内容需要修改，见各项说明。",
        "errors": {"title": ["请填写此项。"]},
    },
}
_WORDS = {
    400: "内容有误",
    401: "未登录或令牌无效",
    403: "岗位不能进行此操作，detail 说明原因",
    404: "没有，或不在可见范围内",
    409: "与他人的操作冲突，或状态已变",
    413: "内容太大",
    415: "不支持的内容类型",
    422: "Idempotency-Key 已用于另一个请求",
    429: "请求太频繁",
    503: "暂时不可用",
}
_ALWAYS = (400, 401, 403, 429, 503)
_WRITING = (404, 409, 413, 415, 422)


class KnoxScheme(OpenApiAuthenticationExtension):
    target_class = "regions.api.authentication.TokenAuthentication"
    name = "Token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token 加空格加令牌"}


class Operation(AutoSchema):
    """One operation; views that take POST with `Idempotency-Key` say so by `takes_key`."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if self.method == "POST" and getattr(self.view, "takes_key", False):
            key = {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^[!-~]+$"}
            text = "同一键、同一内容的请求只办一次，再发得到第一次的回答；同一键、另一内容得到422。"
            parameters.append(OpenApiParameter("Idempotency-Key", key, OpenApiParameter.HEADER, description=text))
        return parameters


def add_problems(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Every operation may refuse: with a problem, and with the statuses that can happen there."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            codes = {*_ALWAYS, *((404,) if "{" in path else ()), *(_WRITING if method in {"post", "patch"} else ())}
            for code in sorted(codes):
                operation["responses"].setdefault(str(code), _problem(code))
    return result


def _problem(code: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": _WORDS[code], "content": content}


class Schema(Endpoint):
    """OpenAPI 3 of this API, as JSON."""

    policy = PUBLIC
    schema = None
    authentication_classes = ()

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(_generated(translation.get_language() or ""), content_type="application/json")


@lru_cache(maxsize=4)
def _generated(language: str) -> bytes:
    described = SchemaGenerator(urlconf="config.urls").get_schema(request=None, public=True)
    return bytes(OpenApiJsonRenderer().render(json.loads(json.dumps(described, default=str))))
