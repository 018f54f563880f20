"""Every remark on the rows of a file, to hand out: packed when a file is read, shown again as a table.

The stored form is gzip of JSON lines, one `[row, column, code, value, file]` each, in the order of rows. It is made the same way
from the same remarks, so that its SHA-256 is a key.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from enforcement.patrols.models import PatrolRun, TrackUpload
from enforcement.patrols.tracks.problems import REASONS, Problem, ProblemLog
from enforcement.timeline.evidence import store
from regions.errors import Absent, Conflict

Row = tuple[str, int | str, str, str, str, str, str]


def packed(log: ProblemLog) -> bytes:
    """The log's remarks; b"" without any."""
    if not log.listed:
        return b""
    lines = (json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in sorted(log.listed))
    return gzip.compress("\n".join(lines).encode(), 6, mtime=0)


def remarks_of(run: PatrolRun) -> Iterator[Row]:
    """The run's remarks. Raises Absent for a run without any kept, Conflict when the bytes were altered."""
    if not run.remarks_key:
        raise Absent(_("这次走航没有逐行问题清单。"))
    try:
        return table(store().take(run.remarks_key), run.problems)
    except FileNotFoundError as error:
        raise Absent(_("这次走航的问题清单不在证据库中，请联系系统管理员。")) from error
    except ValueError as error:
        raise Conflict(_("这次走航的问题清单与登记的摘要不符，请联系系统管理员。")) from error


def remarks_of_upload(upload: TrackUpload) -> Iterator[Row]:
    """What a worker left of a large file."""
    return table(bytes(upload.remarks or b""), (upload.told or {}).get("counts", {}))


def table(data: bytes, counts: Mapping[str, int]) -> Iterator[Row]:
    """File (where there are several), row, column, value, code, reason, what became of the row; last, how many remarks are only counted."""
    shown = 0
    for line in gzip.decompress(data).decode().splitlines() if data else ():
        problem = Problem(*(json.loads(line)))
        shown += 1
        yield problem.file, problem.row, problem.field, problem.value, problem.code, problem.reason, _fate(problem.code)
    more = sum(counts.values()) - shown
    if more > 0:
        yield "", "", "", "", "", _("另有 %(count)d 处只计数、未逐行列出") % {"count": more}, ""


def headers() -> list[str]:
    """The table's head."""
    return [_("文件"), _("行号"), _("列"), _("值"), _("代码"), _("原因"), _("处理")]


def _fate(code: str) -> str:
    return _("略去") if REASONS[code].flag is None else _("带标记保留")
