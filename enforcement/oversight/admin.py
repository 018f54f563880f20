"""The triggers of interviews with the air they compare, the limits of special inspections. A rule that stands is ended, never rewritten: an interview keeps the one that found it."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from enforcement.oversight.actions import air
from enforcement.oversight.forms.air import AirForm
from enforcement.oversight.models import AirMonth, SpecialRule, TriggerRule
from regions.administration import ReferenceAdmin, site
from regions.errors import Invalid
from regions.forms import put_errors


@admin.register(TriggerRule, site=site)
class TriggerRuleAdmin(ReferenceAdmin):
    list_display = (
        "cause",
        "level",
        "threshold",
        "least",
        "window_days",
        "report_days",
        "valid_from",
        "valid_to",
        "basis",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: TriggerRule | None = None) -> list[str]:
        """Of a rule that stands only its end may still be entered."""
        if obj is None:
            return []
        return [field.name for field in TriggerRule._meta.fields if field.name not in {"id", "valid_to"}]


@admin.register(SpecialRule, site=site)
class SpecialRuleAdmin(ReferenceAdmin):
    list_display = ("valid_from", "team", "plan_days", "basis")

    def get_readonly_fields(self, request: HttpRequest, obj: SpecialRule | None = None) -> list[str]:
        """A rule that stands isn't rewritten: an inspection keeps the one it began under."""
        return [field.name for field in SpecialRule._meta.fields if field.name != "id"] if obj else []


@admin.register(AirMonth, site=site)
class AirMonthAdmin(ReferenceAdmin):
    """The air as published, division by division or a whole month at once; the database keeps what a correction replaced."""

    list_display = ("division", "month", "standard", "index", "source")
    list_select_related = ("division",)
    raw_id_fields = ("division",)
    change_list_template = "admin/oversight/air_months.html"

    def get_urls(self) -> list[URLPattern]:
        own = path("month/", self.admin_site.admin_view(self.enter_month), name="oversight_airmonth_month")
        return [own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        address = {"month_url": reverse("admin:oversight_airmonth_month")}
        return super().changelist_view(request, {**address, **(extra_context or {})})

    def enter_month(self, request: HttpRequest) -> HttpResponse:
        """A month of many divisions as lines of text: all kept, or none and every wrong line named."""
        if not self.has_add_permission(request):
            return HttpResponse(status=403)
        form = AirForm(request.POST or None)
        if form.is_bound and form.is_valid():
            try:
                kept = air.enter(**form.cleaned_data)
            except Invalid as error:
                put_errors(form, error)
            else:
                messages.success(request, _("已录入%(n)d个区划。") % {"n": kept})
                return HttpResponseRedirect(reverse("admin:oversight_airmonth_changelist"))
        context = {**self.admin_site.each_context(request), "title": _("录入一个月的综合指数"), "form": form}
        return render(request, "admin/oversight/air_month.html", context, status=400 if form.is_bound else 200)
