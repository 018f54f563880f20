"""Rules, faults and advice in the office's words. The draw itself speaks in codes; here they become sentences."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from enforcement.crossregion.drawing.faults import Fault
from enforcement.crossregion.models import Ability, Round

RULES: dict[str, str | Promise] = {
    "complete": gettext_lazy("各队都有去向"),
    "own_city": gettext_lazy("不查本市"),
    "recusal": gettext_lazy("回避"),
    "badge": gettext_lazy("证件有效"),
    "availability": gettext_lazy("队伍可用"),
    "pool": gettext_lazy("机动设备数量"),
    "mutual": gettext_lazy("不互查"),
    "repeat": gettext_lazy("不重复前几轮"),
    "skill": gettext_lazy("专长与设备"),
    "air_first": gettext_lazy("空气差的优先"),
    "balance": gettext_lazy("队数均衡"),
    "travel": gettext_lazy("路程上限"),
    "one_per_city": gettext_lazy("同市同县队数上限"),
    "pin": gettext_lazy("人工指定"),
}
_FAULTS: dict[str, str | Promise] = {
    "team_without_county": gettext_lazy("“%(team)s”没有去向。"),
    "unknown_team": gettext_lazy("名单外的队伍“%(team)s”有去向。"),
    "targets_differ": gettext_lazy("点位 %(site)s 与抽取结果不符。"),
    "own_city": gettext_lazy("“%(team)s”被派往本市的%(county)s。"),
    "mutual": gettext_lazy("%(a)s与%(b)s在同一轮互查。"),
    "repeat": gettext_lazy("%(a)s再次检查%(b)s（上次：%(round)s）。"),
    "recusal_place": gettext_lazy("“%(team)s”有队员须回避%(county)s。"),
    "recusal_site": gettext_lazy("“%(team)s”有队员须回避%(county)s的点位 %(site)s。"),
    "too_few_members": gettext_lazy("“%(team)s”只有%(n)s人，至少%(least)s人。"),
    "too_few_badges": gettext_lazy("“%(team)s”执法证全程有效的只有%(n)s人，至少%(least)s人。"),
    "leader_without_badge": gettext_lazy("“%(team)s”组长的执法证不是全程有效。"),
    "not_available": gettext_lazy("“%(team)s”不能全程参加。"),
    "skill_missing": gettext_lazy("%(county)s有点位需要%(needs)s，派去的队伍都不具备。"),
    "pool_short": gettext_lazy("机动设备%(kind)s借出%(n)s件，只有%(most)s件。"),
    "lent_to_stranger": gettext_lazy("机动设备借给了名单外的队伍“%(team)s”。"),
    "dealt_unable": gettext_lazy("“%(team)s”分到的点位需要%(needs)s。"),
    "nobody_for_target": gettext_lazy("%(county)s有点位没有合适的队伍。"),
    "air_first": gettext_lazy("%(worse)s空气更差却只有%(n)s队，%(better)s有%(m)s队。"),
    "balance": gettext_lazy("%(most)s有%(n)s队而%(least)s只有%(m)s队，相差过大。"),
    "travel": gettext_lazy("“%(team)s”到%(county)s约%(km)s公里，超过%(limit)s公里。"),
    "one_per_city": gettext_lazy("%(city)s有%(n)s队去同一个%(county)s，最多%(most)s队。"),
    "pin": gettext_lazy("“%(team)s”没有按指定去%(county)s。"),
    "empty": gettext_lazy("还没有%(what)s，请先填写。"),
    "days_reversed": gettext_lazy("结束日期早于开始日期。"),
    "pinned_twice": gettext_lazy("“%(team)s”被指定了两个去向。"),
    "member_twice": gettext_lazy("“%(team)s”有队员同时在另一队。"),
    "team_unfit": gettext_lazy("“%(team)s”不能参加：%(rule)s。"),
    "team_nowhere": gettext_lazy("“%(team)s”没有一个县区可去（%(against)s）。"),
    "county_no_sender": gettext_lazy("没有队伍可以去%(county)s（%(against)s）。"),
    "nobody_able": gettext_lazy("有点位需要%(needs)s，没有一支队伍具备。"),
    "site_gone": gettext_lazy("封存后有点位被删除（%(site)s），请退回筹备后重新封存。"),
}
#: Obvious faults told one by one; the advice must not drown in them.
SHOWN = 8
_WHAT: dict[str, str | Promise] = {
    "teams": gettext_lazy("队伍"),
    "counties": gettext_lazy("受检县区"),
    "cities": pgettext_lazy("round", "派出市"),
}
_STATUS: dict[str, str | Promise] = {
    "infeasible": gettext_lazy("在现有规则下没有任何可行的分派。"),
    "unknown": gettext_lazy("在时限内没有找到分派，也没有证明不存在。可再抽一次，或放宽规则。"),
    "uncertified": gettext_lazy("分派没有通过核验，已停止，请联系系统管理员。"),
    "gone": gettext_lazy("登记的点位已有变动。"),
}


def sentence(fault: Fault | Mapping[str, Any]) -> str:
    """A fault as a sentence."""
    plain = fault.plain() if isinstance(fault, Fault) else fault
    facts = {name: _told(name, value) for name, value in plain["facts"].items()}
    return str(_FAULTS[plain["code"]]) % facts


def ability_names(keys: Iterable[str]) -> list[str]:
    """Skills and equipment as the office calls them; a key nobody named any more stays as it is. One statement."""
    keys = list(keys)
    names = dict(Ability.objects.filter(key__in=keys).values_list("key", "name"))
    return [names.get(key, key) for key in keys]


def rule_names(rules: list[str] | tuple[str, ...]) -> str:
    return _("、").join(str(RULES[rule]) for rule in rules)


def explained(explanation: Mapping[str, Any] | None) -> list[str]:
    """Why a round could not be drawn and what would help, sentence by sentence."""
    if not explanation:
        return []
    told = [str(_STATUS.get(explanation.get("status", ""), _STATUS["infeasible"]))]
    obvious = explanation["obvious"]
    told += [sentence(fault) for fault in obvious[:SHOWN]]
    if len(obvious) > SHOWN:
        told.append(_("另有%(n)d条类似情况。") % {"n": len(obvious) - SHOWN})
    if explanation["clashing"]:
        told.append(_("这些规则不能同时满足：%(rules)s。") % {"rules": rule_names(explanation["clashing"])})
    told += [_advice(advice) for advice in explanation["helps"]]
    if not explanation.get("complete", True):
        told.append(_("时间有限，可能还有别的办法。"))
    return told


def cut_short(round_: Round) -> str:
    """What is said of a draw the time limit ended before the gap asked for was reached; nothing of another."""
    result = round_.result or {}
    if result.get("status") != "feasible":
        return ""
    return _(
        "求解到时限%(limit)d秒为止，取其间最好的分派：各条规则均已核验，间隙%(gap).2f%%，大于要求的%(asked).1f%%。"
    ) % {
        "limit": round_.rule.time_limit_s,
        "gap": 100 * float(result["gap"]),
        "asked": round_.rule.gap_permille / 10,
    }


def _advice(advice: Mapping[str, Any]) -> str:
    if advice.get("more"):
        kind = "".join(ability_names([advice["kind"]]))
        return _("机动设备再增加%(n)d件%(kind)s即可分派。") % {"n": advice["more"], "kind": kind}
    if advice.get("km"):
        return _("把路程上限放宽到%(km)d公里即可分派。") % {"km": advice["km"]}
    if len(advice["rules"]) == 1:
        return _("放宽“%(rule)s”即可分派。") % {"rule": rule_names(advice["rules"])}
    return _("同时放宽%(rules)s即可分派。") % {"rules": rule_names(advice["rules"])}


def _told(name: str, value: Any) -> Any:
    if name == "rule":
        return RULES[value]
    if name == "what":
        return _WHAT.get(value, value)
    if name == "needs":
        return _("、").join(ability_names(value))
    if name == "kind":
        return "".join(ability_names([value]))
    if name == "against":
        parts = [_("%(rule)s %(n)d") % {"rule": RULES[rule], "n": n} for rule, n in value.items()]
        return _("，").join(parts) or _("没有队伍")
    return value
