"""One cell as a value: days however an office writes them, numbers in any width, words of states and sources.

Each reader gives the canonical text (days as 2021-08-04) or raises ValueError with a sentence.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from enforcement.issues.ledger.faults import quoted
from enforcement.issues.ledger.opening import MAX_CELL, Cell
from enforcement.issues.lifecycle import State
from regions.cells import plain

EARLIEST = date(2000, 1, 1)
#: The furthest day anybody plans to.
FURTHEST = timedelta(days=5 * 366)
#: Days of a spreadsheet's calendar that stand for 2000 to 2099.
_SERIALS = range(36_526, 73_051)
_EPOCH = date(1899, 12, 30)
_DAY = re.compile(r"^(\d{4})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*[日号]?(?:[ T]*\d{1,2}[:时点].*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_NO_YEAR = re.compile(r"^\d{1,2}\s*[月./\-]\s*\d{1,2}\s*[日号]?$")
#: Bidirectional controls turn what one reads into something else.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def text(cell: Cell, most: int = MAX_CELL) -> str:
    """Words as they stand, without blanks around them."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return _("是") if cell else _("否")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if isinstance(cell, datetime):
        cell = cell.date()
    words = plain(str(cell).strip())
    if "\x00" in words or any(0xD800 <= ord(char) <= 0xDFFF or char == "\ufffd" for char in words):
        raise ValueError(_("含有无法识别的字符，请删去后重填。"))
    if _TURNING.intersection(words):
        raise ValueError(_("含有改变文字方向的隐藏字符，请删去后重填。"))
    if len(words) > most:
        raise ValueError(_("不能超过%(n)d字，现为%(long)d字。") % {"n": most, "long": len(words)})
    return words


def folded(cell: Cell) -> str:
    """Words to be compared: full-width folded, inner blanks dropped."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text(cell)))


def day(cell: Cell, latest: date, beyond: str = "") -> str:
    """A day as 2021-08-04; "" for an empty cell. Takes days, serial numbers, 2021.8.4, 2021年8月4日, 20210804.

    `beyond` says what a day after `latest` is: later than today, unless told otherwise.
    """
    if cell is None or cell == "":
        return ""
    found = _as_day(cell)
    if found < EARLIEST or found > latest:
        why = _("早于2000年") if found < EARLIEST else beyond or _("晚于今天")
        raise ValueError(_("日期%(day)s%(why)s，请核对。") % {"day": found.isoformat(), "why": why})
    return found.isoformat()


def due_day(cell: Cell, today: date) -> str:
    """The same for a due date, which may lie ahead."""
    return day(cell, today + FURTHEST, _("超过五年以后"))


def _as_day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool):
        raise ValueError(_("“%(value)s”不是日期，请写作 2021-08-04。") % {"value": quoted(cell)})
    if isinstance(cell, int | float):
        return _numbered(float(cell))
    words = unicodedata.normalize("NFKC", text(cell)).strip()
    parts = _DAY.match(words) or _COMPACT.match(words)
    if parts:
        try:
            return date(int(parts[1]), int(parts[2]), int(parts[3]))
        except ValueError:
            raise ValueError(_("“%(value)s”这一天不存在，请核对。") % {"value": quoted(words)}) from None
    if re.fullmatch(r"\d{5}(\.\d+)?", words):
        return _numbered(float(words))
    if _NO_YEAR.match(words):
        raise ValueError(_("“%(value)s”缺少年份，请写作 2021-08-04。") % {"value": quoted(words)})
    raise ValueError(_("“%(value)s”不是能识别的日期，请写作 2021-08-04。") % {"value": quoted(words)})


def _numbered(number: float) -> date:
    if number.is_integer() and (parts := _COMPACT.match(str(int(number)))):
        try:
            return date(int(parts[1]), int(parts[2]), int(parts[3]))
        except ValueError:
            pass
    if int(number) not in _SERIALS:
        raise ValueError(_("“%(value)s”不是日期，请写作 2021-08-04。") % {"value": quoted(number)})
    return _EPOCH + timedelta(days=int(number))


def degrees(cell: Cell, low: float, high: float) -> str:
    """A coordinate in decimal degrees, six decimals; "" for an empty cell. Degrees and minutes are refused."""
    if cell is None or cell == "":
        return ""
    words = unicodedata.normalize("NFKC", text(cell)).strip().rstrip("°EeNn东北度")
    try:
        number = float(words)
    except ValueError:
        raise ValueError(_("“%(value)s”不是十进制度数，请写作 112.586300。") % {"value": quoted(words)}) from None
    if not low <= number <= high:
        raise ValueError(
            _("%(value)s 不在%(low)d到%(high)d度之间，请检查经纬度是否填反。")
            % {"value": quoted(words), "low": low, "high": high}
        )
    return f"{number:.6f}"


_STATES: dict[str, State] = {
    **{str(word): state for word, state in (
        ("已办结", State.CLOSED), ("办结", State.CLOSED), ("已完成", State.CLOSED), ("完成", State.CLOSED),
        ("整改完成", State.CLOSED), ("已整改", State.CLOSED), ("完成整改", State.CLOSED), ("是", State.CLOSED),
        ("已整改完成", State.CLOSED), ("已销号", State.STRUCK_OFF), ("销号", State.STRUCK_OFF),
        ("阶段性办结", State.INTERIM_CLOSED), ("阶段办结", State.INTERIM_CLOSED), ("整改中", State.RECTIFYING),
        ("正在整改", State.RECTIFYING), ("办理中", State.RECTIFYING), ("未完成", State.RECTIFYING),
        ("未办结", State.RECTIFYING), ("否", State.RECTIFYING), ("推进中", State.RECTIFYING),
        ("已签收", State.ACKNOWLEDGED), ("待签收", State.ISSUED), ("已转办", State.ISSUED), ("未签收", State.ISSUED),
    )},
}  # fmt: skip
#: States a ledger's row can be brought in as.
BROUGHT_IN = frozenset(_STATES.values())


def state(cell: Cell) -> str:
    """The state's own name; "" for an empty cell. Any label of ours is understood, so that an export can be compared."""
    words = folded(cell)
    if not words:
        return ""
    ours = {str(label): value for value, label in State.choices}
    found = _STATES.get(words) or ours.get(words)
    if found is None:
        raise ValueError(
            _("“%(value)s”不是能识别的状态，请写作已办结、已销号、阶段性办结、整改中、已签收或待签收。")
            % {"value": quoted(words)}
        )
    return str(found)


def choice(cell: Cell, choices: list[tuple[str, str]], more: dict[str, str]) -> str:
    """The value of one of our choices, by its label or another word for it; "" for an empty cell."""
    words = folded(cell)
    if not words:
        return ""
    found = more.get(words) or {label: value for value, label in choices}.get(words)
    if found is None:
        names = _("、").join(label for _value, label in choices)
        raise ValueError(
            _("“%(value)s”不在可选范围内，可选：%(choices)s。") % {"value": quoted(words), "choices": names}
        )
    return found


def starred(cell: Cell) -> str:
    words = folded(cell)
    if words in ("是", "1", "★", "加星", "√"):
        return "1"
    if words in ("", "否", "0", "×"):
        return ""
    raise ValueError(_("“%(value)s”应写作“是”或留空。") % {"value": quoted(words)})
