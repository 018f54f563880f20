"""Every page asked with every word in every parameter, and every form sent with every word in every field."""

import re
from functools import cache
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.urls import Resolver404, resolve

from regions.roles import Role
from tests.hostile.forms import FORMS, UNPOSTED, forms, pages
from tests.hostile.values import FEW, OTHERS, RAW, WORDS, WORST
from tests.isolation.actors import Actor
from tests.isolation.routes import Route, fill
from tests.isolation.walk import Writes
from tests.isolation.world import World

CHINESE = re.compile("[一-鿿]")
DEFECTS = ("Traceback", "psycopg", "DoesNotExist", "ValidationError at", "Exception Value")

#: What each page understands in its address; anything else is ignored.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "desk:workbench": ("after",),
    "issues:list": (
        "q", "turn", "state", "stage", "clock", "pressed", "pollution", "mark", "first_from", "first_to", "closed_from", "closed_to", "division", "area", "bureau", "source", "severity", "issued_from", "issued_to",
        "due_from", "due_to", "sort", "after", "before", "figure", "part", "as_of", "known_at", "from", "to",
        "duty_division", "duty_area",
    ),
    "issues:several": ("selected", "action", "item"),
    "issues:board": ("q", "division", "column", "after", "box"),
    "issues:calendar": ("month", "q", "area", "bureau"),
    "issues:map": ("box", "q", "division", "state", "figure"),
    "issues:handoffs": ("number", "bureau", "issued_from", "issued_to", "after", "before"),
    "issues:look_backs": ("result", "division", "bureau", "due_from", "due_to", "after"),
    "inspections:visits": ("state", "mode", "division", "bureau", "planned_from", "planned_to", "after"),
    "oversight:interviews": ("state", "cause", "division", "bureau", "after"),
    "issues:act": ("responsibility",),
    "findings:list": ("turn", "state", "source", "severity", "division", "found_from", "found_to", "after", "before"),
    "findings:sites": ("site",),
    "findings:hand_off": ("selected", "preview"),
    "patrols:list": ("since", "until", "division", "bureau", "review", "after", "before"),
    "patrols:hot-spots": ("fate", "since", "until", "division", "after", "before"),
    "patrols:run": ("channel", "spot"),
    "patrols:coverage": ("since", "until", "division"),
    "patrols:coverage_csv": ("since", "until", "division"),
    "patrols:heat": ("since", "until", "division", "channel", "measure"),
    "patrols:heat_csv": ("since", "until", "division", "channel", "measure"),
    "patrols:compare": ("run", "channel"),
    "patrols:redrives": ("issue", "after", "before"),
    "patrols:redrive_plan": ("issue",),
    "notices:inbox": ("show", "after", "before"),
    "statistics:closure": ("from", "to", "as_of", "known_at", "division", "area", "source", "severity"),
    "statistics:compare": ("from", "to", "as_of", "other_from", "other_to", "other_as_of", "division", "area", "source"),
    "statistics:rows": ("figure", "part", "from", "to", "as_of", "known_at", "division", "area", "after"),
    "statistics:export_csv": ("from", "to", "as_of", "division", "area", "source"),
    "statistics:export_xlsx": ("from", "to", "as_of", "division", "area", "source"),
    "login": ("next",),
    "admin:autocomplete": ("app_label", "model_name", "field_name", "term", "page"),
    "admin:regions_site_changelist": ("q", "p", "o", "e", "division__id__exact"),
    "admin:regions_bureau_changelist": ("q", "p", "o", "kind__exact", "division__parent__name"),
}  # fmt: skip


#: A list, a map, figures, a look-up, the admin site, and the way in.
WHOLE = {
    "issues:list", "issues:map", "findings:list", "patrols:run", "statistics:closure", "findings:sites",
    "admin:autocomplete", "login",
}  # fmt: skip


def told(answer: Any) -> str:
    return str(answer.content.decode(errors="replace"))


def check(answer: Any, asked: str) -> None:
    """A page, or a sentence; never a defect."""
    assert answer.status_code < 500, f"{asked} -> {answer.status_code}"
    if answer.streaming or answer.status_code in {301, 302, 304, 405}:
        return
    text = told(answer)
    assert not [word for word in DEFECTS if word in text], asked
    if answer.status_code >= 400:
        assert CHINESE.search(text), f"{asked} -> {answer.status_code} without a sentence: {text[:200]}"


OURS = {app.label for app in apps.get_app_configs() if app.name.startswith(("enforcement.", "regions"))}


@cache
def census_statement() -> str:
    """Counts of every table of ours, and the sums of versions, in one statement."""
    tables = [name for name in connection.introspection.table_names() if name.split("_")[0] in OURS]
    parts = [f"SELECT '{name}' AS name, count(*) FROM \"{name}\"" for name in sorted(tables)]
    parts += [
        f"SELECT '{t} versions', sum(version) FROM {t}" for t in ("issues_issue", "findings_finding", "patrols_hotspot")
    ]
    return " UNION ALL ".join(parts)


def census() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(census_statement())
        return dict(cursor.fetchall())


def actor_for(world: World, route: Route) -> Actor:
    """Somebody of 杏花岭 whom the policy admits, those who may do most first."""
    people = {role: actor for actor in world.groups["杏花岭分局"] for role in actor.roles}
    order = (Role.INSPECTOR, Role.HANDLER, Role.DISPATCHER, Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR)
    if route.name in {"issues:act", "issues:add_evidence"}:
        order = (Role.HANDLER, *order)
    admitted = [role for role in order if route.policy and route.policy.admits({role})]
    return people[admitted[0]]


# --- reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_every_word_in_every_parameter(world: World, name: str) -> None:
    route = pages()[name]
    actor = actor_for(world, route)
    address = route.address((fill(route, world.plots["tya"]) or [{}])[0])
    before = census()
    words, turn = list(WORDS.values()), sorted(PARAMETERS).index(name)
    for place, parameter in enumerate(PARAMETERS[name]):
        # Every parameter meets a fifth of the words; the first of a page a third, and all of them on pages of every kind.
        few = words[turn % 3 :: 3] if place == 0 else words[place % 5 :: 5]
        for word in words if place == 0 and name in WHOLE else few:
            check(actor.ask.get(address, {parameter: word}), f"{address}?{parameter}={word[:40]!r}")
        raw = list(RAW.values())[place % len(RAW)]
        check(actor.ask.get(f"{address}?{parameter}={quote_from_bytes(raw)}"), f"{address}?{parameter}={raw!r}")
    assert census() == before


def test_many_parameters_and_long_addresses(world: World) -> None:
    actor = actor_for(world, pages()["issues:list"])
    for path in ("/issues/", "/findings/", "/patrols/", "/statistics/", "/notices/", "/"):
        for query in (
            urlencode([(f"p{n}", n) for n in range(400)]),
            urlencode([("state", "issued")] * 300),
            "q=" + "x" * 20_000,
            "&" * 3000,
            "=&=&=",
            "q[]=1&q[a]=2",
            "%00=1",
            "q=%ED%A0%80&state=%C0%AF",
        ):
            check(actor.ask.get(f"{path}?{query}"), f"{path}?{query[:60]}")


def test_addresses_that_name_nothing(world: World) -> None:
    actor = actor_for(world, pages()["issues:list"])
    for path in (
        "/issues/%00/", "/issues/../../etc/passwd", "/issues/" + "x" * 3000 + "/", "/issues/高值/", "/issues/%ED%A0%80/",
        "/issues/handoffs/0/", "/issues/handoffs/" + "9" * 40 + "/", "/issues/SX-2021-ZH-00001/actions/fly/",
        "/issues/SX-2021-ZH-00001/actions/" + "a" * 400 + "/", "/findings/x/", "/patrols/" + "0" * 32 + "/",
        "/patrols/00000000-0000-0000-0000-000000000000/", "/evidence/00000000-0000-0000-0000-000000000000/thumbnail/",
        "/notices/" + "9" * 40 + "/read/", "/%2e%2e/", "/%0d%0aSet-Cookie:x=1/", "/static/../manage.py",
        "/static/%00", "/healthz/", "/admin/regions/site/%00/change/", "/admin/regions/site/" + "9" * 40 + "/change/",
        "/admin/regions/site/x/change/", "/api/v1/issues/%00/", "/api/", "/.env", "/favicon.ico",
    ):  # fmt: skip
        answer = actor.ask.get(path)
        check(answer, path)
        assert answer.status_code in {301, 302, 403, 404, 405}, f"{path} -> {answer.status_code}"


# --- writing ----------------------------------------------------------------------------------------------------


def test_every_form_that_is_posted_is_tried(world: World) -> None:
    """By route: who adds a form adds it above."""
    tried = {resolve(address).view_name for _name, _actor, address, _body in forms(world)}
    posted = {name for name, route in pages().items() if not route.is_admin and name not in UNPOSTED}
    missing = posted - tried
    assert not missing, "add these to tests/hostile/forms.py"


@pytest.mark.parametrize("form", FORMS)
def test_every_word_in_every_field(world: World, form: str) -> None:
    actor, address, good = next((a, url, body) for name, a, url, body in forms(world) if name == form)
    before = census()
    for place, field in enumerate(good):
        # Each field meets the worst; of the others a third by turns, so that a form meets them all.
        for name in (*WORST, *OTHERS[place % 3 :: 3]) if len(good) >= 3 else FEW:
            _send(actor, address, {**good, field: WORDS[name]}, f"{form}.{field} = {name}", before)
        short = {key: value for key, value in good.items() if key != field}
        _send(actor, address, short, f"{form} without {field}", before)
        _send(
            actor,
            address,
            urlencode(good, doseq=True).encode() + f"&{field}=".encode() + RAW["GB18030"],
            f"{form}.{field} raw",
            before,
        )
    surplus = {
        **good,
        "state": "closed",
        "is_active": "0",
        "synthetic": "on",
        "filed_by": "1",
        "issue_id": "1",
        "pk": "1",
    }
    _send(actor, address, surplus, f"{form} with surplus", before)
    _send(actor, address, {}, f"{form} with nothing", before)
    assert census() == before


def _send(actor: Actor, address: str, body: dict[str, Any] | bytes, asked: str, before: dict[str, int]) -> None:
    """One case, undone. What is refused has changed nothing; what is taken was right after all."""
    data = body if isinstance(body, bytes) else urlencode(body, doseq=True).encode()
    with transaction.atomic(), Writes() as written:
        answer = actor.ask.generic("POST", address, data, content_type="application/x-www-form-urlencoded")
        check(answer, asked)
        # Without a statement that writes there is nothing to count; one that wrote may have been taken back.
        if answer.status_code >= 400 and written.tables:
            after = census()
            assert after == before, f"{asked} -> {answer.status_code} changed {_changed(before, after)}"
        transaction.set_rollback(True)


def _changed(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - count for name, count in before.items() if after[name] != count}


#: Forms answered by a page of their own, not by the way back: hints, questions, how each of several issues came out.
SHOWN = {"sign in", "alike", "questions", "several"}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_taken_when_it_is_right(world: World, form: str) -> None:
    """The cases above are hostile by one field only: without it the form goes through."""
    actor, address, good = next((a, url, body) for name, a, url, body in forms(world) if name == form)
    with pytest.raises(Resolver404):
        resolve("/no/such/page")
    with transaction.atomic():
        answer = actor.ask.generic(
            "POST", address, urlencode(good, doseq=True).encode(), content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code in ({200} if form in SHOWN else {302}), told(answer)[:60]
        transaction.set_rollback(True)
