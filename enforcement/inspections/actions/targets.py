"""双随机 for a campaign: the register frozen and committed to, the draw in a worker, the reveal.

The seed is made once, with the commitment. A draw that is killed leaves the row as it was; the next ring or the sweep draws
with the same seed, and the row lock lets one result in.
"""

import hashlib
import logging
from collections.abc import Iterable
from datetime import date
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from enforcement.drawing import seeds
from enforcement.inspections import lots
from enforcement.inspections.actions.campaigns import KEEPERS, campaign_sites
from enforcement.inspections.lifecycle import DRAW_STEPS, CampaignState, DrawState, State
from enforcement.inspections.models import (
    Campaign,
    DrawnInspector,
    DrawnTarget,
    TargetDraw,
    TargetRule,
    Visit,
    VisitRule,
)
from enforcement.timeline import clock, pledges
from enforcement.timeline.actions import personal, record
from enforcement.timeline.offers import Available
from regions import words
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Division, Officer, Posting, Site
from regions.roles import Role

log = logging.getLogger(__name__)
DRAW = "enforcement.inspections.tasks.draw_targets"
MAX_RECUSALS = 500


def may_draw(campaign: Campaign, officer: Officer) -> bool:
    """Organisers of the campaign, while it may still be worked on."""
    open_ = campaign.state in {CampaignState.DRAFT, CampaignState.RUNNING}
    held = any(p.bureau_id == campaign.bureau_id and p.role in KEEPERS for p in officer.postings_on(clock.today()))
    return open_ and held


def commit(
    campaign: Campaign,
    *,
    by: Officer,
    wanted: int,
    since: date,
    until: date,
    recusals: str = "",
    synthetic: bool = False,
) -> TargetDraw:
    """Freezes the register, makes the seed, puts the hash over both on the timeline and among what the next daily anchor
    publishes.

    The campaign's own timeline says nothing of it: its readers must not learn that a draw is under way. Raises Refused,
    Invalid with a sentence for each field at fault.
    """
    if not may_draw(campaign, by):
        raise Refused(
            _("只有%(bureau)s的转办员、会商协调员可以为这个专项行动抽取。") % {"bureau": campaign.bureau.short_name}
        )
    rule = TargetRule.objects.filter(valid_from__lte=clock.today()).order_by("-valid_from").first()
    visits = VisitRule.in_force(since)
    if rule is None or visits is None:
        raise Invalid(_("没有生效的双随机规则或入企检查规则，请系统管理员先增设。"), field="since")
    _check(campaign, rule, wanted, since, until)
    with transaction.atomic():
        made = TargetDraw(
            campaign=campaign, rule=rule, wanted=wanted, since=since, until=until, made_by=by, synthetic=synthetic
        )
        register = _freeze(made, visits, recusals)
        made.register, made.seed = register.canonical(), seeds.new_seed()
        made.commitment = lots.commitment(made.seed, made.register)
        made.committed_at = clock.now()
        made.save()
        pledges.deposit(made.commitment)
        record(
            made,
            "targets_committed",
            by=by,
            bureau=campaign.bureau,
            commitment=made.commitment,
            deposited=True,
            wanted=wanted,
            sites=len(register.sites),
            inspectors=len(register.inspectors),
            capped=len(register.capped),
        )
    return made


def _check(campaign: Campaign, rule: TargetRule, wanted: int, since: date, until: date) -> None:
    errors: dict[str, list[str]] = {}
    if not 1 <= wanted <= rule.max_targets:
        errors["wanted"] = [_("抽取点位数应在1到%(n)d之间。") % {"n": rule.max_targets}]
    if until < since:
        errors["until"] = [_("结束日期不能早于开始日期。")]
    elif since < clock.today() or since < campaign.since or until > campaign.until:
        errors["since"] = [_("检查日期应在专项行动期间内，且不早于今天。")]
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)


def _freeze(made: TargetDraw, visits: VisitRule, recusals: str) -> lots.Register:
    """What the draw may look at, as it stands now. About six statements."""
    rule, campaign = made.rule, made.campaign
    rows = list(campaign_sites(campaign).select_related("division__parent__parent"))
    begun = dict(
        Visit.objects.filter(site__in=[row.pk for row in rows], begun_at__year=made.since.year)
        .order_by()
        .values_list("site")
        .annotate(n=Count("pk"))
    )
    capped = [row for row in rows if begun.get(row.pk, 0) >= visits.yearly_cap]
    free = [row for row in rows if begun.get(row.pk, 0) < visits.yearly_cap]
    if not free:
        raise Invalid(_("行动范围内没有可抽取的点位（%(n)d个已达年度检查上限）。") % {"n": len(capped)}, field="wanted")
    inspectors = list(_inspectors(campaign, made.until))
    if len(inspectors) < rule.team:
        raise Invalid(
            _("行动范围内持有效执法证的巡查员只有%(n)d人，至少要%(least)d人。")
            % {"n": len(inspectors), "least": rule.team},
            field="until",
        )
    return lots.Register(
        draw=str(made.pk),
        wanted=made.wanted,
        team=rule.team,
        until=made.until.isoformat(),
        strata={str(name): int(share) for name, share in rule.strata.items()},
        sites=tuple(lots.Site(str(row.pk), row.division.code, row.grade, _risk(rule, row.grade)) for row in free),
        inspectors=tuple(inspectors),
        recusals=tuple(_recusals(recusals, {row.name: row for row in rows})),
        above={row.division.code: _above(row.division) for row in free},
        capped=tuple(str(row.pk) for row in capped),
    )


def _risk(rule: TargetRule, grade: str) -> int:
    return max(1, min(100, int(rule.risks.get(grade, rule.risks.get("", 1)))))


def _above(division: Division) -> list[str]:
    found = []
    while division.parent is not None:
        division = division.parent
        found.append(division.code)
    return found


def _inspectors(campaign: Campaign, until: date) -> Iterable[lots.Inspector]:
    """Inspectors with a badge good until the last day, of bureaus in the campaign's division; a contractor's are none."""
    today = clock.today()
    within = Division.objects.current().within(campaign.division.code)
    rows = Posting.objects.filter(
        Q(until=None) | Q(until__gte=today),
        role=Role.INSPECTOR,
        since__lte=today,
        bureau__division__in=within,
        officer__is_active=True,
    ).exclude(bureau__kind="contractor")
    seen: set[int] = set()
    for row in rows.select_related("officer", "bureau__division").order_by("pk"):
        if row.officer_id not in seen and row.officer.has_badge(until):
            seen.add(row.officer_id)
            ends = row.officer.badge_valid_to
            yield lots.Inspector(
                str(row.officer_id), str(row.bureau_id), row.bureau.division.code, ends.isoformat() if ends else ""
            )


def _recusals(text: str, sites: dict[str, Site]) -> Iterable[lots.Recusal]:
    """One a line: an account, then a site's name or a division's code. Raises Invalid naming the lines at fault."""
    lines = [(number, line.split(None, 1)) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MAX_RECUSALS:
        raise Invalid(_("回避最多%(n)d行。") % {"n": MAX_RECUSALS}, field="recusals")
    people = {one.username: one for one in Officer.objects.filter(username__in=[parts[0] for _n, parts in lines])}
    # Asked only for what is no site's name.
    others = {parts[1].strip() for _n, parts in lines if len(parts) == 2} - set(sites)
    known = Division.objects.current().filter(code__in=others - {""}) if others else Division.objects.none()
    codes = set(known.values_list("code", flat=True))
    faults, found = [], []
    for number, parts in lines:
        where = parts[1].strip() if len(parts) == 2 else ""
        if parts[0] not in people or (where not in codes and where not in sites):
            sentence = _("第%(line)d行：请写“账号 点位名称”或“账号 区划代码”，点位须在行动范围内。")
            faults.append(sentence % {"line": number})
            continue
        key = where if where in codes else str(sites[where].pk)
        found.append(lots.Recusal(str(people[parts[0]].pk), key))
    if faults:
        raise Invalid(faults[0], errors={"recusals": faults[:20]})
    return found


def available(row: TargetDraw, officer: Officer) -> list[Available]:
    """The steps of the draw's state for its maker, each allowed or with the reason why not."""
    offers = []
    for name, (label, sources, _to, _event, needs) in DRAW_STEPS.items():
        if row.state in sources:
            why = _obstacle(row, name, officer)
            offers.append(Available(name, label, why is None, why or "", needs, primary=not needs))
    return offers


def _obstacle(row: TargetDraw, action: str, officer: Officer) -> str | None:
    if row.made_by_id != officer.pk or not any(
        p.bureau_id == row.campaign.bureau_id and p.role in KEEPERS for p in officer.postings_on(clock.today())
    ):
        return _("只有组织抽取的%(name)s可以这样操作。") % {"name": row.made_by.name}
    if action == "draw" and row.draw_begun_at is not None:
        return _("正在抽取，请等结果出来。")
    if action == "reveal" and clock.today() <= row.until and (waiting := unbegun(row)):
        return _("还有%(n)d个点位没有入企，公布会走漏消息；全部入企或检查日期过后再公布。") % {"n": waiting}
    return None


def unbegun(row: TargetDraw) -> int:
    """Drawn targets nobody has entered yet."""
    done = Q(visit__begun_at__isnull=False) | Q(visit__state=State.VOID)
    return row.lots.exclude(done).count()


def perform(row: TargetDraw, action: str, *, by: Officer, version: int | None = None, reason: str = "") -> TargetDraw:
    """Takes one step. Raises Absent for who may not know of the draw, Invalid, Refused, Conflict."""
    if action not in DRAW_STEPS:
        raise Invalid(_("没有“%(action)s”这个操作。") % {"action": action[:40]}, field="action")
    label, sources, target, event, _needs = DRAW_STEPS[action]
    with transaction.atomic():
        held = _lock(row, by, version)
        if held.state not in sources:
            shown = {"state": DrawState(held.state).label, "action": label}
            raise Conflict(_("该抽取已是“%(state)s”，不能%(action)s。") % shown)
        if (obstacle := _obstacle(held, action, by)) is not None:
            raise Refused(obstacle)
        facts: dict[str, Any] = {}
        if action == "draw":
            held.draw_begun_at = clock.now()
            key = str(held.pk)
            transaction.on_commit(lambda: ring(key), robust=True)
        elif action == "reveal":
            held.revealed_at = clock.now()
            facts = {"seed": bytes(held.seed).hex()}
        else:
            # The seed is told: nobody commits and voids until a draw suits them, unseen.
            told = personal(words.paragraph(reason, "reason", 500))
            facts = {"reason": told, "seed": bytes(held.seed).hex(), "commitment": held.commitment}
            held.draw_begun_at = None
        held.state = target or held.state
        held.version += 1
        held.save()
        record(held, event, by=by, bureau=held.campaign.bureau, **facts)
    return held


def _lock(row: TargetDraw, by: Officer, version: int | None) -> TargetDraw:
    rows = TargetDraw.objects.visible_to(by).select_for_update(of=("self",))
    held = rows.select_related("campaign__bureau", "made_by", "rule").filter(pk=row.pk).first()
    if held is None:
        raise Absent(_("没有这次抽取。"))
    if version is not None and version != held.version:
        raise Conflict(_("该抽取刚刚已被他人改动，请刷新后再操作。"))
    return held


def ring(key: str) -> None:
    """Wakes a worker. A ring that is lost loses nothing: the sweep finds the draw."""
    try:
        current_app.send_task(DRAW, [key], retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("broker out of reach, the sweep will find the draw: %s", error)


def sweep() -> int:
    """Draws whatever was begun and isn't done. Gives how many were drawn here."""
    waiting = TargetDraw.objects.filter(state=DrawState.COMMITTED, draw_begun_at__isnull=False)
    return sum(draw(str(key)) for key in list(waiting.values_list("pk", flat=True)))


def draw(key: str) -> bool:
    """Draws, if it waits for it; tells whether this call settled it. The same seed gives the same lots, whoever draws."""
    with transaction.atomic():
        rows = TargetDraw.objects.select_for_update(of=("self",)).select_related("campaign__bureau")
        held = rows.filter(pk=key, state=DrawState.COMMITTED, draw_begun_at__isnull=False).first()
        if held is None:
            return False
        register = lots.Register.parse(bytes(held.register))
        gone = gone_from(register)
        drawn = lots.draw(bytes(held.seed), register, gone)
        _write(held, drawn)
        held.result = {
            "sha256": hashlib.sha256(lots.written(drawn)).hexdigest(),
            "gone": sorted(gone),
            "unmanned": [lot.site for lot in drawn if not lot.team],
        }
        held.draw_begun_at, held.state, held.drawn_at = None, DrawState.DRAWN, clock.now()
        held.version += 1
        held.save()
        record(
            held, "targets_drawn", by=None, bureau=held.campaign.bureau, targets=len(drawn), gone=len(gone),
            unmanned=len(held.result["unmanned"]), sha256=held.result["sha256"],
        )  # fmt: skip
    return True


def gone_from(register: lots.Register) -> frozenset[str]:
    """Sites of the register that aren't in the books any more."""
    keys = {row.key for row in register.sites}
    there = {str(pk) for pk in Site.objects.filter(pk__in=[int(key) for key in keys]).values_list("pk", flat=True)}
    return frozenset(keys - there)


def _write(held: TargetDraw, drawn: list[lots.Lot]) -> None:
    rows = [
        DrawnTarget(draw=held, site_id=int(lot.site), place=place, stratum=lot.stratum)
        for place, lot in enumerate(drawn, start=1)
    ]
    DrawnTarget.objects.bulk_create(rows)
    DrawnInspector.objects.bulk_create(
        DrawnInspector(lot=row, officer_id=int(key), place=place)
        for row, lot in zip(rows, drawn, strict=True)
        for place, key in enumerate(lot.team, start=1)
    )


def take_up(key: Any, officer: Officer) -> DrawnTarget:
    """The lot a visit is planned for, locked. Raises Invalid unless it is the officer's own and still waits."""
    rows = DrawnTarget.objects.filter(team__officer=officer, draw__state=DrawState.DRAWN)
    held = rows.select_for_update(of=("self",)).select_related("draw", "site").filter(pk=key).first()
    if held is None:
        raise Invalid(_("没有这个抽中的点位。"), field="target")
    if held.visit_id is not None:
        raise Conflict(_("这个抽中的点位已经安排了检查。"))
    return held
