"""Checks of today's demo, through the real actions: a campaign that counts, a 双随机 draw of it worked off and revealed, a
visit handed over, one under way, one that waits for approval and is known to its people alone."""

from calendar import monthrange
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from enforcement.desk.demo import bureaus, photos
from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.sites import Works
from enforcement.inspections import actions, rules
from enforcement.inspections.actions import campaigns, monitoring, targets
from enforcement.inspections.lifecycle import CampaignState
from enforcement.inspections.models import (
    Campaign,
    Checklist,
    ChecklistItem,
    ChecklistVersion,
    DrawnTarget,
    Mode,
    TargetDraw,
    Visit,
)
from enforcement.timeline import clock
from enforcement.timeline.attachments import attach
from regions.models import Officer, Site
from regions.roles import Role

#: City -> a county of it with officers who sign in.
PLACES = {"140100": "140107", "140200": "140213", "141000": "141002"}
#: What its counties counted so far, of yards cleared (个) and ground greened (亩).
COUNTED = {"140107": (62, 410), "140213": (41, 760), "141002": (39, 750)}
#: What the drawn checks and the round of cross-enforcement belong to.
CAMPAIGN = "秋冬季涉VOCs企业专项检查（演示）"
#: Variants of a picture no issue of the demo uses: these photos were taken here alone.
FIRST_PICTURE = 100
#: Targets drawn, and how many of them were entered before the days of the draw were over.
DRAWN, ENTERED = 4, 3


def load(cast: Cast, works: Works) -> None:
    """Some hundred statements."""
    now = clock.now()
    with clock.moved_to(now - timedelta(days=12)):
        campaign = _campaign(cast)
        draw = _draw(cast, campaign)
    with clock.moved_to(now - timedelta(days=8)):
        for lot in draw.lots.select_related("site")[:ENTERED]:
            _check_drawn(cast, campaign, lot)
    with clock.moved_to(now - timedelta(days=3)):
        _count(cast, campaign)
        _done(cast, works, campaign, "140100")
        targets.perform(draw, "reveal", by=draw.made_by)
    with clock.moved_to(now - timedelta(minutes=50)):
        _begun(cast, works, campaign, "140200")
        _plan(cast, _site(works, "141000"), campaign, "141000", Mode.UNANNOUNCED)
    _monitored(works)


def _monitored(works: Works) -> None:
    """Three months of online monitoring of a site in each open county, by the file the office would have; the last one is poor."""
    lines = ["排污许可证编号,月份,应传,实传,有效,出处"]
    for county in PLACES.values():
        site = next(site for site in works.by_county[county] if site.permit_no)
        month = clock.today().replace(day=1)
        for lost, bad in ((96, 61), (4, 9), (7, 2)):
            month = (month - timedelta(days=1)).replace(day=1)
            due = 24 * monthrange(month.year, month.month)[1]
            lines.append(
                f"{site.permit_no},{month:%Y-%m},{due},{due - lost},{due - lost - bad},在线监控月报（演示，非真实数据）"
            )
    monitoring.keep(monitoring.tried("\n".join(lines).encode()).rows)


def _campaign(cast: Cast) -> Campaign:
    organiser = cast.officer(bureaus.PROVINCE, Role.COORDINATOR)
    today = clock.today()
    made = campaigns.create(
        by=organiser,
        name=CAMPAIGN,
        legal_basis="演示用方案，不是真实文件",
        since=today,
        until=today + timedelta(days=90),
        checklists=[_list()],
        counts=[campaigns.Count("清理堆场", "个", Decimal(180)), campaigns.Count("绿化", "亩", Decimal(20_000))],
        industries=["化工", "涂装", "焦化"],
        synthetic=True,
    )
    made = campaigns.change_state(made, CampaignState.RUNNING, by=organiser, seen=made.version)
    green = made.quantities.get(name="绿化")
    for county in PLACES.values():
        division = cast.bureaus[county].division
        campaigns.set_target(made, green, division, Decimal(1000), by=organiser)
    return made


def _draw(cast: Cast, campaign: Campaign) -> TargetDraw:
    """Committed to and drawn at once, as the worker would."""
    organiser, today = cast.officer(bureaus.PROVINCE, Role.COORDINATOR), clock.today()
    until = today + timedelta(days=7)
    made = targets.commit(campaign, by=organiser, wanted=DRAWN, since=today, until=until, synthetic=True)
    targets.perform(made, "draw", by=organiser)
    targets.draw(str(made.pk))
    return TargetDraw.objects.select_related("made_by").get(pk=made.pk)


def _check_drawn(cast: Cast, campaign: Campaign, lot: DrawnTarget) -> None:
    """A target checked by the inspectors it drew; nothing was wrong."""
    leader, *members = (row.officer for row in lot.team.select_related("officer"))
    home = leader.postings_on(clock.today())[0].bureau
    visit = actions.plan(
        by=leader,
        bureau=home,
        site=lot.site,
        list_version=_list(),
        mode=Mode.UNANNOUNCED,
        planned_on=clock.today(),
        approver=cast.officer(cast.key_of(home), Role.TEAM_LEADER),
        leader=leader,
        members=members,
        campaign=campaign,
        lot=lot.pk,
        synthetic=True,
    )
    visit = _enter(visit, f"双随机〔演示〕{lot.place}号")
    _answer(visit, leader, {}, notes={}, first_picture=FIRST_PICTURE + 20 * lot.place)
    for officer in (leader, *members):
        actions.perform(visit, "sign", by=officer, side="officer")
    actions.perform(visit, "sign", by=leader, side="party", name="负责人（演示）")
    actions.perform(visit, "finish", by=leader, summary="按检查表逐项检查，未发现不合格项。")


def _list() -> ChecklistVersion:
    return Checklist.objects.get(key="voc-enterprise").versions.get(number=1)


def _count(cast: Cast, campaign: Campaign) -> None:
    for county, amounts in COUNTED.items():
        bureau, handler = cast.bureaus[county], cast.officer(county, Role.HANDLER)
        for name, amount in zip(("清理堆场", "绿化"), amounts, strict=True):
            quantity = campaign.quantities.get(name=name)
            campaigns.tally(
                quantity, by=handler, bureau=bureau, division=bureau.division, amount=Decimal(amount), unit=quantity.unit,
                done_on=clock.today(), synthetic=True,
            )  # fmt: skip


def _site(works: Works, city: str) -> Site:
    """A site of the city's county that gives off VOCs."""
    sites = works.by_county[PLACES[city]]
    return next(site for site in sites if works.trade(site).key not in {"kiln", "sitework"})


def _plan(cast: Cast, site: Site, campaign: Campaign, city: str, mode: str) -> Visit:
    team = bureaus.team(city)
    leader = cast.officer(team, Role.INSPECTOR)
    return actions.plan(
        by=leader,
        bureau=cast.bureaus[team],
        site=site,
        list_version=_list(),
        mode=mode,
        planned_on=clock.today(),
        approver=cast.officer(team, Role.TEAM_LEADER),
        leader=leader,
        members=[cast.officer(team, Role.INSPECTOR, 1)],
        campaign=campaign,
        synthetic=True,
    )


def _entered(cast: Cast, works: Works, campaign: Campaign, city: str, approval: str) -> Visit:
    """A visit that has just begun, in order."""
    return _enter(_plan(cast, _site(works, city), campaign, city, Mode.UNANNOUNCED), approval)


def _enter(visit: Visit, approval: str) -> Visit:
    """From the plan to the door: approved, nobody recused, checked in at the site."""
    site = visit.site
    visit = actions.perform(visit, "approve", by=visit.approver, approval_no=approval)
    for member in _team(visit):
        visit = actions.perform(visit, "declare", by=member)
    code = actions.code_of(site)
    return actions.perform(visit, "check_in", by=_team(visit)[0], code=code, lon=site.lon, lat=site.lat)


def _team(visit: Visit) -> list[Officer]:
    return [row.officer for row in visit.officers.select_related("officer")]


def _done(cast: Cast, works: Works, campaign: Campaign, city: str) -> None:
    """Two items failed; signed by both sides, recorded, handed over to the county and signed for."""
    visit = _entered(cast, works, campaign, city, "并环检审〔演示〕6号")
    leader, second = _team(visit)
    wrong = {"1.2": "no", "2.1": "局部集气罩", "2.2": "0.2", "3.1": "活性炭吸附"}
    _answer(visit, leader, wrong, notes={"2.2": "两处集气罩开口面风速不足。"})
    actions.perform(visit, "guide", by=leader, item="3.3", text="建议更换碘值不低于650的蜂窝炭，并做好更换台账。")
    for officer in (leader, second):
        actions.perform(visit, "sign", by=officer, side="officer")
    actions.perform(visit, "sign", by=leader, side="party", name="负责人（演示）")
    done = actions.perform(visit, "finish", by=leader, summary="当场指出两处不合格，企业负责人表示三日内整改。")
    county = PLACES[city]
    done = actions.perform(done, "hand_over", by=leader, bureau=cast.bureaus[county].pk)
    actions.perform(done, "receive", by=cast.officer(county, Role.HANDLER))


def _begun(cast: Cast, works: Works, campaign: Campaign, city: str) -> None:
    """Under way, half of the list answered."""
    visit = _entered(cast, works, campaign, city, "同环检审〔演示〕9号")
    answers = {"1.1": "yes", "1.2": "yes", "2.1": "密闭车间", "3.1": "RTO/RCO", "3.2": "yes"}
    actions.perform(visit, "answer", by=_team(visit)[0], answers=answers)


def _answer(
    visit: Visit, by: Officer, wrong: dict[str, str], notes: dict[str, str], *, first_picture: int = FIRST_PICTURE
) -> None:
    """Everything that is asked, in order but for what is `wrong`; with the photos that are demanded."""
    items = actions.items_of(visit)
    given: dict[str, str] = dict(wrong)
    while missing := [item for item in rules.asked(items, given) if item.code not in given and item.kind != "photo"]:
        given |= {item.code: _in_order[item.kind](item) for item in missing}
    actions.perform(visit, "answer", by=by, answers=given, notes=notes)
    wanted = [
        item for item in rules.asked(items, given)
        if item.evidence == "always" or (item.evidence == "failed" and rules.failed(item, given.get(item.code, "")))
    ]  # fmt: skip
    for number, item in enumerate(wanted):
        drawn = photos.picture("chemicals", first_picture + number, after=False)
        attach(visit, BytesIO(drawn.content), by=by, name=f"{item.code}.jpg", label=item.code, synthetic=True)


def _number(item: ChecklistItem) -> str:
    bound = item.low if item.low is not None else item.high
    return f"{bound.normalize():f}" if bound is not None else "0"


_in_order: dict[str, Callable[[ChecklistItem], str]] = {
    "yes_no": lambda item: "no" if "yes" in item.failing else "yes",
    "choice": lambda item: next(choice for choice in item.choices if choice not in item.failing),
    "number": _number,
    "text": lambda item: "无明显异味。",
}
