"""A small season played through the real actions under moved clocks, for tests that know its figures by hand."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from enforcement.issues import actions
from enforcement.issues.actions import Item, Share, hand_off
from enforcement.issues.lifecycle import ENDED
from enforcement.issues.models import Issue, Responsibility
from enforcement.timeline import clock
from regions.models import Bureau, Officer
from regions.roles import Role
from tests.scenarios import cast as casting

#: What each action is given where a test doesn't care.
WORDS: dict[str, dict[str, Any]] = {
    "return": {"reason_code": "not_ours", "reason": "不属本单位"},
    "refuse_return": {"reason": "应由该单位办理"},
    "accept_return": {"reason": "重复转办"},
    "reissue": {"reason": "改派"},
    "request_extension": {"days": 5, "reason": "设备到货延迟"},
    "refuse_extension": {"reason": "理由不充分"},
    "submit_feedback": {"verdict": "true", "measures": "已更换活性炭"},
    "pass_verification": {"opinion": "达标"},
    "reject_verification": {"reason": "仍有异味"},
    "interim_close": {"reason": "长期工程"},
    "reopen": {"reason": "回头看发现反弹"},
    "escalate": {"reason": "久拖不决"},
    "void": {"reason": "误发"},
    "request_pause": {"pause_code": "weather", "reason": "汛期"},
    "refuse_pause": {"reason": "理由不充分"},
    "lift_pause": {"reason": "条件已具备"},
    "pass_look_back": {"opinion": "正常"},
    "fail_look_back": {"reason": "反弹"},
    "list_escalation": {"reason": "久拖不决", "leader": "某某", "reply_by": "2022-06-01"},
    "unlist_escalation": {"reason": "已整改"},
    "reply_escalation": {"reply": "正在整改"},
    "plan_milestones": {"milestones": [{"title": "设备到货", "due_on": "2021-12-01"}]},
}
ISSUER = {"refuse_return", "accept_return", "reissue", "grant_extension", "refuse_extension", "close", "interim_close",
          "strike_off", "reopen", "void"}  # fmt: skip
VERIFIER = {"start_verification", "pass_verification", "reject_verification"}
TO_CLOSED = (
    "acknowledge",
    "start_rectification",
    "submit_feedback",
    "start_verification",
    "pass_verification",
    "close",
)
TO_VERIFIED = TO_CLOSED[:-1]


def at(day: str, hour: int = 10) -> datetime:
    """A Beijing moment."""
    return datetime.combine(date.fromisoformat(day), time(hour), clock.BEIJING)


@dataclass
class Season:
    cast: casting.Cast = field(default_factory=casting.make)

    def hand(
        self,
        when: datetime,
        *bureaus: Bureau,
        weights: tuple[str, ...] = (),
        source: str = "patrol",
        severity: str = "general",
        verifier: Bureau | None = None,
        issuer: Bureau | None = None,
    ) -> Issue:
        """One issue handed off by the province, or another issuer, to one bureau or shared by several."""
        shares = [Share(b, w) for b, w in zip(bureaus, map(Decimal, weights or ("1",)), strict=True)]
        item = Item(
            "测试问题", source, 112.58, 37.89, shares, severity=severity, verifier=verifier or self.cast.taiyuan_team
        )
        office = issuer or self.cast.province
        with clock.moved_to(when):
            handoff = hand_off([item], issuer=office, by=self.cast.officer(office, Role.DISPATCHER))
        return handoff.items.first().issue

    def do(self, issue: Issue, when: datetime, *names: str, part_of: Bureau | None = None, **data: Any) -> Issue:
        """Takes actions one after another at one moment; `part_of` chooses whose part of a shared issue."""
        with clock.moved_to(when):
            for name in names:
                part = self._part(issue, part_of)
                given = {**WORDS.get(name, {}), **data}
                issue = actions.perform(issue, name, by=self._who(name, issue, part), responsibility=part.pk, **given)
        return issue

    def close(self, issue: Issue, *, acknowledged: str, closed: str) -> Issue:
        self.do(issue, at(acknowledged), "acknowledge")
        return self.do(issue, at(closed), *TO_CLOSED[1:])

    def _part(self, issue: Issue, bureau: Bureau | None) -> Responsibility:
        parts = issue.responsibilities.exclude(state__in=sorted(ENDED)).select_related("bureau", "parent__bureau")
        return (parts.filter(bureau=bureau) if bureau else parts).order_by("-pk")[0]

    def _who(self, name: str, issue: Issue, part: Responsibility) -> Officer:
        cast = self.cast
        if name == "escalate":
            return cast.officer(cast.province, Role.SUPERVISOR)
        if name in ISSUER:
            return cast.officer(part.parent.bureau if part.parent else issue.issuer, Role.DISPATCHER)
        if name in VERIFIER:
            return cast.officer(issue.verifier, Role.VERIFIER)
        return cast.officer(part.bureau, Role.HANDLER)
