"""Findings in the API, and handing them off."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.findings import actions, new_sites, questions
from enforcement.findings.filters import FindingFilters
from enforcement.findings.lifecycle import State
from enforcement.findings.models import Finding
from enforcement.findings.offices import offices_below
from enforcement.findings.places import place_of
from enforcement.findings.routing import Proposal, propose, rules_of
from enforcement.findings.serializers import (
    ACTIONS,
    COLUMNS,
    CorrectionSerializer,
    FilingSerializer,
    FindingActionSerializer,
    FindingRowSerializer,
    FindingSerializer,
    FindingStandingSerializer,
    HandoffBody,
    IssuedSerializer,
    ProposalSerializer,
    row_of,
    standing_of,
)
from enforcement.issues.actions import Share
from enforcement.issues.api import HandoffListing
from enforcement.issues.models import Handoff, Issue
from enforcement.issues.serializers import HandoffRowSerializer
from enforcement.timeline import clock
from enforcement.timeline.api import Made, Writing
from enforcement.timeline.uploads import EvidenceUpload, upload_schema
from regions.api.fields import beijing
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.directory import bureaus_named, site_for, sites_for
from regions.errors import Absent, Invalid
from regions.gatekeeper import allow, business
from regions.models import Bureau, Officer, Site
from regions.registering import Stated
from regions.roles import Role

FILERS = frozenset({Role.INSPECTOR, Role.TEAM_LEADER})


class FindingList(Writing, Listing):
    """可见范围内的线索，新接收的在前。"""

    policy = business("findings")
    queryset = Finding.objects.none()
    serializer_class = FindingRowSerializer
    filterset_class = FindingFilters
    columns = COLUMNS
    orderings = {"newest": Ordering(("received_at", "id"), descending=True)}

    def get_queryset(self) -> Any:
        return Finding.objects.visible_to(self.request.user)

    def shown(self, page: Any) -> list[dict[str, Any]]:
        labels = {state.value: str(state.label) for state in State}
        return [row_of(values, labels) for values in page]

    @extend_schema(summary="线索列表", tags=["findings"])
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)

    @extend_schema(
        summary="填报线索",
        tags=["findings"],
        request=FilingSerializer,
        responses={201: FindingStandingSerializer},
        examples=[
            OpenApiExample(
                "走航高值",
                request_only=True,
                value={
                    "title": "某涂装车间外VOC高值",
                    "source": "patrol",
                    "lon": 112.5863,
                    "lat": 37.8937,
                    "receiver": 1,
                    "occurred_at": "2021-07-05T10:00:00+08:00",
                },
            )
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = FilingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        officer = self.officer
        filer = entered.pop("filer", None) or only_bureau(officer, FILERS, "filer")
        found = bureaus_of(officer, {"filer": [filer], "receiver": [entered.pop("receiver")]})
        entered["site"] = site_for(officer, entered.get("site"))
        entered["answers"] = answers_of(entered.get("answers"), entered["source"], entered.get("pollution_type", ""))
        entered["same_as"] = _open_issue(officer, entered.get("same_as", ""))
        entered |= _new_site(entered)
        entered |= _place(entered, officer)
        finding = actions.file_finding(by=officer, filer=found["filer"][0], receiver=found["receiver"][0], **entered)
        return Made(standing_of(finding), finding.pk)


class FindingDetail(Detail):
    """一条线索：附件、时间线，以及本人现在能做的操作。"""

    policy = business("findings")
    queryset = Finding.objects.none()
    serializer_class = FindingSerializer

    def get_queryset(self) -> Any:
        return Finding.objects.visible_to(self.request.user).select_related(
            "located_in", "issue", "filer", "receiver", "filed_by", "confirmed_by"
        )

    @extend_schema(summary="一条线索", tags=["findings"])
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


class FindingProposal(Endpoint):
    """转办规则建议由谁承办；由接收单位的转办员查询。另选单位转办时，该项须写 `deviates: true`。"""

    policy = allow(Role.DISPATCHER, scope="findings")
    queryset = Finding.objects.none()
    serializer_class = ProposalSerializer

    @extend_schema(
        summary="转办建议",
        tags=["findings"],
        responses=ProposalSerializer,
        examples=[
            OpenApiExample(
                "按第3版第2条",
                response_only=True,
                value={"bureau": 5, "bureau_name": "杏花岭分局", "version": 3, "rule": 2},
            )
        ],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        rows = Finding.objects.visible_to(request.user).select_related("located_in__parent", "receiver__division")
        finding = get_object_or_404(rows, pk=kwargs["pk"])
        own = [p for p in self.officer.postings_on(clock.today()) if p.role == Role.DISPATCHER]
        if finding.receiver_id not in {p.bureau_id for p in own}:
            raise Absent(_("没有找到您要的内容。"))  # a bureau's rules are its own people's
        proposal = propose(finding, rules_of(finding.receiver), offices_below(finding.receiver))
        if proposal.bureau is None:
            raise Absent(_("没有建议的承办单位，请自行选择。"))
        return Response(proposed(proposal))


class FindingAction(Writing):
    """办理一条线索；转办见 `POST handoffs/`。"""

    policy = business("findings")
    queryset = Finding.objects.none()
    serializer_class = FindingActionSerializer

    def get_queryset(self) -> Any:
        return Finding.objects.visible_to(self.request.user)

    @extend_schema(
        summary="办理线索",
        tags=["findings"],
        parameters=[OpenApiParameter("action", str, "path", enum=ACTIONS)],
        request=FindingActionSerializer,
        responses={200: FindingStandingSerializer},
        examples=[
            OpenApiExample("提交审核", value={"version": 1}, request_only=True),
            OpenApiExample("确认并指明点位", value={"version": 2, "site": 31}, request_only=True),
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        finding = get_object_or_404(self.get_queryset(), pk=kwargs["pk"])
        body = FindingActionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        if "issue" in entered:
            issues = Issue.objects.visible_to(request.user)
            entered["issue"] = issues.filter(number=entered["issue"]).first()
            if entered["issue"] is None:
                raise Invalid(_("没有这个问题，请核对编号。"), field="issue")
        if "site" in entered:
            entered["site"] = site_for(self.officer, entered["site"])
        after = actions.perform(finding, kwargs["action"], by=self.officer, **entered)
        return Made(standing_of(after), after.pk, status=200)


class FindingCorrection(Writing):
    """修改草稿；原内容保留为一个版本，见该线索的 `versions`。"""

    policy = business("findings")
    queryset = Finding.objects.none()
    serializer_class = CorrectionSerializer

    def get_queryset(self) -> Any:
        return Finding.objects.visible_to(self.request.user)

    @extend_schema(
        summary="修改线索",
        tags=["findings"],
        request=CorrectionSerializer,
        responses={201: FindingStandingSerializer},
        examples=[
            OpenApiExample(
                "改正坐标和地址",
                request_only=True,
                value={"version": 1, "lon": 112.5871, "lat": 37.8942, "address": "胜利街与解放路口东北角"},
            )
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        finding = self.get_object()
        body = CorrectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        changes = dict(body.validated_data)
        if "site" in changes:
            changes["site"] = site_for(self.officer, changes["site"])
        if "answers" in changes:
            source, kind = changes.get("source", finding.source), changes.get("pollution_type", finding.pollution_type)
            changes["answers"] = answers_of(changes["answers"], source, kind)
        changes |= _new_site(changes)
        after = actions.correct(finding, by=self.officer, version=changes.pop("version"), **changes)
        return Made(standing_of(after), after.pk)


class FindingAttachments(EvidenceUpload):
    """为线索补充照片、文件和视频；一次全部收下，或都不收。"""

    policy = business("findings")
    queryset = Finding.objects.none()

    def get_queryset(self) -> Any:
        return Finding.objects.visible_to(self.request.user)

    @upload_schema("上传线索的材料", "findings")
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)


class HandoffList(Writing, HandoffListing):
    """转办单，新的在前；POST 将已确认的线索转办。"""

    @extend_schema(summary="转办单列表", tags=["handoffs"], responses=HandoffRowSerializer(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)

    @extend_schema(
        summary="转办",
        tags=["handoffs"],
        request=HandoffBody,
        responses={201: IssuedSerializer},
        examples=[
            OpenApiExample(
                "一条线索交一个单位",
                request_only=True,
                value={"items": [{"finding": "7b0a2f0e-6a8e-4a52-9a39-0f6c1f1f8a11", "bureau": 5, "verifier": 3}]},
            ),
            OpenApiExample(
                "两个单位分担",
                request_only=True,
                value={
                    "title": "7月上旬走航问题",
                    "items": [
                        {
                            "finding": "7b0a2f0e-6a8e-4a52-9a39-0f6c1f1f8a11",
                            "bureaus": [{"bureau": 5, "weight": "0.5"}, {"bureau": 6, "weight": "0.5"}],
                        }
                    ],
                },
            ),
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = HandoffBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered, officer = body.validated_data, self.officer
        items = entered["items"]
        issuer = entered.get("bureau") or only_bureau(officer, frozenset({Role.DISPATCHER}), "bureau")
        offices, sites = _offices(officer, issuer, items), _sites(officer, items)
        handoff = actions.hand_off_findings(
            [_handing(item, offices, sites) for item in items],
            issuer=offices[issuer],
            by=officer,
            title=entered.get("title", ""),
            seen_by=officer,
        )
        return Made(_issued(handoff, items), handoff.pk)


def only_bureau(officer: Officer, roles: frozenset[Role], field: str) -> int:
    """The one bureau the officer holds one of these roles in today. Raises Invalid for `field` when there is a choice
    to make or none to be made."""
    held = {posting.bureau_id for posting in officer.postings_on(clock.today()) if posting.role in roles}
    if len(held) != 1:
        raise Invalid(_("请指明单位。"), field=field)
    return held.pop()


def bureaus_of(officer: Officer, wanted: dict[str, list[int]]) -> dict[str, list[Bureau]]:
    """Bureaus by the field they were entered in, among those the officer finds. One statement; raises Invalid."""
    keys = {pk for keys in wanted.values() for pk in keys}
    found = bureaus_named(officer, keys)
    missing = {
        field: [_("没有这个单位，请从单位列表中选择。")] for field, pks in wanted.items() if set(pks) - set(found)
    }
    if missing:
        raise Invalid(next(iter(missing.values()))[0], errors=missing)
    return {field: [found[pk] for pk in pks] for field, pks in wanted.items()}


def _new_site(entered: dict[str, Any]) -> dict[str, Stated | None]:
    """The new site as the actions take it, out of the fields of the body: nothing where they are left out, None for none."""
    said = {name: entered.pop(f"new_site_{name}", None) for name in ("name", "uscc", "industry")}
    if all(value is None for value in said.values()):
        return {}
    return {"new_site": Stated(**{name: value or "" for name, value in said.items()}) if any(said.values()) else None}


def answers_of(given: dict[str, str] | None, source: str, pollution_type: str) -> dict[str, str]:
    """Answers as kept. Raises Invalid for one that won't do, and for a question that isn't asked here."""
    if not given:
        return {}
    rows = questions.asked(questions.in_force(), source, pollution_type, given)
    kept, faults = questions.checked(rows, given)
    unasked = sorted(set(given) - {row.key for row in rows})
    sentences = [*faults.values(), *(_("没有“%(key)s”这个填报问题。") % {"key": key[:30]} for key in unasked)]
    if sentences:
        raise Invalid(sentences[0], errors={"answers": sentences})
    return kept


def _place(entered: dict[str, Any], officer: Officer) -> dict[str, Any]:
    """The place of a filing without degrees; of a new site its own is asked."""
    if "lon" in entered or "lat" in entered:
        for name in {"lon", "lat"} - set(entered):
            raise Invalid(_("经度和纬度请一并填写。"), field=name)
        return {}
    words = "" if entered.get("new_site") else entered.get("address", "")
    lon, lat = place_of(officer, entered["site"], words)
    return {"lon": lon, "lat": lat}


def _open_issue(officer: Officer, number: str) -> Issue | None:
    if not number:
        return None
    issue = Issue.objects.visible_to(officer).open().filter(number=number).first()
    if issue is None:
        raise Invalid(_("没有这个在办问题，请核对编号。"), field="same_as")
    return issue


def _offices(officer: Officer, issuer: int, items: list[dict[str, Any]]) -> dict[int, Bureau]:
    wanted = {"bureau": [issuer], "items": [pk for item in items for pk in _named(item)]}
    found = bureaus_of(officer, wanted)
    return {bureau.pk: bureau for bureaus in found.values() for bureau in bureaus}


def _sites(officer: Officer, items: list[dict[str, Any]]) -> dict[int | None, Site | None]:
    """The sites that items name, among those the officer may choose; None for none. One statement at most.

    Raises Invalid with the place of the item that names another.
    """
    keys = {item["site"] for item in items if item.get("site") is not None}
    found: dict[int | None, Site | None] = {None: None}
    found |= {site.pk: site for site in sites_for(officer).filter(pk__in=keys)} if keys else {}
    for place, item in enumerate(items, start=1):
        if item.get("site") not in found:
            raise Invalid(_("第%(n)d项：没有这个点位，请从点位列表中选择。") % {"n": place}, field="items")
    return found


def _named(item: dict[str, Any]) -> Iterable[int]:
    yield from (part["bureau"] for part in item.get("bureaus", []))
    yield from (item[name] for name in ("bureau", "verifier") if item.get(name))


def _handing(item: dict[str, Any], offices: dict[int, Bureau], sites: dict[int | None, Site | None]) -> actions.Handing:
    if ("bureau" in item) == bool(item.get("bureaus")):
        raise Invalid(_("每一项请填写 bureau 或 bureaus 之一。"), field="items")
    parts = item.get("bureaus") or [{"bureau": item["bureau"], "weight": Decimal(1)}]
    return actions.Handing(
        Finding(pk=item["finding"]),
        [Share(offices[part["bureau"]], part["weight"]) for part in parts],
        verifier=offices[item["verifier"]] if item.get("verifier") else None,
        starred=item["starred"],
        severity=item.get("severity", ""),
        version=item.get("version"),
        deviates=item["deviates"],
        confirms=item["confirms"],
        site=sites[item["site"]] if "site" in item else new_sites.KEEP,
    )


def proposed(proposal: Proposal) -> dict[str, Any] | None:
    """A proposal as the API shows it; nothing where it leads to no bureau."""
    if proposal.bureau is None:
        return None
    return {
        "bureau": proposal.bureau.pk,
        "bureau_name": proposal.bureau.short_name,
        "version": proposal.version,
        "rule": proposal.rule,
    }


def _issued(handoff: Handoff, items: list[dict[str, Any]]) -> dict[str, Any]:
    proposals: list[Proposal] = handoff.proposals  # type: ignore[attr-defined]  # as `hand_off_findings` gives it
    return {
        "id": handoff.pk,
        "number": handoff.number,
        "title": handoff.title,
        "bureau": handoff.bureau_id,
        "division": handoff.bureau.division.code or None,
        "issued_at": beijing(handoff.issued_at),
        "items": [
            {
                "item": row.item,
                "finding": str(items[row.item - 1]["finding"]),
                "issue": row.issue.number,
                "responsibility": row.pk,
                "bureau": row.bureau_id,
                "division": row.division.code or None,
                "weight": str(row.weight),
                "due_on": row.due_on,
                "provisional": row.provisional,
                "proposal": proposed(proposals[row.item - 1]),
            }
            for row in handoff.opened
        ],
    }
