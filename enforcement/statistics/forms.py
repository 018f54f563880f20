"""The filters of the statistics page. What they mean and whether they can be is for `scopes` to say."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from enforcement.issues.models import Severity, Source
from enforcement.statistics.divisions import Tree
from enforcement.statistics.scopes import allowed_places
from enforcement.timeline import clock
from regions.models import AreaMembership, JointControlArea
from regions.scoping import reach_of

ALL = ("", _("全部"))


class _Day(forms.TextInput):
    """A date picker, unless a moment was given: a picker would show nothing then."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if not value or re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
            context["widget"]["type"] = "date"
        return context


def _day(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=40, widget=_Day)


class StatisticsFilter(forms.Form):
    """Period, cut-off, place, source, severity. Offers only places the officer may ask for."""

    def __init__(
        self,
        data: Mapping[str, str],
        officer: Any,
        errors: Mapping[str, list[str]] | None = None,
        *,
        tree: Tree | None = None,
    ) -> None:
        super().__init__(data)
        tree = tree or Tree.read((get_language() or "").startswith("en"))
        allowed = allowed_places(tree, officer, reach_of(officer, clock.today()))
        self.fields["from"] = _day(_("转办日期起"))
        self.fields["to"] = _day(_("转办日期止"))
        self.fields["as_of"] = _day(_("统计截止"))
        self.fields["division"] = forms.ChoiceField(label=_("责任区划"), required=False, choices=_places(tree, allowed))
        self.fields["area"] = forms.ChoiceField(label=_("联防联控区域"), required=False, choices=_areas(tree, allowed))
        self.fields["source"] = forms.ChoiceField(label=_("来源"), required=False, choices=[ALL, *Source.choices])
        self.fields["severity"] = forms.ChoiceField(
            label=_("严重程度"), required=False, choices=[ALL, *Severity.choices]
        )
        self.fields["known_at"] = _day(_("登记截止"))
        self.arrange()
        self.is_valid()
        for name, sentences in (errors or {}).items():
            self.errors.pop(name, None)
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)

    def arrange(self) -> None:
        """Fields of a page's own, before they are filled."""


class ComparisonFilter(StatisticsFilter):
    """The same, and another period beside it."""

    def arrange(self) -> None:
        self.fields["from"].label, self.fields["to"].label = _("本期起"), _("本期止")
        self.fields["as_of"].label = _("本期截止")
        self.fields["other_from"], self.fields["other_to"] = _day(_("对比期起")), _day(_("对比期止"))
        self.fields["other_as_of"] = _day(_("对比期截止"))
        self.order_fields(["from", "to", "as_of", "other_from", "other_to", "other_as_of"])


def _places(tree: Tree, allowed: frozenset[int]) -> list[tuple[str, Any]]:
    """Divisions in the order of their codes, counties set in under their city."""
    found = sorted((p for p in tree.places.values() if p.pk in allowed and p.current and p.code), key=lambda p: p.code)
    return [ALL, *((p.code, p.name if p.level in ("province", "city") else f"　{p.name}") for p in found)]


def _areas(tree: Tree, allowed: frozenset[int]) -> list[tuple[str, Any]]:
    """Areas that reach into what the officer may ask for."""
    inside: set[int] = set()
    for area, division in AreaMembership.objects.on(clock.today()).values_list("area_id", "division_id"):
        if tree.below(division) & allowed:
            inside.add(area)
    return [ALL, *((area.key, str(area)) for area in JointControlArea.objects.filter(pk__in=inside))]
