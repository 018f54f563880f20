"""Promise: a password can't be guessed on the page either, and whoever is slowed reads when to try again."""

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.settings import api_settings

from regions.api.tokens import AccountThrottle
from regions.roles import Role
from tests.scenarios import cast as casting

pytestmark = pytest.mark.django_db


def test_guesses_on_the_page_are_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = casting.make()
    officer, other = cast.officer(cast.province, Role.DISPATCHER), cast.officer(cast.province, Role.SUPERVISOR)
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_CLASSES", [AccountThrottle])
    monkeypatch.setattr(AccountThrottle, "rate", "3/min", raising=False)
    cache.clear()

    def sign_in(username: str, password: str):
        return Client().post("/login/", {"username": username, "password": password})

    statuses = [sign_in(officer.username, "wrong").status_code for _n in range(3)]
    slowed = sign_in(officer.username, "correct horse battery")
    elsewhere = sign_in(other.username, "correct horse battery")
    cache.clear()
    assert statuses == [200, 200, 200]
    assert slowed.status_code == 429
    assert int(slowed["Retry-After"]) > 0
    assert "秒后再试" in slowed.content.decode()
    assert officer.username in slowed.content.decode()
    assert "sessionid" not in slowed.cookies
    assert elsewhere.status_code == 302
