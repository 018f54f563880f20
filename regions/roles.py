"""Roles: one table. What a role may press stands in the lifecycle tables; how far it sees stands here."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    INSPECTOR = "inspector"
    TEAM_LEADER = "team_leader"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    VERIFIER = "verifier"
    SUPERVISOR = "supervisor"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"


class Sight(StrEnum):
    """How far a posting sees business rows."""

    PARTY = "party"  # rows its bureau plays a part in
    TREE = "tree"  # every row its division, or one below it, answers for
    NOTHING = "nothing"  # no business data: the three administrators (三员分立)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One row of the table: the role, its Chinese name, its sight and its duty in a sentence."""

    role: Role
    name: str | Promise
    sight: Sight
    duty: str | Promise


TABLE: dict[Role, RoleRow] = {
    row.role: row
    for row in (
        RoleRow(Role.INSPECTOR, _("巡查员"), Sight.PARTY, _("走航、现场检查，填报线索")),
        RoleRow(Role.TEAM_LEADER, _("组长"), Sight.PARTY, _("审核本单位填报的线索")),
        RoleRow(Role.DISPATCHER, _("转办员"), Sight.PARTY, _("转办、改派、判定退回、批准延期、办结、销号")),
        RoleRow(Role.HANDLER, _("承办人"), Sight.PARTY, _("签收、整改、反馈本单位承办的问题")),
        RoleRow(Role.VERIFIER, _("核查员"), Sight.PARTY, _("核查他人整改的问题")),
        RoleRow(Role.SUPERVISOR, _("督办员"), Sight.TREE, _("跟踪辖区内的办理进度，督办")),
        RoleRow(Role.COORDINATOR, _("会商协调员"), Sight.TREE, _("按联防联控区域汇总数据，组织会商")),
        RoleRow(Role.AUDITOR, _("审计管理员"), Sight.NOTHING, _("核验时间线，查看操作记录")),
        RoleRow(Role.SYSTEM_ADMINISTRATOR, _("系统管理员"), Sight.NOTHING, _("维护区划、日历、规则等基础数据")),
        RoleRow(Role.SECURITY_ADMINISTRATOR, _("安全管理员"), Sight.NOTHING, _("管理账号、任职与权限")),
    )
}

#: No one holds two of these at a time (MLPS level 3, 三员分立); the database refuses it too.
ADMINISTRATORS = frozenset({Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR})
BUSINESS = frozenset(Role) - ADMINISTRATORS
CHOICES = [(row.role.value, row.name) for row in TABLE.values()]
