"""How an issue goes: beats (who does what, how long after the one before) and the moments they fall on. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

#: Working time kept free before a cut-off, so that what is to happen by then surely does.
_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Beat:
    """One action on one part of an issue. `gap` in working days after the beat before; `data` are given fields.

    `who`: handler, issuer (dispatcher of whom the part answers to), verifier, supervisor. `part` counts the
    responsibilities in the order they are opened.
    """

    action: str
    who: str
    gap: float
    part: int = 0
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timed:
    """A beat at its position in working time."""

    at: float
    beat: Beat


class Plot:
    """Writes the beats of one part, one call a turn; gaps are drawn from natural ranges."""

    def __init__(self, rng: Random, part: int = 0, pace: float = 1.0) -> None:
        self.rng, self.part, self.pace = rng, part, pace
        self.beats: list[Beat] = []

    def add(self, action: str, who: str, low: float, high: float, **data: Any) -> "Plot":
        self.beats.append(Beat(action, who, self.rng.uniform(low, high), self.part, data))
        return self

    def acknowledge(self, low: float = 0.05, high: float = 0.8) -> "Plot":
        return self.add("acknowledge", "handler", low, high)

    def start(self) -> "Plot":
        return self.add("start_rectification", "handler", 0.05, 0.6)

    def feedback(self, low: float = 1.2, high: float = 5.5, *, founded: bool = False) -> "Plot":
        """`founded`: there was something to mend, so the verdict isn't untrue."""
        data = {"verdict": self.rng.choice(("true", "basically_true", "partly_true"))} if founded else {}
        return self.add("submit_feedback", "handler", low * self.pace, high * self.pace, **data)

    def verify(self, *, passed: bool = True) -> "Plot":
        self.add("start_verification", "verifier", 0.2, 1.8)
        return self.add("pass_verification" if passed else "reject_verification", "verifier", 0.1, 1.2)

    def close(self) -> "Plot":
        return self.add("close", "issuer", 0.1, 1.0)

    def strike(self, low: float = 1.0, high: float = 6.0) -> "Plot":
        return self.add("strike_off", "issuer", low, high)

    def usual(self, *, started: bool = True) -> "Plot":
        """Acknowledged, rectified, fed back, verified, closed."""
        self.acknowledge()
        if started:
            self.start()
        return self.feedback().verify().close()

    def extension(self, *, granted: bool = True, days: int | None = None) -> "Plot":
        self.add("request_extension", "handler", 0.3, 1.5, **({"days": days} if days else {}))
        return self.add("grant_extension" if granted else "refuse_extension", "issuer", 0.2, 1.0)

    def returned(self, reason: str) -> "Plot":
        return self.add("return", "handler", 0.1, 0.9, reason_code=reason)

    def then(self, other: "Plot") -> "Plot":
        """The beats of another part follow."""
        self.beats += other.beats
        return self


def index_of(beats: Sequence[Beat], action: str, nth: int = 1) -> int:
    """How many beats are done once `action` has been taken for the n-th time. ValueError if it never is."""
    found = [number for number, beat in enumerate(beats, 1) if beat.action == action]
    if len(found) < nth:
        raise ValueError(f"{action} isn't taken {nth} times")
    return found[nth - 1]


def schedule(
    beats: Sequence[Beat], start: float, *, done: int = 0, cutoff: float | None = None, wait: float | None = None
) -> list[Timed]:
    """Positions of the beats from `start`: the first `done` before `cutoff`, the others after it, by `wait` at least.

    What must be done before the cut-off is hurried where time is short, never slowed. Without a cut-off gaps stand;
    without `wait` what follows may come before the cut-off too.
    """
    timed: list[Timed] = []
    at = start
    if cutoff is not None and done:
        natural = sum(beat.gap for beat in beats[:done])
        hurry = min(1.0, (cutoff - start - _MARGIN) / natural)
        if hurry <= 0:
            raise ValueError("no time is left before the cut-off")
        for beat in beats[:done]:
            at += beat.gap * hurry
            timed.append(Timed(at, beat))
    else:
        done = 0
    for number, beat in enumerate(beats[done:]):
        at += beat.gap
        if number == 0 and cutoff is not None and wait is not None:
            at = max(at, cutoff + wait)
        timed.append(Timed(at, beat))
    return timed


def stretched(beats: Sequence[Beat], first: int, factor: float) -> list[Beat]:
    """The same beats with the gaps from number `first` on multiplied."""
    return [beat if n < first else replace(beat, gap=beat.gap * factor) for n, beat in enumerate(beats)]
