"""Errors of the API as problem+json (RFC 9457): one shape for every refusal, in words people understand."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from regions.errors import Absent, Conflict, DomainError, Invalid, Mismatch, Refused

MEDIA_TYPE = "application/problem+json"
_STATUS: dict[type[DomainError], int] = {
    Absent: status.HTTP_404_NOT_FOUND,
    Conflict: status.HTTP_409_CONFLICT,
    Refused: status.HTTP_403_FORBIDDEN,
    Invalid: status.HTTP_400_BAD_REQUEST,
    Mismatch: status.HTTP_422_UNPROCESSABLE_ENTITY,
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
        500: _("系统出错"),
        503: _("暂时不可用"),
    }.get(code, _("出错了"))


def status_of(error: DomainError) -> int:
    return next(code for kind, code in _STATUS.items() if isinstance(error, kind))


def problem_response(error: Exception, context: dict[str, Any]) -> Response:
    """The DRF exception handler. A defect of ours is logged and announced as Django does, and answered 500."""
    if isinstance(error, DomainError):
        set_rollback()
        return problem(status_of(error), str(error), getattr(error, "errors", None))
    for kinds, code, detail in _PLAIN:
        if isinstance(error, kinds):
            set_rollback()
            return problem(code, str(detail))
    if isinstance(error, exceptions.ValidationError):
        return problem(400, _("有内容需要修改，见各项说明。"), _by_field(error.detail))
    answer = exception_handler(error, context)
    if answer is None:
        return _defect(error, context)
    passed_on = {"Allow", "Retry-After", "WWW-Authenticate"}
    headers = {name: value for name, value in answer.headers.items() if name in passed_on}
    return problem(answer.status_code, _detail(error, answer.status_code, context), None, **headers)


def _defect(error: Exception, context: dict[str, Any]) -> Response:
    request = context.get("request")
    plain = getattr(request, "_request", request)
    logging.getLogger("django.request").error("API: %s", getattr(plain, "path", ""), exc_info=error)
    got_request_exception.send(sender=None, request=plain)
    set_rollback()
    return problem(500, _("系统出错，已记录，请稍后再试。"))


def _detail(error: Exception, code: int, context: dict[str, Any]) -> str:
    if isinstance(error, exceptions.Throttled):
        return _("请求太频繁，请%(n)s秒后再试。") % {"n": max(1, round(getattr(error, "wait", None) or 1))}
    if isinstance(error, exceptions.MethodNotAllowed):
        return _("这个地址不支持这种请求方法。")
    if isinstance(error, exceptions.UnsupportedMediaType):
        parsers = getattr(context.get("view"), "parser_classes", ())
        taken = _("、").join(parser.media_type for parser in parsers) or "application/json"
        return _("请以 %(type)s 发送内容。") % {"type": taken}
    if code == 403 and "CSRF" in str(error):
        return _("页面已过期，请刷新后重试。")
    words = _DETAILS.get(code)
    return str(words) if words else str(error)


_DETAILS = {
    401: gettext_lazy("请先登录，或检查令牌是否有效。"),
    403: gettext_lazy("您的岗位不能使用此功能。"),
    404: gettext_lazy("没有找到您要的内容。"),
}
_PLAIN: tuple[tuple[type[Exception], int, Any], ...] = (
    (Http404, 404, _DETAILS[404]),
    (PermissionDenied, 403, _DETAILS[403]),
    (RequestDataTooBig, 413, gettext_lazy("内容太大，请分批提交。")),
    (SuspiciousOperation, 400, gettext_lazy("请求不合规，请检查后重试。")),
    (UnreadablePostError, 400, gettext_lazy("内容没有传完，请重试。")),
    (DataError, 400, gettext_lazy("内容超出允许范围，请检查后重试。")),
    (IntegrityError, 409, gettext_lazy("与已有数据冲突，请刷新后重试。")),
    (OperationalError, 503, gettext_lazy("系统繁忙，请稍后重试。")),
)


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
