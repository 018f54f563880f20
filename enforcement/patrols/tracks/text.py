"""From a file's bytes to its text."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from .problems import TrackRefused

#: First bytes of files people upload by mistake, and what to tell them.
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
    (b"BZh", "archive"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
)

#: A text file has next to no NUL; more than this share and it is something else.
MAX_NUL_SHARE = 0.01
#: Share of lines that may hold undecodable bytes before the whole file is refused.
MAX_BROKEN_LINE_SHARE = 0.05
REPLACEMENT = "\ufffd"
#: Bytes looked at in one go, so that they stay in the cache.
_AT_ONCE = 1 << 18
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")

ENCODING_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "gb18030": "GB18030", "utf-16": "UTF-16"}


@dataclass(frozen=True, slots=True)
class Text:
    """The decoded file; undecodable bytes stand as U+FFFD."""

    body: str
    encoding: str


def decode(data: bytes) -> Text:
    """The file as text: UTF-8 (BOM or not), UTF-16 with BOM, GB18030.

    Raises TrackRefused for anything that isn't text or whose encoding can't be told.
    """
    _refuse_known_kinds(data)
    if is_utf16(data):
        return _decode_utf16(data)
    if data.count(b"\0") > len(data) * MAX_NUL_SHARE:
        raise TrackRefused("binary", _("这不是文本文件。请从仪器软件导出 CSV 后上传。"))
    if data.startswith(codecs.BOM_UTF8):
        return _decode_utf8(data[len(codecs.BOM_UTF8) :], "utf-8-sig")
    if _looks_like_utf8(data):
        return _decode_utf8(data, "utf-8")
    try:
        return Text(data.decode("gb18030"), "gb18030")
    except UnicodeDecodeError:
        return _decode_utf8(data, "utf-8")


def is_utf16(data: bytes) -> bool:
    """True for text that says by its first bytes that it is UTF-16: lines of it can't be told by a newline's byte."""
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


class EncodingSurvey:
    """What `decode` would find a long text to be, learnt from its pieces of whole lines without keeping them."""

    def __init__(self, head: bytes) -> None:
        _refuse_known_kinds(head)
        self._marked = head.startswith(codecs.BOM_UTF8)
        self._nul = self._high = self._formed = self._lines = self._broken = self._first_broken = 0
        self._gb18030 = True

    def add(self, piece: bytes) -> None:
        """The next piece."""
        before = self._lines
        self._lines += newlines(piece)
        # Looking for what isn't there is quicker than counting it.
        if b"\0" in piece:
            self._nul += piece.count(b"\0")
        if piece.isascii():
            return
        self._high += len(_HIGH.findall(piece))
        self._formed += sum(len(found) for found in _MULTIBYTE.findall(piece))
        broken = [
            n for n, line in enumerate(piece.decode("utf-8", errors="replace").split("\n")) if REPLACEMENT in line
        ]
        self._broken += len(broken)
        if broken and not self._first_broken:
            self._first_broken = before + broken[0] + 1
        try:
            piece.decode("gb18030")
        except UnicodeDecodeError:
            self._gb18030 = False

    @property
    def lines(self) -> int:
        """How many lines ended so far."""
        return self._lines

    def encoding(self, size: int) -> str:
        """The encoding of a file of ``size`` bytes. Raises TrackRefused as `decode` does."""
        if self._nul > size * MAX_NUL_SHARE:
            raise TrackRefused("binary", _("这不是文本文件。请从仪器软件导出 CSV 后上传。"))
        if not (self._marked or not self._high or self._formed * 2 > self._high) and self._gb18030:
            return "gb18030"
        if self._broken > max(1, (self._lines + 1) * MAX_BROKEN_LINE_SHARE):
            raise mojibake(self._first_broken, self._broken)
        return "utf-8-sig" if self._marked else "utf-8"


def newlines(piece: bytes) -> int:
    """How many lines end in a text; what is that frequent numpy counts several times as fast."""
    text = np.frombuffer(piece, dtype=np.uint8)
    parts = (text[start : start + _AT_ONCE] for start in range(0, len(text), _AT_ONCE))
    return sum(int(np.count_nonzero(part == ord("\n"))) for part in parts)


def _refuse_known_kinds(data: bytes) -> None:
    for signature, kind in SIGNATURES:
        if data.startswith(signature):
            if kind in ("xlsx", "xls"):
                raise TrackRefused(
                    kind, _("这是旧版 Excel 或压缩文件。旧版 Excel 请另存为 XLSX 或 CSV，压缩文件请先解压，再上传。")
                )
            raise TrackRefused(kind, _("这不是轨迹文件。请从仪器软件导出 CSV 后上传。"))


def _decode_utf16(data: bytes) -> Text:
    try:
        return Text(data.decode("utf-16"), "utf-16")
    except UnicodeDecodeError:
        raise TrackRefused("encoding", _("文件以 UTF-16 开头但内容不完整，请重新导出为 UTF-8 编码的 CSV。")) from None


def _looks_like_utf8(data: bytes) -> bool:
    """True unless the bytes above 127 mostly fail to form UTF-8 characters."""
    high = len(_HIGH.findall(data)) if not data.isascii() else 0
    if high == 0:
        return True
    formed = sum(len(found) for found in _MULTIBYTE.findall(data))
    return formed * 2 > high


def _decode_utf8(data: bytes, encoding: str) -> Text:
    body = data.decode("utf-8", errors="replace")
    if REPLACEMENT not in body:
        return Text(body, encoding)
    lines = body.split("\n")
    broken = [number for number, line in enumerate(lines, 1) if REPLACEMENT in line]
    if len(broken) > max(1, len(lines) * MAX_BROKEN_LINE_SHARE):
        raise mojibake(broken[0], len(broken))
    return Text(body, encoding)


def mojibake(row: int, count: int) -> TrackRefused:
    """The refusal for a text whose encoding nobody can tell."""
    return TrackRefused(
        "encoding",
        _("无法识别文件编码，第 %(row)d 行起有 %(count)d 行出现乱码。请另存为 UTF-8 或 GB18030 编码的 CSV 后上传。")
        % {"row": row, "count": count},
    )
