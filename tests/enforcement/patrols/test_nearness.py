"""Promise: a finding's place is held against its filer's own track at that time, and what lies far off is remarked on."""

from datetime import timedelta

from enforcement.findings import actions as findings
from enforcement.findings.models import FieldLimit
from enforcement.findings.tracks import nearness
from enforcement.patrols.actions.keeping import readings_of
from regions.roles import Role
from tests.scenarios.desks import signed_in


def test_a_finding_is_held_against_the_track_of_its_moment(cast, run) -> None:
    readings = readings_of(run)
    middle = len(readings) // 2
    inspector = cast.officer(run.bureau, Role.INSPECTOR)
    moment = run.started_at + timedelta(milliseconds=int(readings.time_ms[middle] - readings.time_ms[0]))
    filing = {
        "by": inspector, "filer": run.bureau, "receiver": cast.province, "title": "高值", "lon": float(readings.lon[middle]),
    }  # fmt: skip
    at = float(readings.lat[middle])
    near = findings.file_finding(**filing, source="patrol", lat=at, occurred_at=moment)
    far = findings.file_finding(**filing, source="patrol", lat=at + 900 / 111_000, occurred_at=moment)
    other = findings.file_finding(**filing, source="emergency", lat=at, occurred_at=moment)
    later = findings.file_finding(**filing, source="patrol", lat=at, occurred_at=run.ended_at + timedelta(hours=1))
    measured = {row.pk: nearness(row, inspector) for row in (near, far, other, later)}
    assert measured[near.pk].metres <= 5
    assert 880 <= measured[far.pk].metres <= 920
    assert measured[other.pk] is None
    assert measured[later.pk] is None
    client = signed_in(inspector)
    assert "超过 200 米，请核对位置和时间" in client.get(far.get_absolute_url()).content.decode()
    words = client.get(near.get_absolute_url()).content.decode()
    assert "走航车在" in words
    assert "请核对位置和时间" not in words
    FieldLimit.objects.update(track_m=1000)
    assert "请核对位置和时间" not in client.get(far.get_absolute_url()).content.decode()
    # Nobody is told of a track they may not see.
    assert nearness(near, cast.officer(cast.yaodu, Role.INSPECTOR)) is None
