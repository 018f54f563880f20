"""More fields of bodies: amounts, days, short lists of words."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from regions.api.fields import Text


class Amount(serializers.DecimalField):
    """An amount as a string like "12.5" so that nothing is lost on the way; a JSON number is taken too."""

    default_error_messages = {
        "invalid": _("应为数字，如“12.5”。"),
        "max_decimal_places": _("最多{max_decimal_places}位小数。"),
        "max_digits": _("数值太大，请核对单位。"),
        "max_whole_digits": _("数值太大，请核对单位。"),
        "max_string_length": _("应为数字，如“12.5”。"),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 18, "decimal_places": 6, **kwargs})

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class Day(serializers.DateField):
    """A day as 2021-08-04 between 1970 and 2200."""

    default_error_messages = {"invalid": _("日期应写作 2021-08-04。"), "datetime": _("日期应写作 2021-08-04。")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or len(value) != 10:
            self.fail("invalid", format="")
        day = super().to_internal_value(value)
        if isinstance(day, datetime) or not 1970 <= day.year <= 2200:
            self.fail("invalid", format="")
        return day


def several(most: int, length: int, **kwargs: Any) -> serializers.ListField:
    """A list of short words."""
    return serializers.ListField(child=Text(max_length=length), max_length=most, **kwargs)
