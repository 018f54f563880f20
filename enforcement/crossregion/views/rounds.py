"""The list of rounds, the page of one, its steps, its targets. Who may not know of a round is answered as if none were.

Targets are shown in answer to a POST: reading them is a step of its own, on record.
"""

from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.crossregion import actions
from enforcement.crossregion.forms import RoundForm, StepForm
from enforcement.crossregion.lifecycle import OF_MEMBERS, ORGANISERS, STEPS, UNDER_WAY, State
from enforcement.crossregion.models import Round
from enforcement.crossregion.wording import RULES, ability_names, cut_short, explained, rule_names, sentence
from enforcement.timeline import acting, anchors, pledges
from enforcement.timeline.telling import events_of, tell
from regions import keyset
from regions.errors import Conflict, Invalid, Refused
from regions.forms import put_errors
from regions.gatekeeper import OfficerRequest, allow, business, policy
from regions.models import Officer

SIZE = 40
#: Steps that bring a round on, and the words said before some are taken.
FORWARD = {"commit", "draw", "release", "close", "report"}
WARNINGS = {
    "commit": gettext_lazy("封存后，队伍、县区、规则和点位登记都不能再改；要改须退回筹备，重新封存。"),
    "draw": gettext_lazy("由后台抽取，可离开本页，结果出来后在本页查看。"),
    "release": gettext_lazy("公布后揭示种子，并为各队队员开放其受检县区，直至移交期结束。不能撤回。"),
    "void": gettext_lazy("作废后不能恢复。名单以外的人不会得知有过这一轮。"),
    "reopen": gettext_lazy("原承诺作废，其种子记入时间线，再次封存时另生成种子。"),
}
#: Of a change when the teams are out.
OUT = gettext_lazy(
    "队伍已经出发：原县区的权限今天结束，新县区的权限今天开始，已检查的点位不变，有关人员会收到通知。改动由核验程序逐条检查。"
)
REPLACED = gettext_lazy(
    "队伍已经出发：离队的人权限今天结束，此后不能填报；补充的人今天起有受检县区的权限。有关人员会收到通知，改动由核验程序逐条检查。"
)
MEMBERS_EVENTS = frozenset(STEPS[action].event for action in OF_MEMBERS)
TONES = {
    State.DRAFT: "draft", State.COMMITTED: "confirmed", State.DRAWN: "verified", State.RELEASED: "acknowledged",
    State.CLOSED: "closed", State.VOID: "void",
}  # fmt: skip


def officer_of(request: HttpRequest) -> Officer:
    """The officer behind a request that passed the gate."""
    return cast(Officer, request.user)


def find(request: HttpRequest, pk: UUID) -> Round:
    """The round, if this officer may know of it. Absent and forbidden are the same 404."""
    rows = Round.objects.visible_to(officer_of(request)).select_related("bureau__division", "rule")
    found = rows.filter(pk=pk).sole()
    if found is None:
        raise Http404
    return found


@policy(business("rounds"))
@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    rows = Round.objects.visible_to(officer_of(request)).select_related("bureau").annotate(
        team_count=Count("teams", distinct=True), county_count=Count("counties", distinct=True)
    )  # fmt: skip
    order, trouble = ["-since", "-id"], ""
    try:
        page = keyset.page(rows, order, SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except Invalid as error:
        trouble, page = str(error), keyset.page(rows, order, SIZE)
    for row in page.rows:
        row.badge = TONES[State(row.state)]
    context = {
        "rounds": page.rows,
        "trouble": trouble,
        "may_create": actions.home_of(officer_of(request)) is not None,
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "crossregion/rounds.html", context)


@policy(allow(*ORGANISERS, scope="rounds"))
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = RoundForm(officer_of(request), request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "crossregion/new.html", {"form": form}, status=400 if form.is_bound else 200)
    try:
        made = actions.create(by=officer_of(request), **form.cleaned_data)
    except Invalid as error:
        put_errors(form, error)
        return render(request, "crossregion/new.html", {"form": form}, status=400)
    except Refused as error:
        form.add_error(None, str(error))
        return render(request, "crossregion/new.html", {"form": form}, status=403)
    return redirect(made)


@policy(business("rounds"))
@require_safe
def round_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    return show(request, find(request, pk))


def show(request: HttpRequest, round_: Round, *, status: int = 200) -> HttpResponse:
    officer = officer_of(request)
    certificate = round_.certificate or {"checks": []}
    context: dict[str, Any] = {
        "round": round_,
        "badge": TONES[State(round_.state)],
        "facts": _facts(round_, officer),
        "steps": [_step(round_, one) for one in actions.available(round_, officer)],
        "drawing": round_.state == State.COMMITTED and round_.draw_begun_at is not None,
        "explanation": explained(round_.explanation),
        "teams": _teams(round_),
        "counties": list(round_.counties.select_related("division__parent")),
        "result": _result(round_),
        "checks": [
            {**check, "name": RULES[check["rule"]], "sentences": [sentence(fault) for fault in check["faults"]]}
            for check in certificate["checks"]
        ],
        "cleared": [row.officer for row in round_.clearances.select_related("officer")] if round_.is_secret else [],
        # Reports and clues have lists of their own: a round of 200 teams files thousands.
        "told": tell(events_of("round", round_.pk, without=MEMBERS_EVENTS), both_times=not round_.synthetic),
    }
    return render(request, "crossregion/round.html", context, status=status)


def _teams(round_: Round) -> list[Any]:
    """The teams, what they bring and what they are lent in the office's words."""
    teams = list(actions.teams_of(round_))
    carried = {kind for team in teams for kind in [*team.equipment, *team.borrowed]}
    names = dict(zip(sorted(carried), ability_names(sorted(carried)), strict=True))
    for team in teams:
        team.brings = [names[kind] for kind in team.equipment]
        team.lent = [names[kind] for kind in team.borrowed]
    return teams


def _facts(round_: Round, officer: Officer) -> list[dict[str, Any]]:
    changes = round_.changes
    campaign = actions.campaign_shown(round_, officer)
    address = campaign.get_absolute_url() if campaign else ""
    facts: list[dict[str, Any]] = [
        {"label": _("组织单位"), "value": round_.bureau.short_name},
        {"label": _("所属行动"), "value": round_.campaign, "url": address},
        {"label": _("日期"), "value": f"{round_.since:%Y-%m-%d} – {round_.until:%Y-%m-%d}"},
        {"label": _("移交期至"), "value": f"{round_.handover_until:%Y-%m-%d}"},
        {"label": _("路程上限"), "value": _("%(n)d 公里") % {"n": changes.get("max_km", round_.rule.max_km)}},
        {"label": _("每队点位数"), "value": round_.rule.targets_per_team},
    ]
    if stock := list(round_.pool.all()):
        names = ability_names([row.kind for row in stock])
        told = [
            _("%(kind)s %(n)d 件") % {"kind": name, "n": row.number} for name, row in zip(names, stock, strict=True)
        ]
        facts.append({"label": _("机动设备"), "value": _("、").join(told)})
    if changes.get("off"):
        facts.append({"label": _("停用的规则"), "value": _("、").join(str(RULES[rule]) for rule in changes["off"])})
    if changes.get("waived"):
        facts.append({"label": _("公布后放宽的规则"), "value": rule_names(changes["waived"])})
    if round_.commitment:
        facts.append({"label": _("承诺（SHA-256）"), "value": round_.commitment, "wide": True})
        facts += pledges.shown(round_.commitment, anchors.folder())
    if not round_.is_secret:
        facts.append({"label": _("种子"), "value": bytes(round_.seed or b"").hex(), "wide": True})
        facts.append({"label": _("核验命令"), "value": f"manage verify_draw {round_.pk}", "wide": True})
    return facts


def _result(round_: Round) -> dict[str, Any] | None:
    certificate = round_.certificate
    if not round_.result or not certificate:
        return None
    drawn, now = float(round_.result["objective_km"]), float(certificate["objective_km"])
    return {
        "objective": drawn,
        # Bound and gap are of the draw; what was set by hand since has a figure of its own.
        "now": None if abs(now - drawn) < 0.05 else now,
        "bound": float(round_.result["bound_km"]),
        "gap": 100 * float(round_.result["gap"]),
        "seconds": float(round_.result["seconds"]),
        "violations": certificate["violations"],
        "cut_short": cut_short(round_),
    }


def _step(round_: Round, one: actions.Available) -> dict[str, Any]:
    """Reading the targets is one press; whatever else has nothing to enter is warned of on a page of its own."""
    pages = {"read_targets": "targets", "report": "file_report", "file_clue": "file_clue"}
    page = pages.get(one.action)
    url = (
        reverse(f"crossregion:{page}", args=[round_.pk])
        if page
        else reverse("crossregion:act", args=[round_.pk, one.action])
    )
    return acting.button(one, url, primary=one.action in FORWARD, plain=one.action == "read_targets")


@policy(business("rounds"))
@require_POST
def targets(request: HttpRequest, pk: UUID) -> HttpResponse:
    round_ = find(request, pk)
    try:
        round_ = actions.perform(round_, "read_targets", by=officer_of(request))
    except Conflict as error:
        messages.error(request, str(error))
        return show(request, round_, status=409)
    except Refused as error:
        messages.error(request, str(error))
        return show(request, round_, status=403)
    rows = list(actions.targets_for(round_, officer_of(request)))
    return render(request, "crossregion/targets.html", {"round": round_, "targets": rows})


@policy(business("rounds"))
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: OfficerRequest, pk: UUID, action: str) -> HttpResponse:
    if action not in STEPS or action == "read_targets" or action in OF_MEMBERS:
        raise Http404
    return acting.act(request, pk, action, SHEET._replace(form=partial(StepForm, request.user)))


def _closed(round_: Round, action: str) -> str:
    return _("该轮次现在不能%(action)s。") % {"action": STEPS[action].label}


def _more(round_: Round, offer: actions.Available, form: StepForm) -> dict[str, Any]:
    if offer.action in UNDER_WAY and round_.state == State.RELEASED:
        return {"warning": REPLACED if offer.action == "replace" else OUT}
    return {"warning": WARNINGS.get(offer.action)}


SHEET = acting.Sheet(
    name="round", template="crossregion/act.html", find=find, show=show, available=actions.available,
    perform=actions.perform, form=StepForm, closed=_closed, more=_more,
)  # fmt: skip
