"""One site's history: every visit, finding, issue, measure, guidance, grade and month of monitoring, newest first.

Visits, findings, issues and what hangs on them come in the reader's scope; grade and monitoring are the site's own. Two
statements, however much there is: each kind is an arm of one union, its facts as JSON; grades are read from the site's
recorded versions, and dated by the day they took effect where that was entered.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, JSONObject
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from enforcement.findings.models import Finding
from enforcement.inspections.lifecycle import State as VisitState
from enforcement.inspections.models import Guidance, MonitoringMonth, Visit
from enforcement.inspections.models.monitoring import share
from enforcement.issues.models import Feedback, Issue, Measure, MeasureKind
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import Officer, Site

MOST = 100
#: The first moment of a month, Beijing (UTC+8; no summer time since 1991).
_BEGINS = ExpressionWrapper(Cast("month", DateTimeField()) - Value(timedelta(hours=8)), DateTimeField())


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history. `kind` is its word in the API; `state` looks up a badge, with `word` where it has its own."""

    kind: str
    label: str
    at: datetime
    text: str
    url: str = ""
    state: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The newest lines, and the moment before which there are more (None: these are all)."""

    entries: list[Entry]
    before: datetime | None = None


def history_of(site: Site, officer: Officer, before: datetime | None = None) -> History:
    """The newest lines, of those before a moment if one is named: MOST at most. Two statements."""
    some, *others = (_within(arm, before) for arm in _arms(site, officer))
    rows = some.union(*others, all=True).order_by("-moment", "facts_")[: MOST + 1]
    found = [_made(at, json.loads(what)) for at, what in rows]
    grades = [one for one in _grades(site) if before is None or one.at < before]
    found = sorted([*found, *grades], key=lambda entry: entry.at, reverse=True)
    if len(found) <= MOST:
        return History(found)
    # Cut between two moments: what happened at one moment is never parted.
    kept = [entry for entry in found[:MOST] if entry.at > found[MOST].at] or found[:MOST]
    return History(kept, kept[-1].at)


def moment_of(text: str) -> datetime | None:
    """The moment a page goes on from, as an earlier one gave it; None for the newest. Raises Invalid for what is none."""
    if not text:
        return None
    try:
        found = parse_datetime(text[:40])
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1990 <= found.year <= 2200:
        raise Invalid(_("翻页位置无效，请从第一页看起。"), field="before")
    return found.astimezone(UTC)  # The database knows no offset of sixteen hours and more.


def _within(arm: QuerySet[Any, Any], before: datetime | None) -> QuerySet[Any, Any]:
    """Each arm gives its newest alone, so that one long history can't hide another."""
    return (arm.filter(moment__lt=before) if before else arm)[: MOST + 1]


def _arms(site: Site, officer: Officer) -> list[QuerySet[Any, Any]]:
    visits = Visit.objects.visible_to(officer).filter(site=site)
    issues = Issue.objects.visible_to(officer).filter(site=site)
    # Of several feedbacks of a part the latest one counts, as in the figures.
    newer = Feedback.objects.filter(responsibility=OuterRef("feedback__responsibility"), pk__gt=OuterRef("feedback"))
    measures = Measure.objects.filter(
        ~Exists(newer), feedback__responsibility__issue__in=issues.order_by().values("pk")
    )
    guided = Guidance.objects.filter(visit__in=visits.order_by().values("pk"))
    findings = Finding.objects.visible_to(officer).filter(site=site)
    return [
        _arm(
            visits, "visit", Coalesce("begun_at", "planned_at"), key="pk", state="state", bureau="bureau__short_name",
            name="list_version__checklist__name", number="list_version__number",
        ),
        _arm(findings, "finding", "occurred_at", key="pk", state="state", title="title"),
        _arm(issues, "issue", "issued_at", number="number", state="state", title="title"),
        _arm(
            measures, "measure", "feedback__at", measure="kind", amount=Cast("amount", TextField()), document="document",
            bureau="feedback__bureau__short_name", number="feedback__responsibility__issue__number",
        ),
        _arm(guided, "guidance", "at", key="visit", text="text", bureau="visit__bureau__short_name"),
        _arm(
            MonitoringMonth.objects.filter(site=site), "monitoring", _BEGINS, month="month", due="due",
            arrived="arrived", valid="valid",
        ),
    ]  # fmt: skip


def _arm(rows: QuerySet[Any], kind: str, moment: Any, **facts: Any) -> QuerySet[Any, Any]:
    """Rows as (moment, what), newest first."""
    at = F(moment) if isinstance(moment, str) else moment
    what = Cast(JSONObject(kind=Value(kind, CharField()), **facts), TextField())
    # Named apart from the columns: some models have an `at` of their own.
    named = rows.order_by().annotate(moment=at, facts_=what).order_by("-moment", "facts_")
    return named.values_list("moment", "facts_")


def _made(at: datetime, facts: dict[str, Any]) -> Entry:
    return _MAKERS[facts["kind"]](at, facts)


def _grades(site: Site) -> list[Entry]:
    """Each grade the site has had, from its recorded versions, oldest first. One statement.

    Dated by the day it took effect, as it was entered last; by its recording where none was.
    """
    versions = site.events.order_by("pgh_id")  # type: ignore[attr-defined]
    found: list[tuple[str, datetime]] = []
    before = ""
    for grade, since, recorded_at in versions.values_list("grade", "grade_since", "pgh_created_at"):
        at = datetime.combine(since, time.min, tzinfo=clock.BEIJING) if since else None
        if grade != before:
            found.append((grade, at or recorded_at))
        elif found and at:
            found[-1] = (grade, at)
        before = grade
    return [_grade(at, {"grade": grade}) for grade, at in found]


def _visit(at: datetime, facts: dict[str, Any]) -> Entry:
    text = _("%(bureau)s %(list)s第%(n)s版") % {"bureau": facts["bureau"], "list": facts["name"], "n": facts["number"]}
    url = reverse("inspections:visit", args=[facts["key"]])
    return Entry("visit", _("检查"), at, text, url, facts["state"], str(VisitState(facts["state"]).label))


def _finding(at: datetime, facts: dict[str, Any]) -> Entry:
    url = reverse("findings:detail", args=[facts["key"]])
    return Entry("finding", _("线索"), at, facts["title"], url, facts["state"])


def _issue(at: datetime, facts: dict[str, Any]) -> Entry:
    url = reverse("issues:detail", args=[facts["number"]])
    return Entry("issue", _("问题"), at, f"{facts['number']} {facts['title']}", url, facts["state"])


def _measure(at: datetime, facts: dict[str, Any]) -> Entry:
    said = [str(MeasureKind(facts["measure"]).label)]
    if facts["amount"]:
        said.append(_("%(amount)s元") % {"amount": facts["amount"]})
    said += [word for word in (facts["document"], facts["bureau"]) if word]
    return Entry("measure", _("执法措施"), at, " ".join(said), reverse("issues:detail", args=[facts["number"]]))


def _guidance(at: datetime, facts: dict[str, Any]) -> Entry:
    text = f"{facts['bureau']}：{facts['text']}"
    return Entry("guidance", _("帮扶指导"), at, text, reverse("inspections:visit", args=[facts["key"]]))


def _grade(at: datetime, facts: dict[str, Any]) -> Entry:
    grade = dict(Site.Grade.choices).get(facts["grade"], "")
    text = _("绩效等级 %(grade)s") % {"grade": grade} if grade else _("取消绩效等级")
    return Entry("grade", _("绩效等级"), at, text)


def _month(at: datetime, facts: dict[str, Any]) -> Entry:
    month = date.fromisoformat(facts["month"])
    text = _("%(month)s 传输率%(arrived)s%%，有效传输率%(valid)s%%（有效%(n)s / 应传%(due)s个小时值）") % {
        "month": f"{month:%Y-%m}",
        "arrived": share(facts["arrived"], facts["due"]),
        "valid": share(facts["valid"], facts["due"]),
        "n": facts["valid"],
        "due": facts["due"],
    }
    return Entry("monitoring", _("在线监测"), at, text)


_MAKERS = {
    "visit": _visit,
    "finding": _finding,
    "issue": _issue,
    "measure": _measure,
    "guidance": _guidance,
    "monitoring": _month,
}
