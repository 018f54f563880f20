"""Querysets that speak the office's language, and the scope of issues and handoffs."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    CharField,
    Exists,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Cast

from enforcement.issues import lifecycle
from enforcement.issues.search import bigrams_of, fold, held_elsewhere, told_apart, words_of
from enforcement.issues.stages import STATES
from enforcement.timeline.clock import BEIJING
from enforcement.timeline.models import Event
from regions.models import Officer
from regions.scoping import Reach, ScopedQuerySet, reach_of

#: Pairs of characters of a search the planner judges badly: of more it expects few issues by itself.
SHORT = 4


class IssueQuerySet(ScopedQuerySet[Any]):
    #: The joined party rows say already that the issues are open: said again of the issue, the planner expects few.
    doors_say_open = False

    def _clone(self) -> Self:
        clone = super()._clone()
        clone.doors_say_open = self.doors_say_open
        return clone

    def within(self, reach: Reach) -> Self:
        """Issues a bureau is a live party to, those its supervised or seconded divisions answer for, its sites'."""
        return self._through(reach)

    def open_doors(self, reach: Reach) -> Self:
        """`within(reach)` for lists of open issues: doors to closed ones, by far the most, stay shut."""
        return self._through(reach, open=True)

    def open_to(self, officer: Any) -> Self:
        """`visible_to` for what goes on to ask for open issues: of all a bureau ever issued nothing else is gone through."""
        reach = reach_of(officer)
        return self.none() if reach.empty else self.open_doors(reach)

    def listed_to(self, officer: Any, *, open_only: bool = False, done_only: bool = False) -> Self:
        """`visible_to` for lists. `open_only`: it goes on to ask for open issues (`open`, `in_stage`), and closed ones may
        be left out; `done_only` the other way round."""
        reach = reach_of(officer)
        return self.none() if reach.empty else self.listed_within(reach, open_only=open_only, done_only=done_only)

    def listed_within(self, reach: Reach, *, open_only: bool = False, done_only: bool = False) -> Self:
        """The rows of `within(reach)` (or `open_doors`), for a list: those of a single bureau are walked along its door.

        They are joined, not looked up, and ordered by the party row's own copies (`walked_by`): so the index of party
        rows gives the order newest first, and a page reads what it shows. A bureau with several parts in an issue goes
        through the door of the first one.
        """
        bureau = reach.only_bureau
        if bureau is None:
            return self.open_doors(reach) if open_only else self.within(reach)
        party = self.model._meta.get_field("parties").related_model
        live = {"bureau_id": bureau, "until": None, **({"open": True} if open_only else {})}
        before = party.objects.filter(**live, issue=OuterRef("pk"), part__lt=OuterRef("door__part"))
        own = Q(**{f"parties__{name}": value for name, value in live.items() if name != "until"}, parties__until=None)
        if done_only:  # the newest are mostly open: they are passed over in the index
            own &= Q(parties__open=False)
        found = self.annotate(door=FilteredRelation("parties", condition=own))
        found = found.filter(~Exists(before), door__isnull=False)
        # Under names of their own: a path said in another filter would be another join.
        found = found.alias(door_day=F("door__issued_on"), door_key=F("door__issue_id"))
        found.walked_by, found.doors_say_open = {"issued_on": "door_day", "id": "door_key"}, open_only
        return found

    def _through(self, reach: Reach, **doors_that: Any) -> Self:
        if reach.whole_province:
            return self
        party = self.model._meta.get_field("parties").related_model
        doors = Q()
        if reach.bureaus:
            live = party.objects.filter(bureau_id__in=sorted(reach.bureaus), until=None, **doors_that)
            if not (reach.divisions or reach.sites or doors_that):
                # The only door: the day says where in the order of lists a row stands, so that both are walked together.
                live = live.filter(issued_on=OuterRef("issued_on"))
            doors |= Q(Exists(live.filter(issue=OuterRef("pk"))))
        if reach.divisions:
            duty = self.model._meta.get_field("responsibilities").related_model
            doors |= Q(division_id__in=sorted(reach.divisions))
            doors |= Q(Exists(duty.objects.in_parts(sorted(reach.divisions)).filter(issue=OuterRef("pk"))))
        if reach.sites:
            doors |= Q(site_id__in=sorted(reach.sites))
        return self.filter(doors) if doors else self.none()

    def open(self) -> Self:
        """A clock runs: neither closed, struck off nor ended. Interim closure stays open."""
        return self if self.doors_say_open else self.filter(state__in=sorted(lifecycle.OPEN))

    def overdue(self, *, on: date) -> Self:
        """Open and past the current due date at the end of a Beijing day."""
        return self.open().filter(due_on__lt=on)

    def paused(self) -> Self:
        """Open, with no clock running."""
        return self.filter(paused=True)

    def listed(self) -> Self:
        """挂牌督办."""
        return self.filter(listed=True)

    def supervised(self, rung: lifecycle.Rung) -> Self:
        """督办 in force, that level the highest. The condition beside it is the index's own."""
        return self.filter(rung=rung).exclude(rung="")

    def due_within(self, *, first: date, last: date) -> Self:
        return self.open().filter(due_on__gte=first, due_on__lte=last)

    def in_stage(self, stage: str) -> Self:
        """Where the work stands, in the desk's words (`stages`)."""
        return self.filter(state__in=sorted(STATES[stage]))

    def stage_late(self, *, on: date) -> Self:
        """Open, with a part whose running stage is past its day; the issue's own date may lie ahead."""
        return self.open().with_stage_late(on=on)

    def with_stage_late(self, *, on: date) -> Self:
        """With a part whose running stage is past its day, whatever the issue's state."""
        duty = self.model._meta.get_field("responsibilities").related_model
        return self.filter(pk__in=duty.objects.filter(stage_due_on__lt=on).values("issue"))

    def closed_from(self, day: date) -> Self:
        """Closed on a Beijing day or later."""
        return self.filter(closed_at__gte=datetime.combine(day, time.min, BEIJING))

    def closed_to(self, day: date) -> Self:
        """Closed on a Beijing day or earlier."""
        return self.filter(closed_at__lt=datetime.combine(day + timedelta(days=1), time.min, BEIJING))

    def polluting(self, words: str) -> Self:
        """Whose type of pollution holds the words; from two characters on by the index."""
        words = words.strip()
        found = self.filter(pollution_type__icontains=words)
        return found.filter(bigrams__contains=grams) if (grams := bigrams_of(words)) else found

    def answered_by(self, bureau: int) -> Self:
        """With a live part of this bureau's.

        Along a door each row is asked for by itself: as a condition the planner could join, the bureau's whole past would be
        put in order for a page, because it takes the bureau of the door and the one that answers for two that seldom meet.
        """
        duty = self.model._meta.get_field("responsibilities").related_model
        parts = duty.objects.live().filter(bureau=bureau)
        if not self.walked_by:
            return self.filter(pk__in=parts.values("issue"))
        own = parts.filter(issue=OuterRef(self.walked_by["id"])).order_by().values(yes=Value(True))
        return self.filter(Subquery(own[:1], output_field=BooleanField()))

    def shared(self) -> Self:
        """In several live parts: bureaus with a weight each, or what was delegated."""
        duty = self.model._meta.get_field("responsibilities").related_model
        parts = duty.objects.live().filter(Q(weight__lt=1) | Q(parent__isnull=False))
        return self.filter(pk__in=parts.values("issue"))

    def extended(self) -> Self:
        """The current due date was moved from the first one."""
        return self.filter(due_on__gt=F("first_due_on"))

    def matching(self, text: str, reader: Any = None) -> Self:
        """Issues that hold every word of the text somewhere in what their page shows, or in a finding `reader` may see.

        Two characters or more use the index; it knows the words of all findings, so what it finds is looked at again.
        """
        words = words_of(text)
        if not words:
            return self
        grams = bigrams_of(*map(told_apart, words))
        found = self.filter(bigrams__contains=grams)
        if len(grams) <= SHORT and not self.walked_by:
            found.candidates = self.model.objects.filter(bigrams__contains=grams)
        for word in words:
            found = found.filter(_holding(word, reader))
        return found


#: What an issue's page says that one may search it by; who acted, who answers for it, what joined it and what was called
#: otherwise once stand in rows of their own (`search.register`).
SEARCHED = (
    "number",
    "title",
    "address",
    "description",
    "pollution_type",
    "site__name",
    "site__uscc",
    "division__name",
    "division__parent__name",
    "located_in__name",
    "located_in__parent__name",
)


def _holding(word: str, reader: Any) -> Q:
    """A word as typed, or with full-width letters and digits as plain ones; what costs most to look at comes last."""
    plain = fold(word)
    held = Q()
    # Capitals and small letters are alike to every condition below.
    for form in [word] if plain == word.lower() else [word, plain]:
        for path in SEARCHED:
            held |= Q(**{f"{path}__icontains": form})
        for condition in held_elsewhere(form, reader):
            held |= condition
        held |= _acted(form)
    return held


def _acted(words: str) -> Q:
    """Issues with an event of someone whose name holds the words: the timeline names who acted to everyone who may read it.

    Whose name does is asked once, and where nobody's does, no event: joined, the officers would be gone through for every
    issue looked at.
    """
    named = Officer.objects.filter(name__icontains=words)
    by = Func(
        F("actor_id"), ArraySubquery(named.order_by().values("pk")), template="(%(expressions)s))", arg_joiner=" = ANY (",
        output_field=BooleanField(),
    )  # fmt: skip
    own = Event.objects.filter(subject_type="issue", subject_id=Cast(OuterRef("pk"), CharField(max_length=40)))
    return Q(Exists(named.order_by())) & Q(Exists(own.filter(by)))


class HandoffQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Documents a bureau issued or received an item of, and those with an item a supervised division answers for."""
        if reach.whole_province:
            return self
        item = self.model._meta.get_field("items").related_model
        mine = item.objects.filter(handoff=OuterRef("pk")).filter(
            Q(bureau_id__in=sorted(reach.bureaus)) & ~Q(state__in=sorted(lifecycle.ENDED))
            | Q(division_id__in=sorted(reach.divisions))
            | Q(issue__site_id__in=sorted(reach.sites))
        )
        return self.filter(Q(bureau_id__in=sorted(reach.bureaus)) | Exists(mine))


class ResponsibilityQuerySet(ScopedQuerySet[Any]):
    def live(self) -> Self:
        return self.exclude(state__in=sorted(lifecycle.ENDED))

    def in_parts(self, divisions: list[int]) -> Self:
        """Live shared or delegated responsibilities of divisions: the issue itself may be another's."""
        return self.live().filter(Q(weight__lt=1) | Q(parent__isnull=False), division_id__in=divisions)

    def stage_late(self, *, on: date) -> Self:
        return self.filter(stage_due_on__lt=on).order_by(F("stage_due_on").asc())


class MergeOfferQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Those one's bureau made or was asked, and those of two issues one may see both."""
        if reach.whole_province:
            return self
        bureaus = sorted(reach.bureaus)
        issues = self.model._meta.get_field("issue").related_model.objects.within(reach)
        # Looked up, not listed: beside the other doors a list of all one may see would be made for a single offer.
        both = [Exists(issues.filter(pk=OuterRef(name))) for name in ("issue_id", "into_id")]
        return self.filter(Q(bureau__in=bureaus) | Q(asked__in=bureaus) | Q(*both))

    def open(self) -> Self:
        """Not answered, taken back or lapsed."""
        return self.filter(state="open")

    def touching(self, issues: Iterable[int]) -> Self:
        """Of issues by key, whichever of the two they are."""
        keys = list(issues)
        return self.filter(Q(issue__in=keys) | Q(into__in=keys))


class LookBackQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Those of issues one may see."""
        issues = self.model._meta.get_field("issue").related_model
        return self.filter(issue__in=issues.objects.within(reach).values("pk"))

    def open(self) -> Self:
        """Not done yet."""
        return self.filter(passed=None)


class LookBackDrawQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """A bureau's own, and those of the bureaus of supervised divisions."""
        if reach.whole_province:
            return self
        return self.filter(Q(bureau_id__in=sorted(reach.bureaus)) | Q(bureau__division_id__in=sorted(reach.supervised)))


class LedgerLayoutQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """A bureau's own."""
        return self.filter(bureau_id__in=sorted(reach.bureaus))
