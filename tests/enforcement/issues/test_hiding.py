"""Promise: an official who wants an overdue issue out of sight fails, or leaves their name: hundreds of scripted tries.

Generated from the resolver's routes, the lifecycle's actions and forged bodies, so that a new route or action is tried
the day it comes. The official is the worst there is: handler, dispatcher, supervisor, verifier and more of the county's
own bureau. After each try the issue is still late for its city and its province, late for ever by an independent
recount, with its first due date, and whatever did change names the official on its timeline.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from enforcement.issues import actions
from enforcement.issues.actions.merge_offers import ANSWERS, offer
from enforcement.issues.lifecycle import INTERNAL, LINKS, MOVES
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.models import Officer, Posting
from regions.roles import BUSINESS, Role
from tests.enforcement.issues.evidence import paper
from tests.enforcement.issues.test_table import FILLED
from tests.enforcement.statistics import recount
from tests.isolation.routes import Route, routes
from tests.scenarios import cast as casting
from tests.scenarios.test_chain import issue_to

pytestmark = pytest.mark.django_db
FUTURE = "2099-12-31"
WHOLE = {row.action: row for row in LINKS}
#: What one would like to write into the row.
FORGED: dict[str, Any] = {
    "state": "closed", "due_on": FUTURE, "first_due_on": FUTURE, "stage_due_on": FUTURE, "closed_at": "2021-01-01T00:00:00Z",
    "weight": "0", "paused": True, "paused_on": "2021-01-01", "extension_count": 0, "occurred_at": "2021-01-01T00:00:00Z",
    "recorded_at": "2021-01-01T00:00:00Z", "imported": True, "division": "141002", "verifier": 1, "version": 1, "counts_from": FUTURE,
    "synthetic": True, "until": "2021-01-01T00:00:00Z", "duplicate_of": 1, "parent": 1, "voided": True,
}  # fmt: skip


@dataclass
class Scene:
    """One overdue issue, the official, and those who watch."""

    issue: Issue
    official: Officer
    watchers: list[Officer]
    bureau: int
    evidence: str
    # Another issue of the same bureau, in time: where one would like the late one to end.
    fresh: Issue
    # What another office asks: that the late one end in one of its own.
    offer: int
    tries: int = 0
    took: list[str] = field(default_factory=list)


def scene(steps: tuple[str, ...]) -> Scene:
    cast = casting.make()
    official = cast.officer(cast.xinghualing, Role.HANDLER)
    for role in sorted(BUSINESS - {Role.HANDLER}):
        Posting.objects.create(officer=official, bureau=cast.xinghualing, role=role, since=casting.SINCE)
    with clock.moved_to(clock.now() - timedelta(days=60)):
        issue = issue_to(cast)
        for step in steps:
            actions.perform(issue, step, by=official, **asked(step, issue, official))
    watchers = [cast.officer(bureau, Role.SUPERVISOR) for bureau in (cast.taiyuan, cast.province)]
    kept = paper(issue, official)
    fresh = issue_to(cast)
    city = cast.officer(cast.taiyuan, Role.DISPATCHER)
    item = actions.Item(
        "同一件事", "patrol", 112.58, 37.89, [actions.Share(cast.xinghualing)], verifier=cast.taiyuan_team
    )
    theirs = actions.hand_off([item], issuer=cast.taiyuan, by=city).opened[0].issue
    asked_ = offer(issue.pk, theirs.pk, by=city, reason="同一排放口")
    late = Issue.objects.get(pk=issue.pk)
    return Scene(late, official, watchers, cast.xinghualing_team.pk, str(kept.pk), fresh, asked_.pk)


def asked(step: str, issue: Issue, official: Officer) -> dict[str, Any]:
    """What was asked for in time, and not decided when the date came."""
    if step == "request_extension":
        return {"days": 10, "reason": "设备未到"}
    if step == "request_pause":
        resume_on = issue.due_on + timedelta(days=7)  # a due date is a working day, and a week later usually too
        return {
            "pause_code": "weather",
            "reason": "汛期",
            "resume_on": resume_on,
            "evidence": paper(issue, official).pk,
        }
    return {}


def bodies(action: str, s: Scene) -> Iterator[dict[str, Any]]:
    """An honest body, the same with forged fields, and forged fields alone; dates as far out as can be."""
    if action in ANSWERS:
        yield from ({}, {"reason": "同一件"}, {**FORGED, "opinion": "同意"})
        return
    row = MOVES.get(action) or WHOLE[action]
    soon = (clock.today() + timedelta(days=3)).isoformat()
    values = {
        **FILLED, "bureau": s.bureau, "due_on": soon, "resume_on": soon, "reply_by": FUTURE, "look_by": FUTURE,
        "evidence": s.evidence, "days": 10, "into": s.fresh.number,
        "children": [{"title": "一", "bureau": s.bureau}, {"title": "二", "bureau": s.bureau}], "milestones": [{"title": "以后再说", "due_on": soon}],
    }  # fmt: skip
    honest = {name: values[name] for name in (*row.needs, *row.accepts) if name in values and name not in INTERNAL}
    yield honest
    yield {**FORGED, **honest}
    yield {**FORGED, "reason": "历史问题，已处理"}


def addresses(s: Scene) -> Iterator[tuple[Route, str]]:
    """Every route that can be led to the issue, the admin's too."""
    for route in routes():
        if set(route.places) <= {"number", "action"} and route.name:
            known = WHOLE if route.name.endswith(("issue-link", "issues:link")) else MOVES
            for action in known if "action" in route.places else ("",):
                yield route, route.address({"number": s.issue.number, "action": action})
        elif "merge_offer" in route.name.replace("-", "_") and "action" in route.places:
            yield from ((route, route.address({"pk": s.offer, "action": action})) for action in ANSWERS)


def still_late(s: Scene, what: str) -> None:
    today = clock.today()
    for watcher in s.watchers:
        assert Issue.objects.visible_to(watcher).overdue(on=today).filter(pk=s.issue.pk).exists(), what
    with connection.cursor() as cursor:
        cursor.execute("SELECT first_due_on, issued_on, version FROM issues_issue WHERE id = %s", [s.issue.pk])
        first, issued, version = cursor.fetchone()
    assert (first, issued) == (s.issue.first_due_on, s.issue.issued_on), what
    told = recount.figures(day=today)
    assert (told["ever_overdue"], told["overdue_now"], told["issued"]) == (1, 1, 3), what
    if version != s.issue.version:
        events = Event.objects.filter(subject_type="issue", subject_id=str(s.issue.pk)).order_by("seq")
        fresh = list(events[s.issue.version + Event.objects.filter(kind="attached").count() :])
        assert fresh, what
        assert all(event.actor_id == s.official.pk for event in fresh), what
        s.took.append(what)


def attempt(s: Scene, client: Client, what: str, method: str, address: str, body: Any, **how: Any) -> None:
    """One try, looked at and undone."""
    s.tries += 1
    mark = transaction.savepoint()
    answer = getattr(client, method)(address, body, **how)
    assert answer.status_code < 500, (what, answer.status_code)
    still_late(s, what)
    transaction.savepoint_rollback(mark)


#: What an official may do to an overdue issue: everybody sees it, and it stays late.
SEEN = {
    "acknowledge", "start_rectification", "plan_milestones", "submit_feedback", "escalate", "list_escalation",
    "reach_milestone", "reply_escalation",
}  # fmt: skip


@pytest.mark.parametrize(
    "steps",
    [(), ("acknowledge", "request_pause", "request_extension")],
    ids=["never acknowledged", "pause and extension asked for"],
)
def test_no_try_hides_an_overdue_issue_unseen(steps: tuple[str, ...]) -> None:
    s = scene(steps)
    still_late(s, "before")
    page = Client()
    page.force_login(s.official)
    for route, address in addresses(s):
        action = address.rstrip("/").rsplit("/", 1)[-1] if "action" in route.places else ""
        forged = list(bodies(action, s)) if action else [FORGED]
        for number, body in enumerate(forged):
            what = f"{route} {action} {number}"
            if route.is_api:
                attempt(s, page, what, "post", address, body, content_type="application/json")
            elif not address.startswith(("/accounts", "/sign", "/logout", "/admin")):
                plain = {name: str(value) for name, value in body.items()} | {"version": str(s.issue.version)}
                attempt(s, page, what, "post", address, plain)
        if "number" in route.places and not action:
            for method in ("put", "patch", "delete"):
                attempt(s, page, f"{method} {route}", method, address, FORGED, content_type="application/json")
    assert s.tries >= 200, s.tries
    taken = {what.split()[1] for what in s.took}
    assert taken <= SEEN, taken


def test_raw_sql_of_the_application_hides_nothing_either() -> None:
    """What the database itself refuses the application's role, whoever writes the statement."""
    s = scene(("acknowledge",))
    part = s.issue.responsibilities.get()
    key = {"issue": s.issue.pk, "part": part.pk}
    for sql in (
        "DELETE FROM issues_issue WHERE id = %(issue)s",
        "DELETE FROM issues_responsibility WHERE id = %(part)s",
        "UPDATE issues_issue SET first_due_on = '2099-12-31' WHERE id = %(issue)s",
        "UPDATE issues_responsibility SET first_due_on = '2099-12-31', due_on = '2099-12-31' WHERE id = %(part)s",
        "UPDATE issues_responsibility SET state = 'closed', closed_at = now() WHERE id = %(part)s",
        "UPDATE issues_responsibility SET state = 'void' WHERE id = %(part)s",
        "DELETE FROM issues_span WHERE issue_id = %(issue)s",
        "UPDATE issues_span SET due_on = '2099-12-31' WHERE issue_id = %(issue)s",
        "DELETE FROM timeline_event WHERE subject_type = 'issue'",
        "TRUNCATE issues_span",
    ):
        with pytest.raises(Exception), transaction.atomic(), connection.cursor() as cursor:  # noqa: B017, PT011
            cursor.execute(sql, key)
    still_late(s, "raw")
