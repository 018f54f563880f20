"""Promise: a list becomes a file of exactly what its asker saw, made by a worker one may leave, stop and kill.

The file says what was asked and as of when; nothing in it is a formula; nobody else fetches it, and not for ever.
"""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from enforcement.issues.actions import exporting
from enforcement.issues.models import Export, Issue, LedgerRule, Stage
from enforcement.issues.sheets.issues import COLUMNS
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.errors import Conflict, Invalid
from regions.models import Posting
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.scenarios import cast as casting
from tests.scenarios.desks import filed, handed, signed_in

HOSTILE = ("=1+1", "+86", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "＝1+1", "＠x")


@pytest.fixture(autouse=True)
def _own_store(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "exports": {**settings.STORAGES["exports"], "OPTIONS": {"location": tmp_path / "exports"}},
    }


@pytest.fixture
def cast(db) -> casting.Cast:
    return casting.make()


@pytest.fixture
def supervisor(cast):
    return cast.officer(cast.province, Role.SUPERVISOR)


def made(officer, form: str, kind: str = "issues", **query) -> Export:
    export = exporting.ask(officer, kind, form, query)
    exporting.DESK.work(str(export.pk))
    export.refresh_from_db()
    assert export.stage == Stage.DONE, export.sentence
    return export


def content(export: Export) -> bytes:
    return exporting.kept_files().take(export.sha256)


def sheet_of(export: Export) -> list[list]:
    book = openpyxl.load_workbook(io.BytesIO(content(export)))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def rows_under_heading(lines: list[list]) -> list[dict]:
    top = next(n for n, line in enumerate(lines) if line[0] in ("编号", "线索标识"))
    return [dict(zip(lines[top], line, strict=False)) for line in lines[top + 1 :]]


def test_three_formats_hold_the_same_rows_with_filter_and_cut_off(cast, supervisor) -> None:
    handed(cast, 3, days_ago=60)
    fresh = handed(cast, 2, cast.yaodu)
    Issue.objects.filter(pk=fresh[0].pk).update(address="=HYPERLINK(1)")
    query = {"division": "141002", "state": "open"}
    files = {form: made(supervisor, form, **query) for form in ("xlsx", "csv", "geojson")}
    sheet = sheet_of(files["xlsx"])
    said = {line[0]: line[1] for line in sheet[:5]}
    assert sheet[0][0] == "问题台账"
    assert "在办（含阶段性办结）" in said["筛选条件"]
    assert "尧都区" in said["筛选条件"]
    assert said["数据截止"].endswith("（北京时间）")
    assert said["导出人"] == supervisor.name
    in_sheet = rows_under_heading(sheet)
    assert [row["编号"] for row in in_sheet] == [issue.number for issue in reversed(fresh)]
    assert in_sheet[1]["转办日期"].date() == fresh[0].issued_on
    assert isinstance(in_sheet[1]["经度"], float)
    text = content(files["csv"]).decode("utf-8-sig")
    assert content(files["csv"]).startswith(b"\xef\xbb\xbf")
    in_csv = rows_under_heading(list(csv.reader(io.StringIO(text))))
    assert [row["编号"] for row in in_csv] == [row["编号"] for row in in_sheet]
    assert in_csv[1]["转办日期"] == fresh[0].issued_on.isoformat()
    collection = json.loads(content(files["geojson"]))
    assert [f["properties"]["number"] for f in collection["features"]] == [row["编号"] for row in in_sheet]
    assert collection["features"][1]["geometry"]["coordinates"] == [112.5863, 37.8937]
    assert len(collection["columns"]) == len(COLUMNS)
    assert {one["label"] for one in collection["about"]} >= {"筛选条件", "数据截止"}
    recorded = Event.objects.get(subject_type="export", subject_id=str(files["xlsx"].pk))
    assert (recorded.kind, recorded.payload["rows"], recorded.actor) == ("exported", 2, supervisor)
    assert all(export.done == 2 for export in files.values())


def test_nothing_in_a_file_is_taken_for_a_formula(cast, supervisor) -> None:
    issues = handed(cast, len(HOSTILE))
    for issue, text in zip(issues, HOSTILE, strict=True):
        Issue.objects.filter(pk=issue.pk).update(title=text, description=text)
    export = made(supervisor, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content(export)))
    assert not [cell for row in book.active.iter_rows() for cell in row if cell.data_type == "f"]
    assert {row["标题"] for row in rows_under_heading(sheet_of(export))} >= {
        text for text in HOSTILE if "\t" not in text
    }
    text = content(made(supervisor, "csv")).decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "＝", "＠"))]
    assert {f"'{text}" for text in HOSTILE} <= set(cells)


def test_a_file_holds_what_was_seen_when_asking_and_no_more(cast) -> None:
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    handed(cast, 2)
    handed(cast, 1, cast.yaodu, title="金丝雀")
    export = exporting.ask(handler, "issues", "csv", {})
    # Between asking and making the officer is posted where the canary is.
    Posting.objects.create(officer=handler, bureau=cast.yaodu, role=Role.HANDLER, since=casting.SINCE)
    exporting.DESK.work(str(export.pk))
    export.refresh_from_db()
    assert export.done == 2
    assert "金丝雀" not in content(export).decode()
    assert export.scope["bureaus"] == [cast.xinghualing.pk]


def test_findings_name_only_issues_one_may_see(cast) -> None:
    finding = filed(cast, "confirmed", title="=厂界异味")
    export = made(cast.officer(cast.province, Role.DISPATCHER), "csv", "findings")
    (row,) = rows_under_heading(list(csv.reader(io.StringIO(content(export).decode("utf-8-sig")))))
    assert (row["线索标识"], row["标题"], row["问题编号"]) == (str(finding.pk), "'=厂界异味", "")


def test_what_cannot_be_exported_is_a_sentence_and_asks_for_nothing(cast, supervisor) -> None:
    page = signed_in(supervisor)
    for body, sentence in (
        ({"kind": "issues", "format": "xlsx", "query": "issued_from=昨天"}, "转办起：日期应写作 2021-08-04"),
        ({"kind": "issues", "format": "xlsx", "query": "state=nonsense"}, "状态"),
        ({"kind": "issues", "format": "xlsx", "query": "figure=nonsense"}, "没有这个统计指标"),
        ({"kind": "issues", "format": "csv", "query": "x=%00"}, "无法识别的字符"),
        ({"kind": "issues", "format": "csv", "query": "q=" + "%E6%B1%A1" * 250 + "&state=open"}, "筛选条件太长"),
        ({"kind": "ledger", "format": "csv", "query": "layout=1&ledger=x"}, "没有这个台账版式"),
        ({"kind": "issues", "format": "exe", "query": ""}, "没有这种格式"),
        ({"kind": "nothing", "format": "xlsx", "query": ""}, "没有这个列表"),
        ({}, "没有这个列表"),
    ):
        answer = page.post("/issues/exports/", body, follow=True)
        assert sentence in answer.content.decode(), body
    assert not Export.objects.exists()
    LedgerRule.objects.update(export_rows=2)
    handed(cast, 3)
    export = exporting.ask(supervisor, "issues", "csv", {})
    exporting.DESK.work(str(export.pk))
    export.refresh_from_db()
    assert (export.stage, export.sha256) == (Stage.FAILED, "")
    assert "超过2行" in page.get("/issues/exports/").content.decode()


def test_only_the_asker_follows_stops_and_fetches(cast, supervisor) -> None:
    handed(cast, 1)
    page, other = signed_in(supervisor), signed_in(cast.officer(cast.province, Role.COORDINATOR))
    page.post("/issues/exports/", {"kind": "issues", "format": "csv", "query": "state=open&after=x"})
    export = Export.objects.get()
    assert export.query == {"state": "open"}
    root = f"/issues/exports/{export.pk}"
    assert "排队中" in page.get("/issues/exports/").content.decode()
    assert "HX-Refresh" not in page.get(f"{root}/progress/")
    assert page.get(f"{root}/file/").status_code == 404
    exporting.DESK.work(str(export.pk))
    assert page.get(f"{root}/progress/")["HX-Refresh"] == "true"
    answer = page.get(f"{root}/file/")
    assert "attachment" in answer["Content-Disposition"]
    assert b"SX-" in b"".join(answer.streaming_content)
    for path in ("progress", "file"):
        assert other.get(f"{root}/{path}/").status_code == 404
    assert other.post(f"{root}/stop/").status_code == 404
    assert str(export.pk) not in other.get("/issues/exports/").content.decode()


def test_the_api_asks_follows_and_fetches(cast, supervisor) -> None:
    handed(cast, 2)
    api = caller(supervisor)
    body = {"kind": "issues", "format": "geojson", "filter": {"state": "open"}}
    first, again = (api.post("exports/", body, key="once") for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert Export.objects.count() == 1
    path = f"exports/{first.json()['id']}/"
    assert api.get(path).json()["stage"] == "queued"
    assert api.get(path + "file/").status_code == 404
    exporting.DESK.work(first.json()["id"])
    told = api.get(path).json()
    assert (told["ready"], told["done"], told["words"]) == (True, 2, [["状态", "在办（含阶段性办结）"]])
    assert len(json.loads(b"".join(api.get(path + "file/").streaming_content))["features"]) == 2
    assert api.post(path + "stop/").status_code == 409
    assert api.post("exports/", {"kind": "issues", "format": "csv", "filter": {"state": "x"}}).status_code == 400
    assert [one["id"] for one in api.get("exports/").json()["results"]] == [told["id"]]
    assert caller(cast.officer(cast.linfen, Role.HANDLER)).get(path).status_code == 404


def test_a_stopped_export_leaves_no_file_and_too_many_wait_in_line(cast, supervisor) -> None:
    handed(cast, 1)
    first, *_rest = [exporting.ask(supervisor, "issues", "csv", {}) for _ in range(3)]
    with pytest.raises(Conflict, match="3个导出在排队"):
        exporting.ask(supervisor, "issues", "csv", {})
    exporting.DESK.stop(first)
    exporting.ask(supervisor, "issues", "csv", {})
    exporting.DESK.work(str(first.pk))
    first.refresh_from_db()
    assert (first.stage, first.sha256) == (Stage.CANCELLED, "")
    with pytest.raises(Conflict, match="已经结束"):
        exporting.DESK.stop(first)
    # Stopped at the very last moment: the file is there and nobody names it, so it goes.
    late = Export.objects.filter(stage=Stage.QUEUED).first()
    with pytest.raises(exporting.Stopped):
        exporting._make(late)
    assert not [path for path in Path(exporting.kept_files().location).rglob("*") if path.is_file()]


def test_files_go_after_the_rules_days_and_their_record_stays(cast, supervisor) -> None:
    handed(cast, 1)
    old, kept = made(supervisor, "csv"), made(supervisor, "xlsx")
    Export.objects.filter(pk=old.pk).update(finished_at=clock.now() - timedelta(days=8))
    assert exporting.purge() == 1
    page = signed_in(supervisor)
    assert page.get(f"/issues/exports/{old.pk}/file/").status_code == 404
    assert page.get(f"/issues/exports/{kept.pk}/file/").status_code == 200
    assert "文件已过保留期" in page.get("/issues/exports/").content.decode()
    assert len([p for p in Path(exporting.kept_files().location).rglob("*") if p.is_file()]) == 1


def test_an_export_that_kills_every_worker_is_given_up(cast, supervisor) -> None:
    export = exporting.ask(supervisor, "issues", "csv", {})
    Export.objects.update(stage=Stage.WORKING, attempts=3)
    exporting.DESK.work(str(export.pk))
    assert "导出多次中断" in signed_in(supervisor).get("/issues/exports/").content.decode()


def test_a_wrong_word_never_becomes_a_file_of_everything(cast, supervisor) -> None:
    with pytest.raises(Invalid):
        exporting.ask(supervisor, "findings", "csv", {"found_from": "2021-13-45"})


WORK = (
    "import sys, time, django; django.setup(); from enforcement.issues.actions import exporting, jobs;"
    "jobs.TELL_EVERY_S = 0; tell = exporting._Counted.through;"
    "exporting._Counted.through = lambda self, rows: (time.sleep(0.02) or row for row in tell(self, rows));"
    "exporting.DESK.work(sys.argv[1])"
)


def test_a_killed_worker_leaves_no_file_and_the_next_one_starts_anew(committing_db, settings, tmp_path) -> None:
    cast = casting.make()
    handed(cast, 100)
    export = exporting.ask(cast.officer(cast.province, Role.SUPERVISOR), "issues", "csv", {})
    script = tmp_path / "work.py"
    script.write_text(
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings.test'\n"
        "from django.conf import settings\n"
        f"settings.STORAGES['exports']['OPTIONS'] = {{'location': {str(tmp_path / 'exports')!r}}}\n" + WORK
    )
    environment = committing_db.environment(PYTHONPATH=os.getcwd())
    worker = subprocess.Popen([sys.executable, str(script), str(export.pk)], env=environment)
    until = time.monotonic() + 30
    while (
        not list((tmp_path / "exports").glob(".making-*/rows")) and worker.poll() is None and time.monotonic() < until
    ):
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    export.refresh_from_db()
    assert (export.stage, export.attempts, export.sha256) == (Stage.WORKING, 1, "")
    # The dead worker's session goes with its connection; then the lock is free.
    while export.stage == Stage.WORKING and time.monotonic() < until:
        exporting.DESK.work(str(export.pk))
        export.refresh_from_db()
    assert (export.stage, export.done, export.attempts) == (Stage.DONE, 100, 2)
    assert len(rows_under_heading(list(csv.reader(io.StringIO(content(export).decode("utf-8-sig")))))) == 100
