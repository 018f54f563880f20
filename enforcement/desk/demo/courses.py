"""The courses the issues of the 2021 season take: how many of each, and where each stands on 4 August. Pure.

557 issues: 437 done on the cut-off day, 120 open in every state a season shows (domain: 2021 summer figures).
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from enforcement.desk.demo.plots import Beat, Plot, Timed, index_of, schedule

ISSUED, CLOSED = 557, 437
OPEN = ISSUED - CLOSED
Writer = Callable[[Random], "Story"]


@dataclass(frozen=True, slots=True)
class Story:
    """The beats of each part that begins at issuing, and how many of them are done at the cut-off (None: no limit).

    `shares`: bureaus that answer from the start. `city`: the city bureau answers, not the county's. `wait`: how long
    after the cut-off the next beat comes, working days; None where the story is over by then.
    """

    lines: tuple[tuple[Beat, ...], ...]
    done: tuple[int, ...]
    city: bool = False
    starred: bool = False
    wait: tuple[float, float] | None = (0.05, 1.5)
    asides: tuple[Beat, ...] = ()

    @property
    def shares(self) -> int:
        return len(self.lines)

    def timed(self, start: float, cutoff: float, rng: Random) -> list[Timed]:
        """All beats in order of time."""
        timed = [Timed(start + beat.gap, beat) for beat in self.asides]
        for line, done in zip(self.lines, self.done, strict=True):
            wait = rng.uniform(*self.wait) if self.wait else None
            timed += schedule(line, start, done=done, cutoff=cutoff, wait=wait)
        return sorted(timed, key=lambda one: one.at)


@dataclass(frozen=True, slots=True)
class Course:
    """`count` issues, each at least `age` working days old at the cut-off."""

    name: str
    count: int
    age: float
    write: Writer


def _story(plot: Plot, done: int, **rest: object) -> Story:
    return Story((tuple(plot.beats),), (done,), **rest)  # type: ignore[arg-type]


def _over(plot: Plot, closing: int = 1, **rest: object) -> Story:
    """Closed by the cut-off with the n-th `close`."""
    return _story(plot, index_of(plot.beats, "close", closing), wait=None, **rest)


def _stops_after(
    action: str | None, *, wait: tuple[float, float] = (0.05, 1.5), pressed_at: float | None = None
) -> Writer:
    """The usual way, standing at the cut-off where `action` has led; pressed by a supervisor so long after issuing."""
    asides = (Beat("escalate", "supervisor", pressed_at),) if pressed_at else ()

    def write(rng: Random) -> Story:
        plot = Plot(rng).usual(started=action == "start_rectification" or rng.random() < 0.7)
        _maybe_strike(plot, rng)
        return _story(plot, index_of(plot.beats, action) if action else 0, wait=wait, asides=asides)

    return write


def _maybe_strike(plot: Plot, rng: Random, share: float = 0.6) -> None:
    if rng.random() < share:
        plot.strike()


def _late_acknowledgement(rng: Random) -> Story:
    plot = Plot(rng).usual()
    return _story(plot, 0, wait=(0.05, 0.4))


def _returned(answer: str) -> Writer:
    """Stands returned at the cut-off; then it is refused, accepted or reissued."""

    def write(rng: Random) -> Story:
        plot = Plot(rng).returned("duplicate" if answer == "accept_return" else "not_ours")
        plot.add(answer, "issuer", 0.2, 0.9)
        if answer != "accept_return":
            plot.then(Plot(rng, part=int(answer == "reissue")).usual())
        return _story(plot, 1, wait=(0.05, 0.5))

    return write


def _reissued(stops: str | None, *, to_end: bool = False) -> Writer:
    def write(rng: Random) -> Story:
        plot = Plot(rng).returned("not_ours").add("reissue", "issuer", 0.2, 0.9)
        plot.then(Plot(rng, part=1).usual())
        _maybe_strike_part(plot, rng, 1)
        return _over(plot) if to_end else _story(plot, index_of(plot.beats, stops) if stops else 2)

    return write


def _maybe_strike_part(plot: Plot, rng: Random, part: int) -> None:
    if rng.random() < 0.6:
        plot.then(Plot(rng, part).strike())


def _return_refused(rng: Random) -> Story:
    plot = Plot(rng).returned("duplicate").add("refuse_return", "issuer", 0.2, 0.9).usual()
    _maybe_strike(plot, rng)
    return _over(plot)


def _shared(stops: tuple[str, str] | None) -> Writer:
    def write(rng: Random) -> Story:
        lines = [Plot(rng, part).usual().beats for part in (0, 1)]
        done = [index_of(line, stops[n] if stops else "close") for n, line in enumerate(lines)]
        return Story(tuple(map(tuple, lines)), tuple(done), wait=(0.05, 1.5) if stops else None)

    return write


def _delegated(stops: str | None) -> Writer:
    """The city bureau hands on to the county and answers once the county's part is closed."""

    def write(rng: Random) -> Story:
        plot = Plot(rng).acknowledge(0.05, 0.4).add("delegate", "handler", 0.05, 0.4)
        child = Plot(rng, part=1).acknowledge().start().feedback(1, 4).verify().close()
        plot.then(child).then(Plot(rng).feedback(0.2, 1).verify().close())
        return _story(plot, index_of(plot.beats, stops), city=True) if stops else _over(plot, 2, city=True)

    return write


def _extended(*, to_end: bool, granted: bool = True) -> Writer:
    def write(rng: Random) -> Story:
        plot = Plot(rng, pace=2.2).acknowledge().start().extension(granted=granted)
        plot.feedback(3, 7, founded=True).verify().close()
        _maybe_strike(plot, rng)
        return _over(plot) if to_end else _story(plot, index_of(plot.beats, "grant_extension"), wait=(1, 6))

    return write


def _rejected(times: int, *, to_end: bool) -> Writer:
    def write(rng: Random) -> Story:
        plot = Plot(rng).acknowledge().start().feedback(1, 3, founded=True)
        for _ in range(times):
            plot.verify(passed=False).feedback(0.8, 2.5, founded=True)
        plot.verify().close()
        _maybe_strike(plot, rng)
        return _over(plot) if to_end else _story(plot, index_of(plot.beats, "reject_verification"))

    return write


def _interim(*, to_end: bool) -> Writer:
    """Immediate harm stopped, long works follow; those open on the cut-off day are closed in the autumn."""

    def write(rng: Random) -> Story:
        plot = Plot(rng).acknowledge().start().feedback(1, 3, founded=True).verify()
        plot.add("interim_close", "issuer", 0.1, 1.0)
        plot.feedback(*((1, 3) if to_end else (20, 55)), founded=True)
        plot.verify().close()
        if to_end:
            plot.strike()
            return _over(plot)
        return _story(plot, index_of(plot.beats, "interim_close"), wait=(15, 60))

    return write


def _reopened(rng: Random) -> Story:
    plot = Plot(rng).usual(started=False).add("reopen", "issuer", 1, 3).feedback(1, 2, founded=True).verify().close()
    return _over(plot, 2)


def _overdue(stops: str | None, wait: tuple[float, float], *, pressed: bool) -> Writer:
    """Handed off in June and not done: late on 4 August, some with a supervisor pressing."""
    return _stops_after(stops, wait=wait, pressed_at=17.0 if pressed else None)


def _slow(rng: Random) -> Story:
    """Done before the cut-off, after its due date."""
    plot = Plot(rng, pace=3.4).acknowledge(0.2, 1.8).start().feedback(4, 5.5, founded=True).verify().close()
    _maybe_strike(plot, rng)
    return _over(plot)


def _starred(rng: Random) -> Story:
    plot = Plot(rng).usual().strike()
    return _over(plot, city=True, starred=True)


def _done(rng: Random) -> Story:
    plot = Plot(rng).usual(started=rng.random() < 0.6)
    _maybe_strike(plot, rng, 0.55)
    return _over(plot)


#: Open at the cut-off, young: given to the newest issues.
YOUNG = (
    Course("issued", 14, 0.0, _stops_after(None)),
    Course("issued, acknowledgement late", 4, 2.2, _late_acknowledgement),
    Course("returned, to be refused", 2, 0.6, _returned("refuse_return")),
    Course("returned, to be reissued", 1, 0.6, _returned("reissue")),
    Course("returned, to be accepted", 2, 0.6, _returned("accept_return")),
    Course("acknowledged", 14, 0.7, _stops_after("acknowledge")),
    Course("rectifying", 20, 1.5, _stops_after("start_rectification")),
    Course("shared, both at work", 3, 2.0, _shared(("start_rectification", "acknowledge"))),
    Course("delegated", 3, 2.5, _delegated("start_rectification")),
    Course("fed back", 14, 2.5, _stops_after("submit_feedback")),
    Course("verifying", 8, 3.5, _stops_after("start_verification")),
    Course("verified", 6, 4.0, _stops_after("pass_verification")),
    Course("reissued, waiting", 2, 1.5, _reissued(None)),
    Course("reissued, at work", 1, 2.5, _reissued("start_rectification")),
)
#: Open at the cut-off, old.
OLD = (
    Course("overdue", 2, 19, _overdue("start_rectification", (3, 20), pressed=False)),
    Course("overdue, pressed", 3, 22, _overdue("start_rectification", (2, 12), pressed=True)),
    Course("never acknowledged, pressed", 1, 22, _overdue(None, (0.5, 2), pressed=True)),
    Course("overdue, fed back", 2, 18, _overdue("submit_feedback", (0.5, 3), pressed=False)),
    Course("extended", 5, 8, _extended(to_end=False)),
    Course("sent back by the verifier", 4, 9, _rejected(1, to_end=False)),
    Course("interim closed", 9, 9, _interim(to_end=False)),
)
#: Done by the cut-off.
DONE = (
    Course("reissued", 8, 12, _reissued(None, to_end=True)),
    Course("return refused", 6, 12, _return_refused),
    Course("shared", 9, 11, _shared(None)),
    Course("delegated", 8, 13, _delegated(None)),
    Course("extended", 20, 20, _extended(to_end=True)),
    Course("extension refused", 4, 16, _extended(to_end=True, granted=False)),
    Course("rejected once", 26, 13, _rejected(1, to_end=True)),
    Course("rejected twice", 3, 18, _rejected(2, to_end=True)),
    Course("interim closed", 5, 15, _interim(to_end=True)),
    Course("reopened", 2, 17, _reopened),
    Course("late", 30, 26, _slow),
    Course("starred", 6, 11, _starred),
)
USUAL = Course("usual", CLOSED - sum(c.count for c in DONE), 5, _done)


def assign(ages: list[float], rng: Random) -> list[Course]:
    """A course for each issue. `ages` are working days from issuing to the cut-off, oldest issue first.

    Raises ValueError if the ages don't leave room for the season's figures.
    """
    if len(ages) != ISSUED:
        raise ValueError(f"{len(ages)} issues, not {ISSUED}")
    given: dict[int, Course] = {}
    newest = list(range(ISSUED - sum(c.count for c in YOUNG), ISSUED))
    _deal(YOUNG, newest[::-1], ages, rng, given)
    elders = [n for n in range(ISSUED) if n not in given]
    for course in sorted((*OLD, *DONE), key=lambda c: -c.age):
        fit = [n for n in elders if ages[n] >= course.age]
        for n in rng.sample(fit, course.count):
            given[n] = course
            elders.remove(n)
    return [given.get(n, USUAL) for n in range(ISSUED)]


def _deal(
    courses: tuple[Course, ...], issues: list[int], ages: list[float], rng: Random, given: dict[int, Course]
) -> None:
    """From the newest issue on: any course that is left and wants no more than its age."""
    left = [course for course in courses for _ in range(course.count)]
    for n in issues:
        fit = [course for course in left if course.age <= ages[n]]
        if not fit:
            raise ValueError(f"no course fits an issue {ages[n]:.1f} working days old")
        given[n] = rng.choice(fit)
        left.remove(given[n])
