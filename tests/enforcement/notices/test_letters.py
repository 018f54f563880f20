"""Promise: a letter that can be sent is sent, at least once and under one key; one that can't holds up no other."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db.models.functions import Now

from enforcement.notices.actions import letters
from enforcement.notices.actions.letters import compose, send_letters
from enforcement.notices.actions.telling import tell
from enforcement.notices.models import Delivery
from regions.models import Officer
from tests.enforcement.notices.seats import issue, issues, staff
from tests.scenarios import cast as casting

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> casting.Cast:
    made = casting.make()
    staff(made)
    for officer in Officer.objects.all():
        Officer.objects.filter(pk=officer.pk).update(email=f"{officer.username}@example.org")
    return made


class Broken(EmailBackend):
    """A post office that refuses one address and, with `shut`, everybody."""

    refuses = ""
    shut = False

    def open(self) -> None:
        if self.shut:
            raise ConnectionRefusedError("nobody listens")

    def send_messages(self, messages: Any) -> int:
        if any(self.refuses in message.to for message in messages):
            raise OSError("mailbox unavailable")
        return super().send_messages(messages)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> type[Broken]:
    monkeypatch.setattr(letters, "get_connection", lambda: Broken())
    return Broken


def test_a_letter_says_what_the_inbox_says(cast: casting.Cast) -> None:
    found = issue(cast, title="某涂装车间<b>外</b>VOC高值")
    tell()
    assert send_letters() == 1
    (message,) = mail.outbox
    assert message.to == [f"handler-{cast.xinghualing.pk}@example.org"]
    assert found.number in message.subject
    assert "某涂装车间<b>外</b>VOC高值" in message.body
    assert "请及时签收" in message.body
    assert message.extra_headers["Message-ID"] == f"<{Delivery.objects.get().key}@liankong>"
    assert send_letters() == 0


def test_several_notices_that_arose_together_are_one_letter(cast: casting.Cast) -> None:
    from enforcement.notices.actions.reminding import remind_and_escalate

    found = issues(cast, 3)
    remind_and_escalate(found[0].due_on)
    send_letters()
    ours = [m for m in mail.outbox if m.to == [f"handler-{cast.xinghualing.pk}@example.org"]]
    assert any(all(one.number in m.body for one in found) for m in ours)


def test_what_one_may_no_longer_see_is_not_in_the_letter(cast: casting.Cast) -> None:
    issue(cast)
    tell()
    Officer.objects.get(username=f"handler-{cast.xinghualing.pk}").postings.update(until=casting.SINCE)
    assert compose(Delivery.objects.get()) is None
    assert send_letters() == 0
    assert mail.outbox == []
    assert Delivery.objects.get().sent_at is not None  # settled: nobody tries again


def test_a_claimed_letter_is_left_alone_until_its_lease_ends(cast: casting.Cast) -> None:
    issue(cast)
    tell()
    assert len(letters._claim()) == 1  # a worker that was killed right after
    assert send_letters() == 0
    Delivery.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert send_letters() == 1


def test_one_address_refused_holds_up_no_other(cast: casting.Cast, broken: type[Broken], monkeypatch: Any) -> None:
    issue(cast)
    issue(cast, cast.yaodu)  # nobody sits there: the province's supervisor hears of it
    tell()
    monkeypatch.setattr(broken, "refuses", f"handler-{cast.xinghualing.pk}@example.org")
    assert send_letters() == 1
    waiting = Delivery.objects.get(sent_at=None)
    assert waiting.fault == "mailbox unavailable"
    assert waiting.lease_until is not None
    monkeypatch.setattr(broken, "refuses", "")
    assert send_letters() == 0  # it rests first
    Delivery.objects.filter(pk=waiting.pk).update(lease_until=None)
    assert send_letters() == 1
    assert Delivery.objects.get(pk=waiting.pk).fault == ""


def test_a_shut_post_office_puts_everything_off_and_at_last_parks_it(
    cast: casting.Cast, broken: type[Broken], monkeypatch: Any
) -> None:
    issue(cast)
    tell()
    monkeypatch.setattr(broken, "shut", True)
    for _ in range(letters.MOST_ATTEMPTS):
        Delivery.objects.update(lease_until=None)
        assert send_letters() == 0
    letter = Delivery.objects.get()
    assert letter.parked_at is not None
    assert letter.attempts == letters.MOST_ATTEMPTS
    Delivery.objects.update(lease_until=None)
    assert letters._claim() == []


def test_an_officer_without_an_address_gets_none(cast: casting.Cast) -> None:
    Officer.objects.update(email="")
    issue(cast)
    tell()
    assert Delivery.objects.count() == 0
