"""Promise: a round's commitment is published with the daily anchor before anybody can know what it commits to, and whoever
verifies the round is told when, with the way from the commitment to that day's value.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from enforcement.crossregion import actions
from enforcement.crossregion.models import DrawRule, Round
from enforcement.timeline import anchors, clock
from enforcement.timeline.models import Anchor
from regions.errors import Refused
from regions.models import Officer
from tests.enforcement.crossregion.conftest import CITIES, NOW, drawn_by

pytestmark = pytest.mark.django_db
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings) -> None:
    settings.ANCHOR_FOLDER = tmp_path


def told(round_: Round) -> tuple[bool, str]:
    """What verifying says of the publication."""
    (found,) = [one for one in actions.verify(round_) if "锚定" in one.text]
    return found.holds, found.text


def test_the_rule_may_ask_that_the_commitment_is_published_before_the_draw(draft: Round, organiser: Officer) -> None:
    DrawRule.objects.filter(pk=draft.rule_id).update(publish_first=True)
    committed = actions.perform(draft, "commit", by=organiser)
    with pytest.raises(Refused, match="先公布承诺"):
        actions.perform(committed, "draw", by=organiser)
    with clock.moved_to(TOMORROW):
        assert anchors.write() is not None
    with clock.moved_to(TOMORROW + timedelta(minutes=1)):
        released = actions.perform(drawn_by(committed, organiser), "release", by=organiser)
        holds, text = told(released)
        assert all(found.holds for found in actions.verify(released))
    assert holds
    assert "承诺随2021-09-02的锚定公布（抽取之前），经4次哈希" in text


def test_who_verifies_is_told_when_it_was_published_and_whether_the_way_is_right(
    drawn: Round, organiser: Officer, tmp_path: Path, client: Client
) -> None:
    released = actions.perform(drawn, "release", by=organiser)
    assert told(released) == (True, "承诺还没有随每日锚定公布。")
    with clock.moved_to(TOMORROW):
        path = anchors.write()
    assert path is not None
    root = bytes(Anchor.objects.get().commitments).hex()
    holds, text = told(released)
    assert (holds, "（抽取之后）" in text, root in text, "与锚定文件相符" in text) == (True, True, True, True)
    client.force_login(organiser)
    assert root in client.get(released.get_absolute_url()).content.decode()
    path.unlink()
    assert "请与收存的当日公布值核对" in told(released)[1]
    path.write_text('{"commitments": "other"}\n')
    assert told(released)[0] is False


def test_everyone_at_work_reads_the_daily_values_a_page_at_a_time(
    client: Client, committed: Round, people: dict[str, list[Officer]], django_assert_max_num_queries
) -> None:
    for day in range(3):
        with clock.moved_to(NOW + timedelta(days=day)):
            anchors.write()
    client.force_login(people[CITIES[0]][0])
    client.get("/rounds/")
    with django_assert_max_num_queries(8 + 2):  # the session and its officer beside the eight
        shown = client.get("/rounds/commitments/").content.decode()
    rows = client.get("/api/v1/commitments/?page_size=2").json()
    assert [row["day"] for row in rows["results"]] == ["2021-09-03", "2021-09-02"]
    assert rows["next"]
    for row in rows["results"]:
        assert row["commitments"] in shown
    assert committed.commitment not in shown
    assert str(committed.pk) not in shown
