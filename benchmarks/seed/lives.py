"""The life of one synthetic issue, pure: rows for every table, hashed into its chain. Deterministic per number."""

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from benchmarks.seed.cast import Cast, County
from enforcement.issues.lifecycle import OPEN
from enforcement.issues.search import bigrams_of
from enforcement.timeline import chain, clock

SEED = 557
FIRST_DAY = datetime(2021, 1, 4, 1, 0, tzinfo=UTC)
LAST_DAY = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
SOURCES = (
    "patrol",
    "patrol",
    "patrol",
    "special_inspection",
    "special_check",
    "cross_enforcement",
    "online_monitoring",
)
SEVERITIES = ("general", "general", "general", "serious", "major")
WORDS = ("涂装", "焦化", "印刷", "砖瓦窑", "加油站", "堆场", "橡胶", "制药", "铸造", "水泥")
FAULTS = ("高值", "异味扰民", "未开启治理设施", "无组织排放", "台账不全", "活性炭未更换")

#: What a life goes through: (kind, state after it).
OPENING = [
    ("handed_off", "issued"),
    ("acknowledged", "acknowledged"),
    ("rectification_started", "rectifying"),
    ("feedback_submitted", "feedback_submitted"),
    ("verification_started", "verifying"),
]
PASSED = [*OPENING, ("verification_passed", "verified")]
REJECTED = [*OPENING, ("verification_rejected", "rectifying")]
AGAIN = [*REJECTED, ("feedback_submitted", "feedback_submitted")]
LIVES: dict[str, list[tuple[str, str]]] = {
    "closed": [*PASSED, ("closed", "closed")],
    "struck_off": [*PASSED, ("closed", "closed"), ("struck_off", "struck_off")],
    "interim_closed": [*PASSED, ("interim_closed", "interim_closed")],
    "verified": PASSED,
    "rectifying": REJECTED,
    "feedback_submitted": AGAIN,
    "verifying": [*AGAIN, ("verification_started", "verifying")],
}
OPEN_LIVES = ("interim_closed", "verified", "rectifying", "rectifying", "feedback_submitted", "verifying")


@dataclass(slots=True)
class Rows:
    """Rows of one issue by table, in the column order of `load.COLUMNS`."""

    finding: tuple[Any, ...]
    issue: tuple[Any, ...]
    responsibility: tuple[Any, ...]
    handoff: tuple[Any, ...]
    issue_parties: list[tuple[Any, ...]]
    finding_parties: list[tuple[Any, ...]]
    spans: list[tuple[Any, ...]]
    feedbacks: list[tuple[Any, ...]]
    verifications: list[tuple[Any, ...]]
    events: list[tuple[Any, ...]]


def life(number: int, total: int, cast: Cast, policy: int, calendar: int, base: int = 0) -> Rows:
    """Issue `number` of `total` (1-based), issued in time order over the years; about 5 % still open, mostly late ones."""
    dice = random.Random(SEED * 1_000_003 + number)
    county = cast.counties[dice.randrange(len(cast.counties))]
    issued_at = FIRST_DAY + (LAST_DAY - FIRST_DAY) * ((number - 1) / total) + timedelta(seconds=dice.randrange(3600))
    open_ = dice.random() < (0.6 if number > total * 0.96 else 0.027)
    kind = dice.choice(OPEN_LIVES) if open_ else ("struck_off" if dice.random() < 0.4 else "closed")
    return _Life(base + number, dice, county, cast, issued_at, kind, policy, calendar).rows()


class _Life:
    def __init__(
        self,
        pk: int,
        dice: random.Random,
        county: County,
        cast: Cast,
        issued_at: datetime,
        kind: str,
        policy: int,
        calendar: int,
    ) -> None:
        self.pk, self.dice, self.county, self.cast = pk, dice, county, cast
        self.issued_at, self.kind, self.policy, self.calendar = issued_at, kind, policy, calendar
        self.finding_id = uuid.UUID(int=dice.getrandbits(128), version=4)
        self.year = clock.beijing_day(issued_at).year
        self.number = f"SX-{self.year}-ZH-{pk:07d}"
        self.title = f"{dice.choice(WORDS)}{dice.choice(FAULTS)}{pk % 9973}"
        self.source, self.severity = dice.choice(SOURCES), dice.choice(SEVERITIES)
        self.lon = county.lon + dice.uniform(-0.05, 0.05)
        self.lat = county.lat + dice.uniform(-0.05, 0.05)
        self.due_on: date = clock.beijing_day(issued_at) + timedelta(days=21)
        self.stage: date | None = None
        self.acknowledged_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.handling: int | None = None
        self.verifications = self.rejections = 0

    def rows(self) -> Rows:
        events, spans, feedbacks, verifications = self._walk()
        state = spans[-1][4]
        issued_on = clock.beijing_day(self.issued_at)
        here, cast, pk = self.county, self.cast, self.pk
        grams, finding_grams = _array(bigrams_of(self.number, self.title)), _array(bigrams_of(self.title))
        return Rows(
            finding=(
                self.finding_id, self.title, "", self.source, "", self.severity, self.lon, self.lat, "", None,
                self.issued_at - timedelta(days=1), None, self.issued_at - timedelta(hours=20), "promoted", 4,
                cast.province, cast.province, cast.inspector, cast.leader, here.division, pk, True,
                finding_grams,
            ),
            issue=(
                pk, self.number, uuid.UUID(int=self.dice.getrandbits(128), version=4), self.title, "", self.source, "",
                self.severity, False, self.lon, self.lat, "", here.division, here.division, None, cast.province,
                here.team, state, self.due_on, self.due_on, False, len(events), self.issued_at, issued_on,
                cast.dispatcher, self.closed_at, False, True, grams,
            ),
            responsibility=(
                pk, pk, here.bureau, here.division, None, pk, 1, self.policy, self.calendar, False, self.issued_at,
                self.stage, self.stage, "", *self._standing(state),
            ),
            handoff=(
                pk, f"基准转〔{self.year}〕{pk}号", cast.province, self.year, pk, self.title, self.issued_at,
                cast.dispatcher, True,
            ),
            issue_parties=[
                (3 * pk, cast.province, "issuer", self.issued_at, None, pk, state in OPEN, issued_on),
                (3 * pk + 1, here.team, "verifier", self.issued_at, None, pk, state in OPEN, issued_on),
                (3 * pk + 2, here.bureau, "responsible", self.issued_at, None, pk, state in OPEN, issued_on),
            ],
            finding_parties=[(pk, cast.province, "filer", self.issued_at - timedelta(days=1), None, self.finding_id)],
            spans=spans,
            feedbacks=feedbacks,
            verifications=verifications,
            events=[*self._finding_events(), *events],
        )  # fmt: skip

    def _standing(self, state: str) -> tuple[Any, ...]:
        return (
            state, "1.0000", self.due_on, self.due_on, self.acknowledged_at, self.closed_at, self.handling,
            self.verifications, self.rejections, 0, 0,
        )  # fmt: skip

    def _walk(self) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
        """Steps through the life's events, keeping the standing after each as a span."""
        events: list[Any] = []
        spans: list[Any] = []
        feedbacks: list[Any] = []
        verifications: list[Any] = []
        moment, head, before = self.issued_at, chain.GENESIS, ""
        who = {
            "handed_off": self.cast.dispatcher, "closed": self.cast.dispatcher, "struck_off": self.cast.dispatcher,
            "interim_closed": self.cast.dispatcher, "verification_started": self.county.verifier,
            "verification_passed": self.county.verifier, "verification_rejected": self.county.verifier,
        }  # fmt: skip
        for seq, (kind, state) in enumerate(LIVES[self.kind], start=1):
            if seq > 1:
                moment += timedelta(hours=self.dice.randrange(4, 90))
            self._note(kind, moment, feedbacks, verifications)
            payload = {
                "responsibility": self.pk, "before": before, "after": state, "due_on": self.due_on.isoformat(),
                "stage_due_on": self.stage.isoformat() if self.stage else None, "weight": "1.0000",
            }  # fmt: skip
            actor = who.get(kind, self.county.handler)
            row, head = event_row("issue", str(self.pk), seq, kind, actor, self.cast.province, payload, moment, head)
            events.append(row)
            spans.append((self.pk, self.pk, seq, moment, state, *self._standing(state)[1:], moment + LAG))
            before = state
        return events, spans, feedbacks, verifications

    def _note(self, kind: str, moment: datetime, feedbacks: list[Any], verifications: list[Any]) -> None:
        day = clock.beijing_day(moment)
        self.stage = None if kind in ("closed", "struck_off") else day + timedelta(days=7)
        if kind == "acknowledged":
            self.acknowledged_at = moment
        elif kind == "feedback_submitted":
            feedbacks.append(
                (
                    2 * self.pk + len(feedbacks),
                    moment,
                    "true",
                    "",
                    "已整改",
                    self.county.bureau,
                    self.county.handler,
                    self.pk,
                )
            )
        elif kind in ("verification_passed", "verification_rejected"):
            passed = kind == "verification_passed"
            self.verifications += 1
            self.rejections += 0 if passed else 1
            verifications.append(
                (self.pk, moment, passed, "现场核查", self.county.team, self.county.verifier, feedbacks[-1][0], self.pk)
            )
        elif kind == "closed":
            assert self.acknowledged_at is not None
            self.closed_at = moment
            self.handling = max(1, round((day - clock.beijing_day(self.acknowledged_at)).days * 5 / 7))

    def _finding_events(self) -> Iterator[Any]:
        head, moment = chain.GENESIS, self.issued_at - timedelta(days=1)
        steps = (
            ("filed", self.cast.inspector, "draft"), ("submitted", self.cast.inspector, "leader_review"),
            ("confirmed", self.cast.leader, "confirmed"), ("promoted", self.cast.dispatcher, "promoted"),
        )  # fmt: skip
        before = "draft"
        for seq, (kind, actor, after) in enumerate(steps, start=1):
            payload: dict[str, Any] = {"before": before, "after": after} if seq > 1 else {"title": self.title}
            before = after
            if kind == "promoted":
                payload["issue"] = self.number
            row, head = event_row(
                "finding", str(self.finding_id), seq, kind, actor, self.cast.province, payload, moment, head
            )
            moment += timedelta(hours=2)
            yield row


def _array(grams: list[str]) -> str:
    """Text COPY reads as an array."""
    return "{" + ",".join(json.dumps(gram, ensure_ascii=False) for gram in grams) + "}"


#: The database's clock runs a moment behind what happened.
LAG = timedelta(milliseconds=40)


def event_row(
    type_: str,
    id_: str,
    seq: int,
    kind: str,
    actor: int,
    bureau: int,
    payload: dict[str, Any],
    at: datetime,
    head: bytes,
) -> tuple[tuple[Any, ...], bytes]:
    """An event's row and its hash, chained to `head`."""
    facts = {
        "subject_type": type_, "subject_id": id_, "seq": seq, "kind": kind, "actor": actor, "bureau": bureau,
        "payload": payload, "occurred_at": at, "recorded_at": at + LAG,
    }  # fmt: skip
    hash_ = chain.link(head, chain.canonical(facts))
    row = (
        type_, id_, seq, kind, actor, bureau, json.dumps(payload, ensure_ascii=False), at, at + LAG, chain.LAYOUT,
        chain.ALGORITHM, head, hash_,
    )  # fmt: skip
    return row, hash_
