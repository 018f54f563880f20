"""Promise: months of online monitoring come in by the file the office has, tried first; every row that is wrong is named with
what to do, and then nothing is written.
"""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from enforcement.inspections.actions import monitoring
from enforcement.inspections.models import MonitoringMonth
from regions.errors import Conflict, Invalid
from regions.models import Site
from regions.roles import Role

pytestmark = pytest.mark.django_db
HEAD = ["点位名称", "排污许可证编号", "月份", "应传个数", "实传个数", "有效个数"]
HERE = "/admin/inspections/monitoringmonth/import/"


def workbook(*rows: list[Any], head: list[str] = HEAD) -> bytes:
    book = Workbook()
    for row in (["2021年在线监测传输情况"], head, *rows):
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def refused(data: bytes) -> list[str]:
    try:
        return monitoring.tried(data, "省平台月报").faults
    except Invalid as error:
        return [str(error)]


@pytest.fixture
def keeper(cast, kiln: Site) -> Client:
    client = Client()
    client.force_login(cast.officer(cast.province, Role.SYSTEM_ADMINISTRATOR))
    return client


def sent(keeper: Client, data: bytes, name: str = "月报.xlsx", **more: str) -> Any:
    return keeper.post(HERE, {"file": SimpleUploadedFile(name, data), **more})


def test_a_file_is_tried_confirmed_and_corrects_what_was_there(keeper: Client, kiln: Site) -> None:
    MonitoringMonth.objects.create(site=kiln, month=date(2021, 5, 1), due=744, arrived=700, valid=650, source="旧")
    rows = [[kiln.name, None, date(2021, 5, 1), 744, 740, 735], [kiln.name, None, "2021年6月", 720, 719, 600]]
    assert "从文件导入" in keeper.get("/admin/inspections/monitoringmonth/").content.decode()
    assert keeper.get(HERE).status_code == 200
    shown = sent(keeper, workbook(*rows), source="省平台月报")
    assert (shown.status_code, MonitoringMonth.objects.count()) == (200, 1)
    assert "新增 1 条，更正 1 条，不变 0 条" in shown.content.decode()
    assert "744 / 700 / 650" in shown.content.decode()
    tried = shown.context["tried"]
    assert keeper.post(HERE, {"tried": tried}).status_code == 302
    held = MonitoringMonth.objects.order_by("month").values_list("month", "due", "arrived", "valid", "source")
    assert list(held) == [
        (date(2021, 5, 1), 744, 740, 735, "省平台月报"),
        (date(2021, 6, 1), 720, 719, 600, "省平台月报"),
    ]
    stood = MonitoringMonth.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_label", "arrived")  # type: ignore[attr-defined]
    assert list(stood) == [("insert", 700), ("insert", 719), ("update", 740)]
    # Confirmed a second time, or with the result tampered with: nothing more happens.
    for again in (tried, tried[:-2], "x"):
        assert keeper.post(HERE, {"tried": again})["Location"] == HERE
    assert MonitoringMonth.objects.count() == 2
    text = "企业名称,月份,应传,实传,有效,出处\n" + f"{kiln.name},2021-07,744,744,744,企业自报\n"
    trial = monitoring.tried(text.encode("gb18030"))
    assert [(row.outcome, row.source) for row in trial.rows] == [("new", "企业自报")]


def test_every_wrong_row_is_named_and_nothing_is_kept(keeper: Client, kiln: Site) -> None:
    Site.objects.create(name=kiln.name, division=kiln.division, lon=kiln.lon, lat=kiln.lat, permit_no=f"{'A' * 18}001P")
    two = [kiln.name, None]
    rows = [
        [None, "A" * 18 + "001P", "2021-06", 720, 719, 600],
        [*two, "2021-06", 720, 719, 600],
        ["没有的厂", None, "2021-06", 720, 719, 600],
        [None, "A" * 18 + "001P", "六月", 720, 719, 600],
        [None, "A" * 18 + "001P", "2099-06", 720, 719, 600],
        [None, "A" * 18 + "001P", "2021-07", 720, "99%", 600],
        [None, "A" * 18 + "001P", "2021-08", 700, 719, 600],
        [None, "A" * 18 + "001P", "2021-06", 720, 719, 600],
        [None, None, "2021-06", 720, 719, 600],
        ["_x0000_厂", None, "2021-06", 720, 719, 600],
    ]
    told = refused(workbook(*rows))
    assert [sentence[:4] for sentence in told] == [f"第{n}行："[:4] for n in (4, 5, 6, 7, 8, 9, 10, 11, 12)]
    for sentence, why in zip(
        told,
        (
            "同名或同一代码",
            "没有“没有的厂”",
            "不是月份",
            "还没有到",
            "个数",
            "依次不增",
            "与第3行",
            "没有写是哪个点位",
            "无法识别的字符",
        ),
        strict=True,
    ):
        assert why in sentence
    shown = sent(keeper, workbook(*rows), source="省平台月报")
    assert shown.status_code == 400
    assert "有 9 行不对，没有写入" in shown.content.decode()
    for data, why in (
        (b"", "空的"),
        (b"\xd0\xcf\x11\xe0 old", "XLS"),
        (workbook(head=HEAD), "没有数据行"),
        (workbook(["x", None, "2021-06", 1, 1, 1], head=[*HEAD[:3], "传输率", "有效传输率", "备注"]), "只有百分率"),
        (workbook(["x"], head=["甲"]), "没有找到表头"),
        (b"a" * (monitoring.MAX_BYTES + 1), "不能超过5 MB"),
        (b"a,b,c\n" * (monitoring.MAX_ROWS + 100), "超过5000行"),
    ):
        assert why in refused(data)[0]
    assert not MonitoringMonth.objects.exists()


def test_what_changed_since_the_trial_is_not_written_over_and_nobody_else_may(keeper: Client, cast, kiln: Site) -> None:
    trial = monitoring.tried(workbook([kiln.name, None, "2021-06", 720, 719, 600]), "省平台月报")
    MonitoringMonth.objects.create(site=kiln, month=date(2021, 6, 1), due=720, arrived=1, valid=1, source="他人")
    with pytest.raises(Conflict, match="试导入之后有变动"):
        monitoring.keep(trial.rows)
    assert MonitoringMonth.objects.get().arrived == 1
    other = Client()
    other.force_login(cast.officer(cast.province, Role.SECURITY_ADMINISTRATOR))
    assert other.get(HERE).status_code == 403
