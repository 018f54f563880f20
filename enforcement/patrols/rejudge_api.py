"""A run judged by another version of the rules, to compare, under /api/v1/patrol-runs/{id}/rules/: what its page shows."""

import math
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.issues.models import Severity
from enforcement.patrols import actions
from enforcement.patrols.dropping import SHOWN, why_dropped
from enforcement.patrols.models import HotSpotRule, PatrolRun
from enforcement.patrols.serializers import BeijingTime
from enforcement.patrols.tracks import judging
from enforcement.patrols.tracks.hotspots import Dropped, FoundHotSpot
from regions.api.views import Endpoint
from regions.errors import Invalid
from regions.gatekeeper import business


class JudgingRuleSerializer(serializers.Serializer[HotSpotRule]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    channel = serializers.CharField()
    unit = serializers.CharField()
    valid_from = serializers.DateField()
    compare_only = serializers.BooleanField(help_text="仅供比较，不用于判定")


class FoundSerializer(serializers.Serializer[Any]):
    """A stretch above the limits. Values in the rule's unit, places in WGS-84; `ratio` is null over a background of 0."""

    started_at = BeijingTime()
    ended_at = BeijingTime()
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    peak = serializers.FloatField()
    background = serializers.FloatField()
    ratio = serializers.FloatField(allow_null=True)
    over_s = serializers.FloatField(help_text="超限秒数")
    severity = serializers.ChoiceField(choices=Severity.choices, allow_blank=True)


class KeptSerializer(FoundSerializer):
    hot_spot = serializers.UUIDField()
    number = serializers.IntegerField()


class DroppedSerializer(FoundSerializer):
    why = serializers.ChoiceField(choices=judging.FAULTS)
    sentence = serializers.CharField()


class RejudgedSerializer(serializers.Serializer[Any]):
    """`kept` both have, `new` only this rule finds, `gone` (hot spots) it doesn't find; `dropped` it takes for none, each
    with why, the first of `dropped_count`. `rule` is null where no rule fits the run's channels."""

    rules = JudgingRuleSerializer(many=True)
    rule = serializers.IntegerField(allow_null=True)
    kept = KeptSerializer(many=True)
    new = FoundSerializer(many=True)
    gone = serializers.ListField(child=serializers.UUIDField())
    dropped = DroppedSerializer(many=True)
    dropped_count = serializers.IntegerField()


EXAMPLE = OpenApiExample(
    "一段过短的超限",
    value={
        "rules": [{
            "id": 2, "name": "TVOC 默认规则 第2版", "channel": "TVOC", "unit": "ppb", "valid_from": "2026-11-01",
            "compare_only": False,
        }],
        "rule": 2, "kept": [], "new": [], "gone": [], "dropped_count": 1,
        "dropped": [{
            "started_at": "2021-07-01T09:10:00+08:00", "ended_at": "2021-07-01T09:10:03+08:00", "lon": 112.5, "lat": 37.8,
            "peak": 310.0, "background": 40.0, "ratio": 7.75, "over_s": 3.0, "severity": "", "why": "short",
            "sentence": "超限 3 秒，不足 10 秒",
        }],
    },
    response_only=True,
)  # fmt: skip


class PatrolRunRules(Endpoint):
    """按另一版规则重判一次走航，只供比较，不改变已登记的热点。"""

    policy = business("patrols")
    queryset = PatrolRun.objects.none()
    serializer_class = RejudgedSerializer
    query_fields = frozenset({"rule"})

    def get_queryset(self) -> QuerySet[PatrolRun]:
        return PatrolRun.objects.visible_to(self.officer).select_related("rule", "instrument")

    @extend_schema(
        summary="换规则重判一次走航",
        tags=["patrols"],
        parameters=[OpenApiParameter("rule", int, "query", description="rules 中的编号；不填为第一个")],
        responses=RejudgedSerializer,
        examples=[EXAMPLE],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        run = self.get_object()
        rules, wanted = actions.rules_for(run), request.query_params.get("rule", "")
        rule = next((one for one in rules if str(one.pk) == wanted), None)
        if wanted and rule is None:
            raise Invalid(_("这次走航没有这个规则，请从 rules 中选择。"), field="rule")
        rule = rule or next(iter(rules), None)
        told = _told(actions.rejudge(run, rule, self.officer)) if rule else NOTHING
        return Response(RejudgedSerializer({"rules": rules, "rule": rule and rule.pk, **told}).data)


NOTHING: dict[str, Any] = {"kept": [], "new": [], "gone": [], "dropped": [], "dropped_count": 0}


def _told(found: actions.Rejudged) -> dict[str, Any]:
    return {
        "kept": [{"hot_spot": spot.pk, "number": spot.number, **_found(one)} for spot, one in found.kept],
        "new": [_found(one) for one in found.new],
        "gone": [spot.pk for spot in found.gone],
        "dropped": [_dropped(one, found.rule) for one in found.dropped[:SHOWN]],
        "dropped_count": len(found.dropped),
    }


def _dropped(one: Dropped, rule: HotSpotRule) -> dict[str, Any]:
    spot = one.described()
    return {**_found(spot), "why": one.why, "sentence": why_dropped(one, spot, rule)}


def _found(one: FoundHotSpot) -> dict[str, Any]:
    return {
        "started_at": datetime.fromtimestamp(one.started_ms / 1000, tz=UTC),
        "ended_at": datetime.fromtimestamp(one.ended_ms / 1000, tz=UTC),
        "lon": round(one.lon, 6),
        "lat": round(one.lat, 6),
        "peak": round(one.peak, 4),
        "background": round(one.background, 4),
        "ratio": round(one.ratio, 4) if math.isfinite(one.ratio) else None,
        "over_s": round(one.over_s, 1),
        "severity": one.severity,
    }
