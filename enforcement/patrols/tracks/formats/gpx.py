"""GPX: points of a receiver with whatever an app hung on them. A row's number is the number of its point."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _

from ..layout import from_cells
from ..limits import ImportLimits
from ..problems import TrackRefused
from .table import OpenTable

#: Extensions are looked for in the first points.
LOOKED_AT = 200
#: Elements inside each other; deeper is an attack.
MAX_DEPTH = 50
FIXED = ("time", "lat", "lon")
_ROOT = re.compile(rb"<(?:[\w.-]+:)?gpx[\s>]")
#: Speed of the standard and of the common extensions is in m/s.
HEADERS = {"speed": "speed (m/s)"}
#: Words, and what the standard and the usual extensions (Garmin, OsmAnd) say of the receiver and the way it points: no air.
IGNORED = frozenset(
    {"sym", "type", "fix", "name", "desc", "cmt", "src", "link", "text", "extensions", "magvar", "geoidheight",
     "ageofdgpsdata", "dgpsid", "bearing", "heading"}
)  # fmt: skip


class GpsExchange:
    """The reader of GPX."""

    key = "gpx"

    def recognises(self, data: bytes, filename: str) -> bool:
        """An XML document whose root is ``gpx``."""
        head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
        return head.startswith(b"<") and (_ROOT.search(head) is not None or filename.lower().endswith(".gpx"))

    def open(self, data: bytes, limits: ImportLimits) -> OpenTable:
        """Find what its points carry. Raises TrackRefused: no XML, entities, no points."""
        limits.check_size(len(data))
        extras: dict[str, None] = {}
        points = 0
        for point in islice(_points(data, whole=False), LOOKED_AT):
            points += 1
            extras |= dict.fromkeys(name for name in point if name not in FIXED)
        if not points:
            raise TrackRefused("no_rows", _("GPX 文件里没有轨迹点。"))
        names = [*FIXED, *extras]
        layout = from_cells([[HEADERS.get(name, name) for name in names]], limits)

        def rows() -> Iterator[tuple[int, list[str]]]:
            for number, point in enumerate(_points(data, whole=True), 1):
                yield number, [point.get(name, "") for name in names]

        return OpenTable(layout, "GPX", rows, limits)


def _points(data: bytes, *, whole: bool) -> Iterator[dict[str, str]]:
    """Each track point; a document cut short ends quietly unless ``whole`` is asked for."""
    depth, root = 0, None
    seen = 0
    try:
        for event, element in iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                depth += 1
                root = root if root is not None else element
                if depth > MAX_DEPTH:
                    raise TrackRefused("gpx", _("GPX 文件嵌套过深，无法读取。"))
                continue
            depth -= 1
            if _name(element) == "trkpt":
                seen += 1
                yield _point(element)
                element.clear()
                if root is not None and depth <= 3:
                    _forget(root)
    except DefusedXmlException:
        raise TrackRefused("gpx", _("GPX 文件含有不允许的实体或外部引用，没有读取。请重新导出。")) from None
    except (ParseError, ValueError, LookupError) as error:
        if whole or not seen:
            raise TrackRefused(
                "gpx", _("GPX 文件在第 %(count)d 个点之后损坏，没有读取。请重新导出。") % {"count": seen}
            ) from error


def _forget(root: Element) -> None:
    """Points already given don't stay in memory."""
    for track in root:
        for segment in track:
            if len(segment) > 1:
                del segment[:-1]


def _point(element: Element) -> dict[str, str]:
    found = {"time": "", "lat": element.get("lat", ""), "lon": element.get("lon", "")}
    for inner in element.iter():
        name = _name(inner)
        if inner is not element and len(inner) == 0 and name not in IGNORED and name not in ("lat", "lon"):
            found.setdefault(name, "")
            found[name] = found[name] or (inner.text or "").strip()
    return found


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
