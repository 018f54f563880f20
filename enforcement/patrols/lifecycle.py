"""The fates of a hot spot, as one table: every hot spot is reviewed by a person and ends as one of three things."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.roles import Role


class Fate(TextChoices):
    OPEN = "open", _("待研判")
    FINDING = "finding", _("已转线索")
    JOINED = "joined", _("并入问题")
    DISMISSED = "dismissed", _("已排除")
    VOID = "void", _("随走航作废")


@dataclass(frozen=True, slots=True)
class Move:
    """One row: `proposed` is whether a dismissal must (True), must not (False) or may (None) be waiting."""

    action: str
    label: str | Promise
    target: Fate
    roles: frozenset[Role]
    event: str
    proposed: bool | None
    needs: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()


REVIEWERS = frozenset({Role.INSPECTOR, Role.TEAM_LEADER, Role.DISPATCHER})
DECIDERS = frozenset({Role.TEAM_LEADER, Role.DISPATCHER})


def _row(
    action: str,
    label: str | Promise,
    target: Fate,
    roles: Iterable[Role],
    event: str,
    *,
    proposed: bool | None,
    needs: tuple[str, ...] = (),
    accepts: tuple[str, ...] = (),
) -> Move:
    return Move(action, label, target, frozenset(roles), event, proposed, needs, accepts)


#: Every row starts from Fate.OPEN. Who dismisses may not be who proposed it (two pairs of eyes).
TABLE: tuple[Move, ...] = (
    _row("promote", pgettext_lazy("step", "转为线索"), Fate.FINDING, [Role.INSPECTOR, Role.TEAM_LEADER], "hot_spot_promoted", proposed=False,
         needs=("title",), accepts=("severity", "pollution_type", "site", "description", "receiver", "quality_reason", "submit")),
    _row("join", pgettext_lazy("step", "并入在办问题"), Fate.JOINED, REVIEWERS, "hot_spot_joined", proposed=False, needs=("issue",),
         accepts=("quality_reason",)),
    _row("propose_dismissal", pgettext_lazy("step", "建议排除"), Fate.OPEN, REVIEWERS, "hot_spot_dismissal_proposed", proposed=False,
         needs=("reason",)),
    _row("confirm_dismissal", pgettext_lazy("step", "同意排除"), Fate.DISMISSED, DECIDERS, "hot_spot_dismissed", proposed=True),
    _row("reject_dismissal", pgettext_lazy("step", "不同意排除"), Fate.OPEN, DECIDERS, "hot_spot_dismissal_rejected", proposed=True,
         needs=("reason",)),
)  # fmt: skip

MOVES: dict[str, Move] = {row.action: row for row in TABLE}
