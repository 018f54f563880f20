"""What is asked of a finding by its source and type, in order, and whether the answers will do."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from enforcement.findings.models import FilingQuestion, PollutionType
from enforcement.timeline import clock

Kind = FilingQuestion.Kind
MAX_ANSWER, MAX_ANSWERS = 200, 40


def in_force() -> list[FilingQuestion]:
    """Every question of today, in order. One statement."""
    today = clock.today()
    rows = FilingQuestion.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), valid_from__lte=today)
    return list(rows.order_by("place", "pk"))


def pollution_types() -> list[str]:
    """The words offered today."""
    today = clock.today()
    rows = PollutionType.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), valid_from__lte=today)
    return list(rows.values_list("name", flat=True))


def of(questions: Sequence[FilingQuestion], source: str, pollution_type: str) -> list[FilingQuestion]:
    """Those of a source and type, whatever was answered."""
    kind = pollution_type.strip().casefold()
    return [row for row in questions if row.source in ("", source) and row.pollution_type.casefold() in ("", kind)]


def asked(
    questions: Sequence[FilingQuestion], source: str, pollution_type: str, answers: Mapping[str, Any]
) -> list[FilingQuestion]:
    """Those that are asked of this source and type, given the answers so far. A key is asked once, the first that fits."""
    found: dict[str, FilingQuestion] = {}
    for question in of(questions, source, pollution_type):
        given = str(answers.get(question.after_key, "")) if question.after_key in found else ""
        if not question.after_key or given == question.after_answer:
            found.setdefault(question.key, question)
    return list(found.values())


def checked(questions: Sequence[FilingQuestion], answers: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The answers to what is asked, as kept, and a sentence for each that won't do. Answers to nothing asked fall away."""
    kept: dict[str, str] = {}
    faults: dict[str, str] = {}
    for question in questions:
        text = unicodedata.normalize("NFKC", str(answers.get(question.key) or "")).replace("\x00", "").strip()
        if not text:
            continue
        if (fault := _fault(question, text)) is not None:
            faults[question.key] = fault
        else:
            kept[question.key] = text
    return kept, faults


def _fault(question: FilingQuestion, text: str) -> str | None:
    if len(text) > MAX_ANSWER or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        return _("“%(label)s”不能超过%(n)d字，且不能含无法识别的字符。") % {"label": question.label, "n": MAX_ANSWER}
    if question.kind == Kind.NUMBER and not _is_number(text):
        return _("“%(label)s”应为数字。") % {"label": question.label}
    if question.options and text not in question.options:
        words = _("、").join(question.options)
        return _("“%(label)s”应为：%(options)s。") % {"label": question.label, "options": words}
    return None


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def missing(source: str, pollution_type: str, answers: Mapping[str, Any]) -> list[str]:
    """Labels of required questions without an answer. One statement."""
    rows = asked(in_force(), source, pollution_type, answers)
    return [row.label for row in rows if row.required and not answers.get(row.key)]


def told(answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Answers as one reads them: label and answer with its unit, by the newest question of each key. One statement."""
    if not answers:
        return []
    rows = {row.key: row for row in FilingQuestion.objects.filter(key__in=list(answers)).order_by("valid_from", "pk")}
    order = sorted(answers, key=lambda key: (rows[key].place if key in rows else 999, key))
    return [
        (rows[key].label, f"{answers[key]} {rows[key].unit}".strip()) if key in rows else (key, str(answers[key]))
        for key in order
    ]
