"""Where the fonts of a PDF are. Fonts of the system come first; the package's own covers what a bare machine lacks."""

from functools import cache
from pathlib import Path

import cvttf_NotoSansCJK_Regular

FAMILIES = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans CJK TC")


@cache
def folders() -> list[str]:
    return [str(Path(cvttf_NotoSansCJK_Regular.get_TTF_path()).parent)]
