"""Routing rules: what is in force, its versions, and the next one, tried on last month's findings before it is kept."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enforcement.findings.models import RoutingRule, RoutingTable
from enforcement.findings.offices import offices_below
from enforcement.findings.routing import in_force, publish, try_rules
from enforcement.findings.routing_forms import VersionForm, divisions_of, head_of, rule_forms
from enforcement.timeline import clock
from regions.errors import Conflict, DomainError
from regions.forms import put_errors
from regions.gatekeeper import OfficerRequest, allow, policy
from regions.models import Bureau
from regions.roles import Role

SHOWN_CHANGES, SHOWN_VERSIONS = 50, 20


@policy(allow(Role.DISPATCHER, scope="findings"))
@require_http_methods(["GET", "HEAD", "POST"])
def routing(request: OfficerRequest) -> HttpResponse:
    """One page: fill in, try, publish. What was filled in travels along in the form."""
    issuer = _issuer(request)
    offices, divisions = offices_below(issuer), divisions_of(issuer)
    versions = RoutingTable.objects.visible_to(request.user).filter(bureau=issuer).select_related("published_by")
    current = in_force(issuer)
    context: dict[str, Any] = {
        "issuer": issuer,
        "current": current,
        "versions": versions.order_by("-version")[:SHOWN_VERSIONS],
        "today": clock.today(),
        "offices": sorted(offices.by_name),
        "places": sorted({row.name for row in divisions.values()}),
    }
    if request.method != "POST":
        newest = versions.order_by("-version").first()
        kept = list(newest.rules.select_related("division", "bureau")) if newest else []
        rows = rule_forms(offices, divisions, rules=kept)
        head = head_of(newest.version if newest else 0)
        return render(request, "findings/routing.html", {**context, "head": head, "rows": rows})
    head, rows = VersionForm(request.POST), rule_forms(offices, divisions, data=request.POST)
    context |= {"head": head, "rows": rows}
    if not all([head.is_valid(), *(row.is_valid() for row in rows)]):
        return render(request, "findings/routing.html", context, status=400)
    rules = [rule for row in rows if (rule := row.rule) is not None]
    if request.POST.get("step") == "publish":
        return _publish(request, issuer, head, rules, context)
    context["trial"] = trial = try_rules(rules, issuer, request.user, offices)
    context["changed"] = trial.changed[:SHOWN_CHANGES]
    return render(request, "findings/routing.html", context)


def _publish(
    request: OfficerRequest, issuer: Bureau, head: VersionForm, rules: list[RoutingRule], context: dict[str, Any]
) -> HttpResponse:
    entered = head.cleaned_data
    try:
        table = publish(
            rules,
            issuer=issuer,
            by=request.user,
            valid_from=entered["valid_from"],
            basis=entered["basis"],
            after=entered["after"],
        )
    except DomainError as error:
        put_errors(head, error)
        status = 409 if isinstance(error, Conflict) else 400
        return render(request, "findings/routing.html", context, status=status)
    messages.success(request, _("已发布转办规则第%(n)d版。") % {"n": table.version})
    return redirect("findings:routing")


def _issuer(request: OfficerRequest) -> Bureau:
    """The bureau this officer dispatches for; with several, the first by name."""
    held = [p.bureau for p in request.user.postings_on(clock.today()) if p.role == Role.DISPATCHER]
    return min(held, key=lambda bureau: bureau.name)
