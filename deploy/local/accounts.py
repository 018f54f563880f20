"""The demo accounts on the screen, from the file the demo wrote."""

import json
import unicodedata
from pathlib import Path

from deploy.local import messages

COLUMNS = (
    ("role", "角色 role"),
    ("username", "用户名 username"),
    ("password", "密码 password"),
    ("division", "区划 division"),
    ("bureau", "单位 bureau"),
)


def show(path: Path) -> None:
    """Print the accounts as a table; nothing when there is no such file."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    table = [[title for _, title in COLUMNS]]
    table += [[str(row.get(key) or "") for key, _ in COLUMNS] for row in rows]
    widths = [max(width(cell) for cell in column) for column in zip(*table, strict=True)]
    lines = ("  ".join(cell + " " * (w - width(cell)) for cell, w in zip(line, widths, strict=True)) for line in table)
    text = ["", "演示账户  Demo accounts", *(f"    {line.rstrip()}" for line in lines), f"    ({path})"]
    messages.show("\n".join(text))


def width(text: str) -> int:
    """Columns a text takes on a terminal; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
