"""The rules of visits, and months of online monitoring, one by one or from a file. A rule is never edited, a newer one is added: visits keep the one they were planned under."""

from typing import Any

from django.contrib import admin, messages
from django.core import signing
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from enforcement.inspections.actions import monitoring
from enforcement.inspections.models import MonitoringMonth, TargetRule, VisitRule
from enforcement.inspections.monitoring_forms import MonthsForm
from regions.administration import ReferenceAdmin, site
from regions.errors import Conflict, Invalid

#: The result of a trial goes to the page and back under a signature, and is good for an hour.
_SALT, _STALE_S = "monitoring-months", 3600


class DatedRuleAdmin(ReferenceAdmin):
    """A rule that stands is read, never rewritten."""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(VisitRule, site=site)
class VisitRuleAdmin(DatedRuleAdmin):
    list_display = ("valid_from", "min_badged", "yearly_cap", "check_in_metres", "basis")


@admin.register(TargetRule, site=site)
class TargetRuleAdmin(DatedRuleAdmin):
    list_display = ("valid_from", "team", "max_targets", "basis")


@admin.register(MonitoringMonth, site=site)
class MonitoringMonthAdmin(ReferenceAdmin):
    """Months of online monitoring; a wrong count is corrected, the database keeps what stood there."""

    list_display = ("site", "month", "due", "arrived", "valid", "source")
    list_select_related = ("site",)
    raw_id_fields = ("site",)
    change_list_template = "admin/inspections/monitoring_months.html"

    def get_urls(self) -> list[URLPattern]:
        own = path("import/", self.admin_site.admin_view(self.bring_in), name="inspections_monitoringmonth_import")
        return [own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        address = {"import_url": reverse("admin:inspections_monitoringmonth_import")}
        return super().changelist_view(request, {**address, **(extra_context or {})})

    def bring_in(self, request: HttpRequest) -> HttpResponse:
        """Months from a file: first the trial, which writes nothing, then the press of a button keeps what it found."""
        if not self.has_add_permission(request):
            return HttpResponse(status=403)
        if request.method == "POST" and "tried" in request.POST:
            return self._keep(request)
        form = MonthsForm(request.POST or None, request.FILES or None)
        context = {**self.admin_site.each_context(request), "title": _("从文件导入在线监测传输情况"), "form": form}
        status = 400 if form.is_bound else 200
        if form.is_bound and form.is_valid():
            try:
                content = form.cleaned_data["file"].read(monitoring.MAX_BYTES + 1)
                trial = monitoring.tried(content, form.cleaned_data["source"])
            except Invalid as error:
                form.add_error("file", str(error))
            else:
                status = 200 if trial.fit else 400
                counts = {one.value: trial.count(one) for one in monitoring.Outcome}
                context |= {"trial": trial, "counts": counts, "faults": trial.faults[: monitoring.SHOWN_FAULTS]}
                if trial.fit:
                    context["tried"] = signing.dumps(monitoring.plain(trial.rows), salt=_SALT, compress=True)
        return render(request, "admin/inspections/monitoring_import.html", context, status=status)

    def _keep(self, request: HttpRequest) -> HttpResponse:
        here = reverse("admin:inspections_monitoringmonth_import")
        try:
            tried = signing.loads(request.POST["tried"], salt=_SALT, max_age=_STALE_S)
            kept = monitoring.keep(monitoring.from_plain(tried))
        except signing.BadSignature:
            messages.error(request, _("试导入的结果已过期，请重新上传。"))
            return HttpResponseRedirect(here)
        except Conflict as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(here)
        messages.success(request, _("已导入，新增或更正%(n)d条。") % {"n": kept})
        return HttpResponseRedirect(reverse("admin:inspections_monitoringmonth_changelist"))
