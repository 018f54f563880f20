"""The ground the other tests stand on: the role they run as, and databases they may commit to."""

import os
import threading

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.core.management.base import CommandError
from django.db import connection, connections
from django.db.utils import ProgrammingError

from enforcement.desk.management.commands.prepare import as_owner, reach, refuse_a_mighty_role
from tests.rig.databases import CommittingDatabase


@pytest.mark.django_db
def test_tests_run_as_a_role_that_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles "
                       "WHERE rolname = current_user")  # fmt: skip
        assert cursor.fetchone() == ("liankong_app", False, False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute("SHOW server_encoding")
        assert cursor.fetchone() == ("UTF8",)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE intruder (id int)",
        "CREATE TEMPORARY TABLE intruder (id int)",
        "CREATE SCHEMA intruder",
        "ALTER TABLE auth_group ADD COLUMN intruder int",
        "DROP TABLE auth_group",
        "TRUNCATE auth_group",
        "ALTER TABLE auth_group DISABLE TRIGGER ALL",
        "SET ROLE liankong_owner",
    ],
)
def test_application_role_has_no_ddl(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("attempt", [1, 2])
def test_committed_rows_are_seen_by_others_and_gone_afterwards(committing_db: CommittingDatabase, attempt: int) -> None:
    assert not Group.objects.filter(name="committed").exists(), "left over from the attempt before"

    def write() -> None:
        Group.objects.create(name="committed")
        connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert Group.objects.filter(name="committed").exists()
    with committing_db.connect() as line:
        assert line.execute("SELECT count(*) FROM auth_group WHERE name = 'committed'").fetchone() == (1,)


def test_other_processes_reach_the_same_database(committing_db: CommittingDatabase) -> None:
    Group.objects.create(name="committed")
    code = "from django.contrib.auth.models import Group; print(Group.objects.values_list('name', flat=True))"
    assert "committed" in committing_db.manage("shell", "-v", "0", "-c", code).stdout
    assert os.environ["DATABASE_URL"] == committing_db.url


def test_owner_may_change_the_clone(committing_db: CommittingDatabase) -> None:
    with committing_db.connect(owner=True) as line:
        line.execute("CREATE TABLE of_the_owner (id int)")
    with committing_db.connect() as line:
        line.execute("INSERT INTO of_the_owner VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            line.execute("TRUNCATE of_the_owner")


def test_preparing_refuses_a_site_that_would_work_as_the_owner_and_names_an_address_that_leads_nowhere(
    committing_db: CommittingDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_a_mighty_role()
    with as_owner(), pytest.raises(CommandError, match="liankong_owner 权限过大"):
        refuse_a_mighty_role()
    monkeypatch.delenv("DATABASE_OWNER_URL")
    with pytest.raises(CommandError, match="没有设置 DATABASE_OWNER_URL"), as_owner():
        pass
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://liankong_owner@127.0.0.1:9/liankong")
    with as_owner(), pytest.raises(CommandError, match="连接不上 DATABASE_OWNER_URL"):
        reach("DATABASE_OWNER_URL")


def test_flushing_is_not_on_offer(request: pytest.FixtureRequest) -> None:
    with pytest.raises(pytest.fail.Exception, match="committing_db"):
        request.getfixturevalue("transactional_db")
