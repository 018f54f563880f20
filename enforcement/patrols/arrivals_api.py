"""Files that arrive in pieces, under /api/v1/track-uploads/: begin, send pieces, see where it stands, finish, import.

POST   track-uploads/                          name, size, mark ... -> id, piece_bytes, received
PATCH  track-uploads/<id>/                     one piece; Upload-Offset, Upload-Checksum: sha256 <hex>
GET    track-uploads/<id>/                     received and chain, or what a worker made of the file
POST   track-uploads/<id>/actions/finish/      sha256 of the whole file, or the chain of its pieces
"""

from collections.abc import Callable, Mapping
from typing import IO, Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.patrols.actions import RunFacts, arriving, queueing
from enforcement.patrols.api import importing_bureau, registered
from enforcement.patrols.arrival_serializers import ArrivalBody, ArrivalSerializer, FinishBody
from enforcement.patrols.models import Instrument, Reading, TrackArrival, TrackUpload, Vehicle
from enforcement.timeline.api import Made, Writing
from regions.api.paging import Ordering
from regions.api.parsing import JSONBody
from regions.api.views import Detail, Endpoint, Listing
from regions.errors import Conflict, Invalid
from regions.gatekeeper import allow
from regions.models import Officer
from regions.roles import Role

#: What names a file and nothing more: sent alone for one on its way, what was stated at first stands.
OF_THE_FILE = frozenset({"name", "size", "mark", "bureau", "drive", "drive_files"})


class PieceBody(BaseParser):
    """The bytes of a piece; one byte more than a piece is read, so that a longer one is told."""

    media_type = "application/octet-stream"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return stream.read(arriving.PIECE + 1)


class Arrivals(Endpoint):
    """One's own files: another's and none at all are the same 404."""

    policy = allow(Role.INSPECTOR, Role.TEAM_LEADER, scope="patrols")
    queryset = TrackArrival.objects.none()
    serializer_class = ArrivalSerializer

    def get_queryset(self) -> QuerySet[TrackArrival]:
        return TrackArrival.objects.of(self.officer).select_related("upload")


@extend_schema_view(
    get=extend_schema(summary="我上传的轨迹文件", tags=["patrols"], responses=ArrivalSerializer(many=True)),
    post=extend_schema(
        summary="开始分段上传（同一文件未传完时续传）",
        tags=["patrols"],
        request=ArrivalBody,
        responses={201: ArrivalSerializer, 200: ArrivalSerializer},
        examples=[
            OpenApiExample(
                "两小时走航",
                value={"name": "0704.csv", "size": 1_932_735_283, "mark": "0704.csv|1932735283|1625360400000"},
                request_only=True,
            )
        ],
    ),
)
class ArrivalList(Arrivals, Listing, Writing):
    orderings = {
        "newest": Ordering(("begun_at", "id"), descending=True),
        "oldest": Ordering(("begun_at", "id")),
    }

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = ArrivalBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        bureau = importing_bureau(self.officer, sent.get("bureau"))
        facts = RunFacts(
            sent["route"],
            sent["crew"],
            registered(Vehicle, bureau, "plate", sent["vehicle"], "vehicle"),
            registered(Instrument, bureau, "serial", sent["instrument"], "instrument"),
        )
        stated = arriving.Stated(
            sent["time_zone"], sent["coordinate_system"], sent["mapping"], facts, sent["use_remembered"]
        )
        arrival, goes_on = arriving.begin(
            by=self.officer,
            bureau=bureau,
            name=sent["name"],
            size=sent["size"],
            mark=sent["mark"],
            stated=stated,
            restates=bool(set(request.data) - OF_THE_FILE),
            drive=arriving.Drive.of(sent["drive"], sent["drive_files"]),
        )
        code = status.HTTP_200_OK if goes_on else status.HTTP_201_CREATED
        return Made(ArrivalSerializer(arrival).data, arrival.pk, code)


@extend_schema_view(
    get=extend_schema(summary="一个上传文件：收到多少，读取到哪里", tags=["patrols"]),
    patch=extend_schema(
        summary="发送一段（4 MB，最后一段除外）",
        tags=["patrols"],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter(
                "Upload-Offset", int, OpenApiParameter.HEADER, required=True, description="从第几字节开始"
            ),
            OpenApiParameter(
                "Upload-Checksum", str, OpenApiParameter.HEADER, required=True, description="sha256 加十六进制摘要"
            ),
        ],
        responses={200: ArrivalSerializer},
    ),
)
class ArrivalDetail(Arrivals, Detail):
    parser_classes: tuple[type[BaseParser], ...] = (PieceBody, JSONBody)

    def get(self, request: Request, **kwargs: Any) -> Response:
        return _standing(self.get_object())

    def patch(self, request: Request, **kwargs: Any) -> Response:
        arrival = self.get_object()
        offset, sha256 = _announced(request)
        piece = request.data
        if not isinstance(piece, bytes):
            raise Invalid(_("请以 application/octet-stream 发送这一段的原始字节。"), field="piece")
        return _standing(arriving.receive(arrival, by=self.officer, offset=offset, piece=piece, sha256=sha256))


def _standing(arrival: TrackArrival) -> Response:
    return Response(ArrivalSerializer(arrival).data, headers={"Upload-Offset": str(arrival.received)})


def _announced(request: Request) -> tuple[int, str]:
    """Where a piece begins and its SHA-256, from its headers. Raises Invalid."""
    offset = request.headers.get("Upload-Offset", "")
    if not (offset.isascii() and offset.isdigit() and len(offset) <= 15):
        raise Invalid(_("请用 Upload-Offset 给出这一段从第几字节开始。"), field="offset")
    kind, _space, digest = request.headers.get("Upload-Checksum", "").strip().partition(" ")
    if kind.lower() != "sha256" or len(digest) != 64:
        raise Invalid(_("请用 Upload-Checksum 给出这一段的校验值，写作：sha256 加64位十六进制摘要。"), field="sha256")
    return int(offset), digest


def _whole(arrival: TrackArrival) -> TrackUpload:
    if arrival.upload is None:
        raise Conflict(_("文件还没有传完。"))
    return arrival.upload


def _import(upload: TrackUpload) -> None:
    if upload.reading == Reading.REFUSED:
        raise Conflict(_("您已选择不导入这个文件。改变主意请先重新试读。"))
    queueing.ask(upload, "import")


#: What is done with a file, by the officer, with the sums that were sent.
ACTIONS: Mapping[str, Callable[[TrackArrival, Officer, dict[str, str]], object]] = {
    "finish": lambda arrival, by, sums: arriving.finish(arrival, by=by, **sums),
    "abandon": lambda arrival, by, _sums: arriving.abandon(arrival, by=by),
    "read": lambda arrival, _by, _sums: queueing.ask(_whole(arrival), "trial"),
    "import": lambda arrival, _by, _sums: _import(_whole(arrival)),
    "refuse": lambda arrival, _by, _sums: queueing.refuse(_whole(arrival)),
    "stop": lambda arrival, _by, _sums: queueing.stop(_whole(arrival)),
}


@extend_schema_view(
    post=extend_schema(
        summary="传完（finish）、放弃（abandon）、试读（read）、导入（import）、不导入（refuse）、停止读取（stop）",
        tags=["patrols"],
        request=FinishBody,
        responses={200: ArrivalSerializer},
        examples=[
            OpenApiExample("传完", value={"sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
                           request_only=True),
        ],
    )
)  # fmt: skip
class ArrivalAction(Arrivals, Writing):
    def act(self, request: Request, **kwargs: Any) -> Made:
        arrival = self.get_object()
        action = ACTIONS.get(self.kwargs["action"])
        if action is None:
            raise Http404
        body = FinishBody(data=request.data)
        body.is_valid(raise_exception=True)
        action(arrival, self.officer, body.validated_data)
        return Made(ArrivalSerializer(self.get_object()).data, arrival.pk, status.HTTP_200_OK)
