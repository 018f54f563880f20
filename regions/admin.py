"""The regions' reference data and accounts on the admin site."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from regions import calendars
from regions.administration import AccountAdmin, ReferenceAdmin, site
from regions.errors import Invalid
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


class SiteForm(forms.ModelForm):
    """A change of grade says from which day; the history of the site is dated by it."""

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or {}
        since = entered.get("grade_since")
        if since and since > timezone.localdate():
            self.add_error("grade_since", _("生效日期不能晚于今天，请到生效当日再录入。"))
        elif "grade" in self.changed_data and self.instance.pk and "grade_since" not in self.changed_data:
            self.add_error("grade_since", _("改绩效等级的，请填这次的生效日期。"))
        return entered


@admin.register(Site, site=site)
class SiteAdmin(ReferenceAdmin):
    form = SiteForm
    list_display = ("name", "division", "industry", "grade", "grade_since", "uscc", "permit_no")
    search_fields = ("name", "uscc", "permit_no")
    list_select_related = ("division",)
    raw_id_fields = ("division",)


class OfVersion(admin.TabularInline):
    """Rows of a version, to read only."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return ReferenceAdmin(WorkCalendar, site).has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Years(OfVersion):
    model = CalendarYear
    ordering = ("-year",)
    verbose_name_plural = _("年份")


class Days(OfVersion):
    model = CalendarDay
    ordering = ("-day",)
    verbose_name_plural = _("放假和调休上班的日子")


class YearForm(forms.ModelForm):
    """One year of the next version; saving makes the version whole."""

    year = forms.IntegerField(label=_("年份"), min_value=calendars.FIRST_YEAR, max_value=calendars.LAST_YEAR)
    holidays = forms.CharField(
        label=_("放假"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 10, "cols": 60}),
        help_text=_("每行一天或一段，例如：2027-02-05 至 2027-02-11 春节。周末可以写在内。"),
    )
    makeup_days = forms.CharField(
        label=_("调休上班"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 60}),
        help_text=_("每行一个上班的周末，例如：2027-02-20 春节。"),
    )
    source = forms.CharField(
        label=_("依据"), required=False, max_length=200, help_text=_("通知的名称和文号；确认时必填。")
    )
    confirmed = forms.BooleanField(
        label=_("已按通知核对，确认"),
        required=False,
        help_text=_("未确认的年份按周一至周五计算，期限标为暂定，所填日期不起作用。"),
    )

    class Meta:
        model = WorkCalendar
        fields = ("note",)
        labels = {"note": _("备注")}

    def clean(self) -> dict[str, Any]:
        """Makes the version here, where what is wrong can still be told beside its field."""
        entered = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.made = calendars.publish_year(**entered, by=self.by)
            except Invalid as wrong:
                for field, sentences in wrong.errors.items():
                    self.add_error(field, sentences)
        return entered

    def save(self, commit: bool = True) -> WorkCalendar:
        return self.made

    def save_m2m(self) -> None:
        pass

    by: Officer | None = None
    made: WorkCalendar


@admin.register(WorkCalendar, site=site)
class CalendarAdmin(ReferenceAdmin):
    """Versions are read here; adding enters one year and makes the next version, which never changes afterwards."""

    form = YearForm
    fields = ("year", "holidays", "makeup_days", "source", "confirmed", "note")
    inlines = (Years, Days)
    list_display = ("numbered", "noted", "made", "maker")

    @admin.display(description=_("版本"), ordering="version")
    def numbered(self, row: WorkCalendar) -> int:
        return row.version

    @admin.display(description=_("备注"))
    def noted(self, row: WorkCalendar) -> str:
        return row.note

    @admin.display(description=_("保存时间"), ordering="made_at")
    def made(self, row: WorkCalendar) -> Any:
        return row.made_at

    @admin.display(description=_("保存人"))
    def maker(self, row: WorkCalendar) -> str:
        return row.made_by.name if row.made_by else ""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj is None else self.list_display

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else self.list_display

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return () if obj is None else self.inlines

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The first year not confirmed yet, as far as it has been entered; `?year=` asks for another."""
        newest = WorkCalendar.current()
        asked = request.GET.get("year", "")
        waiting = newest.years.filter(confirmed=False).order_by("year").values_list("year", flat=True).first()
        year = int(asked) if asked.isdecimal() and len(asked) == 4 else waiting or newest.made_at.year
        holidays, makeup_days = calendars.lines_of(newest, year)
        return {"year": year, "holidays": holidays, "makeup_days": makeup_days}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
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
