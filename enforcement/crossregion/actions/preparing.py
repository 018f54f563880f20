"""What a draft is made of. Each effect replaces one part of it; the rest stays."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from enforcement.crossregion.actions import rosters
from enforcement.crossregion.drawing.register import LOOSENABLE
from enforcement.crossregion.lifecycle import ORGANISERS
from enforcement.crossregion.models import (
    Clearance,
    DrawRule,
    PoolItem,
    Recusal,
    Round,
    RoundCounty,
    Team,
    TeamMember,
    Wish,
)
from enforcement.inspections.lifecycle import CampaignState
from enforcement.inspections.models import Campaign
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from regions.errors import Invalid, Refused
from regions.models import Bureau, Officer
from regions.words import unfit

MAX_REASON = 500
MAX_DAYS = 92
_NUMBERS = {"max_km": (1, 3000), "spread": (1, 10), "per_city": (1, 50)}


def home_of(officer: Officer) -> Bureau | None:
    """The bureau for which an officer may hold rounds: a province's, where they dispatch or coordinate."""
    for posting in officer.postings_on(clock.today()):
        if posting.role in ORGANISERS and posting.bureau.division.level == "province":
            return posting.bureau
    return None


def open_campaigns(officer: Officer) -> QuerySet[Campaign]:
    """The campaigns a round of this officer's may belong to: those they may see, neither ended nor void."""
    over = (CampaignState.ENDED, CampaignState.VOID)
    return Campaign.objects.visible_to(officer).exclude(state__in=over)


def campaign_shown(round_: Round, officer: Officer) -> Campaign | None:
    """The round's campaign, if this reader may see it; its name stands on the round for everyone else."""
    if round_.part_of_id is None:
        return None
    return Campaign.objects.visible_to(officer).filter(pk=round_.part_of_id).sole()


def _part_of(by: Officer, key: UUID | None, typed: str) -> Campaign | None:
    """The campaign chosen. Raises Invalid: none such to choose, or a name typed beside it."""
    if key is None:
        return None
    if typed:
        raise Invalid(_("已经选了专项行动，请不要再填行动名称。"), field="campaign")
    found = open_campaigns(by).filter(pk=key).first()
    if found is None:
        raise Invalid(_("没有这个专项行动，或者它已结束，请重新选择。"), field="campaign_id")
    return found


def create(
    *,
    by: Officer,
    name: str,
    since: date,
    until: date,
    campaign: str = "",
    campaign_id: UUID | None = None,
    synthetic: bool = False,
) -> Round:
    """A draft, known to nobody but who made it. Of a campaign chosen or, where there is none, named. Raises Invalid, Refused."""
    bureau = home_of(by)
    if bureau is None:
        raise Refused(_("只有省级单位的转办员、会商协调员可以组织交叉执法。"))
    name, campaign = words(name, "name", 80), words(campaign, "campaign", 80, needed=False)
    part_of = _part_of(by, campaign_id, campaign)
    if until < since:
        raise Invalid(_("结束日期不能早于开始日期。"), field="until")
    if (until - since).days > MAX_DAYS:
        raise Invalid(_("一轮最长%(n)d天。") % {"n": MAX_DAYS}, field="until")
    rule = DrawRule.in_force(since)
    if rule is None:
        raise Invalid(_("该日期没有生效的抽取规则，请系统管理员先在基础数据中增设。"), field="since")
    with transaction.atomic():
        made = Round.objects.create(
            name=name,
            campaign=part_of.name if part_of else campaign,
            part_of=part_of,
            bureau=bureau,
            since=since,
            until=until,
            rule=rule,
            created_by=by,
            created_at=clock.now(),
            synthetic=synthetic,
        )
        Clearance.objects.create(round=made, officer=by, granted_by=by, granted_at=clock.now())
        record(made, "round_created", by=by, bureau=bureau)
    return made


def words(value: object, field: str, most: int, *, needed: bool = True) -> str:
    """A line of text as entered, checked."""
    text = str(value or "").strip()
    if needed and not text:
        raise Invalid(_("此项必填。"), field=field)
    if len(text) > most or any(ord(char) < 32 or 0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise Invalid(_("不能超过%(n)d个字，且不能含换行等控制字符。") % {"n": most}, field=field)
    return text


def reason(entered: dict[str, Any]) -> dict[str, Any]:
    text = str(entered.get("reason") or "").strip().replace("\r\n", "\n")
    if not text:
        raise Invalid(_("请填写理由。"), field="reason")
    if len(text) > MAX_REASON or unfit(text):
        raise Invalid(_("理由不能超过500字，且不能含无法识别的字符。"), field="reason")
    return {"reason": personal(text)}


def set_campaign(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """The campaign the round belongs to: chosen, named, or none. Once drawn only with a reason; no part of what was committed to."""
    told = reason(entered) if round_.drawn_at or entered.get("reason") else {}
    typed = words(entered.get("campaign"), "campaign", 80, needed=False)
    part_of, before = _part_of(by, entered.get("campaign_id"), typed), round_.campaign
    name = part_of.name if part_of else typed
    # Typed as it stands, or ended meanwhile: whoever sees only the name of a campaign can't cut the round off from it by mistake.
    if name == before and (part_of is None or part_of.pk == round_.part_of_id):
        raise Invalid(_("所属行动没有变化。"), field="campaign_id")
    round_.part_of, round_.campaign = part_of, name
    return {**told, "campaign": name, "before": before}


def set_counties(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    rows = rosters.counties(entered.get("text"))
    round_.pins.all().delete()
    round_.counties.all().delete()
    RoundCounty.objects.bulk_create(
        RoundCounty(round=round_, division=division, air_rank=rank) for division, rank in rows
    )
    return {"count": len(rows)}


def set_teams(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    rows = rosters.teams(entered.get("text"))
    round_.teams.all().delete()
    made = [
        Team(
            round=round_,
            name=row.name,
            city=row.city,
            leader=row.leader,
            equipment=row.equipment,
            available_since=row.available_since,
            available_until=row.available_until,
        )
        for row in rows
    ]
    Team.objects.bulk_create(made)
    TeamMember.objects.bulk_create(
        TeamMember(team=team, officer=officer, skills=skills)
        for team, row in zip(made, rows, strict=True)
        for officer, skills in row.members.items()
    )
    return {"count": len(rows), "people": sum(len(row.members) for row in rows)}


def set_pool(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    rows = rosters.pool(entered.get("text"))
    round_.pool.all().delete()
    PoolItem.objects.bulk_create(PoolItem(round=round_, kind=kind, number=number) for kind, number in rows.items())
    return {"count": len(rows), "pieces": sum(rows.values())}


def set_recusals(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    rows = rosters.recusals(entered.get("text"))
    round_.recusals.all().delete()
    Recusal.objects.bulk_create(
        Recusal(round=round_, officer=officer, division=division, site=site, ground=ground)
        for officer, division, site, ground in rows
    )
    return {"count": len(rows)}


def set_wishes(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    rows = list(rosters.wishes(entered.get("text"), round_))
    teams = {team.name: team for team in round_.teams.all()}
    Wish.objects.filter(team__round=round_).delete()
    Wish.objects.bulk_create(Wish(team=teams[name], division=host, weight=weight) for name, host, weight in rows)
    return {"count": len(rows)}


def set_rules(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """What this round changes in the dated rule; left out is back to the rule."""
    told = reason(entered)
    changes: dict[str, Any] = {}
    for name, (low, high) in _NUMBERS.items():
        value = entered.get(name)
        if value in (None, ""):
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Invalid(_("请填写%(low)d至%(high)d的整数。") % {"low": low, "high": high}, field=name)
        changes[name] = value
    off = entered.get("off") or []
    if not isinstance(off, list) or not set(map(str, off)) <= set(LOOSENABLE):
        raise Invalid(_("只能停用可以放宽的规则。"), field="off")
    if off:
        changes["off"] = sorted(set(off))
    round_.changes = changes
    return {**told, "changes": changes}


def team_of(round_: Round, value: object) -> Team:
    found = round_.teams.select_related("city").filter(name=named(value)).first()
    if found is None:
        raise unknown_team()
    return found


def named(value: object) -> str:
    """A team's name or a county's code as it was entered."""
    return str(value or "")[:80].strip()


def unknown_team(field: str = "team") -> Invalid:
    return Invalid(_("本轮没有这支队伍，请按队名填写。"), field=field)


def clear(round_: Round, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Adds an officer to the need-to-know list; nobody is taken off it: what is known is known."""
    told = reason(entered)
    officer = Officer.objects.filter(username=str(entered.get("officer") or "")[:60], is_active=True).first()
    if officer is None or not any(p.bureau_id for p in officer.postings_on(clock.today())):
        raise Invalid(_("没有这个账号，或已停用。"), field="officer")
    _row, fresh = Clearance.objects.get_or_create(
        round=round_, officer=officer, defaults={"granted_by": by, "granted_at": clock.now()}
    )
    if not fresh:
        raise Invalid(_("此人已在知情名单上。"), field="officer")
    return {**told, "officer": officer.pk}
