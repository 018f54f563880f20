"""Broken and hostile XLSX, GPX and AirCasting files, generated here; see ``hostile_files`` for what a case says."""

import zipfile
from collections.abc import Iterable
from functools import cache
from io import BytesIO

import xlsxwriter

from .hostile_files import HEADER, Case, flagged_cases, good, row, text

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
GPX_HEAD = '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
GPX_TAIL = "</trkseg></trk></gpx>"


def zipped(members: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def book(page: str, shared: str = "<sst></sst>") -> bytes:
    """A workbook whose one sheet and shared texts are the XML given."""
    with zipfile.ZipFile(BytesIO(xlsx([]))) as real:
        members = {name: real.read(name) for name in real.namelist()}
    return zipped({**members, "xl/sharedStrings.xml": shared.encode(), "xl/worksheets/sheet1.xml": page.encode()})


def sheet(rows: Iterable[str]) -> str:
    return f"<worksheet {NS}><sheetData>{''.join(rows)}</sheetData></worksheet>"


def inline(number: int, cells: Iterable[str]) -> str:
    made = "".join(
        f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>' for at, cell in enumerate(cells)
    )
    return f'<row r="{number}">{made}</row>'


def xlsx(lines: list[str], header: str = HEADER, above: int = 0) -> bytes:
    """The same rows as a spreadsheet somebody typed: text cells."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as made:
        page = made.add_worksheet()
        for number, line in enumerate([header, *lines]):
            for column, cell in enumerate(line.split(",")):
                page.write_string(above + number, column, cell)
    return out.getvalue()


def gpx(lines: list[str], extra: str = "") -> bytes:
    """The same rows as points; TVOC is an extension."""
    points = []
    for line in lines:
        moment, lat, lon, speed, tvoc = (line.split(",") + [""] * 5)[:5]
        points.append(
            f'<trkpt lat="{lat}" lon="{lon}"><time>{moment.strip().replace(" ", "T")}</time>{extra}'
            f"<extensions><speed>{speed}</speed><TVOC>{tvoc}</TVOC></extensions></trkpt>"
        )
    return (GPX_HEAD + "".join(points) + GPX_TAIL).encode()


def aircasting(lines: list[str]) -> bytes:
    """The file of AirCasting's server: a session of one sensor."""
    about = ("Sensor_Package_Name", "AirBeam:00189610719F", "Sensor_Name", "AirBeam-PM", "Measurement_Type",
             "Particulate Matter", "Measurement_Units", "micrograms per cubic meter")  # fmt: skip
    head = [
        *(f",,,,,{word}" for word in about),
        "ObjectID,Session_Name,Timestamp,Latitude,Longitude,1:Measurement_Value",
    ]
    turned = []
    for number, line in enumerate(lines):
        moment, lat, lon, _speed, value = line.split(",")
        turned.append(f"{number + 1},walk,{moment.replace(' ', 'T')}.000,{lat},{lon},{value}")
    return "\n".join([*head, *turned, ""]).encode()


def _shared(sensors: int) -> bytes:
    """The file of AirCasting's app, of so many sensors that measured nothing."""
    heading = ("sensor:model,sensor:package,sensor:capability,sensor:units", "AirBeam-PM,AirBeam,Particulate Matter,ppb",
               "Timestamp,geo:lat,geo:long,Value", "")  # fmt: skip
    return "\n".join(heading * sensors).encode()


def _blank_book() -> bytes:
    """A sheet that unpacks to 200 MB of spaces, written in pieces."""
    out = BytesIO(book(sheet([])))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/big.xml", "w") as member:
        for _piece in range(200):
            member.write(b" " * 1_000_000)
    return out.getvalue()


def _lying_book() -> bytes:
    """The directory promises 100 bytes of a sheet of 50 MB."""
    honest = book(sheet([" " * 50_000_000]))
    size = len(sheet([" " * 50_000_000])).to_bytes(4, "little")
    return honest.replace(size, (100).to_bytes(4, "little"))


def _locked() -> bytes:
    honest = bytearray(xlsx(good()))
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = honest.find(mark)
        while place >= 0:
            honest[place + at] |= 1
            place = honest.find(mark, place + 4)
    return bytes(honest)


@cache
def refused_books() -> list[Case]:
    whole = xlsx(good())
    laughs = (
        '<!DOCTYPE gpx [<!ENTITY a "ha">'
        + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
        + "]>"
    )
    xxe = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    first = inline(1, HEADER.split(","))
    points = gpx(good()).decode()
    far = sheet([first, '<row r="2"><c r="XFD1048576"><v>1</v></c></row>'])
    cases = [
        Case("xlsx: sheet of 1 GB of nothing", _blank_book(), "bomb"),
        Case("xlsx: directory that lies", _lying_book(), "bomb"),
        Case("xlsx: one cell at the far corner", book(far), "too_wide"),
        Case("xlsx: far corner in single quotes", book(far.replace('"XFD1048576"', "'XFD1048576'")), "too_wide"),
        Case("xlsx: far corner in small letters", book(far.replace("XFD", "xfd")), "too_wide"),
        Case(
            "xlsx: one text of 1 MB in 100,000 cells",
            book(
                sheet([first, *(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 100_000))]),
                f"<sst><si><t>{'x' * 1_000_000}</t></si></sst>",
            ),
            "bomb",
        ),
        Case("xlsx: entities", book("<!DOCTYPE a [<!ENTITY b 'c'>]>" + sheet([first])), "xlsx"),
        Case("xlsx: external entity", book('<!DOCTYPE a SYSTEM "http://127.0.0.1/">' + sheet([first])), "xlsx"),
        Case("xlsx: 10,000 members", zipped({"xl/workbook.xml": b"", **{f"m{n}": b"" for n in range(10_000)}}), "bomb"),
        Case("xlsx: password", _locked(), "encrypted"),
        Case("xlsx: no sheet", zipped({"xl/workbook.xml": b"<workbook/>", "[Content_Types].xml": b"<Types/>"}), "xlsx"),
        Case("xlsx: a ZIP in a ZIP", zipped({"inner.zip": zipped({"a.csv": text(good())})}), "xlsx"),
        Case("xlsx: empty sheet", book(sheet([])), "no_header"),
        Case("xlsx: header only", xlsx([]), "no_rows"),
        Case("xlsx: no header", xlsx(good()[1:], good()[0]), "no_header"),
        Case("xlsx: no latitude", xlsx(good(), "时间,甲,经度,速度,TVOC"), "no_lat_column"),
        Case(
            "xlsx: 250 columns", xlsx([], "时间,纬度,经度," + ",".join(f"c{n}" for n in range(250))), "too_many_columns"
        ),
        Case(
            "xlsx: 10,000 columns",
            xlsx([], "时间,纬度,经度," + ",".join(f"c{n}" for n in range(10_000))),
            "too_many_columns",
        ),
        Case("xlsx: not closed", book(sheet([first])[:-30]), ""),
        Case(
            "gpx: billion laughs",
            (laughs + points.replace('<?xml version="1.0"?>', "").replace("<time>", "<time>&i;")).encode(),
            "gpx",
        ),
        Case("gpx: laughs in a name", points.replace('<?xml version="1.0"?>', laughs).encode(), "gpx"),
        Case("gpx: external entity", points.replace('<?xml version="1.0"?>', xxe).encode(), "gpx"),
        Case("gpx: external subset", ('<!DOCTYPE gpx SYSTEM "http://127.0.0.1/x">' + points[21:]).encode(), "gpx"),
        Case("gpx: no points", (GPX_HEAD + GPX_TAIL).encode(), "no_rows"),
        Case("gpx: cut in the middle", points[: len(points) // 2].encode(), "gpx"),
        Case("gpx: cut in its head", points[:60].encode(), "gpx"),
        Case("gpx: tags crossed", points.replace("</trkpt>", "</trkseg>", 1).encode(), "gpx"),
        Case("gpx: 100,000 elements deep", (GPX_HEAD + "<a>" * 100_000).encode(), "gpx"),
        Case(
            "gpx: unknown encoding",
            points.replace('version="1.0"', 'version="1.0" encoding="klingon"', 1).encode(),
            "gpx",
        ),
        Case("gpx: undecodable", points.encode().replace(b"TVOC>45", b"TVOC>\xff\xfe", 1), "gpx"),
        Case("gpx: NUL", points.encode().replace(b"TVOC>45", b"TVOC>\0", 1), "gpx"),
        Case("gpx: 300 extensions", gpx(good(), "".join(f"<s{n}>1</s{n}>" for n in range(300))), "too_many_columns"),
        Case("gpx: points without a place", points.replace('lat="', 'x="').encode(), "nothing_usable"),
        Case("aircasting: thirteen sensors", _shared(13), "too_many_columns"),
        Case("aircasting: headings without rows", _shared(2), "no_rows"),
        Case("aircasting: an endless heading", _shared(1).replace(b"PM", b"P" * 30_000), "long_line"),
        Case("aircasting: only its first lines", aircasting([]).split(b"ObjectID")[0], "no_header"),
        Case("aircasting: no rows", aircasting([]), "no_rows"),
        Case("aircasting: in UTF-16 cut short", aircasting(good()).decode().encode("utf-16")[:-1], "encoding"),
    ]
    cases += [Case(f"xlsx: cut after {share} %", whole[: len(whole) * share // 100], "") for share in range(5, 100, 10)]
    cases += [
        Case(f"xlsx: byte {at} turned", _turned(whole, at), "*") for at in range(40, len(whole), len(whole) // 25)
    ]
    return cases


def _turned(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@cache
def flagged_books() -> list[Case]:
    """Every bad row of the text files that a sheet and a track can hold too."""
    torn = {"truncated", "extra_cells", "encoding", "nul"}
    cases = []
    for case in flagged_cases():
        if torn & set(case.flagged) or '"' in case.data.decode("utf-8", "replace") or "cut" in case.name:
            continue
        lines = case.data.decode().splitlines()[1:]
        cases.append(Case(f"xlsx: {case.name}", xlsx(lines), flagged=case.flagged, kept=case.kept))
        if "formula" not in case.name:
            cases.append(Case(f"gpx: {case.name}", gpx(lines), flagged=case.flagged, kept=case.kept))
    lines = good()
    lines[10] = row(10) + ",7,8"
    return [*cases, Case("xlsx: cells beyond the header", xlsx(lines), flagged=("extra_cells",), kept=19)]


def clean_books() -> list[Case]:
    rows = [HEADER, *good()]
    return [
        Case("xlsx", xlsx(good()), kept=20),
        Case("xlsx with three empty rows above", xlsx(good(), above=3), kept=20),
        Case(
            "xlsx written by hand", book(sheet([inline(n, line.split(",")) for n, line in enumerate(rows, 1)])), kept=20
        ),
        Case("gpx", gpx(good()), kept=20),
        Case("aircasting", aircasting(good()), kept=20),
        Case("aircasting with semicolons", aircasting(good()).replace(b",", b";"), kept=20),
    ]
