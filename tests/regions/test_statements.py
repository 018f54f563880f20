"""Promise: a statement built once asks and writes what Django's own would, whoever asks and whatever is written."""

from datetime import date
from typing import Any

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from enforcement.issues.models import Responsibility
from enforcement.notices.models import Outbox
from regions.models import Division, Officer, Posting
from regions.roles import Role
from regions.scoping import REACH_MARKS, asked, reach_of
from regions.statements import (
    NUMBERS,
    TEXT,
    TRUSTED,
    Question,
    _changed,
    _insertion,
    _left_to_the_database,
    _trust_what_just_answered,
    insert,
    planned,
    reread,
    update,
)
from tests.scenarios import cast as casting

pytestmark = pytest.mark.django_db


@pytest.fixture
def posting() -> Posting:
    cast = casting.make()
    return cast.officer(cast.taiyuan, Role.SUPERVISOR).postings.get()


def test_a_question_finds_what_the_queryset_finds(posting: Posting) -> None:
    city = posting.bureau.division
    rows = Division.objects.filter(parent=NUMBERS[0], name__contains=TEXT, pk__in=[NUMBERS[1]]).order_by("code")
    question = Question(rows.select_related("parent"), {NUMBERS[0]: "above", f"%{TEXT}%": "like", NUMBERS[1]: "keys"})
    for like in ("%区%", "%县%", "%没有%"):
        for keys in ([], [d.pk for d in city.children.all()][:3], [d.pk for d in city.children.all()]):
            found = question.ask(above=city.pk, like=like, keys=keys)
            assert found == list(
                Division.objects.filter(parent=city, name__contains=like[1:-1], pk__in=keys).order_by("code")
            )
            assert all(row.parent == city for row in found)
    with CaptureQueriesContext(connection) as captured:
        question.ask(above=city.pk, like="%区%", keys=[1])
    assert len(captured) == 1
    assert str(city.pk) in captured[0]["sql"], "what was asked can be read in the log"


def test_a_kept_question_asks_through_the_same_door(posting: Posting) -> None:
    """Shapes are kept apart: who sees by a bureau only never gets the question of one who sees a division too."""
    here = posting.bureau
    handler, auditor = (Officer.objects.create_officer(name, name, "correct horse battery") for name in ("h", "a"))
    Posting.objects.create(officer=handler, bureau=here, role=Role.HANDLER, since=date(2020, 1, 1))
    Posting.objects.create(officer=auditor, bureau=here, role=Role.AUDITOR, since=date(2020, 1, 1))
    narrow, wide = reach_of(handler).marked(), reach_of(posting.officer).marked()
    assert narrow != wide
    assert set().union(wide.bureaus, wide.divisions, wide.sites) <= set(REACH_MARKS)
    assert asked(lambda _: pytest.fail("nothing is asked"), auditor) == []


def test_rows_are_written_as_django_writes_them(posting: Posting) -> None:
    fresh = [
        Posting(officer=posting.officer, bureau=posting.bureau, role=role, since=date(2021, 7, day))
        for role, day in ((Role.INSPECTOR, 1), (Role.TEAM_LEADER, 2))
    ]
    insert(fresh)
    for row in fresh:
        kept = Posting.objects.get(pk=row.pk)
        assert (kept.officer, kept.bureau, kept.role, kept.since, kept.until) == (
            row.officer, row.bureau, row.role, row.since, None,
        )  # fmt: skip
    fresh[0].until, fresh[0].since = date(2021, 8, 1), date(2020, 1, 1)
    update(fresh[0], ("until",))
    kept = Posting.objects.get(pk=fresh[0].pk)
    assert (kept.until, kept.since) == (date(2021, 8, 1), date(2021, 7, 1)), "only what was named"
    update(fresh[0])
    assert Posting.objects.get(pk=fresh[0].pk).since == date(2020, 1, 1)
    with pytest.raises(LookupError):
        update(Posting(pk=2**40, officer=posting.officer, bureau=posting.bureau, role=Role.HANDLER, since=date.min))


def test_of_a_row_that_was_asked_for_only_what_changed_is_written(posting: Posting) -> None:
    """Nothing else of it is touched, so that what another wrote meanwhile stays; nothing changed, nothing is said."""
    question = Question(Posting.objects.filter(pk=NUMBERS[0]).order_by(), {NUMBERS[0]: "key"})
    (read,) = question.ask(key=posting.pk)
    Posting.objects.filter(pk=posting.pk).update(role=Role.HANDLER)
    for since, said in ((date(2019, 5, 1), 1), (date(2019, 5, 1), 0), (date(2019, 6, 1), 1)):
        read.since = since
        with CaptureQueriesContext(connection) as captured:
            update(read)
        assert len(captured) == said
        kept = Posting.objects.get(pk=posting.pk)
        assert (kept.since, kept.role) == (since, Role.HANDLER)
    Posting.objects.filter(pk=posting.pk).update(since=date(2019, 7, 1))
    reread(read)
    read.since = date(2019, 6, 1)  # back to what it was before another wrote
    update(read)
    assert Posting.objects.get(pk=posting.pk).since == date(2019, 6, 1)
    held = Question(Officer.objects.filter(pk=NUMBERS[0]).order_by(), {NUMBERS[0]: "key"}).ask(key=posting.officer_id)[
        0
    ]
    words = ["ab"]
    for value, changed in ((words, True), (["ab"], False), (["ab", "cd"], True)):
        held.__dict__["_as_read"]["name"], held.__dict__["name"] = words, value
        assert _changed(held, "name") is changed, "the list that was read may have been added to"


def test_a_value_is_written_where_the_database_has_a_default_of_its_own(posting: Posting) -> None:
    """Only what nobody gave a value is left to the database: a count of 2 stays 2, whatever the column's default."""
    written = Responsibility(look_back_count=2)
    assert _left_to_the_database(written) == ()
    assert "look_back_count" in _insertion(Responsibility, (), 1)
    assert _left_to_the_database(Outbox()) == ("next_try_at",)
    assert "next_try_at" not in _insertion(Outbox, ("next_try_at",), 1)


def test_what_a_column_refuses_is_refused_and_never_cut(posting: Posting) -> None:
    too_long: Any = "x" * 300
    with pytest.raises(DataError):
        insert([Posting(officer=posting.officer, bureau=posting.bureau, role=too_long, since=date(2021, 7, 1))])


def test_numbers_of_every_size_share_a_plan() -> None:
    text = "SELECT /* sizes */ %(n)s::bigint = ANY(%(all)s::bigint[])"
    for n in (1, 70_000, 2**40):
        with planned() as cursor:
            cursor.execute(text, {"n": n, "all": [n]})
            assert cursor.fetchone() == (True,)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%/* sizes */%%' AND NOT statement LIKE '%%pg_prep%%'"
        )
        assert cursor.fetchone() == (1,)


def test_a_connection_that_just_answered_is_not_asked_again_whether_it_works(posting: Posting) -> None:
    """Unless the server hung up on it, or it lay still for a while: then it is checked as Django does, and opened anew."""
    kept: Any = connection.copy()
    kept.connect()
    try:
        kept.health_check_enabled, kept.health_check_done = True, False
        _trust_what_just_answered(kept)
        assert not kept.health_check_done, "used for the first time"
        _trust_what_just_answered(kept)
        assert kept.health_check_done
        kept.health_check_done, kept.used_at = False, kept.used_at - TRUSTED
        _trust_what_just_answered(kept)
        assert not kept.health_check_done, "long ago"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [kept.connection.info.backend_pid])
        _trust_what_just_answered(kept)
        assert not kept.health_check_done
        kept.close_if_health_check_failed()
        assert kept.connection is None
    finally:
        kept.close()
