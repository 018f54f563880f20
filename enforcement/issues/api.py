"""Issues and handoffs in the API. Handing off starts from findings, so it is posted there (`findings.api`)."""

import json
from dataclasses import asdict
from datetime import date
from functools import cache
from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.issues import actions, bulk, lifecycle
from enforcement.issues.bulk import Chosen, Outcome, Take
from enforcement.issues.filters import HandoffFilters, IssueFilters
from enforcement.issues.lifecycle import State
from enforcement.issues.models import Handoff, Issue, Responsibility
from enforcement.issues.serializers import (
    ACTIONS,
    COLUMNS,
    ActionSerializer,
    HandoffRowSerializer,
    HandoffSerializer,
    IssueRowSerializer,
    IssueSerializer,
    SeveralBody,
    SeveralSerializer,
    StandingSerializer,
    row_of,
    standing_of,
    with_bureaus,
)
from enforcement.timeline import clock
from enforcement.timeline.api import Made, Writing
from enforcement.timeline.receipts import Answer, answer_once, part_of
from enforcement.timeline.uploads import EvidenceUpload, upload_schema
from regions.api.paging import Ordering
from regions.api.views import Detail, Listing
from regions.directory import bureau_for
from regions.gatekeeper import business
from regions.scoping import Reach

NUMBER = OpenApiParameter(
    "number", {"type": "string", "pattern": "^[A-Za-z0-9-]{1,24}$"}, "path", description="编号，如 SX-2021-ZH-00557"
)


@cache
def _listed() -> Any:
    """The list's columns, named once: naming 26 of them took as long as asking for them."""
    return with_bureaus(Issue.objects.all()).values(*COLUMNS)


class IssueList(Listing):
    """可见范围内的问题，新转办的在前。"""

    policy = business("issues")
    queryset = Issue.objects.none()
    serializer_class = IssueRowSerializer
    filterset_class = IssueFilters
    columns = COLUMNS
    kept_by = frozenset({"state", "source", "severity", "overdue", "starred"})
    orderings = {"newest": Ordering(("issued_on", "id"), descending=True), "due_on": Ordering(("due_on", "id"))}

    def rows_within(self, reach: Reach) -> Any:
        return _listed().listed_within(reach, open_only=self._asks_for_open(), done_only=self._asks_for_done())

    def _asks_for_open(self) -> bool:
        asked = self.request.query_params
        states = set(asked.get("state", "").split(","))
        return "figure" not in asked and (asked.get("overdue") == "true" or states <= lifecycle.OPEN)

    def _asks_for_done(self) -> bool:
        asked = self.request.query_params
        states = asked.get("state", "")
        return bool(states) and "figure" not in asked and not lifecycle.OPEN.intersection(states.split(","))

    def today(self) -> date:
        return clock.today()

    def shown(self, page: Any) -> list[dict[str, Any]]:
        labels, today = {s: str(State(s).label) for s in {values["state"] for values in page}}, clock.today()
        return [row_of(values, labels, today) for values in page]

    @extend_schema(
        summary="问题列表",
        tags=["issues"],
        examples=[
            OpenApiExample(
                "一页",
                response_only=True,
                value={
                    "number": "SX-2021-ZH-00557",
                    "title": "某涂装车间外VOC高值",
                    "state": "rectifying",
                    "state_label": "整改中",
                    "source": "patrol",
                    "severity": "general",
                    "pollution_type": "VOC",
                    "starred": False,
                    "division": "140107",
                    "located_in": "140107",
                    "address": "",
                    "lon": 112.5863,
                    "lat": 37.8937,
                    "site": None,
                    "site_name": "",
                    "issuer": 1,
                    "verifier": 3,
                    "bureaus": ["杏花岭分局"],
                    "issued_at": "2021-07-05T10:00:00+08:00",
                    "issued_on": "2021-07-05",
                    "first_due_on": "2021-07-26",
                    "due_on": "2021-07-26",
                    "inner_due_on": None,
                    "provisional": False,
                    "overdue": False,
                    "closed_at": None,
                    "version": 3,
                    "synthetic": True,
                    "listed": False,
                    "rung": "city",
                },
            )
        ],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


class IssueDetail(Detail):
    """一个问题：责任、时间线、附件，以及本人现在能做的操作。"""

    policy = business("issues")
    queryset = Issue.objects.none()
    serializer_class = IssueSerializer
    lookup_field = "number"

    def get_queryset(self) -> Any:
        responsibilities = Responsibility.objects.select_related("bureau", "division", "handoff")
        return (
            Issue.objects.visible_to(self.request.user)
            .select_related("division", "located_in", "site", "issuer", "verifier")
            .prefetch_related(Prefetch("responsibilities", responsibilities))
        )

    @extend_schema(summary="一个问题", tags=["issues"], parameters=[NUMBER])
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


class IssueAction(Writing):
    """办理一个问题。所需内容见该问题的 `actions`。"""

    policy = business("issues")
    queryset = Issue.objects.none()
    serializer_class = ActionSerializer

    def get_queryset(self) -> Any:
        return Issue.objects.visible_to(self.request.user)

    @extend_schema(
        summary="办理",
        tags=["issues"],
        parameters=[NUMBER, OpenApiParameter("action", str, "path", enum=ACTIONS)],
        request=ActionSerializer,
        responses={200: StandingSerializer},
        examples=[
            OpenApiExample("签收", value={"version": 1}, request_only=True),
            OpenApiExample(
                "反馈", value={"version": 3, "verdict": "true", "measures": "已更换活性炭"}, request_only=True
            ),
            OpenApiExample(
                "改定内部期限",
                value={"version": 3, "due_on": "2021-07-14", "reason": "设备提前到货"},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> Any:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        entered = ActionSerializer(data=request.data)
        entered.is_valid(raise_exception=True)
        fields = dict(entered.validated_data)
        if "bureau" in fields:
            fields["bureau"] = bureau_for(self.officer, fields["bureau"], "bureau")
        after = actions.perform(kwargs["number"], kwargs["action"], by=self.officer, seen_by=self.officer, **fields)
        return Made(standing_of(after), after.pk, status=200)


class SeveralIssues(Writing):
    """对几个问题办理同一个操作：每件各自办理，互不影响，逐件回答。"""

    policy = business("issues")
    whole = False
    queryset = Issue.objects.none()
    serializer_class = SeveralBody

    @extend_schema(
        summary="批量办理",
        tags=["issues"],
        request=SeveralBody,
        responses={200: SeveralSerializer},
        examples=[
            OpenApiExample(
                "批量签收",
                value={"action": "acknowledge", "items": [{"number": "SX-2021-ZH-00557", "version": 1}]},
                request_only=True,
            ),
            OpenApiExample(
                "一件已被他人更新",
                value={
                    "done": 0,
                    "left": 1,
                    "results": [
                        {
                            "number": "SX-2021-ZH-00557",
                            "done": False,
                            "detail": "该问题刚刚已被他人更新，请刷新后再操作。",
                            "version": None,
                            "state": None,
                        }
                    ],
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> Any:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = SeveralBody(data=request.data)
        body.is_valid(raise_exception=True)
        fields = dict(body.validated_data)
        action, items, only_looks = (fields.pop(name) for name in ("action", "items", "preview"))
        if only_looks:
            numbers = [item["number"] for item in items]
            lines = bulk.preview(numbers, action, self.officer)
            shown = [
                Outcome(line.issue.number, line.part is not None, line.why, line.issue.version, str(line.issue.state))
                for line in lines
            ]
            return _answer([*shown, *(Outcome(number, False, why) for number, why in bulk.absent(numbers, lines))])
        if "bureau" in fields:
            fields["bureau"] = bureau_for(self.officer, fields["bureau"], "bureau")
        chosen = [Chosen(item["number"], item.get("version"), item.get("responsibility")) for item in items]
        return _answer(bulk.perform_each(chosen, action, self.officer, fields, self._once))

    def _once(self, one: Chosen, take: Take) -> Outcome:
        """One issue's turn, in a transaction of its own; where the request has a key, with a receipt of its own."""
        if self.keyed is None:
            return take()
        key = part_of(self.keyed, f"{one.number}:{one.responsibility or ''}")
        kept = answer_once(key, lambda: Answer(200, json.dumps(asdict(take()))), lambda _error: None)
        return Outcome(**json.loads(kept.text))


def _answer(outcomes: list[Outcome]) -> Made:
    results = [
        {"number": o.number, "done": o.done, "detail": o.words, "version": o.version, "state": o.state}
        for o in outcomes
    ]
    done = sum(o.done for o in outcomes)
    return Made({"done": done, "left": len(results) - done, "results": results}, status=200)


class IssueAttachments(EvidenceUpload):
    """为问题补充照片、文件和视频，如反馈所附的整改后照片；一次全部收下，或都不收。"""

    policy = business("issues")
    queryset = Issue.objects.none()
    lookup_field = "number"

    def get_queryset(self) -> Any:
        return Issue.objects.visible_to(self.request.user)

    @extend_schema(parameters=[NUMBER])
    @upload_schema("上传问题的材料", "issues")
    def post(self, request: Request, **kwargs: Any) -> Any:
        return super().post(request, **kwargs)


def _handoffs(officer: Any) -> Any:
    """Documents with the items this officer may see: a document may hold other counties' items too."""
    items = Responsibility.objects.filter(issue__in=Issue.objects.visible_to(officer))
    items = items.select_related("issue", "bureau", "division").order_by("item", "-weight", "pk")
    shown = Handoff.objects.visible_to(officer).select_related("bureau__division")
    return shown.prefetch_related(Prefetch("items", items, to_attr="visible_items"))


class HandoffDetail(Detail):
    """一份转办单。"""

    policy = business("handoffs")
    queryset = Handoff.objects.none()
    serializer_class = HandoffSerializer

    def get_queryset(self) -> Any:
        return _handoffs(self.request.user)

    @extend_schema(summary="一份转办单", tags=["handoffs"])
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


class HandoffListing(Listing):
    """转办单，新的在前。`findings.api` adds the POST."""

    policy = business("handoffs")
    queryset = Handoff.objects.none()
    serializer_class = HandoffRowSerializer
    filterset_class = HandoffFilters
    orderings = {"newest": Ordering(("issued_at", "id"), descending=True)}

    def get_queryset(self) -> Any:
        return Handoff.objects.visible_to(self.request.user).select_related("bureau__division")
