"""Letters by e-mail: claimed by a lease, sent without a lock, marked. At least once, under one key."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import translation

from enforcement.notices import wording
from enforcement.notices.models import Delivery, Notice
from regions.models import Officer

log = logging.getLogger(__name__)

SEND = "enforcement.notices.tasks.send_letters"
#: Longer than a batch takes: BATCH letters at EMAIL_TIMEOUT each.
LEASE_SECONDS = 300
BATCH = 20
#: With rests growing to an hour, about a day; then a person has to look.
MOST_ATTEMPTS = 30
LONGEST_REST_SECONDS = 3600
MOST_LINES = 50

_CLAIM = """
UPDATE notices_delivery SET lease_until = now() + make_interval(secs => %s), attempts = attempts + 1
WHERE id IN (
    SELECT id FROM notices_delivery
    WHERE sent_at IS NULL AND parked_at IS NULL AND (lease_until IS NULL OR lease_until < now())
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def letters_to(officers: Iterable[int]) -> dict[int, Delivery]:
    """A letter for each of the officers who has an address, unsent and still empty."""
    addressed = Officer.objects.filter(pk__in=list(officers)).exclude(email="").values_list("pk", flat=True)
    made = Delivery.objects.bulk_create([Delivery(recipient_id=pk) for pk in sorted(addressed)])
    return {letter.recipient_id: letter for letter in made}


def send_letters() -> int:
    """Sends what waits, batch by batch, and gives how many letters went out."""
    sent = 0
    while keys := _claim():
        letters = Delivery.objects.filter(pk__in=keys).select_related("recipient").order_by("pk")
        sent += _send_batch(list(letters))
    return sent


def _claim() -> list[int]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE_SECONDS, BATCH])
        return [key for (key,) in cursor.fetchall()]


def _send_batch(letters: list[Delivery]) -> int:
    line = get_connection()
    try:
        line.open()
    except OSError as error:  # an SMTPException is one too
        for letter in letters:
            _put_off(letter, error)
        return 0
    try:
        return sum(_send(letter, line) for letter in letters)
    finally:
        line.close()


def _send(letter: Delivery, line: BaseEmailBackend) -> bool:
    """Sends one letter and marks it; a letter without lines is settled as it is."""
    try:
        message = compose(letter)
        if message is not None:
            message.connection = line
            message.send()
    except Exception as error:  # whatever is wrong with one letter must not hold up the next
        _put_off(letter, error)
        return False
    Delivery.objects.filter(pk=letter.pk).update(sent_at=Now(), lease_until=None, fault="")
    return message is not None


def _put_off(letter: Delivery, error: Exception) -> None:
    log.warning("letter %s was not sent: %s", letter.key, error)
    rest = Now() + timedelta(seconds=min(30 * 2**letter.attempts, LONGEST_REST_SECONDS))
    parked = Now() if letter.attempts >= MOST_ATTEMPTS else None
    Delivery.objects.filter(pk=letter.pk).update(lease_until=rest, parked_at=parked, fault=str(error)[:200])


def compose(letter: Delivery) -> EmailMessage | None:
    """The letter as it goes out, in the office's language; None for an officer without address or without lines.

    What the recipient may no longer see is left out of it.
    """
    officer = letter.recipient
    with translation.override(settings.LANGUAGE_CODE):
        notices = Notice.objects.filter(delivery=letter).order_by("pk")
        lines = [line for line in wording.lines(notices[: MOST_LINES + 1], officer) if line.visible]
        if not lines or not officer.email or not officer.is_active:
            return None
        subject, body = wording.letter(lines[:MOST_LINES], more=max(0, notices.count() - MOST_LINES), name=officer.name)
    return EmailMessage(subject, body, to=[officer.email], headers={"Message-ID": f"<{letter.key}@liankong>"})
