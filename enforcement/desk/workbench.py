"""The workbench: what waits for this officer, what is late, what comes due; and for who supervises, where.

Four statements beside the frame's: what waits, the counts by division, the rows, the findings.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    BigIntegerField,
    Count,
    DateField,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    Window,
)
from django.db.models.functions import JSONObject, Least
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from enforcement.desk.pressing import Due, Press, press_of
from enforcement.findings import turns as finding_turns
from enforcement.findings.models import Finding
from enforcement.issues import turns
from enforcement.issues.clocks import ClockFace, due_face, face_of, stage_word
from enforcement.issues.forms import soon_until
from enforcement.issues.lifecycle import MOVES
from enforcement.issues.models import Extension, Issue, MergeOffer, Responsibility
from enforcement.issues.views.ledger import MOST_COUNTED, with_bureaus
from enforcement.patrols.duties import REDRIVE
from enforcement.timeline import clock, duties
from regions.models import Officer, Part, WorkCalendar
from regions.roles import TABLE, Role, Sight
from regions.scoping import reach_of
from regions.workdays import Calendar, workdays_between

#: Of a part's running stage and its next milestone or inner due date: LEAST passes over what isn't there.
_NEAREST = Least("stage_due_on", "milestone_due_on")
SHOWN_MINE, SHOWN_LATE, SHOWN_SOON, SHOWN_FINDINGS, SHOWN_OWED, SHOWN_ASKED = 10, 8, 8, 6, 8, 20


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the workbench. `action` is the next step on the row itself; without it `words` say who has it.

    `state` is that of the part that waits for this officer, where one does.
    """

    issue: Issue
    clock: ClockFace
    bureaus: str
    words: str
    state: str
    action: str | Promise = ""
    url: str = ""
    # The running stage of the part that waits, where its day isn't the issue's own; and what the stage is called.
    stage: ClockFace | None = None
    stage_word: str = ""
    # The nearest step of the works, or the inner due date, that waits for this officer.
    node: ClockFace | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What waits and presses alike: how many, and those of them that are shown."""

    press: Press
    count: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Owed:
    """A date of oversight or of a re-drive that comes due or has passed; `late` in working days, `mine` if it is theirs to keep."""

    text: str
    url: str
    due_on: date
    late: int
    mine: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A merge offer that waits for an answer: whose question, about which issue of one's own bureau."""

    offer: MergeOffer
    own: Issue
    clock: ClockFace


@dataclass(slots=True)
class Ground:
    """How a division (or a city with all of its counties) stands."""

    code: str
    name: str
    open: int = 0
    late: int = 0
    soon: int = 0
    oldest: date | None = None

    def add(self, row: dict[str, Any]) -> None:
        self.open += row["open"]
        self.late += row["late"]
        self.soon += row["soon"]
        dates = [day for day in (self.oldest, row["oldest"]) if day]
        self.oldest = min(dates, default=None)


@dataclass(slots=True)
class Bench:
    """Everything the page shows."""

    open: int = 0
    late: int = 0
    today: int = 0
    soon: int = 0
    # Up to MOST_COUNTED + 1.
    mine: int = 0
    waiting: list[Row] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    overdue: list[Row] = field(default_factory=list)
    due: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    findings_waiting: int = 0
    owed: list[Owed] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    grounds: list[Ground] = field(default_factory=list)
    takes_turns: bool = False
    takes_findings: bool = False
    reviews: bool = False
    supervises: bool = False
    by_city: bool = False

    @property
    def owes_redrives(self) -> bool:
        return any(row.kind == REDRIVE for row in self.owed)

    @property
    def owes_oversight(self) -> bool:
        return any(row.kind != REDRIVE for row in self.owed)

    @property
    def mine_words(self) -> str:
        return f"{MOST_COUNTED:,}+" if self.mine > MOST_COUNTED else f"{self.mine:,}"


def bench_of(officer: Officer) -> Bench:
    today = clock.today()
    bench = Bench(
        takes_turns=turns.holds_turns(officer),
        takes_findings=finding_turns.holds_turns(officer),
        supervises=any(TABLE[role].sight is Sight.TREE for role in officer.roles_on(today)),
        by_city=reach_of(officer, today).whole_province,
    )
    visible = Issue.objects.open_to(officer)
    issues = visible.open()
    waiting, calendar, owed, asked = _agenda(visible, officer, today)
    last = soon_until(today, calendar)
    bench.owed = list(_owed(owed, officer, today, last, calendar))[:SHOWN_OWED]
    bench.asked = _asked(asked, calendar)
    bench.mine = len(waiting)
    _count(bench, issues, today, last)
    _list(bench, visible, officer, [one.pk for one in waiting], today, last, calendar)
    bench.groups = _grouped(waiting, bench.waiting)
    if bench.takes_findings or finding_turns.supervises(officer):
        _list_findings(bench, officer)
        # Who supervises has some only where nobody can confirm what was filed.
        bench.takes_findings = bench.takes_findings or bool(bench.findings)
        bench.reviews = finding_turns.reviews(officer)
    return bench


def _agenda(
    visible: QuerySet[Issue], officer: Officer, today: date
) -> tuple[list[Due], Calendar, list[duties.Duty], list[int]]:
    """What waits for this officer, the most pressing first, the calendar in force, what is owed beside issues, and the keys
    of merge offers to answer; one statement.

    More than MOST_COUNTED are not counted: of so many, those whose own day is the nearest are looked at.
    """
    day = DateField(null=True)
    newest = WorkCalendar.objects.order_by("-version").values("pk")[:1]
    nothing = Value(None, output_field=day)
    calendars = WorkCalendar.objects.filter(pk=Subquery(newest)).order_by()
    listed = calendars.annotate(due=nothing, part=nothing, what=Value("calendar")).values_list(
        "due", "part", "pk", "what"
    )
    if turns.holds_turns(officer):
        mine = turns.waiting_issues(visible, officer).order_by("due_on", "pk")[: MOST_COUNTED + 1]
        parts = turns.waiting_for(officer).filter(issue=OuterRef("pk")).order_by(_NEAREST).values(day=_NEAREST)
        listed = listed.union(
            mine.annotate(due=F("due_on"), part=Subquery(parts[:1]), what=Value("issue")).values_list(
                "due", "part", "pk", "what"
            ),
            all=True,
        )
    if Role.DISPATCHER in officer.roles_on(today):
        offers = turns.offers_for(officer).annotate(due=nothing, part=nothing, what=Value("offer"))
        listed = listed.union(offers.values_list("due", "part", "pk", "what")[:SHOWN_ASKED], all=True)
    for rows_ in duties.owed(officer).values():
        owed_rows = rows_.annotate(part=nothing, none=Value(0, output_field=BigIntegerField())).order_by("due")
        listed = listed.union(owed_rows.values_list("due", "part", "none", "what")[: duties.MOST], all=True)
    rows = list(listed)
    calendar = next(WorkCalendar(pk=pk).value() for _due, _part, pk, what in rows if what == "calendar")
    owed = [duties.duty_of(due, what) for due, _part, pk, what in rows if pk == 0]
    asked = [pk for _due, _part, pk, what in rows if what == "offer"]
    last = soon_until(today, calendar)
    waiting = [
        Due(pk, press_of(due, part, today=today, last=last), due, part)
        for due, part, pk, what in rows
        if what == "issue"
    ]
    return sorted(waiting, key=lambda one: one.order), calendar, sorted(owed, key=lambda duty: duty.due_on), asked


def _asked(keys: list[int], calendar: Calendar) -> list[Asked]:
    """The merge offers of these keys, each with the issue of who is asked. A statement where there is one to answer."""
    rows = MergeOffer.objects.filter(pk__in=keys).select_related("bureau", "issue", "into") if keys else ()
    pairs = [(row, row.issue if row.issue.issuer_id == row.asked_id else row.into) for row in rows]
    return [Asked(row, own, face_of(own, calendar)) for row, own in sorted(pairs, key=lambda pair: pair[0].at)]


def _owed(owed: Iterable[duties.Duty], officer: Officer, today: date, last: date, calendar: Calendar) -> Iterable[Owed]:
    """One's own that come due soon or are late; others' once they are late."""
    own = {(p.bureau_id, p.role) for p in officer.postings_on(today)}
    for duty in owed:
        mine = any((duty.bureau, role) in own for role in duty.source.keepers)
        if duty.due_on < today or (mine and duty.due_on <= last):
            late = max(0, workdays_between(duty.due_on, today, calendar))
            yield Owed(duty.text, duty.url, duty.due_on, late, mine, duty.kind)


def _grouped(waiting: list[Due], rows: list[Row]) -> list[Group]:
    """The shown rows under how they press, with how many there are of each."""
    counts, press = Counter(one.press for one in waiting), {one.pk: one.press for one in waiting}
    groups = [
        Group(kind, count, [row for row in rows if press[row.issue.pk] == kind]) for kind, count in counts.items()
    ]
    return sorted((group for group in groups if group.rows), key=lambda group: group.press)


# --- counts -----------------------------------------------------------------------------------------------------


def _count(bench: Bench, issues: QuerySet[Issue], today: date, last: date) -> None:
    """Open, late and due soon by division: the totals are their sums. Counted by columns one index holds all of."""
    late = Q(due_on__lt=today)
    counts = (
        issues.order_by()
        .values("division")
        .annotate(
            open=Count("due_on"),
            late=Count("due_on", filter=late),
            today=Count("due_on", filter=Q(due_on=today)),
            soon=Count("due_on", filter=Q(due_on__gte=today, due_on__lte=last)),
            oldest=Min("due_on", filter=late),
        )
    )
    rows = _named(counts)
    names = ("open", "late", "today", "soon")
    bench.open, bench.late, bench.today, bench.soon = (sum(row[name] for row in rows) for name in names)
    grounds: dict[str, Ground] = {}
    for row in rows:
        code, name = _city(row) if bench.by_city else (row["code"], row["name"])
        grounds.setdefault(code, Ground(code, name)).add(row)
    bench.grounds = sorted(grounds.values(), key=lambda g: (-g.late, -g.soon, -g.open, g.code))


def _named(counts: QuerySet[Issue, Any]) -> list[dict[str, Any]]:
    """Counts by division with its names. They join what was counted: joined before, they'd be compared row by row."""
    try:
        sql, parameters = counts.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.code, d.name, d.level, p.code AS parent_code, p.name AS parent_name, "
            "c.open, c.late, c.today, c.soon, c.oldest "
            f"FROM ({sql}) c JOIN regions_division d ON d.id = c.division "
            "LEFT JOIN regions_division p ON p.id = d.parent_id",
            parameters,
        )
        assert cursor.description
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _city(row: dict[str, Any]) -> tuple[str, str]:
    prefix = "" if row["level"] in ("city", "province") else "parent_"
    return row[f"{prefix}code"] or "", row[f"{prefix}name"] or ""


# --- rows -------------------------------------------------------------------------------------------------------


def _list(
    bench: Bench,
    visible: QuerySet[Issue],
    officer: Officer,
    keys: list[int],
    today: date,
    last: date,
    calendar: Calendar,
) -> None:
    """The rows of the three lists in one statement: each list's first keys by its own index, then the rows by key."""
    others = visible.exclude(pk__in=keys) if keys else visible
    shown = _first(others.overdue(on=today), SHOWN_LATE)  # type: ignore[attr-defined]
    soon = _first(others.due_within(first=today, last=last), SHOWN_SOON)  # type: ignore[attr-defined]
    # A union, not an OR: each arm is found by its index.
    shown = shown.union(soon, Issue.objects.filter(pk__in=keys[:SHOWN_MINE]).order_by().values("pk"), all=True)
    # The issue stands where its slowest part stands: that part's next step is the one awaited.
    live = Responsibility.objects.filter(issue=OuterRef("pk"), state=OuterRef("state"))
    rows = with_bureaus(Issue.objects.filter(pk__in=shown)).annotate(
        turn=Subquery(_turn(live)),
        my_turn=Subquery(_turn(turns.waiting_for(officer).filter(issue=OuterRef("pk")))),
    )
    mine = set(keys)
    for issue in rows.select_related("division", "site", "issuer", "verifier").order_by("due_on", "pk"):
        row = _row(issue, officer, calendar, issue.pk in mine)
        if issue.pk in mine:
            bench.waiting.append(row)
        else:
            (bench.overdue if issue.due_on < today else bench.due).append(row)
    places = {pk: place for place, pk in enumerate(keys)}
    bench.waiting.sort(key=lambda row: places[row.issue.pk])


def _first(issues: QuerySet[Issue], most: int) -> QuerySet[Any, Any]:
    return issues.order_by("due_on", "pk").values("pk")[:most]


def _turn(responsibilities: QuerySet[Responsibility]) -> Any:
    """The most pressing of some responsibilities, as one JSON value."""
    asked = Extension.objects.filter(responsibility=OuterRef("pk"), granted=None)
    return (
        responsibilities.order_by(_NEAREST, "pk")
        .annotate(asked=Exists(asked))
        .values(
            row=JSONObject(
                id="pk",
                state="state",
                stage_due_on="stage_due_on",
                stage_first_due_on="stage_first_due_on",
                milestone_due_on="milestone_due_on",
                bureau_id="bureau_id",
                bureau="bureau__short_name",
                parent="parent__bureau__short_name",
                asked="asked",
            )
        )[:1]
    )


def _row(issue: Any, officer: Officer, calendar: Calendar, mine: bool) -> Row:
    bureaus = _("、").join(issue.bureau_names)
    clock_face = face_of(issue, calendar)
    turn = (issue.my_turn if mine else None) or issue.turn
    if turn is None:
        return Row(issue, clock_face, bureaus, "", issue.state)
    names = {
        Part.RESPONSIBLE: turn["bureau"],
        Part.VERIFIER: issue.verifier.short_name,
        Part.ISSUER: turn["parent"] or issue.issuer.short_name,
    }
    said = turns.words(turn["state"], names)
    if not mine:
        return Row(issue, clock_face, bureaus, said, issue.state)
    action = _action(turn, officer) if issue.my_turn else "escalate"
    label = _("判定退回") if action == "reissue" else MOVES[action].label
    # A return is judged among several actions, on the issue's own page.
    url = issue.get_absolute_url() if action == "reissue" else _address(issue, action, turn["id"])
    stage = _stage(turn, calendar) if issue.my_turn else None
    shown = stage if stage and stage.due != issue.due_on else None
    node = turn["milestone_due_on"] if issue.my_turn else None
    named = due_face(date.fromisoformat(node), calendar) if node else None
    return Row(issue, clock_face, bureaus, said, turn["state"], label, url, shown, stage_word(turn["state"]), named)


def _stage(turn: dict[str, Any], calendar: Calendar) -> ClockFace | None:
    """The clock of the waiting part's stage; its dates came as JSON."""
    if not turn["stage_due_on"]:
        return None
    due, first = (date.fromisoformat(turn[name]) for name in ("stage_due_on", "stage_first_due_on"))
    return replace(due_face(due, calendar), first_due=first)


def _address(issue: Issue, action: str, responsibility: int) -> str:
    return reverse("issues:act", args=[issue.number, action]) + f"?responsibility={responsibility}"


def _action(turn: dict[str, Any], officer: Officer) -> str:
    """The next step of the responsibility's state, or the extension asked of this officer."""
    step = turns.next_step(turn["state"])
    handles = any(
        p.role == Role.HANDLER and p.bureau_id == turn["bureau_id"] for p in officer.postings_on(clock.today())
    )
    if turn["asked"] and not handles:
        return "grant_extension"
    return step.action if step else "escalate"


# --- findings ---------------------------------------------------------------------------------------------------


def _list_findings(bench: Bench, officer: Officer) -> None:
    waiting: Iterable[Any] = (
        Finding.objects.visible_to(officer)
        .filter(finding_turns.waiting_for(officer))
        .select_related("located_in", "filer")
        .annotate(waiting=Window(Count("pk"), output_field=IntegerField()))
        .order_by("received_at", "pk")[:SHOWN_FINDINGS]
    )
    bench.findings = list(waiting)
    bench.findings_waiting = bench.findings[0].waiting if bench.findings else 0  # type: ignore[attr-defined]
