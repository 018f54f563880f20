"""The register (设备): instruments with their channels and logs, vehicles, crews."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from enforcement.patrols import actions
from enforcement.patrols.equipment_forms import (
    ChannelForm,
    CrewEndForm,
    CrewForm,
    InstrumentCorrectionForm,
    InstrumentForm,
    LogForm,
    VehicleCorrectionForm,
    VehicleForm,
)
from enforcement.patrols.forms import VoidForm
from enforcement.patrols.models import CrewMember, Instrument, InstrumentLog, PatrolRun, Vehicle
from enforcement.timeline import clock
from enforcement.timeline.telling import events_of, tell
from regions import keyset
from regions.errors import Conflict, DomainError, Invalid, Refused
from regions.gatekeeper import business, policy

from .visitor import officer_of

SIZE = 40
#: Lines of the log, and runs, on the page of one.
SHOWN = 40
LATEST = 12


def tabs(here: str) -> list[dict[str, Any]]:
    """The four lists of what patrols have and do."""
    names = (("instruments", _("仪器")), ("vehicles", _("走航车")), ("crew", _("人员")), ("campaigns", _("专项与路线")))
    return [{"label": label, "url": reverse(f"patrols:{name}"), "active": name == here} for name, label in names]


def _listed(request: HttpRequest, rows: Any, here: str, order: list[str]) -> HttpResponse:
    rows = rows.visible_to(officer_of(request)).select_related("bureau")
    trouble, after, before = "", request.GET.get("after", ""), request.GET.get("before", "")
    try:
        page = keyset.page(rows, order, SIZE, after=after, before=before)
    except Invalid as error:
        trouble, page = str(error), keyset.page(rows, order, SIZE)
    context = {
        "tabs": tabs(here),
        "here": here,
        "trouble": trouble,
        "rows": page.rows,
        "new_url": reverse("patrols:equipment_new", args=[NEW_OF[here]]),
        "may_add": bool(actions.kept_bureaus(officer_of(request))),
        "today": clock.today(),
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "patrols/equipment.html", context)


@policy(business("equipment"))
@require_safe
def instruments(request: HttpRequest) -> HttpResponse:
    return _listed(request, Instrument.objects.all(), "instruments", ["name", "serial", "id"])


@policy(business("equipment"))
@require_safe
def vehicles(request: HttpRequest) -> HttpResponse:
    return _listed(request, Vehicle.objects.all(), "vehicles", ["plate", "id"])


@policy(business("equipment"))
@require_safe
def crew(request: HttpRequest) -> HttpResponse:
    return _listed(request, CrewMember.objects.all(), "crew", ["-since", "-id"])


def _found(request: HttpRequest, rows: Any, pk: Any) -> Any:
    """The row, if this officer may see it. Absent and forbidden are the same 404."""
    found = rows.visible_to(officer_of(request)).select_related("bureau__parent").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@policy(business("equipment"))
@require_safe
def instrument(request: HttpRequest, pk: int) -> HttpResponse:
    row = _found(request, Instrument.objects.all(), pk)
    today = clock.today()
    officer = officer_of(request)
    channels = list(row.channels.order_by("channel", "-valid_from"))
    context = {
        "instrument": row,
        "facts": [
            {"label": _("类型"), "value": row.get_kind_display()},
            {"label": _("出厂编号"), "value": row.serial},
            {"label": _("测量原理"), "value": row.method},
            {"label": _("单位"), "value": row.bureau.name},
            {"label": _("停用日期"), "value": f"{row.retired_on:%Y-%m-%d}" if row.retired_on else _("在用")},
        ],
        "channels": [(one, _standing(one, channels, today)) for one in channels],
        "logs": list(row.logs.select_related("made_by", "voided_by")[:SHOWN]),
        "runs": _runs(request, instrument=row),
        "told": tell(events_of("instrument", row.pk)),
        "may_keep": actions.may_keep(officer, row.bureau),
        "may_log": actions.may_log(officer, row.bureau),
    }
    return render(request, "patrols/instrument.html", context)


def _standing(one: Any, channels: list[Any], today: Any) -> str:
    """Whether a channel's row is in force today, still to come, or followed by a newer one."""
    if one.valid_from > today:
        return _("未生效")
    newest = max(row.valid_from for row in channels if row.channel == one.channel and row.valid_from <= today)
    return _("在用") if one.valid_from == newest else _("已被替代")


@policy(business("equipment"))
@require_safe
def vehicle(request: HttpRequest, pk: int) -> HttpResponse:
    row = _found(request, Vehicle.objects.all(), pk)
    today = clock.today()
    members = CrewMember.objects.visible_to(officer_of(request)).filter(bureau=row.bureau, since__lte=today)
    context = {
        "vehicle": row,
        "facts": [
            {"label": _("号牌"), "value": row.plate},
            {"label": _("名称"), "value": row.name},
            {"label": _("单位"), "value": row.bureau.name},
            {"label": _("停用日期"), "value": f"{row.retired_on:%Y-%m-%d}" if row.retired_on else _("在用")},
        ],
        "crew": [one for one in members.order_by("duty", "name") if one.serves(today)],
        "runs": _runs(request, vehicle=row),
        "told": tell(events_of("vehicle", row.pk)),
        "may_keep": actions.may_keep(officer_of(request), row.bureau),
    }
    return render(request, "patrols/vehicle.html", context)


def _runs(request: HttpRequest, **which: Any) -> list[PatrolRun]:
    return list(PatrolRun.objects.visible_to(officer_of(request)).valid().filter(**which)[:LATEST])


# --- what is entered --------------------------------------------------------------------------------------------

#: List -> what its button adds.
NEW_OF = {"instruments": "instrument", "vehicles": "vehicle", "crew": "member"}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One form: its words, its class, the action it leads to, what is said afterwards."""

    title: str | Promise
    form: Callable[..., forms.Form]
    act: Callable[..., Any]
    done: str | Promise


NEW: dict[str, _Entry] = {
    "instrument": _Entry(
        gettext_lazy("登记仪器"), InstrumentForm, actions.register_instrument, gettext_lazy("已登记仪器。")
    ),
    "vehicle": _Entry(
        gettext_lazy("登记走航车"), VehicleForm, actions.register_vehicle, gettext_lazy("已登记走航车。")
    ),
    "member": _Entry(gettext_lazy("登记人员"), CrewForm, actions.add_crew, gettext_lazy("已登记人员。")),
}


def _log(row: Instrument, *, by: Any, **sent: Any) -> InstrumentLog:
    return actions.log(row, actions.LogLine(**sent), by=by)


def _channel(row: Instrument, *, by: Any, **sent: Any) -> Any:
    """Numbers left empty are none: no response time, no limit."""
    numbers: dict[str, Any] = {name: sent.pop(name) or 0 for name in ("response_s", "detection_limit")}
    return actions.set_channel(row, by=by, **sent, **numbers)


ACTS: dict[str, _Entry] = {
    "correct": _Entry(
        gettext_lazy("更正仪器"), InstrumentCorrectionForm, actions.correct_instrument, gettext_lazy("已更正。")
    ),
    "channel": _Entry(gettext_lazy("登记通道"), ChannelForm, _channel, gettext_lazy("已登记通道。")),
    "log": _Entry(gettext_lazy("记日志"), LogForm, _log, gettext_lazy("已记入日志。")),
}


@policy(business("equipment"))
@require_http_methods(["GET", "HEAD", "POST"])
def equipment_new(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in NEW:
        raise Http404
    entry, bureaus = NEW[kind], actions.kept_bureaus(officer_of(request))
    back = reverse("patrols:crew") if kind == "member" else reverse(f"patrols:{kind}s")
    if not bureaus:
        return _page(request, entry, None, back, status=403)
    form = entry.form(bureaus, request.POST or None, initial={"bureau": bureaus[0].pk})
    made: list[Any] = []
    answer = _entered(request, entry, form, back, lambda sent: made.append(entry.act(by=officer_of(request), **sent)))
    return answer or redirect(back if kind == "member" else made[0].get_absolute_url())


@policy(business("equipment"))
@require_http_methods(["GET", "HEAD", "POST"])
def instrument_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    row = _found(request, Instrument.objects.all(), pk)
    if action not in ACTS:
        raise Http404
    entry, officer = ACTS[action], officer_of(request)
    allowed = (actions.may_log if action == "log" else actions.may_keep)(officer, row.bureau)
    if not allowed:
        return _page(request, entry, None, row.get_absolute_url(), status=403)
    initial = InstrumentCorrectionForm.of(row) if action == "correct" else {"valid_from": clock.today()}
    form = entry.form(request.POST or None, initial=initial)
    answer = _entered(request, entry, form, row.get_absolute_url(), lambda sent: entry.act(row, by=officer, **sent))
    return answer or redirect(row)


@policy(business("equipment"))
@require_http_methods(["GET", "HEAD", "POST"])
def log_void(request: HttpRequest, pk: UUID) -> HttpResponse:
    seen = Instrument.objects.visible_to(officer_of(request))
    row = InstrumentLog.objects.select_related("instrument__bureau__parent").filter(pk=pk, instrument__in=seen).first()
    if row is None:
        raise Http404
    entry = _Entry(_("作废日志"), VoidForm, actions.void_log, _("已作废这条日志。"))
    back = row.instrument.get_absolute_url()
    if not actions.may_log(officer_of(request), row.instrument.bureau):
        return _page(request, entry, None, back, status=403)
    form = VoidForm(request.POST or None)
    answer = _entered(request, entry, form, back, lambda sent: actions.void_log(row, by=officer_of(request), **sent))
    return answer or redirect(back)


@policy(business("equipment"))
@require_http_methods(["GET", "HEAD", "POST"])
def vehicle_correct(request: HttpRequest, pk: int) -> HttpResponse:
    row = _found(request, Vehicle.objects.all(), pk)
    entry = _Entry(_("更正走航车"), VehicleCorrectionForm, actions.correct_vehicle, _("已更正。"))
    if not actions.may_keep(officer_of(request), row.bureau):
        return _page(request, entry, None, row.get_absolute_url(), status=403)
    form = VehicleCorrectionForm(request.POST or None, initial=VehicleCorrectionForm.of(row))
    act = lambda sent: actions.correct_vehicle(row, by=officer_of(request), **sent)  # noqa: E731
    return _entered(request, entry, form, row.get_absolute_url(), act) or redirect(row)


@policy(business("equipment"))
@require_http_methods(["GET", "HEAD", "POST"])
def crew_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _found(request, CrewMember.objects.all(), pk)
    entry, back = _Entry(_("登记离岗"), CrewEndForm, actions.end_crew, _("已登记离岗。")), reverse("patrols:crew")
    if not actions.may_keep(officer_of(request), row.bureau):
        return _page(request, entry, None, back, status=403)
    form = CrewEndForm(request.POST or None, initial={"until": clock.today()})
    answer = _entered(request, entry, form, back, lambda sent: actions.end_crew(row, by=officer_of(request), **sent))
    return answer or redirect(back)


def _entered(
    request: HttpRequest, entry: _Entry, form: Any, back: str, act: Callable[[dict[str, Any]], Any]
) -> HttpResponse | None:
    """Takes the action; None when it is done, else the page with what was typed and what is wrong with it."""
    if request.method != "POST":
        return _page(request, entry, form, back)
    status = 400
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, Refused) else 400
        else:
            messages.success(request, str(entry.done))
            return None
    return _page(request, entry, form, back, status=status)


def _page(request: HttpRequest, entry: _Entry, form: Any, back: str, *, status: int = 200) -> HttpResponse:
    context = {"title": entry.title, "form": form, "back": back}
    return render(request, "patrols/equipment_entry.html", context, status=status)
