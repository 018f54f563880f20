"""The stage: cues in order of time, each played under a clock moved to its moment, through the real actions."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from itertools import count
from random import Random
from typing import Any

from enforcement.desk.demo import bureaus, photos, words
from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.plots import Beat
from enforcement.desk.demo.trades import Trade
from enforcement.issues import actions
from enforcement.issues.lifecycle import MOVES
from enforcement.issues.models import Issue, LawArticle, Milestone, Responsibility, Severity
from enforcement.timeline import clock
from enforcement.timeline.attachments import attach
from regions.models import Division, Officer
from regions.roles import Role

Cue = Callable[[], object]


class Stage:
    """Collects cues and plays them in order of time; cues may add later ones."""

    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, Cue]] = []
        self._order = count()

    def cue(self, at: datetime, what: Cue) -> None:
        heapq.heappush(self._waiting, (at, next(self._order), what))

    def play(self, until: datetime | None = None, tell: Callable[[datetime], None] | None = None) -> int:
        """Plays what is due by `until` (everything without it) and gives how many cues that were."""
        played = 0
        while self._waiting and (until is None or self._waiting[0][0] <= until):
            at, _order, what = heapq.heappop(self._waiting)
            with clock.moved_to(at):
                what()
            played += 1
            if tell is not None:
                tell(at)
        return played


@dataclass
class Play:
    """One issue on its way, `issue` once it is handed off: its parts in the order they were opened, each with the key of its bureau.

    `elsewhere`: who gets it when it is reissued. `below`: who gets it when it is delegated.
    """

    trade: Trade
    issuer: str
    verifier: str
    elsewhere: str
    below: str
    pictures: bool = False
    # Of these days: what the office asks of an answer today is asked of it.
    current: bool = False
    first: int = 0
    taken: int = 0
    issue: Issue = field(default_factory=Issue)
    parts: list[int] = field(default_factory=list)
    holders: list[str] = field(default_factory=list)
    delegated_by: dict[int, str] = field(default_factory=dict)


class Players:
    """The officers acting: turns a beat into the action of the one whose turn it is."""

    def __init__(self, cast: Cast, rng: Random) -> None:
        self.cast, self.rng = cast, rng
        self.articles: dict[str, int] = {}

    def act(self, play: Play, beat: Beat) -> None:
        by = self._who(play, beat)
        if beat.action == "submit_feedback" and play.pictures:
            self._take_pictures(play, by)
        data = words.fields(beat.action, play.trade, self.rng, {**beat.data, **self._receiver(play, beat)})
        if beat.action == "submit_feedback" and play.current and data["verdict"] != "untrue":
            data["enforced"] = self._measures(play)
        if beat.action == "reach_milestone":
            waiting = Milestone.objects.filter(responsibility=play.parts[beat.part], reached_at=None, replaced_at=None)
            data["milestone"] = waiting.earliest("due_on").pk
        if "evidence" in MOVES[beat.action].needs:
            data["evidence"] = self._picture(play, by, after=beat.action != "fail_look_back", role="scene")
        actions.perform(play.issue, beat.action, by=by, responsibility=play.parts[beat.part], **data)
        if beat.action in ("reissue", "delegate"):
            self._note_opened(play, beat)

    def _who(self, play: Play, beat: Beat) -> Officer:
        holder = play.holders[beat.part]
        if beat.who == "handler":
            return self.cast.officer(holder, Role.HANDLER)
        if beat.who == "verifier":
            return self.cast.officer(play.verifier, Role.VERIFIER, play.issue.pk)
        if beat.who == "reviewer":
            return self.cast.officer(bureaus.team(bureaus.PROVINCE), Role.VERIFIER, play.issue.pk)
        if beat.who == "supervisor":
            return self.cast.officer(city_of(self.cast.bureaus[holder].division.code), Role.SUPERVISOR)
        return self.cast.officer(play.delegated_by.get(beat.part, play.issuer), Role.DISPATCHER)

    def _receiver(self, play: Play, beat: Beat) -> dict[str, Any]:
        if beat.action == "schedule_look_back":
            return {"bureau": self.cast.bureaus[bureaus.team(bureaus.PROVINCE)]}
        if beat.action == "reissue":
            return {"bureau": self.cast.bureaus[play.elsewhere]}
        if beat.action == "delegate":
            due_on: date = Responsibility.objects.values_list("due_on", flat=True).get(pk=play.parts[beat.part])
            return {"bureau": self.cast.bureaus[play.below], "due_on": due_on}
        return {}

    def _note_opened(self, play: Play, beat: Beat) -> None:
        newest = play.issue.responsibilities.order_by("-pk").values_list("pk", flat=True)[:1].get()
        play.parts.append(newest)
        if beat.action == "delegate":
            play.delegated_by[len(play.holders)] = play.holders[beat.part]
        play.holders.append(play.below if beat.action == "delegate" else play.elsewhere)

    def _take_pictures(self, play: Play, by: Officer) -> None:
        """Before and after with the first feedback; after a rejection of how it looks then, where the office asks for it."""
        if play.taken == 0:
            self._picture(play, by, after=False, role="before")
        self._picture(play, by, after=True, role="after")
        play.pictures = play.current

    def _picture(self, play: Play, by: Officer, *, after: bool, role: str) -> Any:
        """A picture no file of the issue is the same as, and its key."""
        if play.taken == 0:
            play.first = self.rng.randrange(photos.VARIANTS)
        drawn = photos.picture(play.trade.key, (play.first + play.taken // 2) % photos.VARIANTS, after=after)
        play.taken += 1
        label = "整改后" if after else "整改前"
        # There are a few pictures only: a later one differs by what stands behind its end.
        upload = BytesIO(drawn.content + (f"{play.taken}".encode() if play.taken > 1 else b""))
        kept = attach(
            play.issue, upload, by=by, name=drawn.name, label=label, role=role, captured_at=clock.now(), synthetic=True
        )
        return kept.pk

    def _measures(self, play: Play) -> list[dict[str, Any]]:
        """What was done about the graver ones, in yuan."""
        if play.issue.severity == Severity.GENERAL:
            return []
        if not self.articles:
            self.articles = {row.kind: row.pk for row in LawArticle.objects.order_by("-pk")}
        serial = f"演示责改〔{play.issue.issued_on.year}〕{play.issue.pk}号"
        rows: list[dict[str, Any]] = [
            {"kind": "correction_order", "article": self.articles["correction_order"], "document": serial}
        ]
        if play.issue.severity == Severity.MAJOR:
            amount = f"{self.rng.randrange(20, 200) * 1000}.00"
            rows.append({"kind": "fine", "amount": amount, "article": self.articles["fine"]})
        return rows


def city_of(code: str) -> str:
    return f"{code[:4]}00"


def neighbours() -> dict[str, str]:
    """For each county the other county of its city whose label point is nearest."""
    counties = list(Division.objects.counties().order_by("code"))

    def apart(one: Division, other: Division) -> float:
        return ((one.lon or 0) - (other.lon or 0)) ** 2 + ((one.lat or 0) - (other.lat or 0)) ** 2

    return {
        one.code: min(
            (other for other in counties if other.parent_id == one.parent_id and other is not one),
            key=lambda other: apart(one, other),
        ).code
        for one in counties
    }


def second_bureau(county: str, nearest: dict[str, str]) -> str:
    """Who shares an issue with a county's bureau: the county's second bureau if it has one, else the neighbour's."""
    return bureaus.HOUSING if county == bureaus.SHARING_COUNTY else nearest[county]
