"""Look-backs (回头看): what is to be done and was found, the draws, and one draw as anyone can do it again."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from enforcement.issues.actions import drawing
from enforcement.issues.clocks import due_face
from enforcement.issues.forms import DayField
from enforcement.issues.list_forms import LookBackWords
from enforcement.issues.models import Issue, LookBack, LookBackDraw
from enforcement.timeline import clock
from regions import keyset
from regions.errors import DomainError, Invalid
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Bureau, WorkCalendar
from regions.roles import Role

SIZE = 50


class DrawForm(forms.Form):
    """A period of closing, and for whom the dispatcher draws."""

    bureau = forms.ModelChoiceField(
        Bureau.objects.none(), label=gettext_lazy("转办单位"), empty_label=gettext_lazy("请选择")
    )
    first = DayField(label=gettext_lazy("办结日期起"))
    last = DayField(label=gettext_lazy("办结日期止"))

    def __init__(self, officer: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = {p.bureau_id for p in officer.postings_on(clock.today()) if p.role == Role.DISPATCHER}
        choices = Bureau.objects.filter(pk__in=held)
        self.fields["bureau"].queryset = choices  # type: ignore[attr-defined]
        self.fields["bureau"].initial = choices.first()

    @property
    def offered(self) -> bool:
        return bool(self.fields["bureau"].initial)


@policy(business("issues"))
@require_http_methods(["GET", "HEAD", "POST"])
def look_backs(request: OfficerRequest) -> HttpResponse:
    form = DrawForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = drawing.draw(by=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            words = _("从%(all)d件中抽取%(n)d件，已安排回头看。")
            messages.success(request, words % {"all": len(kept.register), "n": len(kept.drawn)})
            return redirect("issues:look_back_draw", pk=kept.pk)
    listed = LookBackWords(request.GET, officer=request.user)
    found = listed.narrow(LookBack.objects.visible_to(request.user)).select_related("issue", "bureau")
    trouble = ""
    try:
        page = keyset.page(
            found, ["-id"], SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", "")
        )
    except Invalid as error:
        trouble, page = str(error), keyset.page(found, ["-id"], SIZE)
    calendar = WorkCalendar.current().value()
    context = {
        "form": form,
        "words": listed,
        "trouble": trouble,
        "rows": [
            {"row": row, "clock": due_face(row.due_on, calendar) if row.passed is None else None} for row in page.rows
        ],
        "draws": LookBackDraw.objects.visible_to(request.user).select_related("bureau", "by")[:20],
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "issues/look_backs.html", context, status=400 if form.errors else 200)


@policy(business("issues"))
@require_safe
def look_back_draw(request: OfficerRequest, pk: int) -> HttpResponse:
    rows = LookBackDraw.objects.visible_to(request.user).select_related("bureau", "by", "rule")
    kept = rows.filter(pk=pk).first() if pk <= keyset.LARGEST else None
    if kept is None:
        raise Http404
    drawn = {key for key, _team in kept.drawn}
    seen = set(
        Issue.objects.visible_to(request.user)
        .filter(number__in=[row[0] for row in kept.register])
        .values_list("number", flat=True)
    )
    strata: dict[str, dict[str, int]] = {}
    for _number, key, stratum, _teams in kept.register:
        count = strata.setdefault(stratum or _("全部"), {"size": 0, "drawn": 0})
        count["size"] += 1
        count["drawn"] += key in drawn
    context = {
        "draw": kept,
        "again": drawing.again(kept),
        "strata": sorted(strata.items()),
        "numbers": [number for number, key, _s, _t in kept.register if key in drawn and number in seen],
    }
    return render(request, "issues/look_back_draw.html", context)
