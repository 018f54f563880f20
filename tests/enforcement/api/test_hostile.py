"""Promise: whatever is sent to the API, the answer is a sentence in the project's shape, never a 5xx, and nothing changed.

Each case: method, address, body (bytes are sent as they are), the statuses that are right. `{issue}`, `{finding}` and
`{bureau}` stand for what the caller may see and use.
"""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from enforcement.findings.models import Finding
from enforcement.issues.models import Handoff, Issue
from enforcement.timeline.models import Event, Receipt
from regions.models import Site
from regions.roles import Role
from tests.enforcement.api.calling import Caller, address, caller, confirmed_finding, issue_to
from tests.scenarios.cast import Cast

pytestmark = pytest.mark.django_db

NAUGHTY = [
    "\x00",
    "' OR 1=1 --",
    "%",
    "_",
    "\\",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "\u200b\u202e",
    "田" * 61,
    "🦄" * 40,
    "NULL",
    "undefined",
    "-1",
    "1e309",
    "0x10",
    "٣",
    "../../etc/passwd",
    "\r\nX-Evil: 1",
    "é",
]
TEXT_PARAMETERS = ["q", "number"]
GOOD = object()

QUERIES: list[tuple[str, set[int]]] = [
    ("issues/?page_size=0", {400}),
    ("issues/?page_size=201", {400}),
    ("issues/?page_size=-5", {400}),
    ("issues/?page_size=９", {400}),
    ("issues/?page_size=1e2", {400}),
    ("issues/?page_size=" + "9" * 400, {400}),
    ("issues/?cursor=x", {400}),
    ("issues/?cursor=%00", {400}),
    ("issues/?cursor=" + "A" * 1900, {400}),
    ("issues/?cursor=newest", {400}),
    ("issues/?cursor=newest.after.", {400}),
    ("issues/?cursor=newest.sideways.WyIxIl0", {400}),
    ("issues/?cursor=newest.after.%00", {400}),
    ("issues/?cursor=newest.after.bnVsbA", {400}),
    ("issues/?cursor=newest.after.W10", {400}),
    ("issues/?cursor=newest.after.W251bGxd", {400}),
    ("issues/?cursor=newest.after.WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDBd", {400}),
    ("issues/?cursor=newest.before.WyIxJyBPUiAxPTEiXQ", {400}),
    ("issues/?cursor=newest.after.W3siYSI6IDF9XQ", {400}),
    ("issues/?cursor=newest.after.WyI1IiwgIjYiXQ", {400}),
    ("issues/?cursor=due_on.after.WyIyMDIxLTAxLTAxIiwgIjEiXQ", {400}),
    ("issues/?ordering=due_on&cursor=due_on.after.WyIyMDIxLTEzLTAxIiwgIjEiXQ", {400}),
    ("issues/?ordering=due_on&cursor=due_on.after.WyIyMDIxLTAxLTAxIiwgIjEiXQ", {200}),
    ("issues/?cursor=" + quote(json.dumps([[[[]]]])), {400}),
    ("issues/?ordering=password", {400}),
    ("issues/?ordering=-id", {400}),
    ("issues/?ordering=", {400}),
    ("issues/?nonsense=1", {400}),
    ("issues/?nonsense=1&unsinn=2&%00=3", {400}),
    ("issues/?state__in=issued", {400}),
    ("issues/?issuer__name=x", {400}),
    ("issues/?format=xml", {400}),
    ("issues/?state=flying", {400}),
    ("issues/?state=issued,flying", {400}),
    ("issues/?state=%00", {400}),
    ("issues/?source=rumour", {400}),
    ("issues/?severity=9", {400}),
    ("issues/?division=14", {400}),
    ("issues/?division=abcdef", {400}),
    ("issues/?division=999999", {400}),
    ("issues/?division=140100' OR '1'='1", {400}),
    ("issues/?division=１４０１００", {200}),
    ("issues/?division=140100%0A", {200, 400}),
    ("issues/?area=atlantis", {400}),
    ("issues/?area=%F0%9F%A6%84", {400}),
    ("issues/?bureau=0", {400}),
    ("issues/?bureau=x", {400}),
    ("issues/?bureau=99999999999999999999", {400}),
    ("issues/?site=-1", {400}),
    ("issues/?overdue=maybe", {400}),
    ("issues/?overdue=1", {400}),
    ("issues/?starred=TRUE", {400}),
    ("issues/?issued_from=2021-02-30", {400}),
    ("issues/?issued_from=2021/02/03", {400}),
    ("issues/?issued_from=0001-01-01", {400}),
    ("issues/?issued_to=9999-12-31", {400}),
    ("issues/?issued_to=99999-12-31", {400}),
    ("issues/?due_before=yesterday", {400}),
    ("issues/?due_after=2021-02-03T00:00:00", {400}),
    ("issues/?from=2021-02-30", {400}),
    ("issues/?as_of=2021-02-03", {400}),
    ("issues/?figure=happiness", {400}),
    ("issues/?q=" + "x" * 61, {400}),
    ("issues/?q=" + "x" * 3000, {400}),
    ("issues/?q=的", {200}),
    ("issues/?" + "&".join(f"a{n}=1" for n in range(600)), {400}),
    ("findings/?state=nope", {400}),
    ("findings/?occurred_from=now", {400}),
    ("findings/?cursor=newest.after.WyIyMDIxLTAxLTAxIiwgInh4Il0", {400}),
    ("findings/?cursor=newest.after.WyIyMDIxLTAxLTAxVDAwOjAwOjAwWiIsICJ4Il0", {400}),
    ("handoffs/?bureau=1.5", {400}),
    ("handoffs/?issued_from=2021-13-01", {400}),
    ("divisions/?level=galaxy", {400}),
    ("divisions/?ended=2", {400}),
    ("bureaus/?kind=spy", {400}),
    ("sites/?grade=Z", {400}),
    ("sites/?lon=1", {400}),
    ("issues/SX-2021-ZH-99999/", {404}),
    ("issues/" + "A" * 25 + "/", {404}),
    ("issues/%00/", {404}),
    ("issues/../admin/", {404}),
    ("findings/00000000-0000-0000-0000-000000000000/", {404}),
    ("findings/not-a-uuid/", {404}),
    ("handoffs/0/", {404}),
    ("handoffs/99999999999999999999999/", {404}),
    ("handoffs/-1/", {404}),
    ("bureaus/99999999999999999999999/", {404}),
    ("sites/99999999999999999999999/", {404}),
    ("divisions/%31%34/", {404}),
    ("areas/AREA/", {404}),
    ("schema/?format=openapi", {400}),
]

ACT = "issues/{issue}/actions/acknowledge/"
BODIES: list[tuple[str, Any, set[int]]] = [
    (ACT, b"", {400, 200}),
    (ACT, b"{", {400}),
    (ACT, b"null", {400}),
    (ACT, b"[]", {400}),
    (ACT, b'"text"', {400}),
    (ACT, b"1", {400}),
    (ACT, b"\xff\xfe{}", {400}),
    (ACT, "{}".encode("utf-16"), {400}),
    (ACT, "｛｝".encode(), {400}),
    (ACT, '{"reason":"签收"}'.encode("gb18030"), {400}),
    (ACT, b"\xef\xbb\xbf{}", {400}),
    (ACT, b"[" * 100_000, {400}),
    (ACT, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, {400}),
    (ACT, b'{"version":' + b"9" * 5000 + b"}", {400}),
    (ACT, b'{"version": NaN}', {400}),
    (ACT, b'{"version": Infinity}', {400}),
    (ACT, b'{"version": 1e400}', {400}),
    (ACT, {"version": True}, {400}),
    (ACT, {"version": "1"}, {400}),
    (ACT, {"version": 0}, {400}),
    (ACT, {"version": -1}, {400}),
    (ACT, {"version": 1.5}, {400}),
    (ACT, {"version": None}, {400}),
    (ACT, {"version": 2**31}, {400}),
    (ACT, {"version": [1]}, {400}),
    (ACT, {"responsibility": 2**63}, {400}),
    (ACT, {"responsibility": 2**63 - 1}, {404}),
    (ACT, {"responsibility": {"id": 1}}, {400}),
    (ACT, {"by": 1}, {400}),
    (ACT, {"state": "closed"}, {400}),
    (ACT, {"\ud800": 1}, {400}),
    (ACT, {"a" * 10_000: 1}, {400}),
    (ACT, {f"f{n}": n for n in range(2000)}, {400}),
    (ACT, {"opinion": "surplus"}, {400}),
    (ACT + "?version=1", {}, {400}),
    ("issues/{issue}/actions/fly/", {}, {400}),
    ("issues/{issue}/actions/ACKNOWLEDGE/", {}, {400}),
    ("issues/{issue}/actions/" + "a" * 41 + "/", {}, {404}),
    ("issues/{issue}/actions/签收/", {}, {404}),
    ("issues/SX-2021-ZH-99999/actions/acknowledge/", {}, {404}),
    ("issues/{issue}/actions/return/", {}, {400}),
    ("issues/{issue}/actions/return/", {"reason_code": "not_ours", "reason": "   "}, {400}),
    ("issues/{issue}/actions/return/", {"reason_code": "weather", "reason": "下雨"}, {400}),
    ("issues/{issue}/actions/return/", {"reason_code": "\ud800", "reason": "x"}, {400}),
    ("issues/{issue}/actions/return/", {"reason_code": "not_ours", "reason": "\x00"}, {400}),
    ("issues/{issue}/actions/return/", {"reason_code": "not_ours", "reason": "\ud83d"}, {400}),
    ("issues/{issue}/actions/return/", {"reason_code": "not_ours", "reason": "长" * 2001}, {400}),
    ("issues/{issue}/actions/return/", {"reason_code": "not_ours", "reason": ["不", "归"]}, {400}),
    ("issues/{issue}/actions/request_extension/", {"days": 3, "reason": "早了"}, {409}),
    ("issues/{issue}/actions/request_extension/", {"days": 10**9, "reason": "多"}, {400}),
    ("issues/{issue}/actions/void/", {"reason": "不是我的"}, {403}),
    ("issues/", {}, {405}),
    ("auth/token/", {}, {400}),
    ("auth/token/", {"username": "x"}, {400}),
    ("auth/token/", {"username": "\x00", "password": "x"}, {400}),
    ("auth/token/", {"username": "x" * 100_000, "password": "x"}, {400}),
    ("auth/token/", {"username": "x", "password": "x" * 100_000}, {400}),
    ("auth/token/", {"username": ["x"], "password": {"a": 1}}, {400}),
    ("auth/token/", {"username": "' OR 1=1 --", "password": "' OR 1=1 --"}, {401}),
    ("auth/token/", b"username=x&password=y", {400}),
]

FILING: list[tuple[dict[str, Any], set[int]]] = [
    ({"title": ""}, {400}),
    ({"title": "   "}, {400}),
    ({"title": "题" * 121}, {400}),
    ({"title": "a\x00b"}, {400}),
    ({"title": "\udfff"}, {400}),
    ({"title": 5}, {400}),
    ({"title": None}, {400}),
    ({"source": "rumour"}, {400}),
    ({"source": None}, {400}),
    ({"severity": "apocalyptic"}, {400}),
    ({"lon": 37.8937, "lat": 112.5863}, {400}),
    ({"lon": 181}, {400}),
    ({"lat": -91}, {400}),
    ({"lon": "112.5"}, {400}),
    ({"lon": True}, {400}),
    ({"lon": None}, {400}),
    ({"lon": [112.5]}, {400}),
    ({"lon": 10**400}, {400}),
    ({"lon": -0.0, "lat": 0.0}, {201}),
    ({"occurred_at": "yesterday"}, {400}),
    ({"occurred_at": "2021-02-30T00:00:00Z"}, {400}),
    ({"occurred_at": "2999-01-01T00:00:00Z"}, {400}),
    ({"occurred_at": "1066-10-14T09:00:00Z"}, {400}),
    ({"occurred_at": "0000-00-00T00:00:00Z"}, {400}),
    ({"occurred_at": "2026-11-01"}, {400}),
    ({"occurred_at": 1700000000}, {400}),
    ({"occurred_at": "9999-12-31T23:59:59-14:00"}, {400}),
    ({"device_at": "now"}, {400}),
    ({"receiver": 0}, {400}),
    ({"receiver": 10**12}, {400}),
    ({"receiver": "1"}, {400}),
    ({"receiver": None}, {400}),
    ({"filer": 10**12}, {400}),
    ({"site": 10**12}, {400}),
    ({"site": "x"}, {400}),
    ({"description": "长" * 4001}, {400}),
    ({"address": "址" * 201}, {400}),
    ({"pollution_type": "型" * 31}, {400}),
    ({"id": "00000000-0000-0000-0000-000000000000"}, {400}),
    ({"state": "confirmed"}, {400}),
    ({"synthetic": True}, {400}),
    ({"title": "田<script>alert(1)</script>"}, {201}),
    ({"title": "\u202e翻转"}, {201}),
]

HANDING: list[tuple[Any, set[int]]] = [
    ({"items": None}, {400}),
    ({"items": {}}, {400}),
    ({"items": [None]}, {400}),
    ({"items": [[]]}, {400}),
    ({"items": [{}]}, {400}),
    ({"items": [{"finding": "x", "bureau": GOOD}]}, {400}),
    ({"items": [{"finding": "00000000-0000-0000-0000-000000000000", "bureau": GOOD}]}, {404}),
    ({"items": [{"finding": GOOD}]}, {400}),
    ({"items": [{"finding": GOOD, "bureau": 10**12}]}, {400}),
    ({"items": [{"finding": GOOD, "bureau": GOOD, "verifier": GOOD}]}, {400}),
    ({"items": [{"finding": GOOD, "bureaus": []}]}, {400}),
    ({"items": [{"finding": GOOD, "bureaus": [{"bureau": GOOD, "weight": "0.5"}]}]}, {400}),
    ({"items": [{"finding": GOOD, "bureaus": [{"bureau": GOOD, "weight": "NaN"}]}]}, {400}),
    ({"items": [{"finding": GOOD, "bureaus": [{"bureau": GOOD, "weight": "-1"}]}]}, {400}),
    ({"items": [{"finding": GOOD, "bureaus": [{"bureau": GOOD, "weight": "1e-9"}]}]}, {400}),
    ({"items": [{"finding": GOOD, "bureaus": [{"bureau": GOOD, "weight": True}]}]}, {400}),
    ({"items": [{"finding": GOOD, "bureaus": [{"bureau": GOOD, "weight": "0.5"}] * 2}]}, {400}),
    ({"items": [{"finding": GOOD, "bureaus": [{"bureau": GOOD, "weight": "0.1"}] * 9}]}, {400}),
    ({"items": [{"finding": GOOD, "bureau": GOOD, "starred": "yes"}]}, {400}),
    ({"items": [{"finding": GOOD, "bureau": GOOD, "severity": "x"}]}, {400}),
    ({"items": [{"finding": GOOD, "bureau": GOOD, "version": 99}]}, {409}),
    ({"items": [{"finding": GOOD, "bureau": GOOD}] * 2}, {400}),
    ({"items": [{"finding": GOOD, "bureau": GOOD}] * 201}, {400}),
    ({"items": [{"finding": GOOD, "bureau": GOOD}], "title": "长" * 201}, {400}),
    ({"items": [{"finding": GOOD, "bureau": GOOD}], "number": "1号"}, {400}),
    ({"items": [{"finding": GOOD, "bureau": GOOD}], "bureau": 10**12}, {400}),
]


def counts() -> list[int]:
    models = (Issue, Finding, Handoff, Site, Event, Receipt)
    return [model.objects.count() for model in models] + [sum(Issue.objects.values_list("version", flat=True))]


def check(answer: Any, expected: set[int], case: Any) -> None:
    told = answer.content.decode()
    assert answer.status_code in expected, f"{case}: {answer.status_code} {told[:300]}"
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", case
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert any("一" <= c <= "鿿" for c in problem["detail"]), case
        assert "Traceback" not in told
        assert "psycopg" not in told


def test_hostile_queries(cast: Cast, handler: Caller) -> None:
    issue_to(cast)
    before = counts()
    for path, expected in QUERIES:
        check(handler.get(path), expected, path)
    for parameter in TEXT_PARAMETERS:
        for word in NAUGHTY:
            check(handler.get("issues/", **{parameter: word}), {200, 400}, (parameter, word))
    assert counts() == before


def test_hostile_bodies(cast: Cast, handler: Caller) -> None:
    issue = issue_to(cast)
    before = counts()
    for path, body, expected in BODIES:
        if path == ACT and body == b"":
            continue
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        check(handler.post(path.replace("{issue}", issue.number), sent), expected, (path, sent[:80]))
    assert counts() == before


def test_hostile_filings(cast: Cast, inspector: Caller) -> None:
    good = {
        "title": "高值",
        "source": "patrol",
        "lon": 112.5863,
        "lat": 37.8937,
        "receiver": cast.province.pk,
        "occurred_at": "2026-11-01T10:00:00+08:00",
    }
    for change, expected in FILING:
        before = counts()
        answer = inspector.post("findings/", {**good, **change})
        check(answer, expected, change)
        if answer.status_code != 201:
            assert counts() == before, change
    for name in ("title", "source", "lon", "lat", "receiver", "occurred_at"):
        short = {key: value for key, value in good.items() if key != name}
        answer = inspector.post("findings/", short)
        check(answer, {400}, f"without {name}")
        assert name in answer.json()["errors"]


def test_hostile_handoffs(cast: Cast, dispatcher: Caller) -> None:
    finding = confirmed_finding(cast)
    before = counts()
    for body, expected in HANDING:
        check(dispatcher.post("handoffs/", fill(body, finding, cast)), expected, body)
    assert counts() == before


def fill(value: Any, finding: Finding, cast: Cast, name: str = "") -> Any:
    """A case's body with what is good put in."""
    if value is GOOD:
        return str(finding.pk) if name == "finding" else cast.xinghualing.pk
    if isinstance(value, dict):
        return {key: fill(inner, finding, cast, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, finding, cast, name) for inner in value]
    return value


def test_hostile_envelopes(cast: Cast, handler: Caller) -> None:
    """Headers, methods, content types, sizes."""
    issue = issue_to(cast)
    url, headers = address(f"issues/{issue.number}/actions/acknowledge/"), handler.headers()
    before = counts()
    client = Client()
    for content_type in ("text/plain", "application/xml", "multipart/form-data", "x", "application/json/evil"):
        check(client.generic("POST", url, b"{}", content_type=content_type, headers=headers), {400, 415}, content_type)
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FLY"):
        check(client.generic(method, url, b"{}", content_type="application/json", headers=headers), {405}, method)
    huge = client.post(url, b'{"reason":"' + b"x" * 6_000_000 + b'"}', content_type="application/json", headers=headers)
    check(huge, {413}, "6 MB")
    for token in ("", " ", "x", "x y z", "\xff", "x" * 10_000, "' OR 1=1", "%00", "Token"):
        check(client.get(address("issues/"), headers={"Authorization": f"Token {token}"}), {401}, token)
    for header in ("Token", "token", "Bearer x", "Basic dXNlcjpwYXNz", "\x7f"):
        check(client.get(address("issues/"), headers={"Authorization": header}), {401}, header)
    for key in ("", "x" * 81, "\t", "é"):
        check(
            client.post(url, b"{}", content_type="application/json", headers=headers | {"Idempotency-Key": key}),
            {400},
            key,
        )
    assert client.get(address("issues/"), headers=headers | {"Accept": "text/html"}).status_code == 200
    assert counts() == before


def test_there_are_enough_cases() -> None:
    envelopes = 30
    total = len(QUERIES) + len(NAUGHTY) * len(TEXT_PARAMETERS) + len(BODIES) + len(FILING) + len(HANDING) + envelopes
    assert total >= 250


def test_an_administrator_and_a_stranger_learn_nothing_from_errors(cast: Cast) -> None:
    issue, finding = issue_to(cast), confirmed_finding(cast)
    auditor = caller(cast.officer(cast.province, Role.AUDITOR))
    for path in (f"issues/{issue.number}/actions/acknowledge/", f"findings/{finding.pk}/actions/dismiss/", "handoffs/"):
        check(auditor.post(path), {403}, path)
        check(Client().post(address(path), b"{}", content_type="application/json"), {401}, path)
