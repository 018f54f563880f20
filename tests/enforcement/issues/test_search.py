"""Promise: an issue is found by any two characters one may read of it, from an index; by nothing one may not read."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enforcement.findings import actions as findings
from enforcement.issues import actions
from enforcement.issues.actions import Item, Share, hand_off, renaming
from enforcement.issues.models import Issue, Renaming
from enforcement.timeline import clock
from regions.models import Bureau, Officer, Site, WorkCalendar
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, at_most, signed_in

pytestmark = pytest.mark.django_db
LIST = "/issues/"


@dataclass
class Case:
    """Three issues of 杏花岭 and who reads them."""

    cast: casting.Cast
    issues: dict[str, Issue]
    handler: Officer
    supervisor: Officer


@pytest.fixture
def case() -> Case:
    cast = casting.make()
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    site = Site.objects.create(
        name="晋阳铸造厂", uscc="91140100MA0GXQ1T5B", division=cast.xinghualing.division, lon=HERE[0], lat=HERE[1]
    )
    items = [
        Item("焦炉烟气冒出", "patrol", *HERE, [Share(cast.xinghualing)], description="东侧炉门密封不严", pollution_type="烟粉尘"),
        Item("厂界异味", "patrol", *HERE, [Share(cast.xinghualing)], address="胜利街与解放路口 VOC-2 点"),
        Item("料堆未苫盖", "patrol", *HERE, [Share(cast.xinghualing)], site=site),
    ]  # fmt: skip
    items = [Item(**{**_plain(item), "verifier": cast.taiyuan_team}) for item in items]
    document = hand_off(items, issuer=cast.province, by=dispatcher)
    found = [part.issue for part in document.opened]
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    handler.name = "欧阳建国"
    handler.save()
    actions.perform(found[1], "acknowledge", by=handler)
    WorkCalendar.current().value()  # read once per process
    return Case(
        cast, dict(zip(("text", "place", "site"), found, strict=True)), handler,
        cast.officer(cast.province, Role.SUPERVISOR),
    )  # fmt: skip


def _plain(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


def found_by(case: Case, reader: Officer, words: str) -> set[str]:
    """The names of the issues a reader finds, on the page; the API finds the same."""
    client = signed_in(reader)
    with at_most(8):
        page = client.get(LIST, {"q": words})
    numbers = {row.issue.number for row in page.context["rows"]}
    answer = caller(reader).get("issues/", q=words)
    assert {row["number"] for row in answer.json()["results"]} == numbers
    return {name for name, issue in case.issues.items() if issue.number in numbers}


ALL = {"text", "place", "site"}


def test_every_word_on_the_page_finds_its_issue(case: Case) -> None:
    for words, wanted in (
        ("焦炉", {"text"}),
        ("密封", {"text"}),  # the text
        ("烟粉尘", {"text"}),
        ("胜利", {"place"}),
        ("ｖｏｃ－２", {"place"}),
        ("铸造", {"site"}),
        ("91140100MA0GXQ1T5B", {"site"}),
        ("ma0gxq", {"site"}),
        ("杏花岭", ALL),
        ("太原", ALL),
        ("太原 铸造", {"site"}),  # every word, wherever it stands
        ("铸造　太原市", {"site"}),
        ("欧阳", {"place"}),  # who acted
        ("建国", {"place"}),
        (case.issues["site"].number, {"site"}),
        ("尧都", set()),
        ("焦烟", set()),
        ("%炉", set()),
        ("' OR 1=1 --", set()),
        ("焦", ALL),  # one character narrows nothing
    ):
        assert found_by(case, case.supervisor, words) == wanted, words
    assert found_by(case, case.handler, "铸造 太原") == {"site"}


def test_a_stranger_finds_nothing(case: Case) -> None:
    stranger = case.cast.officer(case.cast.yaodu, Role.HANDLER)
    for words in ("焦炉", "欧阳", "91140100MA0GXQ1T5B", "太原"):
        assert found_by(case, stranger, words) == set()


def test_a_finding_that_joined_is_found_only_by_who_may_read_it(case: Case) -> None:
    """The county answers for the issue and doesn't see who else reported it: its words are no way to learn of it."""
    cast = case.cast
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    finding = findings.file_finding(
        by=inspector, filer=cast.taiyuan_team, receiver=cast.province, title="群众举报夜间冒烟", description="凌晨两点偷排",
        source="patrol", lon=HERE[0], lat=HERE[1], occurred_at=clock.now(),
    )  # fmt: skip
    findings.perform(finding, "submit", by=inspector)
    findings.perform(finding, "confirm", by=cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    findings.perform(finding, "join", by=dispatcher, issue=case.issues["text"])
    for words in ("举报", "凌晨两点"):
        assert found_by(case, case.supervisor, words) == {"text"}
        assert found_by(case, case.handler, words) == set()


def test_what_changes_hands_is_found_by_its_new_place(case: Case) -> None:
    cast, issue = case.cast, case.issues["text"]
    actions.perform(issue, "return", by=case.handler, reason_code="not_ours", reason="位于尧都区")
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    actions.perform(issue, "reissue", by=dispatcher, bureau=cast.yaodu, reason="属尧都区")
    assert found_by(case, case.supervisor, "尧都") == {"text"}
    assert found_by(case, case.supervisor, "临汾") == {"text"}


def test_capitals_are_looked_for_once_and_names_of_officers_once_in_all(case: Case) -> None:
    """At a million issues three thousand share a number's pairs of digits: what is asked of each of them is counted here."""
    for words, times in (("SX-2021-ZH-0000041", 1), ("ＳＸ-2021", 2)):
        asked = str(Issue.objects.matching(words, case.supervisor).query)
        assert asked.count('UPPER("issues_issue"."number"::text)') == times
        assert 'JOIN "regions_officer"' not in asked
    client = signed_in(case.supervisor)
    with CaptureQueriesContext(connection) as said:
        assert len(client.get(LIST, {"q": case.issues["site"].number}).context["rows"]) == 1
    (listed,) = (query["sql"] for query in said if "bureau_names" in query["sql"])
    assert 'UPPER("issues_issue"."number"::text)' not in listed, "of the rows of keys found so it isn't asked again"


def test_issues_there_before_are_filled(case: Case) -> None:
    """What the migrations do for rows that had but some of the pieces; bureaus' names come by the worker (0028)."""
    before = dict(Issue.objects.values_list("pk", "bigrams"))
    Issue.objects.update(bigrams=["sx"])
    migration = import_module("enforcement.issues.migrations.0012_search_words")
    migration.BATCH, kept = 2, migration.BATCH
    with connection.schema_editor() as editor:
        migration.fill(apps, editor)
    migration.BATCH = kept
    for bureau in Bureau.objects.all():
        Renaming.objects.create(
            kind="bureau", key=bureau.pk, new_words=f"{bureau.name} {bureau.short_name}", at=clock.now()
        )
    assert renaming.follow() == 3
    assert dict(Issue.objects.values_list("pk", "bigrams")) == before
    assert found_by(case, case.supervisor, "欧阳") == {"place"}


def test_two_characters_among_many_use_the_index(case: Case) -> None:
    names = ", ".join(
        field.column for field in Issue._meta.concrete_fields
        if field.column not in {"id", "uuid", "number", "title", "bigrams"}
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL gin_pending_list_limit = 64")  # kB: new rows go into the index soon, as in years
        cursor.execute(
            f"INSERT INTO issues_issue (uuid, number, title, bigrams, {names}) "
            f"SELECT gen_random_uuid(), 'SX-1999-' || n, '堆场扬尘' || n, '{{堆场,场扬,扬尘}}', {names} "
            "FROM issues_issue, generate_series(1, 20000) n WHERE id = %s",
            [case.issues["text"].pk],
        )
        cursor.execute("ANALYZE issues_issue")
    found = Issue.objects.visible_to(case.supervisor).matching("焦炉", case.supervisor).order_by("-id")[:51]
    assert "issue_bigrams" in found.explain()
