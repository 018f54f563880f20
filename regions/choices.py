"""What the filters of a page offer: divisions, areas and bureaus at or below an officer's own postings. One statement."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import CharField, F, IntegerField, Q, QuerySet, Subquery, Value

from regions.models import Bureau, BureauKind, Division, JointControlArea, Officer, WorkCalendar
from regions.roles import TABLE, Role, Sight
from regions.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to choose: its key, its code where it has one, its name."""

    pk: int
    code: str
    name: str
    level: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Choices:
    divisions: list[Entry] = field(default_factory=list)
    areas: list[Entry] = field(default_factory=list)
    bureaus: list[Entry] = field(default_factory=list)
    # The calendar in force comes along, so that a list needn't ask for it by itself.
    calendars: list[Entry] = field(default_factory=list)

    @property
    def calendar(self) -> Calendar | None:
        return WorkCalendar(pk=self.calendars[0].pk).value() if self.calendars else None


def choices_for(officer: Officer) -> Choices:
    """The choices of an officer's filters; none for those who see no business. People of a contractor find no office
    but their own company."""
    homes = [p.bureau for p in officer.postings_on() if TABLE[Role(p.role)].sight is not Sight.NOTHING]
    if not homes:
        return Choices()
    roots = [bureau.division for bureau in homes]
    newest = WorkCalendar.objects.order_by("-version").values("pk")[:1]
    rows = _rows("division", Division.objects.current().filter(below(roots)), "code", "name", "level", "parent_id")
    rows = rows.union(
        _rows("area", JointControlArea.objects.all(), "key", "name", None, None),
        _rows("bureau", _offices(homes), "division__code", "name", "kind", "division_id"),
        _rows("calendar", WorkCalendar.objects.filter(pk=Subquery(newest)), "note", "note", None, None),
        all=True,
    )
    found = Choices()
    lists = {
        "division": found.divisions,
        "area": found.areas,
        "bureau": found.bureaus,
        "calendar": found.calendars,
    }
    for kind, pk, code, name, level, parent in rows.order_by("what", "order_", "name_"):
        lists[kind].append(Entry(pk, code, name, level, parent))
    return found


def below(roots: Iterable[Division], path: str = "") -> Q:
    """The divisions under some roots, the roots included, as a condition on `path` (empty for Division itself)."""
    ids = sorted({root.pk for root in roots})
    prefix = f"{path}__" if path else ""
    return Q(**{f"{prefix}pk__in": ids}) | Q(**{f"{prefix}parent__in": ids}) | Q(**{f"{prefix}parent__parent__in": ids})


def _offices(homes: list[Bureau]) -> QuerySet[Bureau]:
    """Departments and teams at or below the officer's own, and the officer's own bureaus whatever they are."""
    own = Q(pk__in=[bureau.pk for bureau in homes])
    roots = [bureau.division for bureau in homes if not bureau.is_contractor]
    inside = below(roots, "division") & ~Q(kind=BureauKind.CONTRACTOR)
    return Bureau.objects.filter(own | inside, ended_on=None)


def _rows(what: str, queryset: QuerySet, code: str, name: str, level: str | None, parent: str | None) -> QuerySet:
    text = CharField()
    return (
        queryset.order_by()
        .annotate(
            what=Value(what, output_field=text),
            order_=F(code),
            name_=F(name),
            level_=F(level) if level else Value("", output_field=text),
            parent_=F(parent) if parent else Value(None, output_field=IntegerField()),
        )
        .values_list("what", "pk", "order_", "name_", "level_", "parent_")
    )
