"""Promise: nothing on record can be altered, dropped, reordered or cut without being found."""

from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.types.json import Jsonb

from enforcement.issues import actions
from enforcement.timeline import anchors
from enforcement.timeline.actions import erase
from enforcement.timeline.models import Event, PersonalText
from enforcement.timeline.verification import verify
from regions.roles import Role
from tests.rig.databases import CommittingDatabase
from tests.scenarios import cast as casting
from tests.scenarios.test_chain import issue_to


def worked_issue() -> str:
    cast = casting.make()
    issue = issue_to(cast)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    actions.perform(issue, "acknowledge", by=handler)
    actions.perform(issue, "submit_feedback", by=handler, verdict="true", measures="已整改")
    return str(issue.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE timeline_event SET kind = 'nothing'",
        "DELETE FROM timeline_event",
        "TRUNCATE timeline_event CASCADE",
        "UPDATE issues_span SET state = 'closed'",
        "DELETE FROM issues_issue",
        "DELETE FROM issues_responsibility",
        "TRUNCATE issues_issue CASCADE",
        "UPDATE issues_issue SET first_due_on = first_due_on + 30",
        "UPDATE issues_issue SET number = number || 'x'",
        "UPDATE issues_responsibility SET state = 'closed', closed_at = now()",
        "UPDATE issues_responsibility SET state = 'verified'",
        "UPDATE issues_move SET target = 'closed'",
        "DROP TABLE timeline_event",
        "ALTER TABLE timeline_event DISABLE TRIGGER ALL",
        "CREATE TABLE loophole (id int)",
        "INSERT INTO timeline_event SELECT * FROM timeline_event",
    ],
)
def test_the_application_role_is_refused(statement: str) -> None:
    worked_issue()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


TAMPERINGS = {
    "altered": 'UPDATE timeline_event SET payload = payload || \'{"due_on": "2030-01-01"}\' WHERE seq = 2',
    "another actor": "UPDATE timeline_event SET actor_id = (SELECT max(id) FROM regions_officer) WHERE seq = 1",
    "back-dated": "UPDATE timeline_event SET occurred_at = occurred_at - interval '5 days' WHERE seq = 2",
    "re-recorded": "UPDATE timeline_event SET recorded_at = recorded_at - interval '1 second' WHERE seq = 2",
    "dropped": "DELETE FROM timeline_event WHERE seq = 2 AND subject_type = 'issue'",
    "cut tail": "DELETE FROM timeline_event WHERE seq = 3 AND subject_type = 'issue'",
    "whole chain gone": "DELETE FROM timeline_event WHERE subject_type = 'issue'",
    "reordered": (
        "UPDATE timeline_event SET seq = seq + 100 WHERE subject_type = 'issue' AND seq IN (2, 3);"
        "UPDATE timeline_event SET seq = 105 - seq WHERE subject_type = 'issue' AND seq > 100"
    ),
}


@pytest.mark.slow
def test_every_tampering_by_the_owner_is_found(committing_db: CommittingDatabase, tmp_path: Path) -> None:
    worked_issue()
    assert list(verify(tmp_path)) == []
    for name, statements in TAMPERINGS.items():
        with committing_db.connect(owner=True) as owner:
            owner.execute("ALTER TABLE timeline_event DISABLE TRIGGER USER")
            owner.execute("DELETE FROM notices_outbox")  # an intruder who owns the tables clears what points there
            rows = owner.execute("SELECT * FROM timeline_event ORDER BY id").fetchall()
            for statement in statements.split(";"):
                owner.execute(statement)
            owner.commit()
            assert list(verify(tmp_path)) != [], name
            owner.execute("DELETE FROM timeline_event")
            columns = len(rows[0])
            for row in rows:
                values = [Jsonb(v) if isinstance(v, dict) else v for v in row]
                owner.execute(f"INSERT INTO timeline_event VALUES ({','.join(['%s'] * columns)})", values)
            owner.commit()
            owner.execute("ALTER TABLE timeline_event ENABLE TRIGGER USER")
        assert list(verify(tmp_path)) == [], name


@pytest.mark.slow
def test_a_tail_cut_together_with_its_subject_is_found_by_the_anchor(
    committing_db: CommittingDatabase, tmp_path: Path, settings
) -> None:
    settings.ANCHOR_FOLDER = tmp_path
    worked_issue()
    assert anchors.write() is not None
    assert anchors.write() is None
    assert list(verify()) == []
    with committing_db.connect(owner=True) as owner:
        owner.execute("ALTER TABLE timeline_event DISABLE TRIGGER USER")
        owner.execute("ALTER TABLE issues_issue DISABLE TRIGGER USER")
        owner.execute("DELETE FROM notices_outbox")
        owner.execute("DELETE FROM timeline_event WHERE subject_type = 'issue' AND seq = 3")
        owner.execute("UPDATE issues_issue SET version = version - 1")
        owner.commit()
    faults = [str(fault) for fault in verify()]
    assert len(faults) == 1
    assert "锚定" in faults[0]


@pytest.mark.django_db
def test_an_edited_anchor_file_is_found(tmp_path: Path, settings) -> None:
    settings.ANCHOR_FOLDER = tmp_path
    worked_issue()
    path = anchors.write()
    assert path is not None
    path.chmod(0o600)
    path.write_text(path.read_text().replace(",3,", ",2,", 1))
    assert any("锚定文件被改动" in str(fault) for fault in verify())


@pytest.mark.django_db
def test_words_of_persons_can_be_erased_without_breaking_the_chain(tmp_path: Path) -> None:
    worked_issue()
    text = PersonalText.objects.get(text="已整改")
    erase(text)
    assert not PersonalText.objects.filter(text="已整改").exists()
    assert "已整改" not in str(list(Event.objects.values_list("payload", flat=True)))
    assert list(verify(tmp_path)) == []
