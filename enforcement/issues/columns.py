"""The columns a list offers: which there are, and which stand there unless an officer chose others."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Column:
    """One column beside the title, which always stands. `usual`: shown to who chose nothing."""

    key: str
    label: str | Promise
    usual: bool = False


def usual(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(column.key for column in columns if column.usual)


#: In the order shown.
ISSUE_COLUMNS = (
    Column("division", _("属地"), True),
    Column("bureaus", _("承办单位"), True),
    Column("source", _("来源")),
    Column("severity", _("严重程度")),
    Column("pollution_type", _("污染类型")),
    Column("address", _("地址")),
    Column("state", _("状态"), True),
    Column("first_due", _("首次期限")),
    Column("due", _("期限"), True),
    Column("inner_due", _("内部期限")),
    Column("issued_on", _("转办"), True),
    Column("closed_on", _("办结")),
)
