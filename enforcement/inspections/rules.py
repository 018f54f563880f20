"""What a checklist asks, what an answer means, what is still missing.

Pure: items and answers come in as plain values, verdicts and sentences go out.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Protocol, TypeVar

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regions.words import unfit

MAX_WORDS = 2000
_NUMBER_LIMIT = Decimal(10) ** 12


class Kind(TextChoices):
    YES_NO = "yes_no", gettext_lazy("是/否/不适用")
    CHOICE = "choice", gettext_lazy("单选")
    NUMBER = "number", gettext_lazy("数值")
    TEXT = "text", gettext_lazy("文字")
    PHOTO = "photo", gettext_lazy("照片")


class Evidence(TextChoices):
    """When a photo is demanded with an answer."""

    NONE = "none", gettext_lazy("不要求")
    FAILED = "failed", gettext_lazy("不合格时要求")
    ALWAYS = "always", gettext_lazy("必须")


class Becomes(TextChoices):
    """What a failed item turns into."""

    FINDING = "finding", gettext_lazy("线索")
    IMMEDIATE_FIX = "immediate_fix", gettext_lazy("立行立改")
    ADVICE = "advice", gettext_lazy("建议")


YES, NO, NOT_APPLICABLE = "yes", "no", "na"
YES_NO: dict[str, str | Promise] = {
    YES: gettext_lazy("是"), NO: gettext_lazy("否"), NOT_APPLICABLE: gettext_lazy("不适用")
}  # fmt: skip


class Item(Protocol):
    """An item of a checklist as these rules read it."""

    code: str
    text: str
    kind: str
    choices: list[str]
    unit: str
    low: Decimal | None
    high: Decimal | None
    failing: list[str]
    asked_if: str
    asked_if_answers: list[str]
    evidence: str


Asked = TypeVar("Asked", bound=Item)


def asked(items: Sequence[Asked], answers: Mapping[str, str]) -> list[Asked]:
    """The items that are asked given the answers so far: one that hangs on another is asked only with its answer.

    What hangs on an item that isn't asked isn't asked either.
    """
    shown: list[Asked] = []
    codes: set[str] = set()
    for item in items:
        if not item.asked_if or (item.asked_if in codes and answers.get(item.asked_if) in item.asked_if_answers):
            shown.append(item)
            codes.add(item.code)
    return shown


def clean(item: Item, value: str) -> str:
    """An answer as it is kept. Raises ValueError with a sentence that says how to mend it."""
    value = value.strip()
    if unfit(value):
        raise ValueError(_("含有无法识别的字符，请删去后重填。"))
    if not value:
        return ""
    if item.kind == Kind.YES_NO and value not in YES_NO:
        raise ValueError(_("请选择是、否或不适用。"))
    if item.kind == Kind.CHOICE and value not in item.choices:
        raise ValueError(_("不在可选范围内，可选：%(choices)s。") % {"choices": _("、").join(item.choices)})
    if item.kind == Kind.NUMBER:
        return _number(value)
    if len(value) > MAX_WORDS:
        raise ValueError(_("不能超过%(n)d字。") % {"n": MAX_WORDS})
    return value


def _number(value: str) -> str:
    try:
        # Full-width digits and stops are what a phone's Chinese keyboard gives.
        number = Decimal(unicodedata.normalize("NFKC", value).replace(",", ""))
    except InvalidOperation:
        raise ValueError(_("请填写数值，如 12.5。")) from None
    if not number.is_finite() or abs(number) >= _NUMBER_LIMIT:
        raise ValueError(_("数值超出范围，请核对单位。"))
    return f"{number.normalize():f}"


def failed(item: Item, value: str) -> bool:
    """Whether a kept answer says that something is wrong."""
    if not value:
        return False
    if item.kind == Kind.NUMBER:
        number = Decimal(value)
        return (item.low is not None and number < item.low) or (item.high is not None and number > item.high)
    return value in item.failing


def shown(item: Item, value: str) -> str:
    """A kept answer in words, with its unit."""
    if item.kind == Kind.YES_NO:
        return str(YES_NO.get(value, value))
    return f"{value} {item.unit}".strip() if item.kind == Kind.NUMBER and value else value


def missing(items: Sequence[Item], answers: Mapping[str, str], photos: Mapping[str, int]) -> list[str]:
    """What keeps a visit from being recorded, a sentence an item; `photos` counts those of each item."""
    sentences = []
    for item in asked(items, answers):
        value = answers.get(item.code, "")
        if item.kind == Kind.PHOTO:
            if not photos.get(item.code):
                sentences.append(_("%(code)s 需要照片。") % {"code": item.code})
            continue
        if not value:
            sentences.append(_("%(code)s 没有填写：%(text)s") % {"code": item.code, "text": item.text[:40]})
        elif _wants_photo(item, value) and not photos.get(item.code):
            sentences.append(_("%(code)s 需要照片为证。") % {"code": item.code})
    return sentences


def _wants_photo(item: Item, value: str) -> bool:
    return item.evidence == Evidence.ALWAYS or (item.evidence == Evidence.FAILED and failed(item, value))


def faults_of(items: Sequence[Item]) -> list[str]:
    """What is wrong with a checklist that is to be published, a sentence each."""
    sentences, seen = [], dict[str, Item]()
    if not items:
        sentences.append(_("检查表没有内容，请先添加检查项。"))
    for item in items:
        sentences += [
            _("%(code)s：%(fault)s") % {"code": item.code, "fault": fault} for fault in _item_faults(item, seen)
        ]
        seen[item.code] = item
    return sentences


def _item_faults(item: Item, before: Mapping[str, Item]) -> Iterable[str]:
    if item.kind == Kind.CHOICE and len(item.choices) < 2:
        yield _("单选项至少要有两个选项。")
    if item.kind == Kind.CHOICE and not set(item.failing) <= set(item.choices):
        yield _("不合格的答案不在选项中。")
    if item.kind == Kind.YES_NO and not set(item.failing) <= set(YES_NO):
        yield _("不合格的答案应为是、否或不适用。")
    if item.kind == Kind.NUMBER and not item.unit:
        yield _("数值项要写明单位。")
    if item.low is not None and item.high is not None and item.low > item.high:
        yield _("下限大于上限。")
    if item.asked_if:
        parent = before.get(item.asked_if)
        if parent is None:
            yield _("前提项%(code)s应排在本项之前。") % {"code": item.asked_if}
        elif not item.asked_if_answers:
            yield _("请填写前提项的哪些答案下才问本项。")
