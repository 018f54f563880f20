"""Promise: a password can't be guessed on the page either, and whoever is slowed reads when to try again."""

import pytest
from django.test import Client
from rest_framework.settings import api_settings

from regions.api.throttling import AccountThrottle, AddressThrottle, Guessing
from regions.api.tokens import Token
from regions.models import Guesses
from regions.roles import Role
from tests.rig.databases import CommittingDatabase
from tests.scenarios import cast as casting


@pytest.mark.django_db
def test_guesses_on_the_page_are_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = casting.make()
    officer, other = cast.officer(cast.province, Role.DISPATCHER), cast.officer(cast.province, Role.SUPERVISOR)
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_CLASSES", [AccountThrottle])
    monkeypatch.setattr(AccountThrottle, "rate", "3/min", raising=False)
    monkeypatch.setattr(Guessing, "timer", staticmethod(lambda: 90.0))  # at a minute's turn there is room again

    def sign_in(username: str, password: str):
        return Client().post("/login/", {"username": username, "password": password})

    wide = officer.username.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    statuses = [sign_in(name, "wrong").status_code for name in (officer.username, f" {officer.username} ", wide)]
    slowed = sign_in(officer.username, "correct horse battery")
    elsewhere = sign_in(other.username, "correct horse battery")
    assert statuses == [200, 200, 200]
    assert slowed.status_code == 429
    assert int(slowed["Retry-After"]) > 0
    assert "秒后再试" in slowed.content.decode()
    assert officer.username in slowed.content.decode()
    assert "sessionid" not in slowed.cookies
    assert elsewhere.status_code == 302


@pytest.mark.django_db
def test_over_the_api_an_address_is_not_the_callers_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever guesses at many accounts and writes another `X-Forwarded-For` each time is one address all the same."""
    monkeypatch.setattr(Token, "throttle_classes", (AddressThrottle,))
    monkeypatch.setattr(AddressThrottle, "rate", "3/min", raising=False)
    monkeypatch.setattr(Guessing, "timer", staticmethod(lambda: 90.0))  # at a minute's turn there is room again
    statuses = [
        Client(headers={"X-Forwarded-For": f"10.0.0.{n}"})
        .post("/api/v1/auth/token/", {"username": f"nobody-{n}", "password": "wrong"}, content_type="application/json")
        .status_code
        for n in range(5)
    ]
    assert statuses[3:] == [429, 429], statuses
    assert 429 not in statuses[:3]


def test_all_processes_count_together_and_old_periods_are_swept(committing_db: CommittingDatabase) -> None:
    """Twelve a minute: five attempts seen by this process leave seven for another one, and none for this one then."""
    code = (
        "from regions.models import Guesses\n"
        "print(sum(Guesses.counted('account', period=100, gone=0.0, most=12) for _n in range(20)))"
    )
    Guesses.objects.create(key="long ago", period=98, this=9, last=9)
    assert all(Guesses.counted("account", period=100, gone=0.0, most=12) for _n in range(5))
    assert committing_db.manage("shell", "-v", "0", "-c", code).stdout.strip() == "7"
    assert not Guesses.counted("account", period=100, gone=0.0, most=12)
    assert Guesses.of("account", period=100) == (12, 0)
    assert not Guesses.objects.filter(key="long ago").exists()
    # Who read the clock before the period ended, and comes when the next has begun, makes nothing forgotten.
    assert Guesses.counted("another", period=101, gone=0.5, most=2)
    assert Guesses.counted("another", period=100, gone=0.99, most=2)
    assert not Guesses.counted("another", period=101, gone=0.5, most=2)
    assert not Guesses.counted("another", period=100, gone=0.99, most=2)
    # Half way through the next period half of them still count; two periods later nothing does.
    assert sum(Guesses.counted("account", period=101, gone=0.5, most=12) for _n in range(20)) == 6
    assert Guesses.of("account", period=101) == (6, 12)
    assert Guesses.of("account", period=103) == (0, 0)
    assert sum(Guesses.counted("account", period=103, gone=0.0, most=3) for _n in range(20)) == 3
