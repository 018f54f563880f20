"""Promise: a session opens what it opened until it ends, and nothing to those it never belonged to (regions/recognition.py)."""

from datetime import date, timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from regions.models import Officer, Posting
from regions.roles import Role
from tests.scenarios import cast as casting

pytestmark = pytest.mark.django_db
HOME = "/"
SINCE = date(2020, 1, 1)


@pytest.fixture
def officer() -> Officer:
    cast = casting.make()
    return cast.officer(cast.province, Role.DISPATCHER)


def test_signed_in_until_the_session_ends(officer: Officer) -> None:
    client = Client()
    client.force_login(officer)
    assert client.get(HOME).status_code == 200
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get(HOME).status_code == 302


def test_two_sessions_are_two_people(officer: Officer) -> None:
    other = Officer.objects.create_officer("another", "另一人")
    Posting.objects.create(officer=other, bureau=officer.postings_on()[0].bureau, role=Role.HANDLER, since=SINCE)
    clients = {one.pk: Client() for one in (officer, other)}
    for one in (officer, other):
        clients[one.pk].force_login(one)
    for pk, client in clients.items():
        answer = client.get(HOME)
        assert answer.wsgi_request.user.pk == pk == int(client.session[SESSION_KEY])
        assert {posting.officer_id for posting in answer.wsgi_request.user.postings_on()} == {pk}


def test_a_disabled_officer_is_nobody_from_the_next_request_on(officer: Officer) -> None:
    client = Client()
    client.force_login(officer)
    Officer.objects.filter(pk=officer.pk).update(is_active=False)
    assert client.get(HOME).status_code == 302


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 32, "y" * 4000, "z\0" * 16, "会话".encode().decode("latin-1") * 9, "%s" * 16, "';--" * 8]
)
def test_a_key_nobody_gave_opens_nothing(officer: Officer, key: str) -> None:
    client = Client()
    client.force_login(officer)
    client.cookies["sessionid"] = key
    assert client.get(HOME).status_code == 302
