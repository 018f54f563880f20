"""One site's history: every visit, finding, issue, measure, guidance, grade and month of monitoring, newest first.

Visits, findings, issues and what hangs on them come in the reader's scope; grade and monitoring are the site's own. One
statement, however much there is: each kind is an arm of one union, its facts as JSON.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import CharField, DateTimeField, Exists, F, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, JSONObject
from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.findings.models import Finding
from enforcement.inspections.lifecycle import State as VisitState
from enforcement.inspections.models import Guidance, MonitoringMonth, Visit
from enforcement.inspections.models.monitoring import share
from enforcement.issues.models import Feedback, Issue, Measure, MeasureKind
from enforcement.timeline import clock
from regions.models import Officer, Site

MOST = 100


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


def history_of(site: Site, officer: Officer) -> list[Entry]:
    """The newest MOST lines. One statement."""
    some, *others = _arms(site, officer)
    rows = some.union(*others, all=True).order_by("-moment", "facts_")[: 2 * MOST]
    return list(_entries([(at, json.loads(what)) for at, what in rows], site))[:MOST]


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
        _arm(site.events.all(), "grade", "pgh_created_at", grade="grade", order="pgh_id"),  # type: ignore[attr-defined]
        _arm(
            MonitoringMonth.objects.filter(site=site), "monitoring", Cast("month", DateTimeField()), month="month",
            due="due", arrived="arrived", valid="valid",
        ),
    ]  # fmt: skip


def _arm(rows: QuerySet[Any], kind: str, moment: Any, **facts: Any) -> QuerySet[Any, Any]:
    """Rows as (at, what); each arm gives its newest alone, so that one long history can't hide another."""
    at = F(moment) if isinstance(moment, str) else moment
    what = Cast(JSONObject(kind=Value(kind, CharField()), **facts), TextField())
    # Named apart from the columns: some models have an `at` of their own.
    named = rows.order_by().annotate(moment=at, facts_=what).order_by("-moment")[:MOST]
    return named.values_list("moment", "facts_")


def _entries(rows: list[tuple[datetime, dict[str, Any]]], site: Site) -> Iterable[Entry]:
    grades = _changes([facts for _at, facts in rows if facts["kind"] == "grade"])
    for at, facts in rows:
        if facts["kind"] != "grade" or facts["order"] in grades:
            yield _MAKERS[facts["kind"]](at, facts)


def _changes(events: list[dict[str, Any]]) -> frozenset[int]:
    """Which of a site's recorded versions, newest first, gave it another grade than before."""
    kept, before = set(), ""
    for facts in sorted(events, key=lambda facts: facts["order"]):
        if facts["grade"] != before:
            kept.add(facts["order"])
        before = facts["grade"]
    return frozenset(kept)


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
    return Entry("monitoring", _("在线监测"), datetime(month.year, month.month, 1, tzinfo=clock.BEIJING), text)


_MAKERS = {
    "visit": _visit,
    "finding": _finding,
    "issue": _issue,
    "measure": _measure,
    "guidance": _guidance,
    "grade": _grade,
    "monitoring": _month,
}
