"""What the three administrators find on their workbench: their own duties, and no business."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enforcement.desk.context import address
from regions.models import Officer
from regions.roles import Role


@dataclass(frozen=True, slots=True)
class Duty:
    title: str | Promise
    text: str | Promise
    icon: str
    url: str = ""


#: Role -> (route, title, text, icon). An empty route is a duty without a page.
DUTIES: dict[Role, list[tuple[str, str | Promise, str | Promise, str]]] = {
    Role.SYSTEM_ADMINISTRATOR: [
        ("admin:regions_workcalendar_changelist", _("工作日历"), _("国务院通知发布后录入下一年的节假日和调休，并确认。"), "calendar"),
        ("admin:issues_deadlinepolicy_changelist", _("期限规则"), _("签收、反馈、核查、办结各阶段的工作日数，按生效日期维护。"), "clock"),
        ("admin:regions_division_changelist", _("行政区划"), _("区划调整时新增区划和代码，不改动历史。"), "map"),
        ("admin:regions_jointcontrolarea_changelist", _("联防联控区域"), _("区域成员及其依据、起止日期。"), "globe"),
        ("admin:regions_bureau_changelist", _("单位"), _("主管部门、执法队伍和第三方单位。"), "bureau"),
        ("admin:regions_site_changelist", _("企业和点位"), _("名称、信用代码、排污许可证编号和位置。"), "site"),
        ("admin:inspections_monitoringmonth_changelist", _("在线监测传输情况"), _("每月从省平台月报导入，列入点位的检查历史。"), "table"),
        ("admin:oversight_airmonth_changelist", _("空气质量综合指数"), _("每月公布后录入，约谈规则据此判断是否恶化。"), "globe"),
        ("desk:components", _("界面组件"), _("核对页面部件在浅色、深色和手机上的样子。"), "table"),
    ],
    Role.SECURITY_ADMINISTRATOR: [
        ("admin:regions_officer_changelist", _("账号"), _("开通、停用账号，重置口令。"), "people"),
        ("admin:regions_posting_changelist", _("任职"), _("谁在哪个单位担任什么角色，起止日期。"), "lock"),
        ("admin:regions_secondment_changelist", _("借调"), _("跨区工作的授权，必须有截止日期。"), "return"),
    ],
    Role.AUDITOR: [
        ("", _("核验时间线"), _("在服务器上运行 manage.py verify_timeline，核对每日锚定值与打印件是否一致。"), "verify"),
        ("", _("操作记录"), _("每个问题和线索的办理经过只增不改，由核验命令逐条检查。"), "eye"),
    ],
}  # fmt: skip


def duties_of(officer: Officer) -> list[Duty]:
    """The duties of today's administrator role; none for an officer without any posting."""
    roles = sorted(officer.roles_on() & set(DUTIES))
    return [
        Duty(title, text, icon, address(route) if route else "")
        for role in roles
        for route, title, text, icon in DUTIES[role]
    ]
