"""The regions' reference data and accounts on the admin site."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from regions.administration import AccountAdmin, ReferenceAdmin, site
from regions.models import (
    AreaMembership,
    Bureau,
    CalendarDay,
    CalendarYear,
    Division,
    JointControlArea,
    Officer,
    Posting,
    Secondment,
    Site,
    WorkCalendar,
)


@admin.register(Division, site=site)
class DivisionAdmin(ReferenceAdmin):
    list_display = ("code", "name", "level", "parent", "began_on", "ended_on")
    list_filter = ("level",)
    search_fields = ("name", "code", "pinyin")
    readonly_fields = ("key",)
    list_select_related = ("parent",)
    raw_id_fields = ("parent",)


class MembershipInline(admin.TabularInline):
    model = AreaMembership
    extra = 1
    can_delete = False
    raw_id_fields = ("division",)

    def _kept(self, request: HttpRequest) -> bool:
        return ReferenceAdmin(JointControlArea, site).has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._kept(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._kept(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._kept(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(JointControlArea, site=site)
class AreaAdmin(ReferenceAdmin):
    list_display = ("name", "key", "order")
    inlines = (MembershipInline,)


@admin.register(Bureau, site=site)
class BureauAdmin(ReferenceAdmin):
    list_display = ("name", "kind", "division", "document_prefix", "ended_on")
    list_filter = ("kind",)
    search_fields = ("name", "short_name", "division__name")
    list_select_related = ("division",)
    raw_id_fields = ("division", "parent")


@admin.register(Site, site=site)
class SiteAdmin(ReferenceAdmin):
    list_display = ("name", "division", "industry", "grade", "uscc", "permit_no")
    search_fields = ("name", "uscc", "permit_no")
    list_select_related = ("division",)
    raw_id_fields = ("division",)


@admin.register(WorkCalendar, site=site)
class CalendarAdmin(ReferenceAdmin):
    """Versions are read here; a new version is made with all its days at once and never changed afterwards."""

    class Years(admin.TabularInline):
        model = CalendarYear
        extra = 0

    class Days(admin.TabularInline):
        model = CalendarDay
        extra = 0

    list_display = ("version", "note", "made_at", "made_by")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class OfficerForm(forms.ModelForm):
    """An account; a new password is typed twice over by nobody: it is set here and handed over in person."""

    new_password = forms.CharField(label=_("新密码"), required=False, widget=forms.PasswordInput(render_value=False))

    class Meta:
        model = Officer
        fields = ("username", "name", "email", "badge_no", "badge_valid_to", "is_active")

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            try:
                validate_password(password, self.instance)
            except ValidationError as error:
                raise forms.ValidationError(error.messages) from error
        return password


@admin.register(Officer, site=site)
class OfficerAdmin(AccountAdmin):
    form = OfficerForm
    list_display = ("username", "name", "badge_no", "badge_valid_to", "is_active")
    search_fields = ("username", "name", "badge_no")

    def save_model(self, request: HttpRequest, obj: Officer, form: Any, change: bool) -> None:
        if form.cleaned_data.get("new_password"):
            obj.set_password(form.cleaned_data["new_password"])
        elif not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


@admin.register(Posting, site=site)
class PostingAdmin(AccountAdmin):
    list_display = ("officer", "bureau", "role", "since", "until")
    list_filter = ("role",)
    search_fields = ("officer__name", "officer__username", "bureau__name")
    list_select_related = ("officer", "bureau")
    raw_id_fields = ("officer", "bureau")


@admin.register(Secondment, site=site)
class SecondmentAdmin(AccountAdmin):
    list_display = ("officer", "division", "site", "since", "until", "reason")
    list_select_related = ("officer", "division", "site")
    raw_id_fields = ("officer", "division", "site", "granted_by")
