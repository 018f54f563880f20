"""Promise: places and bureaus are found over the API within one's directory; signing in gives nothing away."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext_lazy
from knox.models import AuthToken
from rest_framework.renderers import JSONRenderer

from regions.api.authentication import TokenAuthentication
from regions.api.rendering import JSONAnswer
from regions.api.throttling import AccountThrottle, Guessing, Steady
from regions.api.tokens import Token
from regions.models import Officer, Posting, Secondment
from regions.roles import Role
from regions.scoping import reach_of
from tests.enforcement.api.calling import Caller, address, caller
from tests.scenarios import cast as casting
from tests.scenarios.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return casting.make()


@pytest.fixture
def handler(cast: Cast) -> Caller:
    return caller(cast.officer(cast.xinghualing, Role.HANDLER))


def sign_in(username: str, password: str):
    body = {"username": username, "password": password}
    return Client().post(address("auth/token/"), body, content_type="application/json")


def test_a_token_opens_the_api_until_it_is_given_back(cast: Cast) -> None:
    officer = cast.officer(cast.province, Role.DISPATCHER)
    answer = sign_in(officer.username, "correct horse battery")
    assert answer.status_code == 200, answer.content.decode()
    holder = Caller(officer, answer.json()["token"])
    assert holder.get("issues/").status_code == 200
    assert holder.delete("auth/token/").status_code == 204
    closed = holder.get("issues/")
    assert closed.status_code == 401
    assert closed["WWW-Authenticate"].startswith("Token")
    assert closed["Content-Type"] == "application/problem+json"


def test_signing_in_wrongly_tells_nothing(cast: Cast) -> None:
    officer = cast.officer(cast.province, Role.DISPATCHER)
    gone = cast.officer(cast.province, Role.SUPERVISOR)
    gone.is_active = False
    gone.save()
    answers = [
        sign_in(officer.username, "wrong"),
        sign_in("nobody", "wrong"),
        sign_in(gone.username, "correct horse battery"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


def test_an_expired_token_and_a_disabled_officer_are_strangers(handler: Caller) -> None:
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert handler.get("issues/").status_code == 401
    AuthToken.objects.update(expiry=None)
    assert handler.get("issues/").status_code == 200
    handler.officer.is_active = False
    handler.officer.save()
    assert handler.get("issues/").status_code == 401


def test_signing_in_at_the_limit_drops_the_oldest_token(cast: Cast) -> None:
    officer = cast.officer(cast.province, Role.DISPATCHER)
    oldest = caller(officer)
    for _n in range(19):
        caller(officer)
    assert sign_in(officer.username, "correct horse battery").status_code == 200
    assert AuthToken.objects.filter(user=officer).count() == 20
    assert oldest.get("issues/").status_code == 401


def test_guesses_at_one_account_are_slowed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = cast.officer(cast.province, Role.DISPATCHER)
    monkeypatch.setattr(Token, "throttle_classes", (AccountThrottle,))
    monkeypatch.setattr(AccountThrottle, "rate", "3/min", raising=False)
    monkeypatch.setattr(Guessing, "timer", staticmethod(lambda: 90.0))  # at a minute's turn there is room again
    statuses = [sign_in(officer.username, "wrong").status_code for _n in range(4)]
    slowed = sign_in(officer.username, "correct horse battery")
    assert statuses == [401, 401, 401, 429]
    assert slowed.status_code == 429
    assert int(slowed["Retry-After"]) > 0
    assert "秒后再试" in slowed.json()["detail"]


def test_answers_are_the_frameworks_json_byte_for_byte() -> None:
    odd = {
        "份额": [Decimal("0.50"), uuid4(), date(2021, 7, 5), timezone.now(), None, True, 1.5, {"行": ()}],
        "line": "一\u2028二\u2029三", "lazy": gettext_lazy("中文"),
    }  # fmt: skip
    for data in (odd, [odd, {}], None, "字"):
        for asked in ("application/json", "application/json; indent=2"):
            assert JSONAnswer().render(data, asked) == JSONRenderer().render(data, asked)
    with pytest.raises(ValueError, match="not JSON compliant"):
        JSONAnswer().render({"share": float("nan")})


def test_who_asks_too_often_is_asked_to_wait_and_no_longer_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four a minute: what the last minute held counts as long as it lies within sixty seconds, as if it had come evenly."""
    asking: Any = SimpleNamespace(user=SimpleNamespace(is_authenticated=True, pk=-1))
    monkeypatch.setattr(Steady, "rate", "4/min", raising=False)
    cache.clear()

    def asked(second: float) -> float | None:
        throttle = Steady()
        throttle.timer = lambda: 600 + second  # type: ignore[method-assign]
        return None if throttle.allow_request(asking, None) else throttle.wait()

    assert [asked(n) for n in (50, 51, 52, 53)] == [None] * 4
    assert asked(55) == pytest.approx(5)
    assert asked(61) is None
    assert asked(62) == pytest.approx(13), "4 x 45/60 of the last minute and one of this one make room"
    assert asked(75) == pytest.approx(0)
    assert asked(75.1) is None
    assert [asked(n) for n in (119, 119, 300)] == [None] * 3
    cache.clear()


def test_divisions_by_code_and_by_key(handler: Caller) -> None:
    counties = handler.get("divisions/", level="county", division="140100", page_size=200).json()["results"]
    assert len(counties) == 10
    assert all(row["parent"] == "140100" for row in counties)
    assert len(handler.get("divisions/", level="county", page_size=200).json()["results"]) == 117
    ended = handler.get("divisions/", ended="true", page_size=200).json()["results"]
    assert ended
    assert all(row["ended_on"] for row in ended)
    by_code = handler.get("divisions/140107/").json()
    assert by_code["name"] == "杏花岭区"
    assert handler.get(f"divisions/{by_code['key']}/").json() == by_code
    assert handler.get("divisions/999999/").status_code == 404
    assert handler.get("divisions/", q="xinghualing").json()["results"][0]["code"] == "140107"


def test_areas_tell_their_members_and_where_that_is_from(handler: Caller) -> None:
    areas = {area["key"]: area for area in handler.get("areas/").json()["results"]}
    assert len(areas) == 7
    members = areas["taiyuan-basin"]["members"]
    assert {"division", "name", "valid_from", "valid_to", "confidence", "source"} == set(members[0])
    assert handler.get("areas/taiyuan-basin/").json() == areas["taiyuan-basin"]
    assert handler.get("areas/atlantis/").status_code == 404


def test_the_directory_reaches_up_and_down_but_not_across(cast: Cast, handler: Caller) -> None:
    def found(who: Caller) -> set[str]:
        return {row["name"] for row in who.get("bureaus/", page_size=200).json()["results"]}

    assert found(handler) == {
        cast.province.name,
        cast.taiyuan.name,
        cast.taiyuan_team.name,
        cast.contractor.name,
        cast.xinghualing.name,
        cast.xinghualing_team.name,
    }
    assert handler.get(f"bureaus/{cast.yaodu.pk}/").status_code == 404
    assert handler.get(f"bureaus/{cast.taiyuan.pk}/").json()["division"] == "140100"
    city = caller(cast.officer(cast.linfen, Role.DISPATCHER))
    assert found(city) == {cast.province.name, cast.linfen.name, cast.yaodu.name}
    hired = caller(cast.officer(cast.contractor, Role.INSPECTOR, badge=False))
    assert found(hired) == {cast.contractor.name, cast.taiyuan.name, cast.province.name}
    assert hired.get("sites/").json()["results"] == []


def test_strangers_get_the_schema_and_nothing_else(db: None) -> None:
    assert Client().get(address("schema/")).status_code == 200
    for path in ("divisions/", "bureaus/", "sites/", "issues/", "findings/", "handoffs/"):
        answer = Client().get(address(path))
        assert answer.status_code == 401, path
        assert answer.json()["status"] == 401


def test_an_address_that_is_none_is_told_in_the_same_shape(db: None) -> None:
    for path in ("nowhere/", "issues", "issues/SX 1/", "divisions/14/", "%00", "issues/%0A/"):
        answer = Client().get(address(path))
        assert answer.status_code == 404, path
        assert answer["Content-Type"] == "application/problem+json"


def test_a_token_reads_every_posting_and_secondment_in_force(cast: Cast) -> None:
    today = timezone.localdate()
    officer = cast.officer(cast.xinghualing, Role.HANDLER)
    for bureau, since, until in (
        (cast.xinghualing_team, today, today),
        (cast.yaodu, today - timedelta(days=9), today - timedelta(days=1)),
        (cast.linfen, today + timedelta(days=1), None),
    ):
        Posting.objects.create(officer=officer, bureau=bureau, role=Role.VERIFIER, since=since, until=until)
    lent = {"officer": officer, "reason": "交叉执法", "since": today - timedelta(days=9)}
    Secondment.objects.create(division=cast.linfen.division, until=today, **lent)
    Secondment.objects.create(division=cast.taiyuan.division, until=today - timedelta(days=1), **lent)
    read, _token = TokenAuthentication().authenticate_credentials(caller(officer).token.encode())
    fresh = Officer.objects.get(pk=officer.pk)
    assert read.postings_on(today) == fresh.postings_on(today)
    assert [posting.bureau.division.code for posting in read.postings_on(today)] == ["140107", "140107"]
    assert read.secondments_on(today)[0].division_id == cast.linfen.division_id
    assert reach_of(read) == reach_of(fresh)
    assert cast.yaodu.division_id in reach_of(read).divisions


def test_an_officer_without_postings_is_signed_in_and_sees_nothing(cast: Cast) -> None:
    officer = Officer.objects.create_officer("new", "新人", "correct horse battery")
    Secondment.objects.create(
        officer=officer,
        division=cast.linfen.division,
        since=timezone.localdate(),
        until=timezone.localdate(),
        reason="交叉执法",
    )
    who = caller(officer)
    assert who.get("issues/").status_code == 403
    assert who.get("bureaus/").status_code == 403


def test_a_token_is_matched_whole(handler: Caller) -> None:
    kept = AuthToken.objects.get()
    for token in (
        handler.token[:-1] + ("0" if handler.token[-1] != "0" else "1"),
        handler.token[:25],
        handler.token.upper(),
        kept.digest,
    ):
        assert Caller(handler.officer, token).get("issues/").status_code == 401
