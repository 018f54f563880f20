"""Promise: findings are found by two characters of title, address or site, from an index, within one's own scope."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from enforcement.findings import actions
from enforcement.findings.models import Finding
from enforcement.issues.tasks import follow_renames
from enforcement.timeline import clock
from regions.models import Site
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, at_most, filed, signed_in

pytestmark = pytest.mark.django_db
LIST = "/findings/"


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def file_one(cast: casting.Cast, **what: Any) -> Finding:
    return actions.file_finding(
        by=cast.officer(cast.taiyuan_team, Role.INSPECTOR),
        filer=cast.taiyuan_team,
        receiver=cast.province,
        source="patrol",
        lon=HERE[0],
        lat=HERE[1],
        occurred_at=clock.now(),
        **{"title": "厂界异味", **what},
    )


@pytest.fixture
def three(cast: casting.Cast) -> dict[str, Finding]:
    site = Site.objects.create(name="晋阳铸造厂", division=cast.xinghualing.division, lon=HERE[0], lat=HERE[1])
    return {
        "title": file_one(cast, title="焦炉烟气冒出"),
        "address": file_one(cast, address="胜利街与解放路口 VOC-2 点"),
        "site": file_one(cast, site=site),
    }


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("焦炉", ["title"]),
        ("胜利", ["address"]),
        ("ｖｏｃ－２", ["address"]),
        ("voc-2", ["address"]),
        ("铸造", ["site"]),
        ("异味", ["address", "site"]),
        (" 焦炉 ", ["title"]),
        ("焦", ["title", "address", "site"]),  # one character narrows nothing
        ("焦烟", []),
        ("%炉", []),
        ("' OR 1=1 --", []),
        ("\\", ["title", "address", "site"]),
    ],
)
def test_pages_and_api_find_by_two_characters(
    cast: casting.Cast, three: dict[str, Finding], words: str, found: list[str]
) -> None:
    officer = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    wanted = {str(three[name].pk) for name in found}
    client = signed_in(officer)
    with at_most(8):
        page = client.get(LIST, {"q": words})
    assert {str(row.pk) for row in page.context["rows"]} == wanted
    who = caller(officer)
    with at_most(8):
        answer = who.get("findings/", q=words)
    assert {row["id"] for row in answer.json()["results"]} == wanted


def test_a_correction_is_found_by_its_new_words(cast: casting.Cast, three: dict[str, Finding]) -> None:
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    actions.correct(three["site"], by=inspector, title="喷漆房敞开", site=None)
    mine = Finding.objects.visible_to(inspector)
    assert [row.pk for row in mine.matching("喷漆")] == [three["site"].pk]
    assert not mine.matching("铸造").exists()


def test_a_renamed_site_leads_to_its_findings_by_both_names(cast: casting.Cast, three: dict[str, Finding]) -> None:
    site = three["site"].site
    assert site is not None
    site.name = "龙城精密机械"
    site.save()
    follow_renames()
    mine = Finding.objects.visible_to(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    for words, wanted in (("铸造", ["site"]), ("精密", ["site"]), ("晋阳精密", []), ("焦炉", ["title"])):
        with at_most(1):
            assert list(mine.matching(words)) == [three[name] for name in wanted], words


def test_a_search_stays_in_ones_own_scope(cast: casting.Cast, three: dict[str, Finding]) -> None:
    stranger = cast.officer(cast.yaodu, Role.HANDLER)
    assert list(signed_in(stranger).get(LIST, {"q": "焦炉"}).context["rows"]) == []
    assert caller(stranger).get("findings/", q="焦炉").json()["results"] == []


def test_findings_filed_before_are_filled(three: dict[str, Finding]) -> None:
    """What the migration does for rows that had no pieces."""
    before = dict(Finding.objects.values_list("pk", "bigrams"))
    assert all(before.values())
    Finding.objects.update(bigrams=[])
    migration = import_module("enforcement.findings.migrations.0003_search")
    migration.BATCH, kept = 2, migration.BATCH
    with connection.schema_editor() as editor:
        migration.fill(apps, editor)
    migration.BATCH = kept
    assert dict(Finding.objects.values_list("pk", "bigrams")) == before


def test_two_characters_among_many_use_the_index(cast: casting.Cast, three: dict[str, Finding]) -> None:
    names = [field.column for field in Finding._meta.concrete_fields if field.column not in {"id", "title", "bigrams"}]
    columns = ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL gin_pending_list_limit = 64")  # kB: new rows go into the index soon, as in years
        cursor.execute(
            f"INSERT INTO findings_finding (id, title, bigrams, {columns}) "
            f"SELECT gen_random_uuid(), '堆场扬尘' || n, '{{堆场,场扬,扬尘}}', {columns} "
            "FROM findings_finding, generate_series(1, 20000) n WHERE id = %s",
            [three["title"].pk],
        )
        cursor.execute("ANALYZE findings_finding")
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    for officer in (inspector, cast.officer(cast.province, Role.SUPERVISOR)):
        found = Finding.objects.visible_to(officer).matching("焦炉").order_by("-received_at", "-id")[:51]
        assert "finding_bigrams" in found.explain()
    client = signed_in(inspector)
    with at_most(8):
        assert len(client.get(LIST, {"q": "焦炉"}).context["rows"]) == 1


def test_the_search_box_stands_above_the_list(cast: casting.Cast) -> None:
    filed(cast)
    page = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR)).get(LIST, {"q": "没有的词"}).content.decode()
    assert 'name="q" value="没有的词"' in page
    assert "没有符合条件的线索" in page
