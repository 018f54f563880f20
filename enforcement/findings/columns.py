"""The columns the list of findings offers."""

from django.utils.translation import gettext_lazy as _

from enforcement.issues.columns import Column

#: In the order shown.
FINDING_COLUMNS = (
    Column("place", _("位置"), True),
    Column("source", _("来源"), True),
    Column("severity", _("严重程度")),
    Column("pollution_type", _("污染类型")),
    Column("address", _("地址")),
    Column("filer", _("填报"), True),
    Column("filed_by", _("填报人")),
    Column("state", _("状态"), True),
    Column("issue", _("问题编号")),
    Column("occurred_at", _("发现时间"), True),
    Column("received_at", _("接收时间")),
)
