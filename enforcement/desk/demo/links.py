"""Issues that hang together in the demo: one found and handed off twice, one parted between two bureaus, and a listing
that was raised and answered. Only current ones: the replayed summer's figures are what they were."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, QuerySet

from enforcement.desk.demo import bureaus
from enforcement.desk.demo.people import Cast
from enforcement.findings import actions as findings
from enforcement.issues import actions
from enforcement.issues.actions.merge_offers import offer
from enforcement.issues.actions.merging import merge
from enforcement.issues.actions.splitting import Child, split
from enforcement.issues.lifecycle import UNANSWERED, State
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from regions.models import Bureau
from regions.roles import Role

_DAYS = 45


def load(cast: Cast) -> None:
    """Through the real actions, before the office's routing rules are in force."""
    _merge(cast)
    _split(cast)
    _raise(cast)
    _ask(cast)


def _current(
    cast: Cast, issuer: str = bureaus.PROVINCE, states: Iterable[State] = (State.RECTIFYING,)
) -> QuerySet[Issue]:
    """A bureau's issues of the last weeks that one bureau answers for, not pressed and not answered yet."""
    since = clock.now() - timedelta(days=_DAYS)
    rows = Issue.objects.filter(issuer=cast.bureaus[issuer], issued_at__gte=since, state__in=list(states))
    rows = rows.filter(rung="", paused=False, starred=False, split=None, merges=None, merged_in=None)
    return rows.annotate(parts=Count("responsibilities")).filter(parts=1).order_by("due_on", "pk")


def _merge(cast: Cast) -> None:
    """Another patrol found what the county is working on, and it was handed off a second time."""
    kept = _current(cast).last()
    if kept is None:
        return
    again = _handed_off_again(cast, kept, kept.verifier)
    merge(
        again.pk, kept.pk, by=cast.officer(bureaus.PROVINCE, Role.DISPATCHER),
        reason="两次走航发现的是同一排放口，合并办理（演示）。",
    )  # fmt: skip


def _handed_off_again(cast: Cast, issue: Issue, verifier: Bureau) -> Issue:
    bureau = issue.responsibilities.get().bureau
    team, province = bureaus.team(bureaus.PROVINCE), cast.bureaus[bureaus.PROVINCE]
    inspector = cast.officer(team, Role.INSPECTOR)
    finding = findings.file_finding(
        by=inspector, filer=cast.bureaus[team], receiver=province, title=issue.title, source=issue.source,
        severity=issue.severity, lon=issue.lon, lat=issue.lat, site=issue.site, pollution_type=issue.pollution_type,
        occurred_at=clock.now() - timedelta(hours=2), description="再次走航时发现（演示）。", synthetic=True,
    )  # fmt: skip
    findings.perform(finding, "submit", by=inspector)
    findings.perform(finding, "confirm", by=cast.officer(team, Role.TEAM_LEADER))
    handing = findings.Handing(finding, findings.whole(bureau), verifier=verifier)
    dispatcher = cast.officer(bureaus.PROVINCE, Role.DISPATCHER)
    document = findings.hand_off_findings([handing], issuer=province, by=dispatcher, synthetic=True)
    return document.opened[0].issue


def _split(cast: Cast) -> None:
    """The site's own halls are the county's, the building work beside them the housing bureau's."""
    housing = cast.bureaus[bureaus.HOUSING]
    today = clock.today()
    # One whose clock still runs, if there is: only that allows an inner due date.
    for parent in sorted(_current(cast), key=lambda issue: issue.due_on < today):
        bureau = parent.responsibilities.get().bureau
        if bureau != housing and bureau.division_id == housing.division_id:
            inner = max(today, parent.due_on - timedelta(days=3)) if parent.due_on >= today else None
            children = [
                Child(f"{parent.title[:100]}（厂区）", bureau),
                Child(f"{parent.title[:100]}（施工区）", housing, due_on=inner),
            ]
            dispatcher = cast.officer(bureaus.PROVINCE, Role.DISPATCHER)
            link = split(parent.pk, children, by=dispatcher, reason="现场分属两个单位监管，拆分办理（演示）。")
            if inner and inner < parent.due_on:
                actions.perform(
                    link.children.latest("pk"), "set_inner_due", by=dispatcher, due_on=parent.due_on,
                    reason="围挡材料晚到，内部期限推后（演示）。",
                )  # fmt: skip
            return


def _raise(cast: Cast) -> None:
    """What a city pressed and nobody answered the province lists; the county replies to the first letter."""
    province = cast.officer(bureaus.PROVINCE, Role.SUPERVISOR)
    for issue in Issue.objects.filter(rung="city", listed=False, closed_at=None).open().order_by("-pk")[:1]:
        actions.perform(
            issue, "list_escalation", by=province, reason="市级督办后仍未办结，提级挂牌督办（演示）。",
            leader="分管副省长（演示）", reply_by=clock.today() + timedelta(days=7),
        )  # fmt: skip
        part = issue.responsibilities.select_related("bureau").order_by("pk").last()
        assert part is not None
        handler = cast.officer(cast.key_of(part.bureau), Role.HANDLER)
        actions.perform(issue, "reply_escalation", by=handler, reply="已责成企业限期完成，每周报送进度（演示）。")


def _ask(cast: Cast) -> None:
    """The province handed out what a city was working on already; the city, which is to verify it, asks to have it merged."""
    for key in sorted(key for key in cast.bureaus if key.endswith("00") and key != bureaus.PROVINCE):
        kept = _current(cast, key, UNANSWERED).exclude(responsibilities__bureau=cast.bureaus[key]).first()
        if kept is None:
            continue
        again = _handed_off_again(cast, kept, cast.bureaus[key])
        by = cast.officer(key, Role.DISPATCHER)
        offer(again.number, kept.number, by=by, reason="与我局已转办的是同一排放口，征询合并（演示）。", seen_by=by)
        return
