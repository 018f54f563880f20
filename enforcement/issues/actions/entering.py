"""What was entered into an action's form or body: checked and typed, field by field, before anything happens."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from enforcement.issues.lifecycle import FIELDS, Method, Move, PauseReason, ReturnReason, Verdict
from enforcement.issues.models import LookBackDraw, MeasureKind, Responsibility
from enforcement.timeline import clock
from enforcement.timeline.models import Attachment
from regions.errors import Invalid
from regions.models import Bureau
from regions.words import unfit
from regions.workdays import is_workday

MAX_TEXT = 2000
MAX_LINE = 120
MAX_NAME = 60
MAX_ROWS = 20
#: The furthest day anybody plans to.
FURTHEST = timedelta(days=5 * 366)
MAX_AMOUNT = Decimal(10) ** 11
CENT = Decimal("0.01")


def clean(row: Move, data: dict[str, Any], responsibility: Responsibility) -> dict[str, Any]:
    """The action's fields, checked and typed. Raises Invalid with a sentence for every field at fault."""
    errors: dict[str, list[str]] = {}
    entered: dict[str, Any] = {}
    for name in sorted(set(data) - set(row.needs) - set(row.accepts)):
        if data[name] not in (None, "", []):
            errors[name] = [_("“%(action)s”不接受此项内容。") % {"action": row.label}]
    for name in (*row.needs, *row.accepts):
        value = data.get(name)
        if isinstance(value, str):
            value = value.strip()
        if value in (None, "", []):
            if name in row.needs:
                errors[name] = [_("请填写%(field)s。") % {"field": FIELDS[name]}]
            continue
        try:
            entered[name] = CLEANERS.get(name, _text)(value)
        except Invalid as error:
            errors[name] = error.errors.get(name, [str(error)])
    errors |= _clashes(entered, responsibility)
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    return entered


def _clashes(entered: dict[str, Any], responsibility: Responsibility) -> dict[str, list[str]]:
    """What is right by itself and wrong for this responsibility."""
    errors: dict[str, list[str]] = {}
    policy, today = responsibility.policy, clock.today()
    if "due_on" in entered and not today < entered["due_on"] <= responsibility.due_on:
        errors["due_on"] = [_("内部期限应晚于今天，且不晚于%(day)s。") % {"day": responsibility.due_on.isoformat()}]
    if "days" in entered and entered["days"] > policy.extension_max_days:
        errors["days"] = [_("一次延期最多%(n)d个工作日。") % {"n": policy.extension_max_days}]
    if "resume_on" in entered:
        last = today + timedelta(days=policy.pause_max_days)
        if not today < entered["resume_on"] <= last:
            errors["resume_on"] = [_("计划恢复日期应晚于今天，且不晚于%(day)s。") % {"day": last.isoformat()}]
        elif policy.unit == "working" and not is_workday(entered["resume_on"], responsibility.calendar.value()):
            errors["resume_on"] = [_("计划恢复日期应为工作日。")]
    for name in ("reply_by", "look_by"):
        if name in entered and not today < entered[name] <= today + FURTHEST:
            errors[name] = [_("日期应晚于今天。")]
    faults = [
        _("第%(n)d行：没有这条现行的法律依据，或它不适用于这项措施。") % {"n": number}
        for number, row in enumerate(entered.get("enforced") or (), start=1)
        if row["article"] is not None and not _in_force(row, responsibility)
    ]
    if faults:
        errors["enforced"] = faults
    if isinstance(kept := entered.get("evidence"), Attachment) and kept.subject_id != str(responsibility.issue_id):
        errors["evidence"] = [NO_EVIDENCE()]
    return errors


def _in_force(row: dict[str, Any], responsibility: Any) -> bool:
    """Whether a measure's article is one in force today, and one for this kind of measure."""
    today = clock.today().isoformat()
    return any(
        article["id"] == row["article"]
        and article["kind"] == row["kind"]
        and article["valid_from"] <= today
        and (article["valid_to"] is None or article["valid_to"] > today)
        for article in responsibility.articles or ()
    )


def NO_EVIDENCE() -> str:  # noqa: N802 - a sentence in the reader's language
    return _("没有找到这个材料，请先上传到本问题。")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid(_("应为文字。"))
    if unfit(value):
        raise Invalid(_("含有无法识别的字符，请删去后重填。"))
    if len(value) > MAX_TEXT:
        raise Invalid(_("不能超过%(n)d字。") % {"n": MAX_TEXT})
    return value


def _short(most: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        text = _text(value).strip()
        if len(text) > most:
            raise Invalid(_("不能超过%(n)d字。") % {"n": most})
        return text

    return check


def _choice(choices: Any) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in choices.values:
            raise Invalid(
                _("不在可选范围内，可选：%(choices)s。") % {"choices": _("、").join(map(str, choices.labels))}
            )
        return str(value)

    return check


def _bureau(value: Any) -> Bureau:
    if isinstance(value, Bureau):
        return value
    try:
        found = Bureau.objects.select_related("division").filter(pk=int(value), ended_on=None).first()
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None:
        raise Invalid(_("没有这个单位，请从列表中选择。"))
    return found


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise Invalid(_("日期应写作 2021-08-04。")) from error


def _number(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        try:
            number = int(str(value))
        except ValueError as error:
            raise Invalid(_("应为整数。")) from error
        if not low <= number <= high:
            raise Invalid(_("应在%(low)d到%(high)d之间。") % {"low": low, "high": high})
        return number

    return check


def _attachment(value: Any) -> Attachment:
    """An attachment of an issue, by its key; whose issue's is checked against the responsibility."""
    if isinstance(value, Attachment):
        return value
    try:
        found = Attachment.objects.filter(pk=uuid.UUID(str(value)), subject_type="issue").first()
    except ValueError:
        found = None
    if found is None:
        raise Invalid(NO_EVIDENCE())
    return found


# --- rows -------------------------------------------------------------------------------------------------------


def _draw(value: Any) -> LookBackDraw:
    """Comes from the draw itself only, never from a form or a body."""
    if not isinstance(value, LookBackDraw):
        raise Invalid(_("抽取的回头看由抽取时安排。"))
    return value


def _rows(name: str, check: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Any], list[dict[str, Any]]]:
    def checked(value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise Invalid(_("应为若干行。"))
        if len(value) > MAX_ROWS:
            raise Invalid(_("最多%(n)d行。") % {"n": MAX_ROWS})
        rows, faults = [], []
        for number, row in enumerate(value, start=1):
            try:
                rows.append(check(row))
            except Invalid as error:
                faults.append(_("第%(n)d行：%(fault)s") % {"n": number, "fault": error})
        if faults:
            raise Invalid(faults[0], errors={name: faults})
        return rows

    return checked


def _milestone(row: dict[str, Any]) -> dict[str, Any]:
    title = _short(MAX_LINE)(row.get("title") or "")
    if not title:
        raise Invalid(_("请填写节点内容。"))
    due_on = _day(row.get("due_on") or "")
    if not clock.today() < due_on <= clock.today() + FURTHEST:
        raise Invalid(_("节点期限应晚于今天，且不超过五年。"))
    return {"title": title, "due_on": due_on}


def _measure(row: dict[str, Any]) -> dict[str, Any]:
    kind = _choice(MeasureKind)(row.get("kind"))
    amount = _yuan(row.get("amount"))
    if kind == MeasureKind.FINE and amount is None:
        raise Invalid(_("罚款请填写金额（元）。"))
    persons, article = row.get("persons"), row.get("article")
    return {
        "kind": kind,
        "article": None if article in (None, "") else _number(1, 2**63 - 1)(getattr(article, "pk", article)),
        "amount": amount,
        "persons": None if persons in (None, "") else _number(1, 999)(persons),
        "document": _short(MAX_NAME)(row.get("document") or ""),
    }


def _yuan(value: Any) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        amount = Decimal(str(value))
        if not amount.is_finite() or not 0 < amount < MAX_AMOUNT or amount != amount.quantize(CENT):
            raise InvalidOperation
    except InvalidOperation as error:
        raise Invalid(_("金额应为大于0的元数，最多两位小数。")) from error
    return amount.quantize(CENT)


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "reason_code": _choice(ReturnReason),
    "pause_code": _choice(PauseReason),
    "verdict": _choice(Verdict),
    "method": _choice(Method),
    "bureau": _bureau,
    "due_on": _day,
    "resume_on": _day,
    "reply_by": _day,
    "look_by": _day,
    "days": _number(1, 250),
    "evidence": _attachment,
    "draw": _draw,
    "leader": _short(MAX_NAME),
    "milestone": _number(1, 2**63 - 1),
    "milestones": _rows("milestones", _milestone),
    "enforced": _rows("enforced", _measure),
}
