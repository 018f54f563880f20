"""What the API shows of figures. Numbers are JSON numbers whose digits are the Decimal's own."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from enforcement.statistics import behind
from enforcement.statistics.behind import Listed
from enforcement.statistics.comparing import Comparison
from enforcement.statistics.reports import Report
from enforcement.statistics.rules import FIGURES, LISTED, Figure
from enforcement.statistics.scopes import Scope, printed
from regions.api.fields import beijing


class FigureSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True, help_text=_("数值；比率保留四位小数，分母为零时为空"))
    numerator = serializers.FloatField(allow_null=True)
    denominator = serializers.FloatField(allow_null=True)
    list = serializers.CharField(help_text=_("分子所依据的明细"))
    denominator_list = serializers.CharField(allow_null=True, help_text=_("分母所依据的明细"))


#: Every figure under its name.
FiguresSerializer = type("FiguresSerializer", (serializers.Serializer,), {name: FigureSerializer() for name in FIGURES})
#: `from` is a word of Python's own.
ScopeSerializer = type(
    "ScopeSerializer",
    (serializers.Serializer,),
    {name: serializers.CharField(allow_null=True) for name in ("from", "to", "division", "area", "source", "severity")},
)


class ClosureSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField(help_text=_("统计截止时间：事情发生的时间不晚于此"))
    known_at = serializers.DateTimeField(allow_null=True, help_text=_("登记截止时间：登记的时间不晚于此；空为不限"))
    scope = ScopeSerializer()
    figures = FiguresSerializer()


#: Every figure's difference under its name.
DifferencesSerializer = type(
    "DifferencesSerializer",
    (serializers.Serializer,),
    {name: serializers.FloatField(allow_null=True) for name in FIGURES},
)


class ComparisonSerializer(serializers.Serializer[Any]):
    period = ClosureSerializer(help_text=_("本期"))
    other = ClosureSerializer(help_text=_("对比期"))
    differences = DifferencesSerializer(help_text=_("本期减对比期；比率之差是小数，乘一百为百分点；任一为空则为空"))


class RowSerializer(serializers.Serializer[Any]):
    subject = serializers.CharField(help_text=_("问题编号、线索或走航的标识"))
    title = serializers.CharField(allow_blank=True)
    division = serializers.CharField(allow_null=True, help_text=_("区划代码"))
    day = serializers.DateField(allow_null=True)
    amount = serializers.FloatField(help_text=_("计入统计的数量：权重、条数、公里或小时"))


class RowsSerializer(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = RowSerializer(many=True)


def closure_of(report: Report) -> dict[str, Any]:
    """The whole answer of the closure statistics."""
    scope = report.scope
    return {
        "as_of": beijing(scope.cut_off),
        "known_at": beijing(scope.known_at),
        "scope": printed(scope),
        "figures": {name: figure_of(figure, scope) for name, figure in report.figures.items()},
    }


def comparison_of(comparison: Comparison) -> dict[str, Any]:
    return {
        "period": closure_of(comparison.report),
        "other": closure_of(comparison.other),
        "differences": {name: number(gap) for name, gap in comparison.differences.items()},
    }


def figure_of(figure: Figure, scope: Scope) -> dict[str, Any]:
    return {
        "value": number(figure.value),
        "numerator": number(figure.numerator),
        "denominator": number(figure.denominator),
        "list": list_of(figure.name, scope),
        "denominator_list": list_of(figure.name, scope, "denominator") if figure.formula.denominator else None,
    }


def list_of(name: str, scope: Scope, part: str = "numerator") -> str:
    """The address of exactly the rows behind a figure, at its own cut-off."""
    route = "api:issue-list" if name in LISTED else "api:statistics-closure-rows"
    return f"{reverse(route)}?{behind.query(name, scope, part)}"


def row_of(row: Listed, scope: Scope) -> dict[str, Any]:
    place = scope.tree.places.get(row.division)
    return {
        "subject": row.subject,
        "title": row.title,
        "division": (place.code or None) if place else None,
        "day": row.day.isoformat() if row.day else None,
        "amount": number(row.amount),
    }


def number(value: Decimal | None) -> int | float | None:
    """A JSON number: whole where it is whole; a float's shortest text has the Decimal's digits."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def asked(parameters: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: parameters.get(name, "") for name in names}
