"""In which order a morning's work presses: by the nearest day of the issue, its stage, its next milestone or inner due date."""

from dataclasses import dataclass
from datetime import date

from django.db.models import IntegerChoices
from django.utils.translation import gettext_lazy as _


class Press(IntegerChoices):
    """In the order of the morning: what is due today can still be done in time, what is late can only be made shorter."""

    TODAY = 0, _("今天到期（含本环节、节点）")
    LATE = 1, _("已超期")
    PART_LATE = 2, _("本环节或节点超期")
    SOON = 3, _("3个工作日内到期（含本环节、节点）")
    LATER = 4, _("以后到期")

    @property
    def tone(self) -> str:
        """Of the heading, beside its word."""
        return {Press.TODAY: "soon", Press.LATE: "late", Press.PART_LATE: "late"}.get(self, "")


def press_of(due: date, part: date | None, *, today: date, last: date) -> Press:
    """How an issue due on a day presses whose waiting part has something due on another (None: no day of its own).

    `last` is the last day that counts as due soon.
    """
    if due == today:
        return Press.TODAY
    if due < today:
        return Press.LATE
    nearer = min(due, part or due)
    if nearer == today:
        return Press.TODAY
    if nearer < today:
        return Press.PART_LATE
    return Press.SOON if nearer <= last else Press.LATER


@dataclass(frozen=True, slots=True)
class Due:
    """An issue that waits for this officer: its day, the nearest of its waiting part's, and how it presses."""

    pk: int
    press: Press
    due: date
    part: date | None

    @property
    def order(self) -> tuple[int, date, date, int]:
        """The most pressing first; alike, the nearer day."""
        return (self.press, min(self.due, self.part or self.due), self.due, self.pk)
