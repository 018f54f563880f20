"""Default reminder rules: common practice, dated and editable, never constants in a sweep."""

from datetime import date

from enforcement.notices.models import ReminderRule
from enforcement.notices.rules import Audience, Deadline, Kind

BASIS = "省内惯例（默认值，可在基础数据中修改）"
SINCE = date(2020, 1, 1)

#: Working days before (negative) or after a deadline -> whom to tell; for every kind of deadline alike.
PRACTICE = (
    (-3, Kind.REMIND, Audience.TURN),
    (-1, Kind.REMIND, Audience.TURN),
    (0, Kind.REMIND, Audience.TURN),
    (1, Kind.ESCALATE, Audience.COUNTY),
    (3, Kind.ESCALATE, Audience.CITY),
    (7, Kind.ESCALATE, Audience.PROVINCE),
)


def load() -> None:
    """Adds the defaults of deadlines no rule speaks of yet. Idempotent: what the office edited stays."""
    known = set(ReminderRule.objects.values_list("deadline", flat=True))
    ReminderRule.objects.bulk_create(
        [
            ReminderRule(
                kind=kind,
                deadline=deadline,
                offset_days=offset,
                # A supervisor is answered by the bureau that is pressed, whoever's turn it is otherwise.
                audience=Audience.HANDLERS if (deadline, audience) == (Deadline.REPLY, Audience.TURN) else audience,
                valid_from=SINCE,
                basis=BASIS,
            )
            for deadline in Deadline
            if deadline not in known
            for offset, kind, audience in PRACTICE
        ]
    )
