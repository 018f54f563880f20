"""Promise: whatever is wrong with a ledger, its officer reads a sentence that names the place, and nothing has changed.

More than 150 broken ledgers from one generator, looked at and asked to be imported, in one world.
"""

import io
import re
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import openpyxl
import pytest

from enforcement.issues.actions import importing
from enforcement.issues.ledger.faults import LedgerRefused
from enforcement.issues.ledger.opening import glance
from enforcement.issues.models import LedgerRule
from enforcement.timeline import clock
from regions.errors import DomainError
from tests.scenarios import cast as casting

from .ledgers import TITLES, book, kept, line, lines, saved, text
from .whole import everything

Broken = Iterator[tuple[str, bytes, str]]

#: Days nobody can take for one.
NO_DAYS = (
    "昨天", "2021", "2021年8月", "8月4日", "8.4", "04/08/21", "21.8.4", "2021-13-01", "2021-02-30", "2021.0.4", "20210832",
    "2021-8", "1899-12-31", "1999-12-31", "9999-01-01", "2021-08-04至2021-08-09", "待定", "/", "—", "0", 0, 7, 12345678, 1e9,
    -5, 99999, True, "２０２１年１３月１日", "二〇二一年八月四日", "Aug 4 2021", "2021--08", "=TODAY()",
)  # fmt: skip
#: Counties that aren't there, and look as if they were.
NO_COUNTIES = (
    "清涂县", "清徐具", "清徐縣", "杏花岺区", "杏花岭區", "杏花嶺区", "小店县", "尖草萍区", "万柏林曲", "晋原区", "娄烦具", "北京市", "朝阳区",
    "大原市", "杏花岭区、小店区", "140199", "𠮷林县", "\u202e区岭花杏", "杏花岭区\u200f", "县", "?",
)  # fmt: skip
NO_STATES = (
    "好了",
    "差不多",
    "处理",
    "N/A",
    "close",
    "已办结？",
    "待核查",
    "核查中",
    "已退回待判",
    "已作废",
    "100%",
    "√",
)
LONG = "长" * 5001


def cells() -> Broken:
    """One cell wrong in an otherwise good ledger; the sentence names row and column."""
    for number, wrong in enumerate(NO_DAYS):
        yield f"issued {number}", book(lines(line(), line("2", 交办时间=wrong))), "第3行“转办日期”"
    for number, wrong in enumerate(NO_DAYS[:12]):
        yield f"closed {number}", book(lines(line(完成时间=wrong))), "第2行“办结日期”"
        yield f"due {number}", book(lines(line(整改期限=wrong))), "第2行“当前期限”"
    for number, wrong in enumerate(NO_COUNTIES):
        yield f"county {number}", book(lines(line(县区=wrong))), "第2行“责任区划”"
    for number, wrong in enumerate(NO_STATES):
        yield f"state {number}", book(lines(line(办理情况=wrong))), "第2行“状态”"
    ahead = (clock.today() + timedelta(days=3)).isoformat()
    for name, said, sentence in (
        ("ahead", {"交办时间": ahead, "签收时间": None, "完成时间": None, "办理情况": None, "整改期限": None, "原整改期限": None}, "晚于今天"),
        ("closed before", {"完成时间": "2021-07-01"}, "早于"),
        ("acknowledged before", {"签收时间": "2021-07-04"}, "早于"),
        ("due before", {"整改期限": "2021-07-04", "原整改期限": None}, "早于"),
        ("due before first", {"整改期限": "2021-07-25"}, "早于首次期限"),
        ("closed without a day", {"完成时间": None}, "请填写办结日期"),
        ("open with a day", {"办理情况": "整改中"}, "不应有办结日期"),
        ("no title", {"问题": None}, "“标题”：不能为空"),
        ("blank title", {"问题": "　 "}, "“标题”：不能为空"),
        ("no day", {"交办时间": None}, "“转办日期”：不能为空"),
        ("long title", {"问题": "长" * 121}, "不能超过120字"),
        ("long text", {"问题描述": LONG}, "“情况”：不能超过4000字"),
        ("turning", {"问题": "涂装\u202e间车"}, "隐藏字符"),
        ("mark of loss", {"问题": "涂装\ufffd间"}, "无法识别的字符"),
        ("no source", {"问题来源": "听说"}, "“来源”"),
        ("no bureau", {"责任单位": "清风走航公司（测试）"}, "“承办单位”"),
        ("nobody", {"责任单位": "某某局"}, "“承办单位”"),
        ("twice", {"责任单位": "杏花岭分局（测试）、杏花岭分局（测试）"}, "同一承办单位重复"),
        ("weights", {"责任单位": "杏花岭分局（测试）（0.6）、太原市局（测试）（0.6）"}, "权重之和应为1"),
        ("half weighed", {"责任单位": "杏花岭分局（测试）（0.6）、太原市局（测试）"}, "权重应全部写明"),
        ("verifies itself", {"责任单位": "省大气办（测试）"}, "核查单位不能是承办单位"),
        ("nobody answers", {"县区": "小店区"}, "没有登记负责的单位"),
        ("no place at all", {"县区": None}, "请填写责任区划或承办单位"),
        ("ours", {"编号": "SX-2021-ZH-00001"}, "本单位没有转办过这个问题"),
        ("long number", {"编号": "9" * 41}, "“编号”"),
    ):  # fmt: skip
        yield name, book(lines(line(**said))), sentence
    yield "twin", book(lines(line("1"), line("１"))), "与工作表“台账”第2行重复"
    yield "twin without number", book(lines(line(""), line(""))), "重复"
    yield "shifted", book([[*lines(line())[0], "多", "出"]]), "可能错列"
    heading = [*TITLES, "经度", "纬度"]
    for lon, lat in (
        ("112.5", None),
        ("37.8", "112.5"),
        ("112°35′", "37.8"),
        ("东", "西"),
        (0, 0),
        (500, 37),
        ("nan", "37"),
        ("inf", "1"),
    ):
        yield f"place {lon}", book([[*lines(line())[0], lon, lat]], heading=heading), "第2行“"
    yield "nul", text(lines(line(问题="甲\x00"))), "无法识别的字符"


def files() -> Broken:
    """Files that are no ledger, or can't be read."""
    good = book(lines(line()))
    csv = text(lines(line()))
    yield "empty", b"", "文件是空的"
    yield "blank", b"\n\n  \r\n", "文件是空的"
    yield "zeros", b"\x00" * 400, "文件是空的"
    yield "commas", b",,,\n,,,\n", "没有找到表头"
    for name, start in (("pdf", b"%PDF-1.7"), ("png", b"\x89PNG\r\n"), ("jpeg", b"\xff\xd8\xff\xe0"), ("gif", b"GIF89a"), ("gzip", b"\x1f\x8b\x08"),
                        ("7z", b"7z\xbc\xaf\x27"), ("rar", b"Rar!\x1a"), ("rtf", b"{\\rtf1"), ("elf", b"\x7fELF"), ("exe", b"MZ\x90")):  # fmt: skip
        yield name, start + csv, "这不是台账文件"
    yield "xls", b"\xd0\xcf\x11\xe0" + good, "旧版 Excel"
    for share in (0.05, 0.3, 0.6, 0.95):
        yield f"cut {share}", good[: int(len(good) * share)], "损坏"
    yield "flipped", good[:200] + bytes(b ^ 0x55 for b in good[200:600]) + good[600:], "损坏|解压"
    yield "odd bytes", csv + b"\xff\xfe\xfa" * 9, "无法识别文件编码|转办日期|没有找到|需要"
    yield "utf16 cut", text(lines(line()), encoding="utf-16")[:-1], "无法识别文件编码"
    yield "latin", "número;título;fecha".encode("latin-1") + b"\x81\xff", "无法识别文件编码|没有找到表头"
    yield "quote", (",".join(TITLES) + '\n"' + "x" * 200_000).encode(), "引号|没有数据|不完整"
    yield "no heading", text([], heading=["甲", "乙", "丙"]), "没有找到表头"
    yield "heading alone", text([]), "没有数据行"
    yield "sum alone", book([], foot="合计"), "没有数据行"
    yield "late heading", _late(), "没有找到表头"
    yield "json", b'{"issues": []}', "没有找到表头"
    yield "html", b"<html><table><tr><td>x</td></tr></table></html>", "没有找到表头"
    for missing in ("问题", "交办时间"):
        titles = [t for t in TITLES if t != missing and not (missing == "问题" and t == "问题描述")]
        yield f"without {missing}", text(lines(line(), titles=titles), heading=titles), "没有指明哪一列是"
    titles = [t for t in TITLES if t not in ("县区", "责任单位")]
    yield "without places", text(lines(line(), titles=titles), heading=titles), "没有指明哪一列是责任区划"
    yield "too long", text(lines(*(line(str(n)) for n in range(70)))), "台账超过10行"
    yield "a little too long", text(lines(*(line(str(n)) for n in range(11)))), "台账超过10行"
    yield "far cell", _far(), "读取会占满内存"
    yield "bomb", _zip({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b" " * (97 << 20)}), "解压后超过"
    yield "entity", _zip({"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "不允许的内容"
    yield "no book", _zip({"word/document.xml": b"<a/>"}), "这不是 XLSX 表格"
    yield "hollow book", _zip({"xl/workbook.xml": b"<a/>"}), "损坏|没有内容"
    many = openpyxl.Workbook()
    for _n in range(21):
        many.create_sheet()
    yield "sheets", saved(many), "工作表超过20个"
    hidden = openpyxl.load_workbook(io.BytesIO(good))
    hidden.create_sheet("空")
    hidden["台账"].sheet_state = "hidden"
    yield "hidden", saved(hidden), "没有内容"


def _late() -> bytes:
    made = openpyxl.Workbook()
    for _n in range(16):
        made.active.append(["说明"])
    made.active.append(list(TITLES))
    made.active.append(lines(line())[0])
    return saved(made)


def _far() -> bytes:
    made = openpyxl.Workbook()
    made.active["A1"] = "编号"
    made.active["XFD900000"] = "x"
    return saved(made)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_workbook_that_is_all_directory_is_refused_before_it_is_laid_out() -> None:
    """Whoever sent it waits while it is glanced at, and a web worker has several such at once."""
    entry = struct.pack("<4s4B4H3I5H2I", b"PK\x01\x02", *[0] * 8, *[0] * 3, 1, *[0] * 6) + b"a"
    size = len(entry) * 50_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 50_000, 50_000, size, 30, 0)
    data = b"PK\x03\x04" + bytes(26) + entry * 50_000 + end
    tracemalloc.start()
    with pytest.raises(LedgerRefused, match="解压后超过"):
        glance(data)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 2 * len(data)


@pytest.mark.django_db
def test_every_broken_ledger_is_a_sentence_and_changes_nothing() -> None:
    cast = casting.make()
    LedgerRule.objects.update(import_rows=10)
    wrong: list[Any] = []
    some = [*cells(), *files()]
    assert len(some) >= 150
    first = kept(cast, some[0][1])
    before = everything()
    for number, (name, data, sentence) in enumerate(some):
        try:
            ledger = kept(cast, data, name=f"{name}.xlsx")
        except DomainError as error:
            told = str(error)
        else:
            told = _told(ledger, asked=number % 6 == 0)
        if not re.search(sentence, told):
            wrong.append((name, sentence, told[:200]))
    assert not wrong, wrong
    after = everything()
    assert {name for name in after if after[name] != before[name]} == {"issues_ledgerimport"}
    assert first.stage == "queued"


def _told(ledger: Any, *, asked: bool) -> str:
    """The sentences of a trial. Where the import is asked for all the same, it reads the file again and refuses it too."""
    try:
        told = "\n".join(importing.told_of(importing.look(ledger))["faults"])
    except DomainError as error:
        told = str(error)
    if not asked:
        return told or "NOTHING WRONG"
    try:
        importing.import_now(ledger, lambda done: None)
    except DomainError:
        return told
    except importing.Stopped:  # it would have been written
        return "IMPORTED"
    return "IMPORTED"
