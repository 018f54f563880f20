"""Promise: a body writes the fields it is for and no others, and no key in it reaches into another region."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, models, transaction

from enforcement.crossregion import actions as rounds
from enforcement.desk.models import SavedView
from enforcement.findings.models import Finding
from enforcement.issues.actions import exporting
from enforcement.issues.actions.letters import send as send_letters
from enforcement.issues.models import Handoff, Issue, Responsibility
from enforcement.patrols.models import HotSpot, PatrolRun
from enforcement.timeline import clock
from regions.models import Officer, Posting, Secondment
from regions.roles import Role
from tests.hostile.forms import FORMS, forms
from tests.isolation import checking, offers
from tests.isolation.actors import Actor
from tests.isolation.bodies import bodies
from tests.isolation.routes import Route, routes
from tests.isolation.walk import foreign, send
from tests.isolation.world import Plot, World

MODELS: tuple[type[models.Model], ...] = (Issue, Responsibility, Handoff, Finding, HotSpot, PatrolRun, Officer, Posting)
#: What the clock and the dice decide.
OF_ITSELF = (models.DateTimeField, models.UUIDField, models.BigAutoField)


def stored() -> dict[str, list[Any]]:
    """Every row that matters, apart from what the clock and the dice decide."""
    found: dict[str, list[Any]] = {}
    for model in (*MODELS, Secondment):
        names = [f.attname for f in model._meta.concrete_fields if not isinstance(f, OF_ITSELF) and not f.is_relation]
        names += [f.attname for f in model._meta.concrete_fields if f.is_relation and f.related_model not in MODELS]
        found[model.__name__] = sorted(map(str, model._default_manager.values_list(*names)))
    return found


def field_names() -> list[str]:
    """Every column anybody might try to write."""
    names = {f.name for model in MODELS for f in model._meta.concrete_fields}
    return sorted(
        names | {f"{name}_id" for name in ("issue", "bureau", "division", "filed_by")} | {"is_superuser", "is_staff"}
    )


# --- the API ----------------------------------------------------------------------------------------------------


def calls(world: World) -> Iterator[tuple[str, Actor, str, dict[str, Any]]]:
    """Every POST of the API with a body that is taken: route, who, where, what."""
    plot, at_home, in_town = world.plots["tya"], _people(world, "杏花岭分局"), _people(world, "太原市局")
    inspector, handler, dispatcher = at_home[Role.INSPECTOR], at_home[Role.HANDLER], in_town[Role.DISPATCHER]
    lately = bodies(_named("api:finding-list"), plot)[-1]
    yield "api:finding-list", inspector, "/api/v1/findings/", lately
    yield "api:finding-action", inspector, f"/api/v1/findings/{plot.drafts[0].pk}/actions/submit/", {}
    correction = {"version": plot.drafts[0].version, "title": "改后的标题", "site": plot.site.pk}
    yield "api:finding-correction", inspector, f"/api/v1/findings/{plot.drafts[0].pk}/corrections/", correction
    join = {"issue": plot.issue.number}
    yield "api:finding-action", dispatcher, f"/api/v1/findings/{plot.waiting.pk}/actions/join/", join
    item = {"finding": str(plot.waiting.pk), "bureau": plot.answerer.pk, "verifier": plot.team.pk}
    yield "api:handoff-list", dispatcher, "/api/v1/handoffs/", {"items": [item], "bureau": plot.city.pk}
    address = f"/api/v1/issues/{plot.issue.number}/actions/"
    part = plot.issue.responsibilities.order_by("pk")[0]
    given = {"responsibility": part.pk, "bureau": world.bureaus["tyb"].pk, "due_on": part.due_on.isoformat()}
    yield "api:issue-action", handler, address + "delegate/", given
    yield "api:issue-action", handler, address + "submit_feedback/", {"verdict": "true", "measures": "已整改"}
    yield "api:issue-link", dispatcher, f"/api/v1/issues/{plot.issue.number}/links/split/", {
        "reason": "两处", "children": [{"title": "一", "bureau": plot.answerer.pk}, {"title": "二", "bureau": world.bureaus["tyb"].pk}],
    }  # fmt: skip
    withdraw = f"/api/v1/merge-offers/{offers.of(plot).pk}/actions/withdraw/"
    yield "api:merge-offer-action", dispatcher, withdraw, {"reason": "再核实"}
    spot = f"/api/v1/hot-spots/{plot.spots[0].pk}/actions/"
    yield "api:hot-spot-action", inspector, spot + "promote/", {
        "title": "高值", "receiver": plot.city.pk, "site": plot.site.pk,
    }  # fmt: skip
    yield "api:hot-spot-action", at_home[Role.DISPATCHER], spot + "join/", {"issue": plot.issue.number}
    sources = f"/api/v1/hot-spots/{plot.spots[0].pk}/sources/"
    yield "api:hot-spot-sources", inspector, sources, {"seen": 1}
    cause = {"kind": "site", "site": plot.site.pk, "seen": 0}
    yield "api:hot-spot-cause", at_home[Role.TEAM_LEADER], f"{sources}confirm/", cause
    redrive = f"/api/v1/redrives/{plot.redrive.pk}/actions/void/"
    yield "api:redrive-action", inspector, redrive, {"reason": "路段施工", "version": 1}
    void = f"/api/v1/patrol-runs/{plot.runs[0].pk}/actions/void/"
    yield "api:patrol-run-void", at_home[Role.TEAM_LEADER], void, {"reason": "重复"}
    begun = {"name": "大文件.csv", "size": 2**31, "mark": "大文件", "bureau": plot.filer.pk}
    yield "api:track-upload-list", inspector, "/api/v1/track-uploads/", begun
    yield "api:track-upload-action", inspector, f"/api/v1/track-uploads/{plot.arrivals[0].pk}/actions/abandon/", {}
    yield "api:export-list", handler, "/api/v1/exports/", {"kind": "issues", "format": "csv", "filter": {}}
    waiting = exporting.ask(handler.officer, "issues", "csv", {})
    yield "api:export-stop", handler, f"/api/v1/exports/{waiting.pk}/stop/", {}
    yield "api:patrol-run-quality", inspector, f"/api/v1/patrol-runs/{plot.runs[0].pk}/quality/", {}
    yield "api:patrol-run-report", inspector, f"/api/v1/patrol-runs/{plot.runs[0].pk}/report/", {"format": "pdf"}
    yield (
        "api:patrol-run-notes",
        inspector,
        f"/api/v1/patrol-runs/{plot.runs[0].pk}/notes/",
        {"sky": "clear", "source": "目测"},
    )
    season = {"bureau": plot.filer.pk, "name": "夏季", "since": "2026-06-01", "until": "2026-06-30"}
    yield "api:patrol-campaign-list", at_home[Role.TEAM_LEADER], "/api/v1/patrol-campaigns/", season
    yield "api:patrol-campaign-routes", at_home[Role.TEAM_LEADER], f"/api/v1/patrol-campaigns/{plot.task.pk}/routes/", {
        "name": "东", "line": [[112.5, 37.8], [112.6, 37.8]],
    }  # fmt: skip
    lines = f"/api/v1/instruments/{plot.instrument.pk}/logs/"
    yield "api:instrument-logs", inspector, lines, {"kind": "power_on", "at": lately["occurred_at"]}
    yield "api:instrument-log-void", inspector, f"/api/v1/instrument-logs/{plot.log.pk}/void/", {"reason": "记错"}
    yield "api:notice-read", handler, f"/api/v1/notices/{plot.notice.pk}/read/", {}
    yield "api:notice-read-all", handler, "/api/v1/notices/read/", {"up_to": plot.notice.pk}
    letters = f"/api/v1/handoffs/{plot.handoff.pk}/deliveries/"
    yield "api:handoff-deliveries", dispatcher, letters, {"channel": "fax", "bureau": plot.answerer.pk}
    sent = part.handoff
    assert isinstance(dispatcher.officer, Officer)
    send_letters([sent], by=dispatcher.officer, channel="fax", bureaus=[plot.answerer])
    receipt = {"channel": "fax", "bureau": plot.answerer.pk}
    yield "api:handoff-receipt", handler, f"/api/v1/handoffs/{sent.pk}/receipt/", receipt
    organiser, days = _organiser(world), {"since": "2027-03-01", "until": "2027-03-12"}
    yield "api:round-list", organiser, "/api/v1/rounds/", {"name": "第二轮", "campaign_id": None, **days}
    first = rounds.create(
        by=organiser.officer, name="第一轮", campaign="秋冬防", since=date(2027, 3, 1), until=date(2027, 3, 12)
    )
    yield "api:round-action", organiser, f"/api/v1/rounds/{first.pk}/actions/set_campaign/", {"campaign_id": None}
    yield "api:round-action", organiser, f"/api/v1/rounds/{first.pk}/actions/void/", {"reason": "不办了"}
    yield from checking.calls(plot, at_home, in_town)
    view = {"list": "issues", "name": "本周到期", "query": "clock=soon"}
    yield "api:view-list", handler, "/api/v1/views/", view
    shared = SavedView.objects.get(bureau=plot.answerer)
    yield "api:view-change", handler, f"/api/v1/views/{shared.pk}/default/", {}
    chosen = {"number": plot.issue.number, "responsibility": part.pk}
    several = {"action": "acknowledge", "items": [chosen]}
    yield "api:issue-several", handler, "/api/v1/issues/several/", several


def _organiser(world: World) -> Actor:
    (actor,) = world.groups["组织者"]
    return actor


@pytest.fixture(autouse=True)
def _organised(world: World) -> None:
    """Who holds rounds is there, and signed in, before anything is compared."""
    officer = world.officer(world.bureaus["province"], Role.COORDINATOR, suffix="organiser")
    actor = Actor("组织者", officer, "tya", {}, frozenset({Role.COORDINATOR}))
    actor.ask.get("/")
    world.groups["组织者"] = [actor]


def _people(world: World, bureau: str) -> dict[Role, Actor]:
    actors = [actor for group in world.groups.values() for actor in group if actor.name.startswith(bureau)]
    return {role: actor for actor in actors for role in actor.roles}


def _named(name: str) -> Route:
    return next(route for route in routes() if route.name == name)


#: POSTs that carry no JSON of ours: a token for a password; a multipart file (tests/hostile/test_uploads.py,
#: tests/enforcement/api/test_evidence.py);
#: a hot spot behind a closed issue (tests/enforcement/patrols/test_redriving.py);
#: a finding that states a new site (tests/enforcement/findings/test_new_sites.py); a ledger at one step or another
#: (tests/enforcement/issues/test_ledger_api.py);
#: a round under way, drawn and released (tests/enforcement/crossregion/test_reports.py, test_clues.py);
#: or nothing at all (the targets of a round, read on record).
ELSEWHERE = {
    "api:token", "api:patrol-run-list", "api:finding-attachments", "api:issue-attachments", "api:round-targets",
    "api:nowhere", "api:redrive-list", "api:visit-attachments", "api:interview-attachments", "api:special-attachments",
    "api:round-reports", "api:round-clues", "api:finding-new-site",
    "api:ledger-list", "api:ledger-mapping", "api:ledger-trial", "api:ledger-apply", "api:ledger-stop",
}  # fmt: skip


def test_every_post_of_the_api_is_tried(world: World) -> None:
    posts = {r.name for r in routes() if r.is_api and hasattr(getattr(r.view, "cls", None), "post")}
    assert posts - ELSEWHERE == {name for name, *_rest in calls(world)}


def test_the_good_bodies_are_taken(world: World) -> None:
    for name, actor, address, body in calls(world):
        seen = send(actor, "POST", _named(name), address, body)
        assert seen.status in {200, 201}, f"{seen.asked} -> {seen.content.decode()[-600:]}"


def test_the_api_refuses_every_field_it_isnt_for(world: World) -> None:
    before = stored()
    for name, actor, address, body in calls(world):
        surplus = [field for field in field_names() if field not in body and field not in ACCEPTED.get(name, ())]
        for first in range(0, len(surplus), 10):
            some = surplus[first : first + 10]
            seen = send(actor, "POST", _named(name), address, {**body, **dict.fromkeys(some, 1)})
            assert seen.status == 400, f"{seen.asked} -> {seen.status}"
            told = json.loads(re.findall(rb"\n(\{.*\})\nwrote", seen.content, re.DOTALL)[0])
            assert set(told["errors"]) >= set(some), f"{name}: each is named"
            assert b"wrote: nothing" in seen.content, f"{seen.asked} wrote"
    assert stored() == before


#: Fields of a body that are also columns.
ACCEPTED = {
    "api:finding-list": {"severity", "description", "pollution_type", "address", "device_at", "site", "filer", "same_as", "answers"},
    "api:finding-action": {"version", "reason", "issue", "site"},
    "api:finding-correction": {
        "source",
        "severity",
        "description",
        "pollution_type",
        "address",
        "lon",
        "lat",
        "occurred_at",
        "answers",
    },
    "api:handoff-list": {"title"},
    "api:issue-link": {"version", "reason"},
    "api:issue-action": {
        "version",
        "reason",
        "due_on",
        "bureau",
        "responsibility",
        "plan",
        "verdict",
        "measures",
        "cause",
    },
    "api:track-upload-list": {
        "time_zone",
        "coordinate_system",
        "mapping",
        "use_remembered",
        "route",
        "crew",
        "vehicle",
        "instrument",
    },
    # Sums a finish takes; the other actions leave them alone.
    "api:track-upload-action": {"sha256", "chain"},
    "api:round-list": {"campaign"},
    "api:round-action": {
        "version",
        "campaign",
        "campaign_id",
        "text",
        "reason",
        "team",
        "other",
        "county",
        "officer",
        "max_km",
        "spread",
        "per_city",
        "off",
        "waived",
        "leaves",
        "joins",
        "skills",
        "leader",
    },
    # One body for all actions: what the action at hand doesn't take is left alone.
    "api:hot-spot-action": {
        "version", "reason", "issue", "severity", "description", "site", "title", "receiver", "quality_reason",
        "pollution_type",
    },
    "api:instrument-logs": {"channel", "unit"},
    "api:visit-list": {"reason", "source", "purpose"},
    "api:visit-action": {"version", "reason", "lon", "lat", "device_at", "answers", "bureau", "note", "summary", "item", "name"},
    "api:campaign-action": {"version", "reason", "division"},
    "api:campaign-tallies": {"bureau", "note"},
    "api:checklist-action": {"version", "source"},
    "api:checklist-item": {"version", "severity", "unit", "pollution_type"},
    "api:checklist-items": {"version", "severity", "unit", "pollution_type"},
    "api:draw-action": {"version", "reason"},
    "api:interview-list": {"bureau"},
    "api:interview-action": {"version", "reason", "note"},
    "api:special-list": {"bureau"},
    "api:special-action": {
        "version", "reason", "note", "lon", "lat", "severity", "address", "title", "due_on", "text", "plan", "opinion", "report",
        "request", "facts", "notice_no", "report_no", "tasks", "verifier",
    },
    "api:issue-several": {"reason", "bureau", "due_on", "plan", "opinion", "publication"},
    "api:patrol-run-notes": {"route"},
    "api:patrol-campaign-routes": {"coordinate_system"},
}  # fmt: skip


# --- pages ------------------------------------------------------------------------------------------------------


#: What these change is drawn by lot: no two takings are alike.
BY_LOT = {"look backs"}


@pytest.mark.parametrize("form", [form for form in FORMS if form not in BY_LOT])
def test_a_form_ignores_every_field_it_isnt_for(world: World, form: str) -> None:
    actor, address, good = next((a, url, body) for name, a, url, body in forms(world) if name == form)
    plainly = _after(actor, address, good)
    surplus = {name: "1" for name in field_names() if name not in good and name not in {"bureau", "parent"}}
    assert _after(actor, address, {**good, **surplus}) == plainly


def _after(actor: Actor, address: str, body: dict[str, Any]) -> dict[str, list[Any]]:
    with _numbers_as_they_were(), transaction.atomic():
        data = urlencode(body).encode()
        answer = actor.ask.generic("POST", address, data, content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500
        found = stored()
        transaction.set_rollback(True)
    return found


@contextmanager
def _numbers_as_they_were() -> Iterator[None]:
    """A drawn issue number isn't given back by a rollback; so that the next one is the same, the sequence is set back."""
    series = f"issues_number_{clock.today().year}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT last_value FROM {series}")
        (last,) = cursor.fetchone()
        yield
        cursor.execute("SELECT setval(%s, %s)", [series, last])


# --- keys of other regions --------------------------------------------------------------------------------------


def keys_of(plot: Plot) -> dict[str, Any]:
    """A foreign row for every key a body may name."""
    return {
        "bureau": plot.answerer.pk,
        "filer": plot.filer.pk,
        "receiver": plot.city.pk,
        "verifier": plot.team.pk,
        "site": plot.site.pk,
        "addressee": plot.answerer.pk,
        "campaign": str(plot.campaign.pk),
        "campaign_id": str(plot.campaign.pk),
        "number": plot.issue.number,
        "issue": plot.issue.number,
        "finding": str(plot.waiting.pk),
        "responsibility": plot.issue.responsibilities.order_by("pk")[0].pk,
    }


@pytest.mark.parametrize("region", ["lf", "dt"])
def test_no_key_of_the_api_reaches_into_another_region(world: World, region: str) -> None:
    keys, before, tried = keys_of(world.plots[region]), stored(), set()
    for name, actor, address, body in calls(world):
        for field, body_ in _swapped(body, keys):
            seen = send(actor, "POST", _named(name), address, body_)
            # Several issues are answered one by one; one of elsewhere is answered as one that isn't there.
            by_row = name == "api:issue-several" and b'"done":0,"left":1' in seen.content
            assert by_row or seen.status in {400, 403, 404}, f"{seen.asked} -> {seen.status}"
            assert b"wrote: nothing" in seen.content, seen.asked
            assert not foreign(actor, _named(name), seen, world.identities, str(body_)), seen.asked
            tried.add(field)
    assert stored() == before
    assert tried == set(keys)


def _swapped(body: dict[str, Any], keys: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in body:
        if field in keys:
            yield field, {**body, field: keys[field]}
    for item in body.get("items", []):
        for field in item:
            if field in keys:
                yield field, {**body, "items": [{**item, field: keys[field]}]}
        if "finding" not in item:
            continue
        shares = [{"bureau": item["bureau"], "weight": "0.5"}, {"bureau": keys["bureau"], "weight": "0.5"}]
        yield "bureau", {"items": [{"finding": item["finding"], "bureaus": shares}]}


@pytest.mark.parametrize("region", ["lf", "dt"])
@pytest.mark.parametrize("form", FORMS)
def test_no_key_of_a_form_reaches_into_another_region(world: World, form: str, region: str) -> None:
    plot = world.plots[region]
    keys = {
        **keys_of(plot),
        "near": plot.issue.number,
        "same_as": plot.issue.number,
        "handoff": plot.handoff.pk,
        "selected": plot.waiting.pk,
        "i0-finding": plot.waiting.pk,
        "i0-bureau1": plot.answerer.name,
        "i0-verifier": plot.team.name,
    }
    if form in {"file", "correct"}:
        keys["site"] = plot.site.name
    actor, address, good = next((a, url, body) for name, a, url, body in forms(world) if name == form)
    before = stored()
    for field in set(good) & set(keys):
        body = {**good, field: keys[field]}
        with transaction.atomic():
            answer = actor.ask.generic(
                "POST", address, urlencode(body).encode(), content_type="application/x-www-form-urlencoded"
            )
            # Hints and questions are read, whatever is named.
            assert answer.status_code in ({200} if form in {"alike", "questions"} else {302, 400, 403, 404, 409})
            assert stored() == before, f"{form}.{field} reached {keys[field]}"
            shown = answer.content.decode()
            for kind in ("issue", "finding", "draft", "words", "officer"):
                assert plot.marked(kind) not in shown, f"{form}.{field} shows {kind}"
            transaction.set_rollback(True)
