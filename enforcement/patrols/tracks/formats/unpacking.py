"""Looking into a ZIP before anybody unpacks it: what it really holds, not what it says it holds."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from django.utils.translation import gettext as _

from ..limits import ImportLimits
from ..problems import TrackRefused

MAX_MEMBERS = 200
#: Bytes looked at in one piece.
PIECE = 1 << 20


def members(data: bytes, code: str, limits: ImportLimits) -> zipfile.ZipFile:
    """The archive, its directory within the limits. Raises TrackRefused with ``code``, or ``bomb``."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        listed = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError):
        raise TrackRefused(code, _("压缩包已损坏或不完整，请重新导出后上传。")) from None
    if len(listed) > MAX_MEMBERS or sum(one.file_size for one in listed) > limits.unpacked_bytes:
        raise bomb(limits)
    if any(one.flag_bits & 1 for one in listed):
        raise TrackRefused("encrypted", _("文件有密码保护，无法读取。请去掉密码后上传。"))
    if any(one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for one in listed):
        raise TrackRefused(code, _("压缩包的压缩方式不受支持，请另存后上传。"))
    return archive


def pieces(data: bytes, archive: zipfile.ZipFile, name: str, code: str, limits: ImportLimits) -> Iterator[bytes]:
    """One member in pieces, to the end of its stream: a directory that promises less than there is, is a lie."""
    one = archive.getinfo(name)
    start = one.header_offset + 30
    head = data[one.header_offset : start]
    start += int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = memoryview(data)[start : start + one.compress_size]
    if one.compress_type == zipfile.ZIP_STORED:
        yield bytes(packed)
        return
    unpacker, given = zlib.decompressobj(-15), 0
    waiting: bytes | memoryview = packed
    try:
        while not unpacker.eof:
            piece = unpacker.decompress(waiting, PIECE)
            waiting = unpacker.unconsumed_tail
            if not piece and not waiting:
                break
            given += len(piece)
            if given > one.file_size:
                raise bomb(limits)
            yield piece
    except zlib.error:
        raise TrackRefused(code, _("压缩包已损坏或不完整，请重新导出后上传。")) from None


def bomb(limits: ImportLimits) -> TrackRefused:
    """The refusal for an archive that unpacks to more than anybody drove."""
    return TrackRefused(
        "bomb",
        _("解压后超过 %(limit)d MB，已停止读取。请另存为 CSV 或按日期拆分后上传。")
        % {"limit": limits.unpacked_bytes >> 20},
    )
