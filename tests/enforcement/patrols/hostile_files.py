"""Broken and hostile track files, each with what reading it must say.

``refused`` names the refusal's code; ``flagged`` the problem codes the log must hold while the good rows are kept.
"""

import codecs
import gzip
import random
import zipfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO

HEADER = "时间,纬度,经度,速度(km/h),TVOC(ppb)"


@dataclass(frozen=True)
class Case:
    name: str
    data: bytes
    refused: str = ""
    flagged: tuple[str, ...] = ()
    kept: int | None = None

    def __str__(self) -> str:
        return self.name


def row(
    second: int = 0, lat: str = "", lon: str = "112.550000", speed: str = "20", tvoc: str = "45", time: str = ""
) -> str:
    """One good row at 1 Hz, driving north at 20 km/h, unless a cell is given."""
    moment = time or f"2021-07-01 09:{second // 60:02d}:{second % 60:02d}"
    return ",".join([moment, lat or f"{37.87 + second * 5e-5:.6f}", lon, speed, tvoc])


def good(count: int = 20) -> list[str]:
    return [row(second) for second in range(count)]


def text(lines: list[str], header: str = HEADER, encoding: str = "utf-8") -> bytes:
    return ("\n".join([header, *lines]) + "\n").encode(encoding)


def with_row(bad: str, at: int = 10, count: int = 20) -> bytes:
    lines = good(count)
    lines[at] = bad
    return text(lines)


def _zip() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


@cache
def refused_cases() -> list[Case]:
    rng = random.Random(7)
    noise = bytes(rng.randrange(256) for _ in range(5000))
    wide = ",".join(["时间", "纬度", "经度", *(f"c{n}" for n in range(300))])
    swapped = [row(s, lat="112.55", lon=f"{37.87 + s * 5e-5:.6f}") for s in range(20)]
    return [
        Case("empty", b"", "empty"),
        Case("one byte", b"x", "no_header"),
        Case("only BOM", codecs.BOM_UTF8, "no_header"),
        Case("only newlines", b"\n" * 500, "no_header"),
        Case("only commas", b",,,,\n" * 50, "no_header"),
        Case("only NUL", b"\0" * 4000, "binary"),
        Case("random bytes", noise, "encoding"),
        Case("header only", (HEADER + "\n").encode(), "no_rows"),
        Case("header and blank lines", (HEADER + "\n\n\n,,,,\n").encode(), "no_rows"),
        Case("no header", ("\n".join(good()) + "\n").encode(), "no_header"),
        Case("prose", "今天天气很好，车在路上走。\n没有数据。\n".encode(), "no_header"),
        Case("html", b"<html><body><table><tr><td>time</td></tr></table></body></html>", "no_header"),
        Case("json", b'{"time": "2021-07-01", "lat": 37.8, "lon": 112.5}', "no_time_column"),
        Case("xlsx", _zip(), "xlsx"),
        Case("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise, "xls"),
        Case("pdf", b"%PDF-1.7\n" + noise, "pdf"),
        Case("png", b"\x89PNG\r\n\x1a\n" + noise, "image"),
        Case("jpeg", b"\xff\xd8\xff\xe0" + noise, "image"),
        Case("gzip of a good file", gzip.compress(text(good())), "archive"),
        Case("elf", b"\x7fELF" + noise, "program"),
        Case("utf-16 cut in half a character", text(good(), encoding="utf-16")[:-1], "encoding"),
        Case("utf-16 without BOM", text(good(), encoding="utf-16-le"), "binary"),
        Case("no time column", text(good(), "甲,纬度,经度,速度,TVOC"), "no_time_column"),
        Case("no latitude column", text(good(), "时间,甲,经度,速度,TVOC"), "no_lat_column"),
        Case("no longitude column", text(good(), "时间,纬度,乙,速度,TVOC"), "no_lon_column"),
        Case("too many columns", (wide + "\n").encode(), "too_many_columns"),
        Case("endless line", (HEADER + "\n" + "1" * 100_000).encode(), "long_line"),
        Case("endless header", b"a," * 50_000, "long_line"),
        Case("quote never closed", text([*good(3), '"2021-07-01 09:00:05', *good(9000)]), "broken_quotes"),
        Case("all coordinates swapped", text(swapped), "swapped"),
        Case("all times impossible", text([row(time="2021-13-45 99:99:99")] * 20), "nothing_usable"),
        Case("all coordinates zero", text([row(s, lat="0", lon="0") for s in range(20)]), "nothing_usable"),
        Case("all rows truncated", text(["2021-07-01 09:00:00,37.8"] * 20), "nothing_usable"),
        Case(
            "latin-1 throughout",
            text(["é" * 3 + "," + r for r in good()], "é," + "time,lat,lon,a,b", "latin-1"),
            "encoding",
        ),
        Case("speed in furlongs", text(good(), "时间,纬度,经度,速度(furlong),TVOC"), "bad_unit"),
        Case("a formula for a header", text(good(), "=cmd|' /C calc'!A0,=1+1,=2+2,a,b"), "no_time_column"),
    ]


@cache
def flagged_cases() -> list[Case]:
    bad_cells = {
        "no latitude": (row(10, lat=" "), "no_place"),
        "latitude NaN": (row(10, lat="NaN"), "no_place"),
        "latitude infinite": (row(10, lat="inf"), "bad_place"),
        "latitude overflowing": (row(10, lat="1e999"), "bad_place"),
        "latitude with underscore": (row(10, lat="37_8.7"), "bad_place"),
        "latitude hexadecimal": (row(10, lat="0x25"), "bad_place"),
        "latitude a word": (row(10, lat="北纬三十七度"), "bad_place"),
        "latitude a formula": (row(10, lat="=37+1"), "bad_place"),
        "latitude 91 longitude 200": (row(10, lat="91", lon="200"), "not_on_earth"),
        "longitude 181": (row(10, lon="181"), "not_on_earth"),
        "huge number": (row(10, lon="1e300"), "not_on_earth"),
        "swapped in one row": (row(10, lat="112.55", lon="37.87"), "swapped"),
        "zero island": (row(10, lat="0", lon="0"), "no_fix"),
        "31 February": (row(10, time="2021-02-31 09:00:10"), "bad_time"),
        "29 February of a common year": (row(10, time="2021-02-29 09:00:10"), "bad_time"),
        "hour 24": (row(10, time="2021-07-01 24:00:10"), "bad_time"),
        "second 61": (row(10, time="2021-07-01 09:00:61"), "bad_time"),
        "day and month ambiguous": (row(10, time="01/07/2021 09:00:10"), "bad_time"),
        "year 9999": (row(10, time="9999-07-01 09:00:10"), "implausible_time"),
        "year 1970": (row(10, time="1970-01-01 00:00:00"), "implausible_time"),
        "year 0": (row(10, time="0000-01-01 00:00:00"), "implausible_time"),
        "time missing": (row(10, time=" "), "no_time"),
        "time a word": (row(10, time="昨天上午"), "bad_time"),
        "time of day only": (row(10, time="09:00:10"), "bad_time"),
        "too few cells": ("2021-07-01 09:00:10,37.87", "truncated"),
        "too many cells": (row(10) + ",1,2,3", "extra_cells"),
        "NUL in a cell": (row(10, tvoc="4\0" + "5"), "nul"),
        "a cell of 2,000 characters": (row(10, tvoc="9" * 2000), "long_cell"),
    }
    cases = [Case(name, with_row(bad), flagged=(code,), kept=19) for name, (bad, code) in bad_cells.items()]
    values = {
        "TVOC negative": (row(10, tvoc="-12"), "negative"),
        "TVOC NaN": (row(10, tvoc="NaN"), "missing_value"),
        "TVOC blank": (row(10, tvoc=""), "missing_value"),
        "TVOC a word": (row(10, tvoc="超量程"), "bad_value"),
        "TVOC infinite": (row(10, tvoc="-inf"), "bad_value"),
        "TVOC overflowing": (row(10, tvoc="1e400"), "bad_value"),
        "TVOC with thousands": (row(10, tvoc='"1,234"'), "bad_value"),
        "TVOC emoji": (row(10, tvoc="😀"), "bad_value"),
        "TVOC right-to-left": (row(10, tvoc="\u202e54"), "bad_value"),
        "clock steps back": (row(10, time="2021-07-01 08:59:00"), "time_back"),
        "clock leaps ahead once": (row(10, time="2021-07-01 11:59:00"), "time_back"),
        "second twice": (row(10, time="2021-07-01 09:00:09"), "duplicate_second"),
        "jump to Beijing and back": (row(10, lat="39.9", lon="116.4"), "jump"),
        "half a kilometre aside": (row(10, lon="112.5560"), "jump"),
        "in another province": (row(10, lat="30.5", lon="104.0"), "outside"),
    }
    cases += [Case(name, with_row(bad), flagged=(code,), kept=20) for name, (bad, code) in values.items()]
    lines = good()
    undecodable = text(lines).split(b"\n")
    undecodable[10] = undecodable[10][:-2] + b"\xff\xfe5"
    return [
        *cases,
        Case("two undecodable bytes", b"\n".join(undecodable), flagged=("encoding",), kept=19),
        Case("last line cut", text(lines)[:-12], flagged=("truncated",), kept=19),
        Case("last line cut inside the number", text(lines)[:-2], kept=20),
        Case(
            "clock set back for good",
            text(good(10) + [row(s, time=f"2021-07-01 08:00:{s:02d}") for s in range(10)]),
            flagged=("time_back",),
            kept=20,
        ),
        Case("every row the same second", text([row(0)] * 20), flagged=("duplicate_second",), kept=20),
        Case("rows in reverse", text(good()[::-1]), flagged=("time_back",), kept=20),
        Case(
            "teleport half way",
            text(good(10) + [row(s, lat=f"{35.5 + s * 5e-5:.6f}", lon="111.0") for s in range(10, 20)]),
            flagged=("jump",),
            kept=20,
        ),
    ]


def clean_cases() -> list[Case]:
    """Odd but right: no remark, every row kept."""
    lines = good()
    full_width = str.maketrans("0123456789.-:", "０１２３４５６７８９．－：")
    return [
        Case("UTF-8", text(lines), kept=20),
        Case("UTF-8 with BOM", codecs.BOM_UTF8 + text(lines), kept=20),
        Case("GB18030", text(lines, encoding="gb18030"), kept=20),
        Case("UTF-16", text(lines, encoding="utf-16"), kept=20),
        Case("CRLF", text(lines).replace(b"\n", b"\r\n"), kept=20),
        Case("old Mac line ends", text(lines).replace(b"\n", b"\r"), kept=20),
        Case("semicolons", text(lines).replace(b",", b";"), kept=20),
        Case("tabs", text(lines).replace(b",", b"\t"), kept=20),
        Case("semicolons and decimal commas", text(lines).replace(b",", b";").replace(b".", b","), kept=20),
        Case("no newline at the end", text(lines)[:-1], kept=20),
        Case("blank lines between", text(lines).replace(b"\n", b"\n\n"), kept=20),
        Case("lines before the header", "仪器 SPIMS 2000\n操作员：甲\n".encode() + text(lines), kept=20),
        Case("trailing separators", text([line + ",," for line in lines], HEADER), kept=20),
        Case("full-width digits", text([line.translate(full_width) for line in lines]), kept=20),
        Case("quoted cells", text([",".join(f'"{cell}"' for cell in line.split(",")) for line in lines]), kept=20),
        Case("spaces around cells", text([line.replace(",", " , ") for line in lines]), kept=20),
        Case("slashed dates", text([line.replace("-", "/", 2) for line in lines]), kept=20),
        Case("Chinese dates", text([f"2021年7月1日 9时0分{s}秒" + row(s)[19:] for s in range(20)]), kept=20),
        Case("ISO with offset", text([f"2021-07-01T01:00:{s:02d}+00:00" + row(s)[19:] for s in range(20)]), kept=20),
        Case("compact time", text([f"202107010900{s:02d}" + row(s)[19:] for s in range(20)]), kept=20),
        Case("Unix seconds", text([f"{1625101200 + s}" + row(s)[19:] for s in range(20)]), kept=20),
        Case("Unix milliseconds", text([f"{1625101200 + s}000" + row(s)[19:] for s in range(20)]), kept=20),
        Case("date and time apart", text([line.replace(" ", ",", 1) for line in lines], "日期," + HEADER), kept=20),
        Case("header in capitals", text(lines, "TIME,LATITUDE,LONGITUDE,SPEED (KM/H),TVOC [ppb]"), kept=20),
        Case("same name twice", text(lines, "time,lat,lon,TVOC(ppb),TVOC(ppb)"), kept=20),
        Case("a script for a header", text(lines, "time,lat,lon,<script>alert(1)</script>,TVOC"), kept=20),
    ]
