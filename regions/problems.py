"""Errors of the API as problem+json (RFC 9457): one shape for every refusal, in words people understand."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from regions.errors import Absent, Conflict, DomainError, Invalid, Refused

MEDIA_TYPE = "application/problem+json"
_STATUS: dict[type[DomainError], int] = {
    Absent: status.HTTP_404_NOT_FOUND,
    Conflict: status.HTTP_409_CONFLICT,
    Refused: status.HTTP_403_FORBIDDEN,
    Invalid: status.HTTP_400_BAD_REQUEST,
}


def problem(code: int, detail: str, errors: dict[str, Any] | None = None, **headers: str) -> Response:
    """A problem answer: status, a sentence, and the sentences per field where there are any."""
    body: dict[str, Any] = {"type": "about:blank", "title": _title(code), "status": code, "detail": detail}
    if errors:
        body["errors"] = errors
    return Response(body, status=code, content_type=MEDIA_TYPE, headers=headers or None)


def _title(code: int) -> str:
    return {
        400: _("内容有误"),
        401: _("请先登录"),
        403: _("不能进行此操作"),
        404: _("没有找到"),
        405: _("不支持这种请求"),
        406: _("不支持这种格式"),
        409: _("与他人的操作冲突"),
        413: _("内容太大"),
        415: _("不支持这种内容类型"),
        422: _("请求与先前的不一致"),
        429: _("请求太频繁"),
        503: _("暂时不可用"),
    }.get(code, _("出错了"))


def status_of(error: DomainError) -> int:
    return next(code for kind, code in _STATUS.items() if isinstance(error, kind))


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """The DRF exception handler. Defects of ours are left to raise: they are 500 and get logged."""
    if isinstance(error, DomainError):
        set_rollback()
        return problem(status_of(error), str(error), getattr(error, "errors", None))
    if isinstance(error, DataError):
        set_rollback()
        return problem(400, _("内容超出允许范围，请检查后重试。"))
    if isinstance(error, IntegrityError):
        set_rollback()
        return problem(409, _("与已有数据冲突，请刷新后重试。"))
    if isinstance(error, OperationalError):
        set_rollback()
        return problem(503, _("系统繁忙，请稍后重试。"))
    if isinstance(error, Http404):
        return problem(404, _("没有找到您要的内容。"))
    if isinstance(error, PermissionDenied):
        return problem(403, _("您的岗位不能使用此功能。"))
    if isinstance(error, exceptions.ValidationError):
        return problem(400, _("有内容需要修改，见各项说明。"), _by_field(error.detail))
    answer = exception_handler(error, context)
    if answer is None:
        return None
    headers = {
        name: value for name, value in answer.headers.items() if name in ("Allow", "Retry-After", "WWW-Authenticate")
    }
    detail = _DETAILS.get(answer.status_code)
    return problem(answer.status_code, str(detail() if detail else error), None, **headers)


_DETAILS = {
    401: lambda: _("请先登录，或检查令牌是否有效。"),
    403: lambda: _("您的岗位不能使用此功能。"),
    404: lambda: _("没有找到您要的内容。"),
}


def _by_field(detail: Any) -> dict[str, Any]:
    if isinstance(detail, dict):
        return {str(name): _sentences(value) for name, value in detail.items()}
    return {"non_field_errors": _sentences(detail)}


def _sentences(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _sentences(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_sentences(inner) if isinstance(inner, dict | list) else str(inner) for inner in value]
    return [str(value)]
