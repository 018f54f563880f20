"""Reminders of teams' daily reports: before the due time to the team's leader, after it to who holds the round as well.

Every team and offset is told once, by the unique constraint of the notices; of several offsets that have come only the
latest is told. A report that is filed is asked for no more, also one that is filed while the sweep is under way.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from enforcement.crossregion.actions import reporting
from enforcement.crossregion.lifecycle import State
from enforcement.crossregion.models import DailyReport, Round, Team
from enforcement.notices.actions.besides import holders
from enforcement.notices.actions.doorbell import ring
from enforcement.notices.actions.letters import SEND, letters_to
from enforcement.notices.models import Notice
from enforcement.notices.rules import REPORT_DUE, REPORT_LATE
from enforcement.timeline import clock


def remind_reports(at: datetime | None = None) -> int:
    """Tells what is due at a moment (now by default) and gives how many notices that were.

    While the clock is moved and no moment is named nothing happens: a replay reminds no one.
    """
    if at is None and clock.is_moved():
        return 0
    now = at or clock.now()
    day = clock.beijing_day(now)
    # Yesterday too: the last reminder of an evening may fall after midnight.
    days = (day - timedelta(days=1), day)
    rounds = Round.objects.filter(state=State.RELEASED, since__lte=day, until__gte=days[0]).select_related("rule")
    told = [notice for round_ in rounds for one in days for notice in _due(round_, one, now)]
    return _write(told)


def _due(round_: Round, day: date, now: datetime) -> Iterator[Notice]:
    """The notices of one day's missing reports, if an offset of the rule has come."""
    expected = reporting.days_of(round_, clock.beijing_day(now))
    if day not in expected:
        return
    due = reporting.due_at(round_, day)
    come = [minutes for minutes in round_.rule.report_reminders if now >= due + timedelta(minutes=minutes)]
    if not come:
        return
    offset = max(come)
    filed = DailyReport.objects.filter(round=round_, day=day).values("team")
    missing = Team.objects.filter(round=round_).exclude(pk__in=filed)
    holding = holders(round_, clock.beijing_day(now)) if offset > 0 else ()
    for team in missing:
        for officer in sorted({team.leader_id, *holding}):
            yield Notice(
                recipient_id=officer,
                team=team,
                kind=REPORT_LATE if offset > 0 else REPORT_DUE,
                due_on=day,
                offset_minutes=offset,
                facts={"team": team.name, "due": f"{due:%H:%M}"},
            )


def _still_missing(told: list[Notice]) -> list[Notice]:
    """Those whose report isn't there yet, under the lock of their rounds, which whoever files takes as well: a report filed
    since it was looked for is asked for no more. Two statements."""
    teams = {notice.team_id for notice in told if notice.team_id is not None}
    rounds = Team.objects.filter(pk__in=teams).order_by().values("round")
    list(Round.objects.select_for_update(no_key=True).filter(pk__in=rounds).order_by("pk").values("pk"))
    filed = set(DailyReport.objects.filter(team__in=teams).values_list("team", "day"))
    return [notice for notice in told if (notice.team_id, notice.due_on) not in filed]


def _write(told: list[Notice]) -> int:
    """Writes the notices that aren't there yet, with a letter for each reader who has an address."""
    if not told:
        return 0
    with transaction.atomic():
        told = _still_missing(told)
        known = set(
            Notice.objects.filter(team__in={notice.team_id for notice in told}).values_list(
                "team", "due_on", "offset_minutes", "recipient"
            )
        )
        fresh = [n for n in told if (n.team_id, n.due_on, n.offset_minutes, n.recipient_id) not in known]
        letters = letters_to({notice.recipient_id for notice in fresh}) if fresh else {}
        for notice in fresh:
            notice.delivery = letters.get(notice.recipient_id)
        # Two sweeps at once: the constraint lets one of each in.
        Notice.objects.bulk_create(fresh, batch_size=settings.REMINDER_BATCH, ignore_conflicts=True)
    if letters:
        ring(SEND)
    return len(fresh)
