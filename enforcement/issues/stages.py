"""The stages of the work as a desk sees them: whose move it is, each made of states of the lifecycle table."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from enforcement.issues import lifecycle
from enforcement.issues.lifecycle import State


class Stage(TextChoices):
    """In the order of the work."""

    ACKNOWLEDGE = "acknowledge", _("签收")
    JUDGE = "judge", _("判定退回")
    RECTIFY = "rectify", _("整改")
    VERIFY = "verify", _("核查")
    CLOSE = "close", _("办结手续")
    INTERIM = "interim", _("阶段性办结")
    DONE = "done", _("已办结")


STATES: dict[str, frozenset[State]] = {
    Stage.ACKNOWLEDGE: frozenset({State.ISSUED}),
    Stage.JUDGE: frozenset({State.RETURNED}),
    Stage.RECTIFY: frozenset({State.ACKNOWLEDGED, State.RECTIFYING}),
    Stage.VERIFY: frozenset({State.FEEDBACK_SUBMITTED, State.VERIFYING}),
    Stage.CLOSE: frozenset({State.VERIFIED}),
    Stage.INTERIM: frozenset({State.INTERIM_CLOSED}),
    Stage.DONE: lifecycle.DONE,
}
#: Where a clock runs.
OPEN_STAGES = tuple(stage for stage in Stage if stage != Stage.DONE)
