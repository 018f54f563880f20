"""How large a track file may be."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .problems import TrackRefused


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """Bounds on one file; the deployment sets them (``settings.PATROL_IMPORT``)."""

    max_bytes: int = 50 * 1024 * 1024
    max_rows: int = 2_000_000
    max_columns: int = 200
    max_line_chars: int = 20_000
    max_cell_chars: int = 1_000
    max_seconds: float = 60.0
    keep_problems: int = 50

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
