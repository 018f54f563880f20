"""Promise: every day publishes one value of the same form, whether anybody committed or not; who learns a commitment later
gets from it to that day's value by SHA-256 alone; and what was published can neither be changed nor left out unseen.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction

from enforcement.timeline import anchors, clock, pledges
from enforcement.timeline.models import Anchor, Pledge
from enforcement.timeline.verification import verify

pytestmark = pytest.mark.django_db
DAY = datetime(2021, 9, 1, 2, 0, tzinfo=UTC)


def commitment(n: int) -> str:
    return hashlib.sha256(bytes([n])).hexdigest()


def shape(value: object) -> object:
    """What can be seen of a published title without knowing its hashes: names, kinds and lengths."""
    return {name: len(text) for name, text in value.items()} if isinstance(value, dict) else None


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings) -> None:
    settings.ANCHOR_FOLDER = tmp_path
    settings.ANCHOR_RECIPIENTS = ["office@example.org"]


def anchor(day: int) -> Path:
    with clock.moved_to(DAY + timedelta(days=day)):
        path = anchors.write()
    assert path is not None
    return path


def test_days_with_and_without_a_commitment_are_published_alike() -> None:
    anchor(0)
    pledges.deposit(commitment(1))
    anchor(1)
    for n in range(2, 7):
        pledges.deposit(commitment(n))
    anchor(2)
    anchor(3)
    sent = [json.loads(letter.body) for letter in mail.outbox]
    assert [shape(title) for title in sent] == [{"day": 10, "previous": 64, "digest": 64, "commitments": 64}] * 4
    assert len({title["commitments"] for title in sent}) == 4
    assert list(verify()) == []


def test_a_commitment_leads_to_its_day_s_value_by_hashes_alone(tmp_path: Path) -> None:
    for n in range(1, 4):
        pledges.deposit(commitment(n))
    path = anchor(0)
    published = json.loads(path.read_text().splitlines()[0])["commitments"]
    places = set()
    for n in range(1, 4):
        found = pledges.trace(commitment(n), tmp_path)
        assert found is not None
        assert (found.leads, found.outside, str(found.day)) == (True, True, "2021-09-01")
        # The same again as anyone would write it down, without this house's code.
        head, place = hashlib.sha256(b"\0" + bytes.fromhex(commitment(n))).digest(), found.place or 0
        for other in map(bytes.fromhex, found.path):
            head = hashlib.sha256(b"\1" + (other + head if place & 1 else head + other)).digest()
            place >>= 1
        assert head.hex() == published
        places.add(found.place)
    assert len(places) == 3
    assert pledges.trace(commitment(9), tmp_path) is None


def test_more_than_a_day_holds_wait_for_the_next(tmp_path: Path) -> None:
    for n in range(pledges.LEAVES + 1):
        with clock.moved_to(DAY + timedelta(minutes=n)):
            pledges.deposit(commitment(n))
    anchor(1)
    last = pledges.trace(commitment(pledges.LEAVES), tmp_path)
    assert last is not None
    assert (last.day, last.overlooked) == (None, False)  # the anchor of the next day was full
    anchor(2)
    assert str(pledges.trace(commitment(pledges.LEAVES), tmp_path).day) == "2021-09-03"


def test_a_commitment_left_out_of_an_anchor_with_room_is_seen(tmp_path: Path) -> None:
    with clock.moved_to(DAY):
        anchors.write()
    with clock.moved_to(DAY + timedelta(days=2)):
        anchors.write()
    with clock.moved_to(DAY):
        pledges.deposit(commitment(1))
    assert pledges.trace(commitment(1), tmp_path).overlooked


def test_another_value_in_the_file_is_found(tmp_path: Path) -> None:
    pledges.deposit(commitment(1))
    path = anchor(0)
    value = bytes(Anchor.objects.get().commitments).hex()
    path.chmod(0o600)
    path.write_text(path.read_text().replace(value, "0" * 64))
    assert pledges.trace(commitment(1), tmp_path).outside is False
    assert any("锚定文件被改动" in str(fault) for fault in verify())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE timeline_pledge SET place = 3",
        "DELETE FROM timeline_pledge",
        "UPDATE timeline_anchor SET commitments = NULL",
    ],
)
def test_the_database_keeps_what_was_published(statement: str) -> None:
    pledges.deposit(commitment(1))
    anchor(0)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Pledge.objects.count() == 1
