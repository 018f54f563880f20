"""The life of a round as one table: draft, committed, drawn, released, closed; void with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.roles import Role


class State(TextChoices):
    DRAFT = "draft", _("筹备")
    COMMITTED = "committed", _("已封存")
    DRAWN = "drawn", _("已抽取")
    RELEASED = "released", _("已公布")
    CLOSED = "closed", _("已结束")
    VOID = "void", _("已作废")


@dataclass(frozen=True, slots=True)
class Step:
    """One row: from which states, to which (None: stays), the event it records, what it needs and accepts."""

    action: str
    label: str | Promise
    sources: frozenset[State]
    target: State | None
    event: str
    needs: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()


#: Who prepares and runs rounds, in the bureau that holds them, if they are on the round's need-to-know list.
ORGANISERS = frozenset({Role.DISPATCHER, Role.COORDINATOR})
SECRET = frozenset({State.DRAFT, State.COMMITTED, State.DRAWN, State.VOID})


def _row(
    action: str,
    label: str | Promise,
    sources: Iterable[State],
    target: State | None,
    event: str,
    needs: tuple[str, ...] = (),
    accepts: tuple[str, ...] = (),
) -> Step:
    return Step(action, label, frozenset(sources), target, event, needs, accepts)


_BEFORE = (State.DRAFT, State.COMMITTED, State.DRAWN)
_DURING = (State.RELEASED, State.CLOSED)
#: Once drawn, and when the teams are out.
_SETTLED = (State.DRAWN, State.RELEASED)
#: What changes for teams that are out.
UNDER_WAY = frozenset({"swap", "move", "replace"})
#: Once the round is known to many, nobody but who holds it is even offered these.
OF_HOLDERS = UNDER_WAY | {"set_campaign"}
#: Steps of the teams' members; who isn't one isn't even offered them.
OF_MEMBERS = frozenset({"file_clue", "report"})
TABLE: tuple[Step, ...] = (
    # Until the draw without a reason, after it with one.
    _row("set_campaign", pgettext_lazy("step", "填所属行动"), [*_BEFORE, *_DURING], None, "round_campaign_set", (),
         ("campaign_id", "campaign", "reason")),
    _row("set_counties", pgettext_lazy("step", "填受检县区"), [State.DRAFT], None, "round_counties_set", ("text",)),
    _row("set_teams", pgettext_lazy("step", "填队伍"), [State.DRAFT], None, "round_teams_set", ("text",)),
    _row("set_pool", pgettext_lazy("step", "填机动设备"), [State.DRAFT], None, "round_pool_set", (), ("text",)),
    _row("set_recusals", pgettext_lazy("step", "填回避"), [State.DRAFT], None, "round_recusals_set", (), ("text",)),
    _row("set_rules", pgettext_lazy("step", "调整规则"), [State.DRAFT], None, "round_rules_set", ("reason",),
         ("max_km", "spread", "per_city", "off")),
    _row("set_wishes", pgettext_lazy("step", "填倾向"), [State.DRAFT], None, "round_wishes_set", (), ("text",)),
    _row("pin", pgettext_lazy("step", "指定去向"), [State.DRAFT], None, "round_pinned", ("team", "county", "reason")),
    _row("unpin", pgettext_lazy("step", "取消指定"), [State.DRAFT], None, "round_unpinned", ("team", "reason")),
    _row("clear", pgettext_lazy("step", "加入知情名单"), _BEFORE, None, "round_cleared", ("officer", "reason")),
    _row("commit", pgettext_lazy("step", "封存"), [State.DRAFT], State.COMMITTED, "round_committed"),
    _row("draw", pgettext_lazy("step", "抽取"), [State.COMMITTED], None, "round_draw_begun"),
    _row("reopen", pgettext_lazy("step", "退回筹备"), [State.COMMITTED], State.DRAFT, "round_reopened", ("reason",)),
    _row("swap", pgettext_lazy("step", "对调两队"), _SETTLED, None, "round_swapped", ("team", "other", "reason"), ("waived",)),
    _row("move", pgettext_lazy("step", "改派一队"), _SETTLED, None, "round_moved", ("team", "county", "reason"), ("waived",)),
    _row("replace", pgettext_lazy("step", "更换队员"), [State.RELEASED], None, "round_member_replaced", ("leaves", "reason"),
         ("joins", "skills", "leader", "waived")),
    _row("read_targets", pgettext_lazy("step", "查看受检点位"), [State.DRAWN, State.RELEASED, State.CLOSED], None,
         "round_targets_read"),
    _row("release", pgettext_lazy("step", "公布"), [State.DRAWN], State.RELEASED, "round_released"),
    _row("file_clue", pgettext_lazy("step", "报线索"), _DURING, None, "round_clue_filed", ("title",),
         ("site", "lon", "lat", "address", "occurred_at", "severity", "pollution_type", "description")),
    _row("report", pgettext_lazy("step", "报日报"), _DURING, None, "round_reported", ("work",), ("day", "troubles", "plan")),
    _row("close", pgettext_lazy("step", "结束"), [State.RELEASED], State.CLOSED, "round_closed"),
    _row("void", pgettext_lazy("step", "作废"), _BEFORE, State.VOID, "round_voided", ("reason",)),
)  # fmt: skip

STEPS: dict[str, Step] = {row.action: row for row in TABLE}
