"""Ledgers under /api/v1/: upload, look, explain the columns, bring in, see what came of it. Each one's own alone."""

from collections.abc import Sequence
from typing import IO, Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from enforcement.issues.actions import importing
from enforcement.issues.export_serializers import StopBody
from enforcement.issues.ledger_serializers import (
    LedgerBriefSerializer,
    LedgerIssueSerializer,
    LedgerSerializer,
    LedgerUpload,
    MappingBody,
)
from enforcement.issues.models import Issue, LedgerImport, LedgerRow
from enforcement.timeline.api import Made, Writing
from enforcement.timeline.uploads import ENVELOPE
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.errors import Invalid
from regions.gatekeeper import allow
from regions.models import Bureau, Officer

_FOUND = {
    "id": "5ca1ab1e-0000-4000-8000-000000000010",
    "bureau": 3,
    "name": "2021年问题台账.xlsx",
    "size": 81230,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "source": "special_check",
    "wanted": "trial",
    "stage": "done",
    "stage_label": "已完成",
    "waits": False,
    "done": 1,
    "total": 1,
    "sentence": "",
    "asked_at": "2021-08-31T09:00:00+08:00",
    "finished_at": "2021-08-31T09:00:02+08:00",
    "imported_at": None,
    "found": {
        "counts": {"rows": 120, "new": 118, "same": 0, "changed": 0, "faulty": 2},
        "sheets": [
            {
                "name": "台账",
                "rows": 120,
                "line": 2,
                "fingerprint": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
                "titles": ["编号", "问题", "县区", "交办时间"],
                "mapping": {"number": 0, "title": 1, "division": 2, "issued_on": 3},
            }
        ],
        "passed": [],
        "faults": ["工作表“台账”第17行“转办日期”：“昨天”不是日期，请写作 2021-08-04。"],
        "fault_count": 2,
        "changes": [],
    },
}


class LedgerParser(MultiPartParser):
    """Multipart, refused before it is read when it is larger than the rule in force lets a ledger be."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        request = (parser_context or {}).get("request")
        length = str(request.META.get("CONTENT_LENGTH") or "0") if request is not None else "0"
        if length.isdigit():
            importing.check_size(int(length) - ENVELOPE)
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            raise ParseError(_("内容不是正确的 multipart/form-data，请检查分隔符和文件名。")) from error


class Own(Endpoint):
    """Ledgers are their uploader's alone: another's and none at all are the same 404."""

    policy = allow(*importing.IMPORTERS, scope="own")
    queryset = LedgerImport.objects.none()
    serializer_class: Any = LedgerSerializer

    def get_queryset(self) -> QuerySet[LedgerImport]:
        return LedgerImport.objects.filter(officer=self.officer)

    def told(self, ledger: LedgerImport, code: int = status.HTTP_200_OK) -> Made:
        return Made(LedgerSerializer(self.get_queryset().get(pk=ledger.pk)).data, ledger.pk, code)


class OwnActing(Own, Writing):
    """An act on a ledger that needs nothing but to be said."""

    def act(self, request: Request, **kwargs: Any) -> Made:
        ledger = self.get_object()
        StopBody(data=request.data).is_valid(raise_exception=True)
        self.take(ledger)
        return self.told(ledger)

    def take(self, ledger: LedgerImport) -> None:
        raise NotImplementedError


@extend_schema_view(
    get=extend_schema(summary="本人的台账导入", tags=["ledgers"], responses=LedgerBriefSerializer(many=True)),
    post=extend_schema(
        summary="上传台账",
        tags=["ledgers"],
        request={"multipart/form-data": LedgerUpload},
        responses={201: LedgerSerializer},
        examples=[OpenApiExample("试读之后", _FOUND, response_only=True, status_codes=["201"])],
    ),
)
class LedgerList(Own, Listing, Writing):
    """上传后由后台试读，不写入任何问题：`waits` 为假时见 `found` 的逐行问题；无误后 `POST .../apply/` 导入。"""

    orderings = {"newest": Ordering(("asked_at", "id"), descending=True)}
    parser_classes: Sequence[type[BaseParser]] = (LedgerParser,)

    def get_serializer_class(self) -> Any:
        return LedgerBriefSerializer if self.request.method == "GET" else LedgerSerializer

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = LedgerUpload(data=request.data)
        body.is_valid(raise_exception=True)
        sent, file = body.validated_data, body.validated_data["file"]
        importing.check_size(file.size)
        bureau = _bureau(self.officer, sent.get("bureau"))
        made = importing.keep(self.officer, bureau, file.name, file.read(), source=sent["source"])
        return self.told(made, status.HTTP_201_CREATED)


@extend_schema_view(
    get=extend_schema(
        summary="一份台账及其试读结果",
        tags=["ledgers"],
        examples=[OpenApiExample("有两行需要改正", _FOUND, response_only=True)],
    )
)
class LedgerDetail(Own, Detail):
    """一份台账。"""


@extend_schema_view(
    post=extend_schema(
        summary="说明各列的含义，并再次试读",
        tags=["ledgers"],
        request=MappingBody,
        responses={200: LedgerSerializer},
        examples=[
            OpenApiExample(
                "四列",
                request_only=True,
                value={
                    "fingerprint": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
                    "mapping": {"number": 0, "title": 1, "division": 2, "issued_on": 3},
                },
            )
        ],
    )
)
class LedgerMapping(Own, Writing):
    """按表头记住列对应关系，本单位今后同样表头的台账都按此读取。"""

    serializer_class = MappingBody

    def act(self, request: Request, **kwargs: Any) -> Made:
        ledger = self.get_object()
        body = MappingBody(data=request.data)
        body.is_valid(raise_exception=True)
        importing.explain_anew(ledger, **body.validated_data)
        return self.told(ledger)


@extend_schema_view(
    post=extend_schema(summary="再次试读", tags=["ledgers"], request=StopBody, responses={200: LedgerSerializer})
)
class LedgerTrial(OwnActing):
    def take(self, ledger: LedgerImport) -> None:
        importing.ask(ledger, LedgerImport.Wanted.TRIAL)


@extend_schema_view(
    post=extend_schema(summary="导入台账", tags=["ledgers"], request=StopBody, responses={200: LedgerSerializer})
)
class LedgerApply(OwnActing):
    """整份导入，或一行也不导入；须先试读无误。之后查询进度，`imported_at` 有值即已导入。"""

    def take(self, ledger: LedgerImport) -> None:
        importing.ask(ledger, LedgerImport.Wanted.IMPORT)


@extend_schema_view(
    post=extend_schema(summary="停止处理台账", tags=["ledgers"], request=StopBody, responses={200: LedgerSerializer})
)
class LedgerStop(OwnActing):
    def take(self, ledger: LedgerImport) -> None:
        importing.DESK.stop(ledger)


@extend_schema_view(get=extend_schema(summary="台账导入的问题", tags=["ledgers"]))
class LedgerIssues(Listing):
    """这份台账各行成为了哪些问题，按台账的次序；限本人可见的。"""

    policy = allow(*importing.IMPORTERS, scope="own")
    queryset = LedgerRow.objects.none()
    serializer_class = LedgerIssueSerializer
    orderings = {"row": Ordering(("number", "id"))}

    def get_queryset(self) -> Any:
        ledger = get_object_or_404(LedgerImport.objects.filter(officer=self.officer), pk=self.kwargs["pk"])
        seen = Issue.objects.visible_to(self.request.user)
        return LedgerRow.objects.filter(ledger=ledger, issue__in=seen.values("pk")).select_related("issue")


def _bureau(officer: Officer, pk: int | None) -> Bureau:
    """The bureau named among those the officer imports for; the only one where none is named. Raises Invalid."""
    held = importing.bureaus_of(officer)
    if pk is None and len(held) == 1:
        return held[0]
    for bureau in held:
        if bureau.pk == pk:
            return bureau
    raise Invalid(_("请指明单位。"), field="bureau")
