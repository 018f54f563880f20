"""Handing off: tick findings, say who answers for each, look at the document, issue it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods

from enforcement.findings import actions
from enforcement.findings.handing import (
    MOST,
    DocumentForm,
    ItemForm,
    as_if_sent,
    item_forms,
    selected_findings,
)
from enforcement.findings.models import Finding
from enforcement.findings.offices import Offices, offices_below
from enforcement.findings.routing import rules_of
from enforcement.issues import rules
from enforcement.issues.actions.handing_off import policies_on, policy_for
from enforcement.timeline import clock
from regions.errors import Conflict, DomainError
from regions.gatekeeper import OfficerRequest, allow, policy
from regions.models import Bureau, WorkCalendar
from regions.roles import Role


@policy(allow(Role.DISPATCHER, scope="findings"))
@require_http_methods(["GET", "HEAD", "POST"])
def hand_off(request: OfficerRequest) -> HttpResponse:
    """Three steps on one address: fill in, preview, issue. What was filled in travels along in the form.

    With `?preview=1` what the rules propose is shown as the document it would be, where nothing is missing.
    """
    source = request.POST if request.method == "POST" else request.GET
    keys = source.getlist("selected")
    if len(keys) > MOST:
        messages.error(request, _("一份转办单一次最多选择%(n)d条线索，请分批转办。") % {"n": MOST})
        return redirect("findings:list")
    findings = selected_findings(request.user, keys)
    if not findings:
        messages.warning(request, _("请先勾选由本单位转办、已确认的线索。"))
        return redirect("findings:list")
    issuer = findings[0].receiver
    apart = [f for f in findings if f.receiver_id != issuer.pk]
    findings = [f for f in findings if f.receiver_id == issuer.pk]
    if apart:
        messages.warning(request, _("有%(n)d条线索由其他单位转办，没有列入。") % {"n": len(apart)})
    if len(findings) + len(apart) < len(set(keys)) and request.method != "POST":
        messages.warning(request, _("有的线索已被转办或不由您转办，没有列入。"))
    offices = offices_below(issuer)
    if request.method != "POST":
        return _begin(request, issuer, offices, findings)
    return _posted(request, issuer, offices, findings)


def _begin(request: OfficerRequest, issuer: Bureau, offices: Offices, findings: Sequence[Finding]) -> HttpResponse:
    rules_ = rules_of(issuer)
    head = DocumentForm(initial={"title": _title(findings)})
    items = item_forms(findings, issuer, offices, rules_, request.user)
    if request.GET.get("preview") == "1":
        sent = as_if_sent(head, items)
        proposed, filled = DocumentForm(sent), item_forms(findings, issuer, offices, rules_, request.user, sent)
        if all([proposed.is_valid(), *(item.is_valid() for item in filled)]):
            return _preview(request, issuer, proposed, filled)
    return _fill_in(request, issuer, offices, head, items)


def _posted(request: OfficerRequest, issuer: Bureau, offices: Offices, findings: Sequence[Finding]) -> HttpResponse:
    head = DocumentForm(request.POST)
    items = item_forms(findings, issuer, offices, rules_of(issuer), request.user, request.POST)
    missing = len(findings) < len(set(request.POST.getlist("selected")))
    sound = all([head.is_valid(), *(item.is_valid() for item in items)])
    moved = [item for item in items if item.is_bound and str(item["finding"].value()) != str(item.row.pk)]
    if missing or moved:
        messages.error(request, _("所选线索刚刚有变化，没有转办。请核对余下的线索后再提交。"))
        head = DocumentForm(initial={"title": request.POST.get("title", "")[:120]})
        items = item_forms(findings, issuer, offices, rules_of(issuer), request.user)
        return _fill_in(request, issuer, offices, head, items, status=409)
    if not sound:
        return _fill_in(request, issuer, offices, head, items, status=400)
    step = request.POST.get("step")
    if step == "edit":
        return _fill_in(request, issuer, offices, head, items)
    if step != "issue":
        return _preview(request, issuer, head, items)
    try:
        handoff = actions.hand_off_findings(
            [item.handing for item in items], issuer=issuer, by=request.user, title=head.cleaned_data["title"]
        )
    except DomainError as error:
        messages.error(request, _("没有转办：%(why)s") % {"why": error})
        return _fill_in(request, issuer, offices, head, items, status=409 if isinstance(error, Conflict) else 400)
    messages.success(request, _("已转办，文号%(number)s。") % {"number": handoff.number})
    return redirect("issues:handoff", handoff.pk)


def _title(findings: Sequence[Finding]) -> str:
    """A document of several items is named by their number: its title is read by all who receive one of them."""
    if len(findings) == 1:
        return findings[0].title
    with override(settings.LANGUAGE_CODE):  # a paper of the office, whatever language its writer reads the pages in
        return _("大气污染问题转办（共%(n)d项）") % {"n": len(findings)}


def _fill_in(
    request: OfficerRequest,
    issuer: Bureau,
    offices: Offices,
    head: DocumentForm,
    items: Sequence[ItemForm],
    status: int = 200,
) -> HttpResponse:
    context = {"issuer": issuer, "offices": offices.by_name.values(), "head": head, "items": items}
    return render(request, "findings/hand_off.html", context, status=status)


def _preview(request: OfficerRequest, issuer: Bureau, head: DocumentForm, items: Sequence[ItemForm]) -> HttpResponse:
    """The document as it will be issued, with the dates that follow from it."""
    today = clock.today()
    policies, calendar = policies_on(today), WorkCalendar.current().value()

    def due(item: ItemForm) -> Any:
        rule = policy_for(policies, item.row.source, item.cleaned_data["severity"])
        return rules.due(rule, today, rule.overall_days, calendar)

    try:
        rows = [{"form": item, "finding": item.row, "shares": item.shares, "due": due(item)} for item in items]
    except DomainError as error:
        messages.error(request, str(error))
        return _fill_in(request, issuer, offices_below(issuer), head, items, status=400)
    context = {"issuer": issuer, "head": head, "rows": rows, "today": today, "officer_name": request.user.name,
               "confirms": any(item.awaits_review for item in items)}  # fmt: skip
    return render(request, "findings/preview.html", context)
