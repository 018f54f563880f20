"""Rules of the clock, of answers and of look-backs on the admin site. Issues aren't there: they change by actions only."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from enforcement.issues.actions import recounting
from enforcement.issues.models import DeadlinePolicy, FeedbackRule, LawArticle, LedgerRule, LookBackRule, Recount
from regions.administration import ReferenceAdmin, site
from regions.models import WorkCalendar


@admin.register(DeadlinePolicy, site=site)
class DeadlinePolicyAdmin(ReferenceAdmin):
    list_display = (
        "name", "source", "pollution_type", "severity", "feedback_days", "overall_days", "valid_from", "valid_to", "basis",
    )  # fmt: skip


@admin.register(FeedbackRule, site=site)
class FeedbackRuleAdmin(ReferenceAdmin):
    list_display = (
        "name", "source", "pollution_type", "severity", "needs_cause", "needs_before", "needs_after", "needs_measures",
        "valid_from", "valid_to", "basis",
    )  # fmt: skip


@admin.register(LawArticle, site=site)
class LawArticleAdmin(ReferenceAdmin):
    list_display = ("law", "article", "kind", "summary", "valid_from", "valid_to", "source")
    list_filter = ("kind",)


@admin.register(LookBackRule, site=site)
class LookBackRuleAdmin(ReferenceAdmin):
    list_display = ("name", "stratum", "share", "least", "due_days", "valid_from", "valid_to", "basis")


@admin.register(LedgerRule, site=site)
class LedgerRuleAdmin(ReferenceAdmin):
    list_display = (
        "valid_from", "export_rows", "export_days", "export_waiting", "import_mb", "import_rows", "attempts", "basis",
    )  # fmt: skip


@admin.register(Recount, site=site)
class RecountAdmin(ReferenceAdmin):
    """Applying a new working calendar: what would move by days and numbers, no issue named, then the press of a button."""

    list_display = ("calendar", "begun_at", "finished_at", "counted", "moved")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        own = path("preview/", self.admin_site.admin_view(self.preview), name="issues_recount_preview")
        return [own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        preview = {"preview_url": reverse("admin:issues_recount_preview")}
        return super().changelist_view(request, {**preview, **(extra_context or {})})

    change_list_template = "admin/issues/recounts.html"

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What would move; posting begins it, and a worker does it bit by bit."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        calendar = WorkCalendar.current()
        if request.method == "POST":
            recounting.begin(calendar, by=request.user)  # type: ignore[arg-type]
            messages.success(request, _("已开始重算，每件的变动都会记入办理经过。"))
            return HttpResponseRedirect(reverse("admin:issues_recount_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("期限重算预览"),
            "calendar": calendar,
            "groups": recounting.grouped(calendar),
            "begun": Recount.objects.filter(calendar=calendar).first(),
        }
        return render(request, "admin/issues/recount_preview.html", context)
