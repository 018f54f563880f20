"""Serializer fields that say clearly what is wrong, and take nothing PostgreSQL or a person can't read."""

import copy
import math
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty

from regions.words import unfit

BEIJING = ZoneInfo("Asia/Shanghai")


class Text(serializers.CharField):
    """A JSON string: no NUL, no half surrogate, no number taken for one."""

    default_error_messages = {
        "invalid": _("应为文字。"),
        "blank": _("请填写此项。"),
        "max_length": _("不能超过{max_length}字。"),
        "unreadable": _("含有无法识别的字符，请删去后重填。"),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 2000)
        super().__init__(**kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, str) and unfit(data):
            self.fail("unreadable")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON integer in the range of the database's own."""

    default_error_messages = {
        "invalid": _("应为整数。"),
        "max_value": _("不能大于{max_value}。"),
        "min_value": _("不能小于{min_value}。"),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 1)
        kwargs.setdefault("max_value", 2**31 - 1)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(data)


class Degrees(serializers.FloatField):
    """A JSON number of WGS-84 degrees within its range."""

    default_error_messages = {
        "invalid": _("应为数字（度，WGS-84）。"),
        "max_value": _("不能大于{max_value}，请检查经纬度是否填反。"),
        "min_value": _("不能小于{min_value}，请检查经纬度是否填反。"),
    }

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            value = float(data)
        except OverflowError:
            self.fail("invalid")
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class Share(serializers.DecimalField):
    """A weight in (0, 1], as a string like "0.5" so that nothing is lost on the way; a JSON number is taken too."""

    default_error_messages = {
        "invalid": _("应为0到1之间的小数，如“0.5”。"),
        "max_decimal_places": _("最多{max_decimal_places}位小数。"),
        "max_digits": _("应为0到1之间的小数，如“0.5”。"),
        "max_whole_digits": _("应为0到1之间的小数，如“0.5”。"),
        "max_value": _("不能大于1。"),
        "min_value": _("应大于0。"),
    }

    def __init__(self, **kwargs: Any) -> None:
        limits = {"min_value": Decimal("0.0001"), "max_value": Decimal(1)}
        super().__init__(max_digits=5, decimal_places=4, **{**limits, **kwargs})

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A date and time with its offset, like 2021-07-05T10:00:00+08:00; without one it is Beijing time."""

    default_error_messages = {
        "invalid": _("时间应写作 2021-07-05T10:00:00+08:00。"),
        "date": _("应有日期和时间，如 2021-07-05T10:00:00+08:00。"),
        "overflow": _("时间超出范围。"),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=BEIJING, **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or len(value) > 40:
            self.fail("invalid", format="")
        if ":" not in value:
            self.fail("date", datatype="date")
        try:
            moment = super().to_internal_value(value)
        except (ValueError, OverflowError):
            self.fail("invalid", format="")
        if not 1970 <= moment.year <= 2200:
            self.fail("overflow")
        return moment


class Choice(serializers.ChoiceField):
    default_error_messages = {"invalid_choice": _("“{input}”不在可选范围内。")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or "\x00" in data or len(data) > 60:
            self.fail("invalid_choice", input="…")
        data = readable(data)
        return str(super().to_internal_value(data))


class Flag(serializers.BooleanField):
    """true or false; "yes", 1 and their kin are refused."""

    default_error_messages = {"invalid": _("应为 true 或 false。")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Body(serializers.Serializer[Any]):
    """What a POST carries: a JSON object with these fields and no others."""

    default_error_messages = {"invalid": _("内容应为一个JSON对象。")}

    def get_fields(self) -> Any:
        """Those a request sent or can't do without: copying all of them took longer than reading them."""
        sent, every = getattr(self, "initial_data", None), self._declared_fields
        if not isinstance(sent, dict):
            return super().get_fields()
        needed = {n: f for n, f in every.items() if n in sent or f.required or f.default is not empty}
        return copy.deepcopy(needed)

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(map(str, set(data) - set(self._declared_fields))) if isinstance(data, dict) else []
        if unknown:
            raise serializers.ValidationError({readable(name): [_("没有这一项，请删去。")] for name in unknown[:20]})
        return super().to_internal_value(data)


def beijing(moment: datetime | None) -> str | None:
    """A moment as the API writes it: RFC 3339 with Beijing's offset."""
    return moment.astimezone(BEIJING).isoformat() if moment else None


def readable(text: str, most: int = 60) -> str:
    """Words someone sent, fit to be shown back: cut, and without what can't be encoded."""
    return text[:most].encode(errors="replace").decode().replace("\x00", "?")
