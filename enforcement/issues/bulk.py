"""One action for several issues: what each would do, then each by its own action, in a transaction of its own.

An issue somebody moved on meanwhile, or that refuses, is told with its reason; the others go on. Nothing is half done:
each issue has either taken the whole action or is as it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from enforcement.issues import actions
from enforcement.issues.actions.files import files_of, responsibilities_by_issue
from enforcement.issues.lifecycle import FIELDS, MOVES
from enforcement.issues.models import Issue, Responsibility
from enforcement.timeline import clock
from regions.errors import DomainError, Invalid
from regions.models import Officer

MOST = 100
#: What several issues may take with the same words: no evidence, no dates of one works alone.
OFFERED = (
    "acknowledge",
    "start_rectification",
    "delegate",
    "start_verification",
    "close",
    "strike_off",
    "escalate",
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An issue as its officer saw it, and the part the action is for."""

    number: str
    version: int | None = None
    responsibility: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What an action would do with an issue, or the reason why it can't. `part` is there where it can."""

    issue: Issue
    part: Responsibility | None
    why: str

    @property
    def token(self) -> str:
        """What the form keeps of the line: number, version seen, part."""
        return f"{self.issue.number}:{self.issue.version}:{self.part.pk if self.part else ''}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an issue took the action: done and as it now stands, or as it was and the reason. Plain values, to be kept."""

    number: str
    done: bool
    words: str
    version: int | None = None
    state: str | None = None


Take = Callable[[], Outcome]


def offered_to(officer: Officer) -> list[tuple[str, str | Promise]]:
    """The actions this officer's roles could take on several issues, with their labels."""
    roles = officer.roles_on(clock.today())
    return [(name, MOVES[name].label) for name in OFFERED if MOVES[name].roles & roles]


def check(action: str, count: int) -> None:
    """Raises Invalid for an action several issues can't take, for none chosen and for too many."""
    if action not in OFFERED:
        raise Invalid(_("这个操作不能批量办理，请逐件办理。"), field="action")
    if not count:
        raise Invalid(_("请先勾选问题。"), field="items")
    if count > MOST:
        raise Invalid(_("一次最多办理%(n)d件，请分批办理。") % {"n": MOST}, field="items")


def preview(numbers: Sequence[str], action: str, officer: Officer) -> list[Line]:
    """What the action would do with each of some issues the officer may see. Two statements; nothing changes.

    Raises Invalid (see `check`).
    """
    wanted = list(dict.fromkeys(numbers))
    check(action, len(wanted))
    found = Issue.objects.visible_to(officer).filter(number__in=[n for n in wanted if "\x00" not in n])
    issues = list(found.select_related("division", "site").order_by("due_on", "pk"))
    parts = responsibilities_by_issue(issues)
    return [line for issue in issues for line in _lines(issue, action, officer, parts.get(issue.pk, []))]


def absent(numbers: Sequence[str], lines: Sequence[Line]) -> list[tuple[str, str]]:
    """The numbers asked for that lead to no issue this officer may see, each with the sentence of a single action."""
    found = {line.issue.number for line in lines}
    return [(number, _("没有这个问题。")) for number in dict.fromkeys(numbers) if number not in found]


def _lines(issue: Issue, action: str, officer: Officer, parts: list[Responsibility]) -> list[Line]:
    """A line for each part the officer may act on; otherwise one with the reason."""
    listed = actions.available_for(issue, officer, parts, files_of(parts))
    offers = [offer for offer in listed if offer.action == action]
    by_key = {part.pk: part for part in parts}
    allowed = [Line(issue, by_key[offer.responsibility], "") for offer in offers if offer.allowed]
    if allowed:
        return allowed
    mine = sorted(offers, key=lambda offer: not offer.mine)
    state = _("该问题现为“%(state)s”，不能%(action)s。") % {
        "state": issue.get_state_display(),
        "action": MOVES[action].label,
    }
    return [Line(issue, None, mine[0].why if mine else state)]


def perform_each(
    chosen: Sequence[Chosen],
    action: str,
    officer: Officer,
    entered: dict[str, Any],
    once: Callable[[Chosen, Take], Outcome] = lambda _one, take: take(),
) -> list[Outcome]:
    """Takes the action on each, in the order of their numbers, so that two who do so wait for each other but once.

    `once` wraps each one's turn, for who keeps what came of it. Raises Invalid before anything happens (see `check`);
    what a single issue refuses is in its outcome.
    """
    check(action, len(chosen))
    ordered = sorted(chosen, key=lambda one: one.number)
    return [once(one, partial(_perform, one, action, officer, entered)) for one in ordered]


def _perform(one: Chosen, action: str, officer: Officer, entered: dict[str, Any]) -> Outcome:
    try:
        done = actions.perform(
            one.number, action, by=officer, seen_by=officer, version=one.version, responsibility=one.responsibility,
            **entered,
        )  # fmt: skip
    except Invalid as error:
        return Outcome(one.number, False, _told(error))
    except DomainError as error:
        return Outcome(one.number, False, str(error))
    words = _("已%(action)s") % {"action": MOVES[action].label}
    return Outcome(one.number, True, words, done.version, str(done.state))


def _told(error: Invalid) -> str:
    """Every sentence of a refusal with the field it is about."""
    if not error.errors:
        return str(error)
    return _("；").join(
        _("%(field)s：%(why)s") % {"field": FIELDS.get(name, name), "why": " ".join(sentences)}
        for name, sentences in error.errors.items()
    )
