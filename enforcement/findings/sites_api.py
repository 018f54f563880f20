"""A finding's new site over the API: what its reviewer decides on it."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from enforcement.findings import settling
from enforcement.findings.models import Finding
from enforcement.findings.serializers import KEY, FindingStandingSerializer, standing_of
from enforcement.timeline.api import Made, Writing
from regions.api.fields import Body, Choice, Degrees, Text, Whole
from regions.directory import site_for
from regions.gatekeeper import business


class SettlingBody(Body):
    """What is left out of name, code, industry, address and place is as its filer stated."""

    fate = Choice(
        choices=[(fate.value, fate.label) for fate in settling.FATES],
        help_text="entered 登记为新点位，known 就是名册中的一个点位，refused 不予登记",
    )
    version = Whole(required=False, help_text="所见的版本；已被他人更新则得到409")
    name = Text(max_length=120, required=False)
    uscc = Text(max_length=60, required=False, allow_blank=True, help_text="统一社会信用代码，核对校验位")
    industry = Text(max_length=60, required=False, allow_blank=True)
    address = Text(max_length=200, required=False, allow_blank=True)
    lon = Degrees(min_value=-180, max_value=180, required=False, help_text="WGS-84")
    lat = Degrees(min_value=-90, max_value=90, required=False, help_text="WGS-84")
    site = Whole(required=False, max_value=KEY, help_text="known 时：名册中的点位")
    reason = Text(max_length=settling.MOST_WORDS, required=False, allow_blank=True, help_text="refused 时必填")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("lon" in attrs) != ("lat" in attrs):
            raise serializers.ValidationError({"lon": [_("经度和纬度须同时填写。")]})
        return attrs


class FindingNewSite(Writing):
    """审核线索提出的新点位；由填报单位的组长、接收单位的组长或转办员办理，填报人自己不能。"""

    policy = business("findings")
    queryset = Finding.objects.none()
    serializer_class = SettlingBody

    def get_queryset(self) -> Any:
        return Finding.objects.visible_to(self.request.user)

    @extend_schema(
        summary="审核新点位",
        tags=["findings"],
        request=SettlingBody,
        responses={200: FindingStandingSerializer},
        examples=[
            OpenApiExample(
                "登记为新点位",
                request_only=True,
                value={"fate": "entered", "uscc": "91130200699229617X", "industry": "工业涂装"},
            ),
            OpenApiExample("名册中已有", request_only=True, value={"fate": "known", "site": 17}),
            OpenApiExample(
                "不予登记", request_only=True, value={"fate": "refused", "reason": "流动摊点，不是固定点位"}
            ),
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        finding = self.get_object()
        body = SettlingBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        mended = {name: entered.pop(name) for name in ("name", "uscc", "industry") if name in entered}
        entered["site"] = site_for(self.officer, entered.get("site"))
        after = settling.settle(finding, entered.pop("fate"), by=self.officer, mended=mended, **entered)
        return Made(standing_of(after), after.pk, status=200)
