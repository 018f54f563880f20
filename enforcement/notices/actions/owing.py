"""The sweep over what is owed outside of issues (`enforcement.timeline.duties`): few rows, told one by one, each once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.db import IntegrityError, transaction

from enforcement.notices.actions.letters import letters_to
from enforcement.notices.actions.recipients import SUPERVISING, Directory
from enforcement.notices.models import DutyReminder, Notice
from enforcement.notices.rules import DUTIES, Window
from enforcement.timeline.duties import Duty, between, still_owed
from regions.workdays import Calendar, workdays_between


class Told(NamedTuple):
    """(duty, offset) pairs marked, inbox lines and letters written."""

    pairs: int
    notices: int
    letters: int


Due = tuple[Duty, Window]


def with_work(found: Sequence[Window]) -> list[Due]:
    """What is owed on the due dates of the windows and isn't marked yet. At most two statements."""
    mine: dict[tuple[str, date], list[Window]] = defaultdict(list)
    for window in found:
        if window.deadline in DUTIES:
            mine[window.deadline, window.due_on].append(window)
    if not mine:
        return []
    days = [day for _deadline, day in mine]
    due = [(duty, window) for duty in between(min(days), max(days)) for window in mine[duty.kind, duty.due_on]]
    marked = _marked({duty.key for duty, _window in due}) if due else frozenset()
    return [(duty, window) for duty, window in due if _mark(duty, window) not in marked]


def _mark(duty: Duty, window: Window) -> tuple[object, ...]:
    return duty.key, window.deadline, window.due_on, window.offset_days, window.audience


def _marked(keys: Iterable[object]) -> frozenset[tuple[object, ...]]:
    rows = DutyReminder.objects.filter(duty__in=list(keys))
    return frozenset(rows.values_list("duty", "deadline", "due_on", "offset_days", "audience"))


def remind(due: Sequence[Due], directory: Directory, calendar: Calendar) -> Told:
    """Marks and tells each; the ledger's row lets one of several sweepers in. A transaction each, under the lock of what is
    owed: one that was kept since it was found is neither marked nor told.
    """
    pairs = notices = letters = 0
    for duty, window in due:
        try:
            with transaction.atomic():
                if not still_owed(duty):
                    continue
                told = _tell(duty, window, directory, calendar)
        except IntegrityError:
            continue  # another sweeper told it
        pairs, notices, letters = pairs + 1, notices + told[0], letters + told[1]
    return Told(pairs, notices, letters)


def _tell(duty: Duty, window: Window, directory: Directory, calendar: Calendar) -> tuple[int, int]:
    DutyReminder.objects.create(
        duty=duty.key, deadline=window.deadline, due_on=window.due_on, offset_days=window.offset_days,
        audience=window.audience,
    )  # fmt: skip
    # A reminder that would fall on the day the duty began, or before, is marked and not told: the minutes said it.
    if -window.offset_days >= workdays_between(duty.since, duty.due_on, calendar):
        return 0, 0
    faces = sorted(_faces(duty, window, directory))
    letters = letters_to(faces)
    made = Notice.objects.bulk_create(
        Notice(
            recipient_id=officer, subject_type=duty.subject_type, subject=duty.subject, duty=duty.key, kind=window.wording,
            deadline=window.deadline, offset_days=window.offset_days, due_on=window.due_on, delivery=letters.get(officer),
        )
        for officer in faces
    )  # fmt: skip
    return len(made), len(letters)


def _faces(duty: Duty, window: Window, directory: Directory) -> frozenset[int]:
    """Who sits there for it while it is theirs to do (handlers, as a rule); when it is late the supervisors of its
    division, its city, its province."""
    if window.audience in SUPERVISING:
        return directory.supervising(window.audience, duty.division)
    return directory.first_seated(duty.source.seats, duty.bureau)
