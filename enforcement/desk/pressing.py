"""In which order a morning's work presses: by the nearer of an issue's day and the day of the stage that waits."""

from dataclasses import dataclass
from datetime import date

from django.db.models import IntegerChoices
from django.utils.translation import gettext_lazy as _


class Press(IntegerChoices):
    """In the order of the morning: what is due today can still be done in time, what is late can only be made shorter."""

    TODAY = 0, _("今天到期（含本环节）")
    LATE = 1, _("已超期")
    STAGE_LATE = 2, _("本环节超期")
    SOON = 3, _("3个工作日内到期（含本环节）")
    LATER = 4, _("以后到期")

    @property
    def tone(self) -> str:
        """Of the heading, beside its word."""
        return {Press.TODAY: "soon", Press.LATE: "late", Press.STAGE_LATE: "late"}.get(self, "")


def press_of(due: date, stage: date | None, *, today: date, last: date) -> Press:
    """How an issue due on a day presses whose waiting part has a stage until another (None: no stage of one's own).

    `last` is the last day that counts as due soon.
    """
    if due == today:
        return Press.TODAY
    if due < today:
        return Press.LATE
    nearer = min(due, stage or due)
    if nearer == today:
        return Press.TODAY
    if nearer < today:
        return Press.STAGE_LATE
    return Press.SOON if nearer <= last else Press.LATER


@dataclass(frozen=True, slots=True)
class Due:
    """An issue that waits for this officer: its day, that of its waiting part's stage, and how it presses."""

    pk: int
    press: Press
    due: date
    stage: date | None

    @property
    def order(self) -> tuple[int, date, date, int]:
        """The most pressing first; alike, the nearer day."""
        return (self.press, min(self.due, self.stage or self.due), self.due, self.pk)
