"""A small office for the tests of notices: the cast's bureaus with their people, and one issue of one county."""

from datetime import date
from decimal import Decimal
from typing import Any

from enforcement.issues.actions import Item, Share, hand_off
from enforcement.issues.models import Issue, Responsibility
from enforcement.notices.models import Notice
from regions.models import Bureau, Officer, WorkCalendar
from regions.roles import Role
from regions.workdays import add_workdays
from tests.scenarios.cast import Cast


def staff(cast: Cast) -> None:
    """Everybody who may hear of an issue of 杏花岭: handler, dispatcher, verifier, supervisors of three levels."""
    cast.officer(cast.xinghualing, Role.HANDLER)
    cast.officer(cast.province, Role.DISPATCHER)
    cast.officer(cast.taiyuan_team, Role.VERIFIER)
    for bureau in (cast.xinghualing, cast.taiyuan, cast.province):
        cast.officer(bureau, Role.SUPERVISOR)


def issue(cast: Cast, *bureaus: Bureau, **more: Any) -> Issue:
    """Handed off by the province to 杏花岭 (or the bureaus named, in equal shares), to be verified by the city's team."""
    return issues(cast, 1, *bureaus, **more)[0]


def issues(cast: Cast, count: int, *bureaus: Bureau, **more: Any) -> list[Issue]:
    bureaus = bureaus or (cast.xinghualing,)
    shares = [Share(bureau, Decimal(1) / len(bureaus)) for bureau in bureaus]
    fields: dict[str, Any] = {
        "title": "某涂装车间外VOC高值",
        "source": "patrol",
        "lon": 112.5863,
        "lat": 37.8937,
        **more,
    }
    items = [Item(shares=shares, verifier=cast.taiyuan_team, **fields) for _ in range(count)]
    document = hand_off(items, issuer=cast.province, by=cast.officer(cast.province, Role.DISPATCHER))
    return list(Issue.objects.filter(responsibilities__handoff=document).distinct().order_by("pk"))


def part_of(found: Issue) -> Responsibility:
    return found.responsibilities.get()


def late_by(days: int, due_on: date) -> date:
    """The Beijing day that lies so many working days after a due date (before it, if negative)."""
    return add_workdays(due_on, days, WorkCalendar.current().value()).day


def inbox(officer: Officer) -> list[tuple[str, str, int | None]]:
    """(kind, deadline, offset) of an officer's notices, oldest first."""
    rows = Notice.objects.filter(recipient=officer).order_by("pk")
    return [(n.kind, n.deadline, n.offset_days) for n in rows]
