"""Promise: whatever four people do at once, in whatever order, every figure equals an independent plain-SQL recount.

Four processes take random actions under clocks of their own on one database; at checkpoints every figure under every
filter, as of now and at past cut-offs, is counted a second time.
"""

import random
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from enforcement.findings import actions as findings
from enforcement.findings.models import Finding
from enforcement.issues import actions
from enforcement.issues.lifecycle import ENDED, TABLE, Move
from enforcement.issues.models import Issue, LookBack, Pause, Responsibility, Severity, Source
from enforcement.statistics import behind, counting, folding
from enforcement.statistics.rules import LISTED, figures_of
from enforcement.statistics.scopes import Scope, scope_for
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.errors import DomainError
from regions.models import Bureau, Officer, Part, WorkCalendar
from regions.roles import Role
from regions.workdays import next_workday
from tests.enforcement.issues.evidence import paper
from tests.enforcement.statistics import recount
from tests.enforcement.statistics.season import WORDS
from tests.rig.databases import CommittingDatabase
from tests.rig.processes import Together
from tests.scenarios import cast as casting

SEED = 20210804
ACTORS = 4
FIRST_DAY = date(2021, 5, 20)
DAYS = 120
OPERATIONS = 5000
CHECKPOINTS = 5
#: Rare by themselves: look-backs come after everything else.
OFTEN = frozenset({"schedule_look_back", "fail_look_back", "grant_pause"})
PLACES = {"140107": (112.58, 37.89), "141002": (111.58, 36.08), "": (77.59, 12.97)}


class Actor:
    """One person's random deeds. Days only go forward; the hour within a day is anyone's."""

    def __init__(self, seed: int, cast: casting.Cast) -> None:
        self.random = random.Random(seed)
        self.cast = cast
        self.answering = [cast.taiyuan, cast.linfen, cast.xinghualing, cast.yaodu, cast.xinghualing_team]

    def work(self, first: int, last: int, operations: int) -> int:
        done = 0
        for n in range(operations * 4):
            if done == operations:
                break
            day = FIRST_DAY + timedelta(days=first + (last - first) * done // operations)
            hour = time(self.random.randrange(24), self.random.randrange(60), self.random.randrange(60))
            # Refused, or someone else was first.
            with clock.moved_to(datetime.combine(day, hour, clock.BEIJING)), suppress(DomainError):
                done += self.deed(n)
        return done

    def deed(self, n: int) -> bool:
        chance = self.random.random()
        if chance < 0.07 or n == 0:
            return self.hand_off()
        if chance < 0.14:
            return self.finding()
        if chance < 0.16:
            return actions.end_pauses() > 0
        return self.act()

    def hand_off(self) -> bool:
        items = [self.item() for _ in range(self.random.randint(1, 3))]
        dispatcher = self.cast.officer(self.cast.province, Role.DISPATCHER)
        actions.hand_off(items, issuer=self.cast.province, by=dispatcher)
        return True

    def item(self) -> actions.Item:
        weights = self.random.choice([["1"], ["1"], ["0.5", "0.5"], ["0.3333", "0.6667"], ["0.25", "0.25", "0.5"]])
        bureaus = self.random.sample(self.answering, len(weights))
        lon, lat = self.random.choice(list(PLACES.values()))
        return actions.Item(
            "随机问题", self.random.choice(Source.values), lon, lat,
            [actions.Share(b, Decimal(w)) for b, w in zip(bureaus, weights, strict=True)],
            severity=self.random.choice(Severity.values), verifier=self.cast.province,
            starred=self.random.random() < 0.1 and all(b.division.level == "city" for b in bureaus),
        )  # fmt: skip

    def finding(self) -> bool:
        team, province = self.cast.taiyuan_team, self.cast.province
        inspector, leader = self.cast.officer(team, Role.INSPECTOR), self.cast.officer(team, Role.TEAM_LEADER)
        old = list(Finding.objects.filter(issue=None).order_by("?")[:1]) if self.random.random() < 0.7 else []
        if not old:
            lon, lat = self.random.choice(list(PLACES.values()))
            findings.file_finding(
                by=inspector, filer=team, receiver=self.random.choice([province, self.cast.linfen]), title="随机线索",
                source=self.random.choice(Source.values), severity=self.random.choice(Severity.values),
                lon=lon, lat=lat, occurred_at=clock.now() - timedelta(hours=self.random.randrange(60)),
            )  # fmt: skip
            return True
        one = old[0]
        if one.state == "draft" and self.random.random() < 0.4:
            findings.correct(one, by=inspector, source=self.random.choice(Source.values), lon=111.58, lat=36.08)
            return True
        verb = {"draft": "submit", "leader_review": self.random.choice(["send_back", "confirm", "dismiss"])}.get(
            one.state
        )
        if verb is None:
            return False
        by = {"submit": inspector, "dismiss": self.cast.officer(one.receiver, Role.DISPATCHER)}.get(verb, leader)
        findings.perform(one, verb, by=by, reason="" if verb in ("submit", "confirm") else "随机")
        return True

    def act(self) -> bool:
        live = Responsibility.objects.exclude(state__in=sorted(ENDED | {"struck_off"}))
        some = list(
            live.select_related("issue__issuer", "issue__verifier", "bureau", "parent__bureau").order_by("?")[:1]
        )
        if not some:
            return False
        part = some[0]
        rows = [row for row in TABLE if part.state in row.sources]
        # What leads on is taken more often than what leads aside, so that some get through.
        weights = [6 if row.primary or row.action in OFTEN else 1 for row in rows]
        row = self.random.choices(rows, weights)[0]
        actions.perform(part.issue, row.action, by=self.who(row, part), responsibility=part.pk, **self.data(row, part))
        return True

    def data(self, row: Move, part: Responsibility) -> dict[str, Any]:
        data = dict(WORDS.get(row.action, {}))
        if row.action in ("reissue", "delegate"):
            data["bureau"] = self.random.choice([*self.answering, self.cast.taiyuan_team]).pk
        if row.action == "delegate":
            data["due_on"] = min(part.due_on, clock.today() + timedelta(days=self.random.randint(1, 9)))
        if row.action == "request_extension":
            data["days"] = self.random.randint(1, 10)
        if "evidence" in row.needs:
            data["evidence"] = paper(part.issue, self.who(row, part)).pk
        if row.action == "request_pause":
            day = clock.today() + timedelta(days=self.random.randint(2, 25))
            data["resume_on"] = next_workday(day, WorkCalendar.current().value())
        if row.action == "schedule_look_back":
            data |= {"bureau": self.cast.taiyuan_team.pk, "look_by": clock.today() + timedelta(days=14)}
        return {name: value for name, value in data.items() if name in (*row.needs, *row.accepts)}

    def who(self, row: Move, part: Responsibility) -> Officer:
        if row.part is None:
            return self.cast.officer(self.cast.province, Role.SUPERVISOR)
        if row.part is Part.REVIEWER:
            return self.cast.officer(self.cast.taiyuan_team, Role.VERIFIER)
        if row.part is Part.ISSUER:
            return self.cast.officer(part.parent.bureau if part.parent else part.issue.issuer, Role.DISPATCHER)
        if row.part is Part.VERIFIER:
            return self.cast.officer(part.issue.verifier, Role.VERIFIER)
        return self.cast.officer(part.bureau, Role.HANDLER)


def everyone(cast: casting.Cast) -> None:
    """Makes every officer beforehand: actors only look them up."""
    for bureau in Bureau.objects.filter(pk__in=[b.pk for b in vars(cast).values() if isinstance(b, Bureau)]):
        for role in (Role.INSPECTOR, Role.TEAM_LEADER, Role.DISPATCHER, Role.HANDLER, Role.VERIFIER, Role.SUPERVISOR):
            cast.officer(bureau, role)


def play(seed: int, cast: casting.Cast, first: int, last: int, operations: int) -> int:
    """One person's part of a season, in a process of their own."""
    return Actor(seed, cast).work(first, last, operations)


def together(actors: Together, cast: casting.Cast, round_: int, operations: int) -> int:
    """Four processes at once, each with a connection of its own, while the counters are folded beside them."""
    first, last = DAYS * round_ // CHECKPOINTS, DAYS * (round_ + 1) // CHECKPOINTS
    for number in range(ACTORS):
        actors.start(number, play, SEED + round_ * ACTORS + number, cast, first, last, operations // ACTORS)
    while actors.working(1):
        folding.fold()
    return sum(actors.results())


def questions(chance: random.Random, today: date) -> list[dict[str, str]]:
    """Every filter on its own, as of now and at past cut-offs; and mixtures."""
    places = [{"division": code} for code in ("140000", "140100", "140107", "141000", "141002", "140200")]
    areas = [{"area": "taiyuan-basin"}, {"area": "fenhe-valley"}]
    sources = [{"source": source} for source in Source.values]
    severities = [{"severity": severity} for severity in Severity.values]
    days = [FIRST_DAY, FIRST_DAY + timedelta(days=13), date(2021, 6, 1), date(2021, 6, 30), date(2021, 7, 10), today]
    periods = [{"from": str(a), "to": str(b)} for a in days for b in days if a <= b]
    periods += [{"from": str(day)} for day in days] + [{"to": str(day)} for day in days]
    filters: list[dict[str, str]] = [{}, *places, *areas, *sources, *severities, *chance.sample(periods, 8)]
    mixed = [
        chance.choice([{}, *places, *areas]) | chance.choice([{}, *sources]) | chance.choice([{}, *severities])
        | chance.choice([{}, *periods])
        for _ in range(60)
    ]  # fmt: skip
    past = today - timedelta(days=chance.randrange(1, 40))
    moment = datetime.combine(past, time(chance.randrange(24), 30), clock.BEIJING)
    learnt = list(Event.objects.order_by("recorded_at").values_list("recorded_at", flat=True))
    known = learnt[chance.randrange(len(learnt))].astimezone(UTC).isoformat()
    cuts = [
        {},
        {"as_of": str(past)},
        {"as_of": moment.isoformat()},
        {"known_at": known},
        {"as_of": str(past), "known_at": known},
    ]
    asked = [filter_ | cut for filter_ in filters for cut in cuts]
    return asked + [filter_ | chance.choice(cuts) for filter_ in mixed] + [cut | chance.choice(places) for cut in cuts]


def counted_again(scope: Scope) -> dict[str, Decimal | None]:
    return recount.figures(
        day=scope.day,
        as_of=scope.as_of,
        known_at=scope.known_at,
        since=scope.since,
        until=scope.until,
        divisions=None if scope.places is None else sorted(scope.places),
        source=scope.source,
        severity=scope.severity,
    )


@pytest.mark.slow
def test_every_figure_equals_its_recount_whatever_four_people_do(committing_db: CommittingDatabase) -> None:
    cast = casting.make()
    everyone(cast)
    chance = random.Random(SEED)
    who = cast.officer(cast.province, Role.SUPERVISOR)
    done = 0
    with Together(ACTORS) as actors:
        for round_ in range(CHECKPOINTS):
            done += together(actors, cast, round_, OPERATIONS // CHECKPOINTS)
            today = FIRST_DAY + timedelta(days=DAYS * (round_ + 1) // CHECKPOINTS - 1)
            with clock.moved_to(datetime.combine(today, time(23, 59, 30), clock.BEIJING)):
                for parameters in questions(chance, today):
                    scope = scope_for(who, parameters)
                    figures = figures_of(counting.sums_of(scope), counting.effort_of(scope))
                    expected = counted_again(scope)
                    assert {name: figures[name].value for name in expected} == expected, (round_, parameters)
                scope = scope_for(who, {"as_of": str(today - timedelta(days=7)), "division": "140100"})
                figures = figures_of(counting.sums_of(scope), counting.effort_of(scope))
                for name in sorted(LISTED):
                    weight = sum((row.weight for row in behind.all_behind(name, scope)), Decimal(0))
                    assert weight == (figures[name].denominator if "days" in name else figures[name].numerator), name
    assert done == OPERATIONS
    assert folding.differences() == []
    states = set(Issue.objects.values_list("state", flat=True))
    assert len(states) >= 9, states  # the season was a rich one
    assert Pause.objects.filter(granted=True).exists()
    assert LookBack.objects.filter(passed=False).exists()
