"""Marking notices as read: one's own only."""

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from enforcement.notices.models import Notice
from regions.errors import Absent
from regions.models import Officer


def mark_read(officer: Officer, pk: int) -> Notice:
    """Marks one notice, the first time only. Raises Absent for one that isn't there or isn't theirs."""
    own = Notice.objects.visible_to(officer).filter(pk=pk)
    own.unread().update(read_at=Now())
    notice = own.first()
    if notice is None:
        raise Absent(_("没有这条提醒。"))
    return notice


def mark_all_read(officer: Officer, up_to: int | None = None) -> int:
    """Marks everything unread (up to a notice, that one included: what arrived meanwhile stays) and gives how many."""
    own = Notice.objects.visible_to(officer).unread()
    if up_to is not None:
        own = own.filter(pk__lte=up_to)
    return own.update(read_at=Now())
