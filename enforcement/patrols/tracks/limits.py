"""How large a track file may be."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from weakref import finalize

import numpy as np
from django.utils.translation import gettext as _

from .problems import TrackRefused
from .readings import blank_column


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """Bounds on one file; the deployment sets them (``settings.PATROL_IMPORT``), for a worker the dated upload rule.

    ``whole_bytes``: of a file that can't be read in pieces; ``unpacked_bytes``: of a sheet's parts together.
    ``aside``: a folder for columns of more than ``aside_above`` bytes together, None to keep them in memory.
    """

    max_bytes: int = 50 * 1024 * 1024
    max_rows: int = 2_000_000
    max_columns: int = 200
    max_line_chars: int = 20_000
    max_cell_chars: int = 1_000
    max_seconds: float = 60.0
    keep_problems: int = 50
    whole_bytes: int = 128 * 1024 * 1024
    aside: Path | None = None
    aside_above: int = 256 * 1024 * 1024
    unpacked_bytes: int = 96 * 1024 * 1024

    def check_size(self, size: int) -> None:
        """Refuse an empty or an oversized file."""
        if size == 0:
            raise TrackRefused("empty", _("文件是空的，请重新导出后上传。"))
        if size > self.max_bytes:
            raise TrackRefused(
                "too_large",
                _("文件大小为 %(size).1f MB，超过上限 %(limit)d MB。请按日期拆分后上传。")
                % {"size": size / 1048576, "limit": self.max_bytes // 1048576},
            )

    def check_whole(self, size: int) -> None:
        """Refuse what can't be read in pieces and would be too much for memory."""
        if size > self.whole_bytes:
            raise TrackRefused(
                "whole_too_large",
                _(
                    "这种文件须整体读取，大小 %(size).1f MB，超过上限 %(limit)d MB。"
                    "请另存为 UTF-8 编码、单元格不带引号的 CSV，或按日期拆分后上传。"
                )
                % {"size": size / 1048576, "limit": self.whole_bytes // 1048576},
            )

    def check_rows(self, count: int) -> None:
        """Refuse more rows than may be kept."""
        if count > self.max_rows:
            raise TrackRefused(
                "too_many_rows",
                _("数据超过 %(limit)d 行的上限，请按日期拆分后上传。") % {"limit": self.max_rows},
            )

    def room_for(self, rows: int, kinds: Sequence[str]) -> Room:
        """Columns of so many rows, one of each kind (numpy's words), yet to be filled.

        Many columns of many rows lie in a nameless file of ``aside``: the kernel keeps in memory what there is room for,
        and a channel nobody looks at needn't be there.
        """
        # Each begins at a multiple of eight, as numbers must.
        sizes = [-(-np.dtype(kind).itemsize * rows // 8) * 8 for kind in kinds]
        if self.aside is None or sum(sizes) <= self.aside_above:
            return Room([blank_column(rows, kind) for kind in kinds])
        file = TemporaryFile(dir=self.aside, buffering=0)  # noqa: SIM115 - the room closes it
        file.truncate(sum(sizes))
        if hasattr(os, "posix_fallocate"):
            # Taken now: a page of the mapping that found the disk full later would kill the process.
            os.posix_fallocate(file.fileno(), 0, sum(sizes))
        lying = mmap.mmap(file.fileno(), sum(sizes))
        starts = [sum(sizes[:number]) for number in range(len(sizes))]
        columns = [np.frombuffer(lying, kind, rows, at) for kind, at in zip(kinds, starts, strict=True)]
        return Room(columns, file, starts)


class Room:
    """Columns to be filled, in memory or lying in a file."""

    def __init__(self, columns: list[np.ndarray[Any, Any]], file: IO[bytes] | None = None, starts: Sequence[int] = ()):
        self.columns = columns
        self._file, self._starts = file, starts
        if file is not None:
            finalize(self, file.close)

    def put(self, at: int, parts: Sequence[np.ndarray[Any, Any]]) -> None:
        """Fills rows of every column from a place on. Raises OSError where the disk is full.

        A file is written, not the memory it is mapped to: a page at a time that costs thrice as much, and on a full disk
        it would kill the process.
        """
        for number, (column, part) in enumerate(zip(self.columns, parts, strict=True)):
            if self._file is None:
                column[at : at + len(part)] = part
                continue
            left = np.ascontiguousarray(part, dtype=column.dtype).view(np.uint8).data
            place = self._starts[number] + at * column.itemsize
            while left:
                written = os.pwrite(self._file.fileno(), left, place)
                left, place = left[written:], place + written


@dataclass(slots=True)
class Deadline:
    """Stops a reading that takes too long."""

    seconds: float
    started: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Refuse when the time is up."""
        if time.monotonic() - self.started > self.seconds:
            raise TrackRefused(
                "too_slow",
                _("读取文件超过 %(limit)d 秒，已停止，没有导入任何数据。请拆分后上传。") % {"limit": self.seconds},
            )
