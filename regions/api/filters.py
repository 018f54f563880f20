"""Query parameters: typed, checked, refused with a sentence; and the filters of the regions' own lists."""

import unicodedata
from typing import Any

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from regions.errors import Invalid
from regions.models import AreaMembership, Bureau, BureauKind, Division, JointControlArea, Level, Site
from regions.models.places import prefix_range

CODE = {"type": "string", "pattern": "^[0-9]{6}$", "example": "140100"}
KEY = {"type": "string", "pattern": "^[a-z0-9-]{1,40}$", "example": "fenhe-valley"}
IDENTITY = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
WORDS = {"type": "string", "maxLength": 60}


class StrictFilters(DjangoFilterBackend):
    """django-filter, refusing in the project's own words and shape."""

    def filter_queryset(self, request: Any, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if view.filterset_class is None:
            return queryset
        filters = view.filterset_class(request.query_params, queryset=queryset, request=request)
        if not filters.is_valid():
            errors = {name: [str(e) for e in found] for name, found in filters.errors.items()}
            raise Invalid(_("查询条件有误，见各项说明。"), errors=errors)
        return filters.qs


class AskedFor(django_filters.FilterSet):
    """A filter set that builds only the filters a request asks for: copying all of them took longer than the query."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        every = type(self).base_filters  # type: ignore[misc,has-type]
        self.base_filters = {name: found for name, found in every.items() if name in (data or {})}
        super().__init__(data, *args, **kwargs)


# --- fields -----------------------------------------------------------------------------------------------------


class _CodeField(forms.CharField):
    """Six digits; full-width ones are taken for what they mean."""

    default_validators = [RegexValidator(r"^[0-9]{6}\Z", gettext_lazy("区划代码应为六位数字，如140100。"))]

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_python(value) or "")


class _KeyField(forms.CharField):
    default_validators = [RegexValidator(r"^[a-z0-9-]{1,40}\Z", gettext_lazy("应为小写字母、数字和连字符。"))]


class DayField(forms.DateField):
    """A day as 2021-08-04 between 1970 and 2200; full-width digits are taken for what they mean."""

    default_error_messages = {"invalid": gettext_lazy("日期应写作 2021-08-04。")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def to_python(self, value: Any) -> Any:
        day = super().to_python(unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else value)
        if day is not None and not 1970 <= day.year <= 2200:
            raise forms.ValidationError(_("日期应在1970年至2200年之间。"))
        return day


class _TruthField(forms.NullBooleanField):
    def to_python(self, value: Any) -> Any:
        if value in (None, ""):
            return None
        if value not in ("true", "false"):
            raise forms.ValidationError(_("应为 true 或 false。"))
        return value == "true"


class _PlainInput(forms.TextInput):
    """NullBooleanField's own widget would turn what it doesn't know into nothing."""


# --- filters ----------------------------------------------------------------------------------------------------


@extend_schema_field(OpenApiTypes.DATE)
class DayFilter(django_filters.DateFilter):
    field_class = DayField


@extend_schema_field(OpenApiTypes.BOOL)
class TruthFilter(django_filters.BooleanFilter):
    field_class = _TruthField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=_PlainInput, **kwargs)


@extend_schema_field(IDENTITY)
class IdentityFilter(django_filters.NumberFilter):
    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=2**63 - 1, **kwargs)

    def get_max_validator(self) -> None:
        return None


@extend_schema_field(WORDS)
class WordsFilter(django_filters.CharFilter):
    """Free text of at most 60 characters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, max_length=60, **kwargs)


@extend_schema_field(CODE)
class DivisionFilter(django_filters.CharFilter):
    """Rows of the division with this code and of all below it. One statement more, and a plain list of keys."""

    field_class = _CodeField

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.filter(**{f"{self.field_name}__in": subtree(value)}) if value else qs


@extend_schema_field(KEY)
class AreaFilter(django_filters.CharFilter):
    """Rows of the divisions that belong to this joint-control area today."""

    field_class = _KeyField

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.filter(**{f"{self.field_name}__in": members(value)}) if value else qs


def subtree(code: str) -> list[int]:
    """Primary keys of the division of a six-digit code and of all below it, zones without a code and ended ones
    included. Raises Invalid for a code no division carries."""
    low, high = prefix_range(code)
    inside = Q(code__gte=low, code__lt=high)
    above = Q(parent__code__gte=low, parent__code__lt=high)
    found = list(Division.objects.filter(inside | above).values_list("pk", "code"))
    if code not in {own for _pk, own in found}:
        raise Invalid(_("没有代码为%(code)s的区划。") % {"code": code}, field="division")
    return sorted(pk for pk, _own in found)


def members(key: str) -> list[int]:
    """Primary keys of an area's members today; a city brings what lies below it. Raises Invalid for no such area."""
    if not JointControlArea.objects.filter(key=key).exists():
        raise Invalid(_("没有这个联防联控区域。"), field="area")
    held = AreaMembership.objects.on(timezone.localdate()).filter(area__key=key).values("division")
    return sorted(Division.objects.filter(Q(pk__in=held) | Q(parent__in=held)).values_list("pk", flat=True))


# --- the regions' lists -----------------------------------------------------------------------------------------


class DivisionFilters(AskedFor):
    division = DivisionFilter(field_name="pk", label=gettext_lazy("区划代码，含下级"))
    level = django_filters.ChoiceFilter(choices=Level.choices, label=gettext_lazy("级别"))
    area = AreaFilter(field_name="pk", label=gettext_lazy("联防联控区域"))
    ended = TruthFilter(method="only_ended", label=gettext_lazy("已撤销的区划；不填则只列现行区划"))
    q = WordsFilter(method="matching", label=gettext_lazy("名称、拼音或英文名"))

    class Meta:
        model = Division
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("ended") else rows.filter(ended_on=None)

    def only_ended(self, rows: Any, name: str, value: bool) -> Any:
        return rows.exclude(ended_on=None) if value else rows

    def matching(self, rows: Any, name: str, value: str) -> Any:
        words = value.strip()
        return rows.filter(Q(name__icontains=words) | Q(pinyin__icontains=words) | Q(english__icontains=words))


class BureauFilters(AskedFor):
    division = DivisionFilter(field_name="division", label=gettext_lazy("区划代码，含下级"))
    kind = django_filters.ChoiceFilter(choices=BureauKind.choices, label=gettext_lazy("类别"))
    q = WordsFilter(method="matching", label=gettext_lazy("名称"))

    class Meta:
        model = Bureau
        fields: list[str] = []

    def matching(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(name__icontains=value.strip()) | Q(short_name__icontains=value.strip()))


class SiteFilters(AskedFor):
    division = DivisionFilter(field_name="division", label=gettext_lazy("区划代码，含下级"))
    area = AreaFilter(field_name="division", label=gettext_lazy("联防联控区域"))
    uscc = WordsFilter(label=gettext_lazy("统一社会信用代码"))
    permit_no = WordsFilter(label=gettext_lazy("排污许可证编号"))
    grade = django_filters.ChoiceFilter(choices=Site.Grade.choices, label=gettext_lazy("绩效等级"))
    q = WordsFilter(method="matching", label=gettext_lazy("名称、行业或地址"))

    class Meta:
        model = Site
        fields: list[str] = []

    def matching(self, rows: Any, name: str, value: str) -> Any:
        words = value.strip()
        return rows.filter(Q(name__icontains=words) | Q(industry__icontains=words) | Q(address__icontains=words))
