"""What the component page shows: every component in a state a real season produces. Nothing here is stored."""

import datetime as dt
import itertools
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _

from enforcement.desk.gallery_forms import SEASON, FeedbackForm, ReasonForm, SearchForm
from enforcement.desk.looks import LOOKS
from enforcement.statistics import charts
from regions import cartography

ZONE = ZoneInfo("Asia/Shanghai")
CUT_OFF = dt.datetime(2021, 8, 4, 23, 59, tzinfo=ZONE)


def _moment(month: int, day: int, hour: int, minute: int) -> dt.datetime:
    return dt.datetime(2021, month, day, hour, minute, tzinfo=ZONE)


def _clocks() -> list[dict[str, Any]]:
    return [
        {"days": -6, "due": dt.date(2021, 7, 27), "first_due": dt.date(2021, 7, 27)},
        {"days": 0, "due": dt.date(2021, 8, 4), "first_due": dt.date(2021, 8, 4)},
        {"days": 2, "due": dt.date(2021, 8, 6), "first_due": dt.date(2021, 8, 6)},
        {"days": 9, "due": dt.date(2021, 8, 17), "first_due": dt.date(2021, 8, 3)},
        {"days": 12, "due": dt.date(2021, 8, 20), "first_due": dt.date(2021, 8, 20), "provisional": True},
        {"stopped": _("按期办结"), "due": dt.date(2021, 7, 16), "first_due": dt.date(2021, 7, 16)},
        {
            "stopped": _("超期 2 个工作日办结"),
            "tone": "late",
            "due": dt.date(2021, 7, 9),
            "first_due": dt.date(2021, 7, 9),
        },
        {"days": None},
    ]


def _issues() -> list[dict[str, Any]]:
    rows = [
        (
            "SX-2021-ZH-00557",
            "山西晋源焦化有限公司",
            "太原市清徐县",
            "焦炉炉门逸散，苯系物浓度高值",
            "issued",
            1,
            (8, 5),
            "",
        ),
        (
            "SX-2021-ZH-00541",
            "清徐县东于镇化工园区北侧",
            "太原市清徐县",
            "TVOC 峰值 1,284 ppb，疑似储罐呼吸",
            "rectifying",
            -6,
            (7, 27),
            _("提交反馈"),
        ),
        (
            "SX-2021-ZH-00538",
            "汾阳市宏达汽车涂装厂",
            "吕梁市汾阳市",
            "喷漆房废气收集不全，活性炭超期未换",
            "rectifying",
            -2,
            (8, 2),
            _("提交反馈"),
        ),
        (
            "SX-2021-ZH-00533",
            "河津市城东加油站",
            "运城市河津市",
            "油气回收装置停用",
            "feedback_submitted",
            2,
            (8, 6),
            _("核查"),
        ),
        (
            "SX-2021-ZH-00529",
            "介休市昌盛煤气化有限公司",
            "晋中市介休市",
            "化产区域硫化氢异味，负压回收未投用",
            "verifying",
            3,
            (8, 9),
            _("核查"),
        ),
        (
            "SX-2021-ZH-00517",
            "洪洞县明姜镇印刷包装集中区",
            "临汾市洪洞县",
            "乙酸酯类高值，三家企业未密闭",
            "returned",
            4,
            (8, 10),
            _("改派"),
        ),
        (
            "SX-2021-ZH-00498",
            "潞城区店上工业园区",
            "长治市潞城区",
            "夜间甲苯高值，沿线 420 米",
            "interim_closed",
            27,
            (9, 13),
            "",
        ),
    ]
    return [
        {
            "number": number,
            "site": site,
            "place": place,
            "text": text,
            "state": state,
            "days": days,
            "due": dt.date(2021, *due),
            "action": action,
            "row": "late" if days < 0 else "soon" if days <= 3 else "",
        }
        for number, site, place, text, state, days, due, action in rows
    ]


def _events() -> list[dict[str, Any]]:
    return [
        {
            "at": _moment(8, 3, 16, 42),
            "title": _("退回整改"),
            "bureau": "太原市生态环境局",
            "actor": "赵建军",
            "tone": "late",
            "icon": "return",
            "text": "现场复测厂界 TVOC 仍达 612 ppb，3 号储罐呼吸阀未更换，核查不通过，退回继续整改。",
            "files": [{"name": "复测记录.pdf", "url": "#"}],
        },
        {
            "at": _moment(7, 30, 9, 5),
            "title": _("提交反馈"),
            "bureau": "清徐县生态环境分局",
            "actor": "李晓梅",
            "tone": "open",
            "icon": "reply",
            "text": "已更换 1、2 号储罐呼吸阀，加装活性炭罐两套。",
        },
        {
            "at": _moment(7, 22, 10, 20),
            "title": _("批准延期 5 个工作日"),
            "bureau": "山西省生态环境厅",
            "actor": "王志远",
            "tone": "soon",
            "icon": "calendar-plus",
            "recorded_at": _moment(7, 23, 8, 2),
        },
        {
            "at": _moment(7, 14, 8, 51),
            "title": _("签收"),
            "bureau": "清徐县生态环境分局",
            "actor": "李晓梅",
            "tone": "open",
            "icon": "mail-open",
        },
        {
            "at": _moment(7, 13, 17, 30),
            "title": _("转办"),
            "bureau": "山西省生态环境厅",
            "actor": "王志远",
            "icon": "handoff",
            "text": "晋气走航转〔2021〕46 号，第 3 项。",
        },
    ]


def _evidence() -> list[dict[str, Any]]:
    digest = "9f2c41d07be85a3316c4e0f2a9d1b7786d5503f4e1c2ab90874f6de0135b9ac7"
    return [
        {
            "name": "储罐区北侧.jpg",
            "url": "#",
            "kind": "photo",
            "size": 2_412_345,
            "taken_at": _moment(7, 13, 14, 6),
            "place": "东于镇",
            "by": "张鹏",
            "sha256": digest,
        },
        {
            "name": "呼吸阀特写.jpg",
            "url": "#",
            "kind": "photo",
            "size": 1_874_003,
            "taken_at": _moment(7, 13, 14, 9),
            "place": "东于镇",
            "by": "张鹏",
            "sha256": digest,
        },
        {
            "name": "红外泄漏录像.mp4",
            "url": "#",
            "kind": "video",
            "size": 48_230_112,
            "taken_at": _moment(7, 13, 14, 15),
            "by": "张鹏",
            "sha256": digest,
        },
        {
            "name": "走航数据段 14:02–14:11",
            "url": "#",
            "kind": "data",
            "size": 93_812,
            "by": "走航 07 车",
            "sha256": digest,
        },
        {
            "name": "整改反馈报告.pdf",
            "url": "#",
            "kind": "document",
            "size": 684_221,
            "taken_at": _moment(7, 30, 9, 1),
            "by": "李晓梅",
            "sha256": digest,
        },
    ]


def _charts() -> dict[str, charts.Chart]:
    days = [dt.date(2021, 6, 1) + dt.timedelta(days=7 * n) for n in range(10)]
    issued = [18, 47, 96, 158, 221, 297, 366, 431, 498, 557]
    closed = [0, 12, 41, 88, 143, 207, 274, 331, 389, 437]
    parts = [(name, [done, interim, total - done - interim]) for _, name, total, done, interim, _km in SEASON]
    return {
        "bars": charts.bar(
            _("各市走航里程"),
            [charts.Bar(row[1], Decimal(row[5])) for row in SEASON],
            unit=_("公里"),
            places=1,
            header=_("市"),
        ),
        "stack": charts.stacked(
            _("各市转办问题办理情况"),
            [_("已办结"), _("阶段性办结"), _("在办")],
            ["done", "half", "open"],
            parts,
            unit=_("件"),
            header=_("市"),
            total=_("转办"),
        ),
        "lines": charts.line(
            _("累计转办与办结"),
            [f"{day:%m-%d}" for day in days],
            [charts.Line(_("累计转办"), issued, "open"), charts.Line(_("累计办结"), closed, "done")],
            unit=_("件"),
            header=_("截至"),
        ),
    }


def _map() -> dict[str, Any]:
    rates = {code: Decimal(done) / total for code, _, total, done, _, _ in SEASON}
    areas = {
        code: {
            "tone": min(5, max(1, int((rate - Decimal("0.72")) * 50) + 1)),
            "value": f"{rate * 100:.2f}%",
            "url": f"#{code}",
        }
        for code, rate in rates.items()
    }
    return {
        "areas": areas,
        "legend": [
            {"tone": str(n), "label": text} for n, text in enumerate(("<74%", "74–76%", "76–78%", "78–80%", "≥80%"), 1)
        ],
        "headers": [_("市"), _("转办"), _("办结"), _("办结率")],
        "rows": [
            [name, str(total), str(done), f"{Decimal(done) / total * 100:.2f}%"]
            for _, name, total, done, _, _ in SEASON
        ],
    }


def _track() -> dict[str, Any]:
    """A loop of road near Qingxu with a plume in the middle, drawn by arithmetic."""
    positions = [
        [
            112.31 + 0.0012 * n,
            37.58 + 0.03 * ((n % 50) / 50) * (1 if n % 100 < 50 else -1) / 3 + 0.0004 * n,
            1 + max(0, 4 - abs(n - 62) // 5),
        ]
        for n in range(120)
    ]
    points = [
        {
            "lon": 112.384,
            "lat": 37.607,
            "label": _("高值点 1"),
            "text": "TVOC 1,284 ppb · 14:06",
            "tone": "late",
            "url": "#p1",
        },
        {
            "lon": 112.352,
            "lat": 37.602,
            "label": _("高值点 2"),
            "text": "TVOC 466 ppb · 13:48",
            "tone": "soon",
            "url": "#p2",
        },
    ]
    stretches = [{"positions": [a[:2], b[:2]], "step": a[2]} for a, b in itertools.pairwise(positions)]
    return {
        "data": {
            "boundaries": cartography.geojson("county", 0.01),
            "points": points,
            "tracks": [{"positions": positions}],
        },
        "points": points,
        "stretches": stretches,
        "legend": [
            {"tone": str(n), "label": text}
            for n, text in enumerate(("<100", "100–200", "200–400", "400–800", "≥800 ppb"), 1)
        ],
        "headers": [_("高值点"), _("时间"), _("TVOC 峰值（ppb）")],
        "rows": [
            [{"text": _("高值点 1"), "url": "#p1"}, "14:06", "1,284"],
            [{"text": _("高值点 2"), "url": "#p2"}, "13:48", "466"],
        ],
    }


def _facts() -> list[dict[str, Any]]:
    return [
        {"label": _("企业"), "value": "山西晋源焦化有限公司", "url": "#"},
        {"label": _("统一社会信用代码"), "value": "91140121MA0H2X4K7T"},
        {"label": _("所在地"), "value": "太原市清徐县东于镇"},
        {"label": _("责任单位"), "value": "清徐县生态环境分局（权重 1）"},
        {"label": _("来源"), "value": _("走航巡查")},
        {"label": _("转办单"), "value": "晋气走航转〔2021〕46 号", "url": "#"},
        {"label": _("执法措施"), "value": None},
        {
            "label": _("问题"),
            "value": "7 月 13 日 14:02 至 14:11，走航 07 车在储罐区北侧道路测得 TVOC 峰值 1,284 ppb，为背景值的 11 倍，主要成分为苯、甲苯。",
            "wide": True,
        },
    ]


def _icon_names() -> list[str]:
    sprite = Path(__file__).resolve().parent / "static" / "desk" / "icons.svg"
    return re.findall(r'<symbol id="([a-z-]+)"', sprite.read_text(encoding="utf-8"))


def sample_context(request: HttpRequest) -> dict[str, Any]:
    """Everything `desk/components.html` asks for."""
    feedback = FeedbackForm({"measures": "已更换", "verdict": "true", "finished": "2021-13-40"})
    feedback.add_error("measures", _("整改措施只有 3 个字，请写明已完成的措施和完成时间。"))
    return {
        "states": list(LOOKS),
        "clocks": _clocks(),
        "cut_off": CUT_OFF,
        "issues": _issues(),
        "events": _events(),
        "evidence": _evidence(),
        "charts": _charts(),
        "map_facts": _map(),
        "track": _track(),
        "facts": _facts(),
        "search_form": SearchForm(request.GET),
        "feedback_form": feedback,
        "reason_form": ReasonForm(auto_id="return_%s"),
        "tabs": [
            {"label": _("待我办理"), "url": "#", "active": True, "count": 7},
            {"label": _("我转办的"), "url": "#", "count": 46},
            {"label": _("待核查"), "url": "#", "count": 12},
            {"label": _("全部"), "url": "#", "count": None},
        ],
        "city_table": {
            "caption": _("各市办结情况"),
            "columns": [
                {"label": _("市")},
                {"label": _("转办"), "numeric": True, "sort_url": "#", "sorted": "descending"},
                {"label": _("办结"), "numeric": True},
                {"label": _("走航里程（公里）"), "numeric": True},
            ],
            "rows": [{"url": "#", "cells": [r[1], r[2], r[3], f"{Decimal(r[5]):,}"]} for r in SEASON[:5]],
        },
        "icon_names": _icon_names(),
    }
