"""Promise: the office's own ledger comes in as it was lived, once, whole or not at all; and goes out again the same.

Historical days stay historical, what the database recorded today isn't known yesterday, and figures say so.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from enforcement.issues import actions
from enforcement.issues.actions import importing
from enforcement.issues.lifecycle import State
from enforcement.issues.models import Handoff, Issue, LedgerImport, LedgerLayout, LedgerRow, Responsibility, Span, Stage
from enforcement.notices.models import Outbox
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from enforcement.timeline.verification import Tally, verify
from regions.errors import Conflict, Invalid, Refused
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import handed, signed_in

from .ledgers import TITLES, book, brought_in, kept, line, lines, looked, saved, serial, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


@pytest.fixture(autouse=True)
def _one_transaction(monkeypatch) -> None:
    """Progress is told on a connection of its own, which sees nothing of a test that never commits."""
    monkeypatch.setattr(importing, "TELL_EVERY_S", 3600)


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+08:00")


def test_a_closed_problem_comes_in_as_it_was_lived(cast) -> None:
    ledger = brought_in(cast, book(lines(line(完成时间="2021.7.28")), title="2021年问题台账"))
    issue = Issue.objects.get()
    assert re.fullmatch(r"SX-2021-ZH-\d{5}", issue.number)
    assert (issue.imported, issue.state, issue.version) == (True, State.CLOSED, 3)
    assert (issue.issued_on, issue.first_due_on, issue.due_on) == (
        date(2021, 7, 5),
        date(2021, 7, 26),
        date(2021, 7, 26),
    )
    assert issue.closed_at == noon("2021-07-28")
    (part,) = issue.responsibilities.all()
    assert (part.bureau, part.state, part.weight, part.handling_days) == (cast.xinghualing, State.CLOSED, 1, 16)
    assert (part.stage_due_on, part.acknowledged_at) == (None, noon("2021-07-06"))
    events = list(Event.objects.filter(subject_type="issue").order_by("seq"))
    assert [(e.kind, e.occurred_at) for e in events] == [
        ("imported", noon("2021-07-05")), ("imported_as", noon("2021-07-06")), ("imported_as", noon("2021-07-28")),
    ]  # fmt: skip
    assert all(clock.now() - e.recorded_at < timedelta(minutes=1) for e in events)
    assert list(Span.objects.order_by("seq").values_list("state", "occurred_at")) == [
        ("issued", noon("2021-07-05")), ("acknowledged", noon("2021-07-06")), ("closed", noon("2021-07-28")),
    ]  # fmt: skip
    assert {(p.bureau, p.part) for p in issue.parties.select_related("bureau")} == {
        (cast.province, "issuer"), (cast.province, "verifier"), (cast.xinghualing, "responsible"),
    }  # fmt: skip
    assert Handoff.objects.get().number == "晋气转台账〔2021〕1号"
    assert LedgerRow.objects.get().key == "并-2021-001"
    assert (ledger.done, ledger.told["counts"]["new"]) == (1, 1)
    assert not Outbox.objects.exists(), "nobody is told of what was over years ago"
    assert list(verify(None, Tally())) == []
    page = signed_in(cast.officer(cast.province, Role.SUPERVISOR)).get(issue.get_absolute_url()).content.decode()
    found = signed_in(cast.officer(cast.province, Role.SUPERVISOR)).get("/issues/", {"q": "并-2021-001"})
    assert [row.issue for row in found.context["rows"]] == [issue], "found by the number it had in the ledger"
    assert "历史导入" in page
    assert "由台账“台账.xlsx”第 3 行导入" in page
    assert "已密闭" in page


def test_every_state_a_ledger_knows_comes_in_and_can_be_worked_on(cast) -> None:
    due = (clock.today() + timedelta(days=30)).isoformat()
    brought_in(cast, book(lines(
        line("1", 办理情况="已销号"),
        line("2", 办理情况="整改中", 完成时间=None, 整改期限=due),
        line("3", 办理情况="阶段性办结", 完成时间=None),
        line("4", 办理情况="待签收", 完成时间=None, 签收时间=None),
        line("5", 办理情况=None, 完成时间=None),
        line("6", 办理情况="否", 完成时间=None, 签收时间=None, 责任单位="杏花岭分局（测试）（0.6）、太原市局（测试）（0.4）", 整改期限=None,
             原整改期限=None),
    )))  # fmt: skip
    states = {row.key: row.issue.state for row in LedgerRow.objects.select_related("issue")}
    assert states == {
        "1": "struck_off", "2": "rectifying", "3": "interim_closed", "4": "issued", "5": "acknowledged", "6": "rectifying",
    }  # fmt: skip
    shared = LedgerRow.objects.get(key="6").issue
    assert sorted(shared.responsibilities.values_list("weight", flat=True)) == [Decimal("0.4"), Decimal("0.6")]
    assert shared.due_on == date(2021, 7, 26)  # fifteen working days by the policy
    moved = LedgerRow.objects.get(key="2").issue
    assert (moved.first_due_on, moved.due_on.isoformat()) == (date(2021, 7, 26), due)
    running = Responsibility.objects.filter(issue=moved).get()
    assert running.stage_due_on > clock.today()
    assert running.extension_count == 1
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    after = actions.perform(moved, "submit_feedback", by=handler, verdict="true", measures="已整改")
    assert after.state == State.FEEDBACK_SUBMITTED
    assert list(verify(None, Tally())) == []


def test_the_database_lets_nobody_else_take_the_steps_of_an_import(cast) -> None:
    brought_in(cast, book(lines(line("4", 办理情况="待签收", 完成时间=None, 签收时间=None))))
    (fresh,) = handed(cast, 1)
    imported = LedgerRow.objects.get().issue
    with connection.cursor() as cursor:
        # As if the import's transaction were over: nothing of the issue may be younger than this one.
        cursor.execute(
            "SELECT min(recorded_at) < transaction_timestamp() FROM issues_span WHERE issue_id = %s", [imported.pk]
        )
        assert cursor.fetchone()[0] is False
    for sql, sentence in (
        (
            f"UPDATE issues_responsibility SET state = 'closed', closed_at = now() WHERE issue_id = {fresh.pk}",
            "no action leads",
        ),
        (f"UPDATE issues_issue SET imported = true WHERE id = {fresh.pk}", "does not change"),
        (f"UPDATE issues_ledgerrow SET key = 'x' WHERE issue_id = {imported.pk}", "stays on record"),
        (f"DELETE FROM issues_ledgerrow WHERE issue_id = {imported.pk}", "stays on record"),
    ):
        with pytest.raises(DatabaseError, match=sentence), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_ledgers_come_in_any_dress(cast) -> None:
    plain = lines(
        line("1"),
        line("2", 交办时间="２０２１年８月４日", 完成时间="2021-08-09", 签收时间=None, 整改期限=None, 原整改期限=None),
    )
    expected = looked(cast, book(plain))["counts"]
    assert (expected["new"], expected["faulty"]) == (2, 0)
    dates = lines(
        line("1", 交办时间=datetime(2021, 7, 5, 9, 30), 签收时间=date(2021, 7, 6), 完成时间=serial(date(2021, 7, 20))),
        line("2", 交办时间=20210804, 签收时间="", 完成时间=str(serial(date(2021, 8, 9))), 整改期限=None, 原整改期限=None),
    )  # fmt: skip
    two_lines = openpyxl.Workbook()
    sheet = two_lines.active
    sheet.append(["2021年问题台账"])
    sheet.append(
        [
            "编号",
            "问题情况",
            None,
            None,
            "县区",
            "企业名称",
            "责任单位",
            "时间",
            None,
            "期限",
            None,
            "完成时间",
            "办理情况",
            "整改情况",
            "备注",
        ]
    )
    sheet.append(
        [
            None,
            "问题",
            "问题描述",
            "问题来源",
            None,
            None,
            None,
            "交办时间",
            "签收时间",
            "原整改期限",
            "整改期限",
            None,
            None,
            None,
            None,
        ]
    )
    for area in (
        "A1:O1",
        "A2:A3",
        "B2:D2",
        "E2:E3",
        "F2:F3",
        "G2:G3",
        "H2:I2",
        "J2:K2",
        "L2:L3",
        "M2:M3",
        "N2:N3",
        "O2:O3",
    ):
        sheet.merge_cells(area)
    for row in plain:
        sheet.append(row)
    sheet.merge_cells("E4:E5")  # one county over both rows
    sheet.append(["合计", 2])
    notes = two_lines.create_sheet("说明")
    notes.append(["本台账由大气办填报"])
    for name, data in {
        "title and foot.xlsx": book(plain, title="台账（截至2021年8月）", foot="填表人：张三"),
        "dates.xlsx": book(dates),
        "two lines.xlsx": saved(two_lines),
        "utf8.csv": text(plain),
        "bom.csv": text(plain, encoding="utf-8-sig"),
        "gb.csv": text(plain, encoding="gb18030"),
        "utf16.csv": text(plain, encoding="utf-16", sign="\t"),
        "semicolon.csv": text(plain, sign=";"),
        "wide.xlsx": book(plain, heading=[title + " *" for title in TITLES]),
        "twice.xlsx": book([plain[0], list(TITLES), plain[1]]),
    }.items():
        told = looked(cast, data, name=name)
        assert (told["counts"]["new"], told["faults"]) == (2, []), name
        assert [row[4] for row in told["first_rows"]] == ["2021-07-05", "2021-08-04"], name
    assert told["sheets"][0]["name"] == "台账"
    assert not Issue.objects.exists()


def test_the_same_ledger_again_brings_nothing_and_a_changed_row_says_what_changed(cast) -> None:
    rows = lines(line("1"), line("2", 办理情况="整改中", 完成时间=None))
    brought_in(cast, book(rows))
    before = sorted(Issue.objects.values_list("pk", "version"))
    for again in (book(rows), text(rows, encoding="gb18030"), book(rows, title="台账")):
        counts = looked(cast, again)["counts"]
        assert (counts["same"], counts["new"], counts["changed"], counts["faulty"]) == (2, 0, 0, 0)
        with pytest.raises(Conflict, match="没有新的问题"):
            importing.import_now(kept(cast, again), lambda done: None)
    told = looked(cast, book(lines(line("1"), line("2", 办理情况="已完成", 完成时间="2021-08-01"), line("3"))))
    assert (told["counts"]["same"], told["counts"]["changed"], told["counts"]["new"]) == (1, 1, 1)
    (sentence,) = told["changes"]
    assert "工作表“台账”第3行" in sentence
    assert "办结日期：台账现为“2021-08-01”，此前为“空”" in sentence
    assert "没有改动" in sentence
    assert sorted(Issue.objects.values_list("pk", "version")) == before


def test_a_mapping_once_given_is_remembered_for_the_layout(cast) -> None:
    heading = ["序", "名目", "时日", "哪里", "县区", "编号", "整改期限"]
    data = book([[1, "料堆未覆盖", "2021-07-05", "某村", "杏花岭区", "甲1", "2021-07-20"]], heading=heading)
    ledger = kept(cast, data)
    with pytest.raises(Invalid, match="没有指明哪一列是标题、转办日期"):
        importing.look(ledger)
    from enforcement.issues.ledger.headings import layout_of
    from enforcement.issues.ledger.opening import grids

    layout = layout_of(grids(data, 100)[0])
    mapping = {"number": 5, "title": 1, "issued_on": 2, "address": 3, "division": 4, "due_on": 6}
    importing.explain(ledger, layout.fingerprint, layout.titles, mapping)
    assert looked(cast, data)["counts"]["new"] == 1
    brought_in(cast, data)
    issue = Issue.objects.get()
    assert issue.address == "某村"
    assert Issue.objects.matching(issue.responsibilities.get().bureau.short_name, ledger.officer).get() == issue
    assert LedgerLayout.objects.get().mapping == mapping
    with pytest.raises(Invalid, match="请指明哪一列是标题"):
        importing.explain(ledger, layout.fingerprint, layout.titles, {"issued_on": 2, "division": 4})
    with pytest.raises(Invalid, match="不存在的列"):
        importing.explain(ledger, layout.fingerprint, layout.titles, {**mapping, "note": 99})


def test_only_the_offices_own_people_import_and_only_for_their_own_division(cast) -> None:
    for bureau, role in (
        (cast.province, Role.HANDLER),
        (cast.province, Role.SUPERVISOR),
        (cast.linfen, Role.DISPATCHER),
    ):
        with pytest.raises(Refused, match="转办员或会商协调员"):
            importing.keep(cast.officer(bureau, role), cast.province, "x.xlsx", b"x", source="patrol")
    linfen = cast.officer(cast.linfen, Role.COORDINATOR)
    ledger = importing.keep(linfen, cast.linfen, "x.xlsx", book(lines(line())), source="patrol")
    told = importing.told_of(importing.look(ledger))
    assert "本单位辖区内没有“杏花岭区”这个县区" in told["faults"][0]
    with pytest.raises(Invalid, match="有1行需要改正"):
        importing.import_now(ledger, lambda done: None)
    assert not Issue.objects.exists()


def test_an_import_stopped_at_the_last_moment_leaves_nothing(cast) -> None:
    ledger = kept(cast, book(lines(*(line(str(n)) for n in range(5)))))
    LedgerImport.objects.update(stage=Stage.CANCELLED)
    with pytest.raises(importing.Stopped):
        importing.import_now(ledger, lambda done: None)
    assert not Issue.objects.exists()
    assert not Event.objects.filter(subject_type="issue").exists()
