"""Sends the requests, and looks through every byte of every answer for what the reader may not read."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection, transaction
from django.http import HttpResponseBase

from regions.roles import Role
from tests.isolation.actors import Actor
from tests.isolation.bodies import bodies
from tests.isolation.routes import Places, Route, fill, nobodys, queries
from tests.isolation.world import Plot, World

_MARK = re.compile(rb"zq([a-z]+?)x([a-z]+?)z")
_NAME = re.compile(rb"[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|SX-\d{4}-ZH-\d{5}")
#: Everything no name holds becomes a blank: what is left to look through is a hundredth of an answer.
_NOT_OF_NAMES = bytes(code if code in b"0123456789abcdef-SXZH" else 32 for code in range(256))
_SHORTEST_NAME = len("SX-2021-ZH-00001")
#: What differs from answer to answer and says nothing: tokens against forgery, the moment a page was printed.
_NOISE = (
    (re.compile(rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ?")[A-Za-z0-9]{64}'), rb"\1-"),
    (re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?"), b"-"),
)
_HEADERS = {"content-length", "set-cookie", "date", "etag", "last-modified", "expires"}


@dataclass(frozen=True)
class Seen:
    """An answer: what was asked, the status, and all its bytes, headers included."""

    asked: str
    status: int
    content: bytes

    @property
    def plain(self) -> bytes:
        content = self.content
        for pattern, plain in _NOISE:
            content = pattern.sub(plain, content)
        return content


def everything(answer: HttpResponseBase) -> bytes:
    """Headers and body; a workbook or another archive is taken apart."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    headers = [f"{name}: {value}".encode() for name, value in answer.items() if name.lower() not in _HEADERS]
    parts = [body]
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = [piece for name in archive.namelist() for piece in (name.encode(), archive.read(name))]
    return b"\n".join(headers + parts)


def get(actor: Actor, address: str, query: dict[str, Any] | None = None) -> Seen:
    answer = actor.ask.get(address, query or {})
    return Seen(f"GET {address} {query or ''}", answer.status_code, everything(answer))


def send(actor: Actor, method: str, route: Route, address: str, body: dict[str, Any]) -> Seen:
    """A request that may write; its effect is undone. The tables it wrote to stand in the last line of the answer."""
    with transaction.atomic(), Writes() as written:
        if route.is_api:
            data, kind = json.dumps(body, default=str), "application/json"
        else:
            data, kind = urlencode(body), "application/x-www-form-urlencoded"
        answer = actor.ask.generic(method, address, data, content_type=kind)
        content = everything(answer)
        transaction.set_rollback(True)
    wrote = f"\nwrote: {', '.join(sorted(written.tables)) or 'nothing'}".encode()
    return Seen(f"{method} {address} {body}", answer.status_code, content + wrote)


class Writes:
    """Which tables the statements of a block write to, sessions apart."""

    _begins = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE|WITH)\b", re.IGNORECASE)
    #: Not the UPDATE of a lock, nor that of ON CONFLICT, whose table stands before it.
    _writing = re.compile(
        r'(?<!FOR )(?<!KEY )(?<!DO )\b(?:INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|TRUNCATE)\s+"?(\w+)', re.IGNORECASE
    )
    _own = frozenset({"django_session"})

    def __enter__(self) -> "Writes":
        self.tables: set[str] = set()
        self._wrapper = connection.execute_wrapper(self._note)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._wrapper.__exit__(*raised)

    def _note(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql)
        if self._begins.match(text):
            self.tables |= set(self._writing.findall(text)) - self._own
        return execute(sql, params, many, context)


# --- looking ----------------------------------------------------------------------------------------------------


def foreign(
    actor: Actor, route: Route, seen: Seen, identities: dict[str, tuple[str, str]], given: str = ""
) -> list[str]:
    """Everything in an answer that isn't the reader's to read, `given` (what they sent themselves) apart."""
    found: set[str] = set()
    for plot, kind in {(m[1].decode(), m[2].decode()) for m in _MARK.finditer(seen.content)}:
        if f"zq{plot}x{kind}z" not in given and not actor.may_read(plot, kind, admin_site=route.is_admin):
            found.add(f"{plot}/{kind}")
    for name in names(seen.content):
        if name in identities and name not in given:
            plot, kind = identities[name]
            if not actor.may_read(plot, kind, admin_site=route.is_admin):
                found.add(f"{plot}/{kind} {name}")
    own = getattr(actor.officer, "name", "")
    if own:
        found = {
            text for text in found if not (text.endswith("/officer") and f"zq{text.split('/')[0]}xofficerz" in own)
        }
    return sorted(found)


def names(content: bytes) -> set[str]:
    """Everything in an answer that looks like the number, key or digest of a row."""
    long = (word for word in content.translate(_NOT_OF_NAMES).split() if len(word) >= _SHORTEST_NAME)
    return {found.decode() for found in _NAME.findall(b" ".join(long))}


#: A role the policy doesn't name gets one of these, on every method.
REFUSED = {302, 401, 403, 404, 405}


@dataclass(frozen=True)
class Round:
    """One actor's walk: past which foreign plot, which of the actions, and how much of it.

    A whole round also sends what may be posted, holds each foreign row against an absent one and asks lists about the
    foreign plot; the others read everything.
    """

    plot: Plot
    turn: int = 0
    whole: bool = True
    posts: bool = True


def complaints(actor: Actor, route: Route, world: World, walk: Round) -> Iterator[str]:
    """What is wrong with a route as this actor meets it: their own rows, and those of a plot that isn't theirs."""
    plot = walk.plot
    for seen, given in _own(actor, route, world.plots[actor.home], walk):
        yield from faults(actor, route, world, seen, given)
    gone: dict[str, Seen] = {}
    rows = some(fill(route, plot) or [], walk.turn) if route.places else []
    for place, places in enumerate(rows if walk.whole else rows[walk.turn % 2 :][:1] or rows[:1]):
        yield from _foreign_row(actor, route, world, replace(walk, posts=walk.whole and not place), places, gone)
    if not walk.whole:
        return
    asked = queries(route, plot)
    for query in asked[walk.turn % 3 :: 3] if len(asked) > 4 else asked:
        for places in (fill(route, world.plots[actor.home]) or [])[:1]:
            address = route.address(places)
            yield from faults(actor, route, world, get(actor, address, query), address + str(query))
    if not route.places and "POST" in methods(route):
        for body in bodies(route, plot)[1:]:
            address = route.address({})
            yield from faults(actor, route, world, send(actor, "POST", route, address, body), address + str(body))


def faults(actor: Actor, route: Route, world: World, seen: Seen, given: str) -> Iterator[str]:
    if seen.status >= 500:
        yield f"{actor}: {seen.asked} -> {seen.status}"
    for text in foreign(actor, route, seen, world.identities, given):
        yield f"{actor}: {seen.asked} -> {seen.status} shows {text}"


def _own(actor: Actor, route: Route, plot: Plot, walk: Round) -> Iterator[tuple[Seen, str]]:
    rows = some(fill(route, plot) or [], walk.turn)
    for places in rows if walk.whole else rows[walk.turn % 2 :][:1] or rows[:1]:
        address = route.address(places)
        for method in ("GET", "POST") if walk.whole else ("GET",):
            for body in bodies(route, plot)[-1:] if method == "POST" else [{}]:
                if method in methods(route):
                    seen = _ask(actor, method, route, address, body)
                    yield seen, address + str(body)
                    if seen.status == 405:
                        methods(route).discard(method)


_METHODS: dict[str, set[str]] = {}


def methods(route: Route) -> set[str]:
    """What a route takes, as far as it is known; a 405 to somebody it admits settles it."""
    return _METHODS.setdefault(route.pattern, {"GET", "POST"})


def _ask(actor: Actor, method: str, route: Route, address: str, body: dict[str, Any]) -> Seen:
    return get(actor, address) if method == "GET" else send(actor, method, route, address, body)


def some(filled: list[Places], turn: int) -> list[Places]:
    """Every row, and one of the actions: which one says `turn`, so that all of them come up among the actors."""
    actions = list(dict.fromkeys(places.get("action") for places in filled))
    chosen = actions[turn % len(actions)] if actions else None
    return [places for places in filled if places.get("action") == chosen]


def _foreign_row(
    actor: Actor, route: Route, world: World, walk: Round, places: Places, known: dict[str, Seen]
) -> Iterator[str]:
    plot, address, absent = walk.plot, route.address(places), nobodys(route, places)
    for method in sorted(methods(route) if walk.posts else methods(route) & {"GET"}):
        body = bodies(route, plot)[-1] if method == "POST" else {}
        seen = _ask(actor, method, route, address, body)
        yield from faults(actor, route, world, seen, address + str(body))
        if not walk.whole or absent is None or _readable(actor, route, plot, places, world):
            continue
        nowhere = route.address(absent)
        gone = known.get(method + nowhere) or _ask(actor, method, route, nowhere, body)
        known[method + nowhere] = gone
        if seen.status != gone.status:
            yield f"{actor}: {seen.asked} -> {seen.status}, an absent one {gone.status}"
        elif _without(seen, address) != _without(gone, nowhere):
            yield f"{actor}: {seen.asked} is worded otherwise than an absent one"


def _readable(actor: Actor, route: Route, plot: Plot, places: Places, world: World) -> bool:
    """Whether the row the places name is one the actor may read: then it needn't look absent."""
    if route.is_admin:
        accounts = any(f"/{model}/" in route.pattern for model in ("officer", "posting", "secondment"))
        return (Role.SECURITY_ADMINISTRATOR if accounts else Role.SYSTEM_ADMINISTRATOR) in actor.roles
    if route.name in EVERYONES:
        return True
    owners, kind = {plot.name}, KINDS.get(route.name, "")
    if "handoff" in route.name or route.name == "issues:letter":
        owners = world.documents.get(places["pk"], owners)
    for value in places.values():
        _owner, kind = world.identities.get(str(value), ("", kind))
    return any(actor.may_read(owner, kind, admin_site=route.is_admin) for owner in owners)


#: Rules of the office, read by all who see business.
EVERYONES = frozenset(
    {f"inspections:{name}" for name in ("checklist", "new-item", "item", "move-list")}
    | {f"api:checklist-{name}" for name in ("detail", "action", "items", "item")}
)
#: What a place names that goes by a plain number.
KINDS = {
    "issues:handoff": "issue",
    "issues:letter": "issue",
    # Who sees both of its issues sees the offer: those of a plot are the plot's.
    "issues:merge_offer": "issue",
    "issues:answer_merge_offer": "issue",
    "api:merge-offer-detail": "issue",
    "api:merge-offer-action": "issue",
    "api:handoff-detail": "issue",
    "api:handoff-deliveries": "issue",
    "api:handoff-receipt": "issue",
    "patrols:instrument": "run",
    "patrols:instrument_act": "run",
    "patrols:vehicle": "run",
    "patrols:vehicle_correct": "run",
    "api:instrument-detail": "run",
    "api:instrument-logs": "run",
    "api:vehicle-detail": "run",
    "api:site-detail": "site",
    "api:site-history": "site",
    "inspections:site": "site",
    "inspections:site-code": "site",
    "api:bureau-detail": "bureau",
}


def _without(seen: Seen, address: str) -> bytes:
    """The answer apart from the address asked for, which pages carry along."""
    return seen.plain.replace(address.encode(), b"ADDRESS").replace(quote(address, safe="").encode(), b"ADDRESS")


# --- what happens elsewhere -------------------------------------------------------------------------------------


def lists(actor: Actor, world: World, among: list[Route]) -> dict[str, Seen]:
    """Every address without places, plainly and asked about a foreign plot, and their own rows; not the admin site's."""
    found: dict[str, Seen] = {}
    home, other = world.plots[actor.home], world.plots["dt" if actor.home != "dt" else "lf"]
    for route in among:
        if route.is_admin:
            continue
        address = route.address((fill(route, home) or [{}])[0])
        for query in ({}, *(queries(route, other) if not route.places else [])):
            seen = get(actor, address, query)
            found[seen.asked] = seen
    return found


def traces(actor: Actor, before: dict[str, Seen], after: dict[str, Seen]) -> Iterator[str]:
    """Where an answer isn't byte for byte what it was before more rows came elsewhere."""
    for asked, seen in after.items():
        if seen.plain != before[asked].plain:
            yield f"{actor}: {asked} tells of rows elsewhere: {_difference(before[asked].plain, seen.plain)}"


def _difference(one: bytes, other: bytes) -> str:
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    part = slice(max(0, at - 60), at + 60)
    return f"{one[part].decode(errors='replace')!r} became {other[part].decode(errors='replace')!r}"
