"""Issues merged and split, over the API: what hangs together, and the acts that join and part."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.issues.actions.files import responsibilities_of
from enforcement.issues.actions.link_offers import offers
from enforcement.issues.actions.linking import LINKS
from enforcement.issues.actions.links import ACTS
from enforcement.issues.actions.splitting import LEAST, MOST, Child
from enforcement.issues.api import NUMBER
from enforcement.issues.models import Issue, MergeOffer
from enforcement.issues.related import Relation, related_of
from enforcement.issues.serializers import AvailableSerializer, StandingSerializer, standing_of
from enforcement.timeline.api import Made, Writing
from regions.api.entries import Day
from regions.api.fields import Body, Text, Whole
from regions.api.views import Endpoint
from regions.directory import bureaus_named, sites_for
from regions.errors import Absent, Invalid
from regions.gatekeeper import business
from regions.models import Officer

KEY = 2**63 - 1


class RelationSerializer(serializers.Serializer[Relation]):
    """One link. `issue` is empty where the other one isn't the reader's to see."""

    id = serializers.IntegerField(source="link.pk")
    kind = serializers.ChoiceField(
        choices=["merged_into", "merged_in", "split_from", "split_into"],
        help_text="合并到、并入、拆分自、拆分出",
    )
    issue = serializers.CharField(source="other.number", default="", help_text="另一问题的编号，无权查看时为空")
    reason = serializers.CharField(source="link.reason")
    by = serializers.CharField(source="link.by.name")
    at = serializers.DateTimeField(source="link.at")
    voided_at = serializers.DateTimeField(source="link.voided_at", allow_null=True, help_text="已撤销的时间")
    voided_why = serializers.CharField(source="link.voided_why", allow_blank=True)


class LinksSerializer(serializers.Serializer[Any]):
    links = RelationSerializer(many=True)
    actions = AvailableSerializer(many=True)


class IssueLinks(Endpoint):
    """与本问题合并、拆分的问题，以及本人现在能做的操作。"""

    policy = business("issues")
    queryset = Issue.objects.none()
    serializer_class = LinksSerializer

    @extend_schema(
        summary="问题的合并和拆分",
        tags=["issues"],
        parameters=[NUMBER],
        responses=LinksSerializer,
        examples=[
            OpenApiExample(
                "合并到另一问题",
                response_only=True,
                value={
                    "links": [
                        {
                            "id": 3,
                            "kind": "merged_into",
                            "issue": "SX-2021-ZH-00557",
                            "reason": "同一排放口",
                            "by": "李明",
                            "at": "2021-07-20T09:30:00+08:00",
                            "voided_at": None,
                            "voided_why": "",
                        }
                    ],
                    "actions": [],
                },
            )
        ],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        issue = get_object_or_404(Issue.objects.visible_to(request.user), number=kwargs["number"])
        shown = {
            "links": related_of(issue, request.user),
            "actions": offers(issue, self.officer, responsibilities_of(issue)),
        }
        return Response(LinksSerializer(shown).data)


class ChildBody(Body):
    """一个子问题。"""

    title = Text(max_length=120)
    bureau = Whole(max_value=KEY, help_text="承办单位")
    site = Whole(required=False, max_value=KEY, help_text="点位，与原问题不同时填写")
    address = Text(required=False, allow_blank=True, max_length=200)
    due_on = Day(required=False, allow_null=True, help_text="内部期限，不晚于原问题的期限；可不填")


class LinkBody(Body):
    """`into` for merge and offer_merge, `children` for split; a reason for each."""

    reason = Text()
    version = Whole(required=False, help_text="所见的版本；已被他人更新则得到409")
    into = Text(required=False, max_length=24, help_text="合并、征询合并时：保留的问题的编号")
    children: Any = serializers.ListSerializer(
        child=ChildBody(), required=False, min_length=LEAST, max_length=MOST, help_text="拆分时：子问题"
    )


class LinkedSerializer(StandingSerializer):
    """The same of an issue joined or parted."""

    merge_offer = serializers.IntegerField(allow_null=True, help_text="征询合并时：合并征询的标识；其他操作为空")


class IssueLink(Writing):
    """合并、拆分，及其撤销；由转办单位的转办员办理。"""

    policy = business("issues")
    queryset = Issue.objects.none()
    serializer_class = LinkBody

    def get_queryset(self) -> Any:
        return Issue.objects.visible_to(self.request.user)

    @extend_schema(
        summary="合并和拆分",
        tags=["issues"],
        parameters=[NUMBER, OpenApiParameter("action", str, "path", enum=sorted(LINKS))],
        request=LinkBody,
        responses={200: LinkedSerializer},
        examples=[
            OpenApiExample(
                "合并、征询合并", value={"into": "SX-2021-ZH-00557", "reason": "同一排放口"}, request_only=True
            ),
            OpenApiExample(
                "拆分",
                value={
                    "reason": "涉及两个单位",
                    "children": [
                        {"title": "涂装车间", "bureau": 5, "due_on": "2021-07-16"},
                        {"title": "喷漆房", "bureau": 6},
                    ],
                },
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        action, number = kwargs["action"], kwargs["number"]
        if action not in LINKS:
            raise Absent(_("没有找到您要的内容。"))
        body = LinkBody(data=request.data)
        body.is_valid(raise_exception=True)
        done = ACTS[action](
            number, by=self.officer, seen_by=self.officer, **_entered(action, body.validated_data, self.officer)
        )
        offered, after = (done.pk, done.issue) if isinstance(done, MergeOffer) else (None, done)
        return Made({**standing_of(after), "merge_offer": offered}, after.pk, status=200)


def _entered(action: str, given: dict[str, Any], officer: Officer) -> dict[str, Any]:
    """What the action takes. Raises Invalid for what it needs and what isn't its own."""
    entered = dict(given)
    for name in ("into", "children"):
        if name in LINKS[action].needs and not entered.get(name):
            raise Invalid(_("请填写此项。"), field=name)
        if name not in LINKS[action].needs and name in entered:
            raise Invalid(_("此操作不接受此项内容。"), field=name)
    if "children" in entered:
        entered["children"] = _children(entered["children"], officer)
    return entered


def _children(rows: list[dict[str, Any]], officer: Officer) -> list[Child]:
    bureaus = bureaus_named(officer, [row["bureau"] for row in rows])
    sites = {
        site.pk: site for site in sites_for(officer).filter(pk__in=[row["site"] for row in rows if row.get("site")])
    }
    if any(row["bureau"] not in bureaus for row in rows):
        raise Invalid(_("没有这个单位，请从单位列表中选择。"), field="children")
    if any(row.get("site") and row["site"] not in sites for row in rows):
        raise Invalid(_("没有这个点位，请从点位列表中选择。"), field="children")
    return [
        Child(
            row["title"],
            bureaus[row["bureau"]],
            sites.get(row.get("site") or 0),
            row.get("address", ""),
            row.get("due_on"),
        )
        for row in rows
    ]
