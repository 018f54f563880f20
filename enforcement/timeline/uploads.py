"""Uploading evidence over the API: the files of one multipart request, all kept or none."""

from collections.abc import Sequence
from typing import IO, Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from enforcement.timeline import attachments
from enforcement.timeline.api import Made, Writing
from enforcement.timeline.models import Attachment
from enforcement.timeline.serializers import AttachmentSerializer, attachment_shown
from regions.api.fields import Body, Choice, Text

#: What a multipart body may weigh beyond its files.
ENVELOPE = attachments.MEGABYTE


class TooHeavy(APIException):
    status_code = 413

    def __init__(self) -> None:
        most = attachments.MAX_TOGETHER // attachments.MEGABYTE
        super().__init__(_("一次上传的文件合计不能超过%(n)d MB，请分批上传。") % {"n": most})


class EvidenceParser(MultiPartParser):
    """Multipart, refused before it is read when it is larger than the files of one request may be."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        request = (parser_context or {}).get("request")
        length = str(request.META.get("CONTENT_LENGTH") or "0") if request is not None else "0"
        if length.isdigit() and int(length) > attachments.MAX_TOGETHER + ENVELOPE:
            raise TooHeavy
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            raise ParseError(_("内容不是正确的 multipart/form-data，请检查分隔符和文件名。")) from error


class EvidenceFile(serializers.FileField):
    default_error_messages = {
        "required": gettext_lazy("请选择要上传的文件。"),
        "invalid": gettext_lazy("应为文件，请以文件形式放在 multipart/form-data 中。"),
        "empty": gettext_lazy("文件是空的，请重新选择。"),
        "no_name": gettext_lazy("文件没有名称，请命名后再传。"),
    }


class EvidenceBody(Body):
    """Photos (JPG, PNG, WebP), PDF papers and MP4 videos, told apart by content."""

    files: Any = serializers.ListField(
        child=EvidenceFile(),
        min_length=1,
        max_length=attachments.MAX_AT_ONCE,
        help_text="JPG、PNG、WebP 照片不超过 15 MB，PDF 不超过 20 MB，MP4 视频不超过 100 MB",
        error_messages={
            "required": gettext_lazy("请选择要上传的文件。"),
            "empty": gettext_lazy("请选择要上传的文件。"),
            "min_length": gettext_lazy("请选择要上传的文件。"),
            "max_length": gettext_lazy("一次最多上传{max_length}个文件，请分批上传。"),
            "not_a_list": gettext_lazy("应为文件，请以文件形式放在 multipart/form-data 中。"),
        },
    )
    label: Any = Text(required=False, allow_blank=True, max_length=20, help_text="说明，如“整改后”")
    role: Any = Choice(
        Attachment.Role.choices, required=False, allow_blank=True, help_text="用途：整改前、整改后、现场或书面材料"
    )


class EvidenceKeptSerializer(serializers.Serializer[Any]):
    """The files kept by this request."""

    attachments = AttachmentSerializer(many=True)


def upload_schema(summary: str, tag: str) -> Any:
    return extend_schema(
        summary=summary,
        tags=[tag],
        request={"multipart/form-data": EvidenceBody},
        responses={201: EvidenceKeptSerializer},
        examples=[
            OpenApiExample(
                "一张整改后照片",
                response_only=True,
                status_codes=["201"],
                value={
                    "attachments": [
                        {
                            "id": "0f6c1f1f-8a11-4a52-9a39-7b0a2f0e6a8e",
                            "name": "活性炭更换.jpg",
                            "label": "整改后",
                            "role": "after",
                            "media_type": "image/jpeg",
                            "size": 482113,
                            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                            "url": "/evidence/0f6c1f1f-8a11-4a52-9a39-7b0a2f0e6a8e/",
                            "captured_at": None,
                            "received_at": "2021-07-20T15:30:00+08:00",
                            "synthetic": False,
                        }
                    ]
                },
            )
        ],
    )


class EvidenceUpload(Writing):
    """A view that takes evidence for the row at its address. A subclass gives `policy` and `get_queryset`."""

    serializer_class = EvidenceBody
    parser_classes: Sequence[type[BaseParser]] = (EvidenceParser,)

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        subject = self.get_object()
        body = EvidenceBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        kept = attachments.attach_all(
            subject, sent["files"], by=self.officer, label=sent.get("label", ""), role=sent.get("role", "")
        )
        return Made({"attachments": [attachment_shown(row) for row in kept]}, subject.pk)
