"""Promise: a ledger goes out as it came in, and comes in again without one difference; figures count it on its own days.

Statistics of imported problems equal an independent recount at every cut-off, by when things happened and by when they
were known.
"""

import csv
import io
import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from enforcement.issues.actions import exporting, importing
from enforcement.issues.models import Issue, LedgerImport, LedgerRow, Stage
from enforcement.statistics import counting, folding
from enforcement.statistics.rules import figures_of
from enforcement.statistics.scopes import scope_for
from enforcement.timeline import clock
from regions.roles import Role
from tests.enforcement.statistics import recount
from tests.scenarios import cast as casting
from tests.scenarios.desks import handed, signed_in

from .ledgers import TITLES, book, brought_in, kept, line, lines, looked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_store(settings, tmp_path, monkeypatch) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "exports": {**settings.STORAGES["exports"], "OPTIONS": {"location": tmp_path / "exports"}},
    }
    monkeypatch.setattr(importing, "TELL_EVERY_S", 3600)


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def exported(cast: casting.Cast, form: str, kind: str, **query: str) -> bytes:
    export = exporting.ask(cast.officer(cast.province, Role.DISPATCHER), kind, form, query)
    exporting.DESK.work(str(export.pk))
    export.refresh_from_db()
    assert export.stage == Stage.DONE, export.sentence
    return exporting.kept_files().take(export.sha256)


def test_out_in_the_same_layout_and_in_again_without_a_difference(cast) -> None:
    soon = (clock.today() + timedelta(days=30)).isoformat()
    ledger = brought_in(cast, book(lines(
        line("1", 问题描述="=甲", 问题="'+乙", 备注="-丙"),
        line("2", 办理情况="整改中", 完成时间=None, 整改期限=soon, 责任单位="杏花岭分局（测试）、太原市局（测试）"),
        line("", 县区="杏花岭", 整改期限=None, 原整改期限=None, 签收时间=None, 办理情况=None),
        line("4", 办理情况="已销号", 县区="140107", 责任单位="太原市局（测试）"),
        line("5", 县区=None, 责任单位="尧都分局（测试）", 办理情况="阶段性办结", 完成时间=None),
    ), title="2021年台账"))  # fmt: skip
    layout = str(ledger.rows.values_list("layout", flat=True).first())
    for form in ("xlsx", "csv"):
        data = exported(cast, form, "ledger", layout=layout, ledger=str(ledger.pk))
        told = looked(cast, data, name=f"again.{form}")
        assert (told["counts"], told["changes"], told["faults"]) == (
            {"rows": 5, "new": 0, "same": 5, "changed": 0, "faulty": 0}, [], [],
        )  # fmt: skip
        assert told["sheets"][0]["titles"] == list(TITLES)
        assert told["sheets"][0]["mapping"] == ledger.rows.first().layout.mapping
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    top = next(n for n, row in enumerate(read) if row[0] == "编号")
    assert [row[14] for row in read[top + 1 :]] == ["'-丙", "", "", "", ""]
    assert "与导入的台账相同" in read[1][1]


def test_a_ledger_without_numbers_is_known_again_by_what_it_says(cast) -> None:
    titles = [title for title in TITLES if title != "编号"]
    rows = lines(
        line(县区="杏花岭", 整改期限=None), line(责任单位="太原市局（测试）", 问题="料堆未覆盖"), titles=titles
    )
    ledger = brought_in(cast, book(rows, heading=titles))
    layout = str(ledger.rows.values_list("layout", flat=True).first())
    told = looked(cast, exported(cast, "xlsx", "ledger", layout=layout, ledger=str(ledger.pk)))
    assert (told["counts"]["same"], told["counts"]["new"], told["changes"]) == (2, 0, [])


def test_our_own_list_goes_in_again_as_known_rows_whatever_state_they_are_in(cast) -> None:
    handed(cast, 3)
    brought_in(cast, book(lines(line("1"))))
    counts = looked(cast, exported(cast, "xlsx", "issues"))["counts"]
    assert counts == {"rows": 4, "new": 0, "same": 4, "changed": 0, "faulty": 0}
    other = exporting.ask(cast.officer(cast.linfen, Role.DISPATCHER), "issues", "csv", {})
    assert other.words == []
    layout = LedgerRow.objects.get().layout_id
    with pytest.raises(importing.Invalid, match="没有这个台账版式"):
        exporting.ask(cast.officer(cast.linfen, Role.DISPATCHER), "ledger", "csv", {"layout": str(layout)})


def season(chance: random.Random, count: int) -> list[dict]:
    """Random lives of 2019 to 2021, open and closed, late and in time, whole and shared."""
    rows = []
    for number in range(count):
        issued = date(2019, 3, 1) + timedelta(days=chance.randrange(900))
        acknowledged = issued + timedelta(days=chance.randrange(5)) if chance.random() < 0.8 else None
        first = issued + timedelta(days=chance.randrange(5, 40))
        due = first + timedelta(days=chance.choice([0, 0, 7]))
        state = chance.choice(["已办结", "已销号", "整改中", "阶段性办结", "待签收", ""])
        closed = (acknowledged or issued) + timedelta(days=chance.randrange(60)) if state[:1] == "已" else None
        bureaus = chance.choice(
            [
                "",
                "太原市局（测试）",
                "杏花岭分局（测试）（0.3）、太原市局（测试）（0.7）",
                "杏花岭分局（测试）、尧都分局（测试）",
            ]
        )
        rows.append(line(
            str(number), 县区=chance.choice(["杏花岭区", "尧都区"]), 责任单位=bureaus, 交办时间=issued, 签收时间=acknowledged,
            原整改期限=first, 整改期限=due, 完成时间=closed, 办理情况=state,
            问题来源=chance.choice(["走航", "专项检查", "在线监测"]),
        ))  # fmt: skip
    return rows


def test_figures_of_imported_problems_equal_their_recount_at_every_cut_off(cast) -> None:
    chance = random.Random(20210804)
    handed(cast, 3, days_ago=40)
    before = clock.now()
    brought_in(cast, book(lines(*season(chance, 60))))
    middle = clock.now()
    brought_in(cast, book(lines(*(row | {"编号": f"b{n}"} for n, row in enumerate(season(chance, 30))))))
    folding.fold()
    who = cast.officer(cast.province, Role.SUPERVISOR)
    cuts = [{}, *({"as_of": f"{year}-{month:02d}-15"} for year in (2019, 2020, 2021) for month in (1, 6, 9))]
    cuts += [{"as_of": "2021-12-31", "known_at": moment.isoformat()} for moment in (before, middle, clock.now())]
    cuts += [{"known_at": before.isoformat()}, {"known_at": middle.isoformat()}]
    places = [
        {},
        {"division": "140107"},
        {"division": "141000"},
        {"source": "patrol"},
        {"from": "2020-01-01", "to": "2020-12-31"},
    ]
    counted = set()
    for cut in cuts:
        for place in places:
            scope = scope_for(who, cut | place)
            figures = figures_of(counting.sums_of(scope), counting.effort_of(scope))
            expected = recount.figures(
                day=scope.day, as_of=scope.as_of, known_at=scope.known_at, since=scope.since, until=scope.until,
                divisions=None if scope.places is None else sorted(scope.places), source=scope.source, severity=None,
            )  # fmt: skip
            assert {name: figures[name].value for name in expected} == expected, (cut, place)
            counted.add(figures["issued"].value)
    assert len(counted) > 20
    assert folding.differences() == []
    unknown = scope_for(who, {"as_of": "2021-12-31", "known_at": before.isoformat()})
    assert figures_of(counting.sums_of(unknown), counting.effort_of(unknown))["issued"].value == Decimal(0)


def test_the_pages_lead_from_the_file_to_the_issues(cast) -> None:
    officer = cast.officer(cast.province, Role.DISPATCHER)
    page, other = signed_in(officer), signed_in(cast.officer(cast.linfen, Role.DISPATCHER))
    assert signed_in(cast.officer(cast.province, Role.HANDLER)).get("/issues/ledgers/").status_code == 403
    assert "导入台账" in page.get("/issues/").content.decode()
    titles = ["序", "名目", "时日", "县区", "编号", "整改期限"]
    data = io.BytesIO(book([[1, "料堆未覆盖", "2021-07-05", "杏花岭区", "甲1", "2021-07-20"]], heading=titles))
    data.name = "台账.xlsx"
    answer = page.post("/issues/ledgers/", {"file": data, "bureau": cast.province.pk, "source": "special_check"})
    assert answer.status_code == 302, answer.content.decode()
    address, ledger = answer.url, LedgerImport.objects.get()
    assert "排队中" in page.get(address).content.decode()
    importing.DESK.work(str(ledger.pk))
    assert page.get(f"{address}progress/")["HX-Refresh"] == "true"
    shown = page.get(address).content.decode()
    assert "没有指明哪一列是标题、转办日期" in shown
    assert "列对应关系" in shown
    fingerprint = LedgerImport.objects.get().told["sheets"][0]["fingerprint"]
    half = page.post(address, {"l0-fingerprint": fingerprint, "l0-title": "1", "l0-issued_on": "99"})
    assert half.status_code == 400
    assert "没有这一列" in half.content.decode()
    full = {"l0-fingerprint": fingerprint, "l0-title": "1", "l0-issued_on": "2", "l0-division": "3", "l0-number": "4"}
    assert page.post(address, full).status_code == 302
    importing.DESK.work(str(ledger.pk))
    assert "导入 1 个问题" in page.get(address).content.decode()
    for path in ("", "progress/"):
        assert other.get(address + path).status_code == 404
    assert other.post(address, {"import": "1"}).status_code == 404
    assert not Issue.objects.exists()
    page.post(address, {"import": "1"})
    assert "正在处理" in page.post(address, {"import": "1"}, follow=True).content.decode()
    importing.DESK.work(str(ledger.pk))
    shown = page.get(address).content.decode()
    assert Issue.objects.get().number in shown
    assert "按原版式导出" in shown
    assert "已导入" in page.get("/issues/ledgers/").content.decode()
    wrong = page.post("/issues/ledgers/", {"bureau": cast.linfen.pk, "source": "x"})
    assert wrong.status_code == 400
    again = kept(cast, book(lines(line())))
    assert page.post(f"/issues/ledgers/{again.pk}/stop/", follow=True).content.decode().count("没有导入任何数据")
    assert LedgerImport.objects.get(pk=again.pk).stage == Stage.CANCELLED
