"""What each action leaves behind beside the state: records, new responsibilities, moved dates. One function a verb."""

from collections.abc import Callable

from enforcement.issues.actions import answering, deadlines, lookbacks, supervision, transfers
from enforcement.issues.actions.acts import Act, Outcome, words_only

EFFECTS: dict[str, Callable[[Act], Outcome]] = {
    "start_rectification": answering.start_rectification,
    "return": transfers.note_return,
    "reissue": transfers.reissue,
    "accept_return": transfers.end,
    "void": transfers.end,
    "delegate": transfers.delegate,
    "set_inner_due": deadlines.set_inner_due,
    "request_extension": deadlines.request_extension,
    "grant_extension": deadlines.grant_extension,
    "refuse_extension": deadlines.refuse_extension,
    "request_pause": deadlines.request_pause,
    "grant_pause": deadlines.grant_pause,
    "refuse_pause": deadlines.refuse_pause,
    "resume": deadlines.resume,
    "lift_pause": deadlines.resume,
    "plan_milestones": deadlines.plan_milestones,
    "reach_milestone": deadlines.reach_milestone,
    "submit_feedback": answering.submit_feedback,
    "pass_verification": answering.pass_verification,
    "reject_verification": answering.reject_verification,
    "close": answering.close,
    "interim_close": deadlines.interim_close,
    "reopen": deadlines.reopen,
    "schedule_look_back": lookbacks.schedule,
    "pass_look_back": lookbacks.passed,
    "fail_look_back": lookbacks.failed,
    "escalate": supervision.escalate,
    "list_escalation": supervision.list_escalation,
    "unlist_escalation": supervision.unlist_escalation,
    "lift_escalation": supervision.lift_escalation,
    "reply_escalation": supervision.reply_escalation,
}


def apply(act: Act) -> Outcome:
    """Does what the act's row says beside the state."""
    return EFFECTS.get(act.row.action, words_only)(act)
