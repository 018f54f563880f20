"""Tells a subject's timeline in sentences: one template per kind of event, under templates/timeline/<kind>.txt.

A template is given the event's facts by their own names, with references resolved: words kept apart become text,
keys of bureaus become bureaus, days and moments become dates. It writes one line of plain text.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.template import Context
from django.template.engine import Engine
from django.template.exceptions import TemplateDoesNotExist
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from enforcement.timeline.models import Event, PersonalText
from regions.models import Bureau, Officer

#: Words people wrote, in the order they are shown under the sentence.
WORDS = ("reason", "plan", "cause", "measures", "opinion", "publication", "note", "reply")
#: Facts that hold the key of a bureau.
BUREAUS = ("to",)
#: An event recorded this long after it happened is shown with both times.
LATE_RECORD_S = 3600


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a person reads it. `recorded_at` is set when it was put on record noticeably later."""

    kind: str
    title: str
    at: datetime
    actor: str = ""
    bureau: str = ""
    text: str = ""
    recorded_at: datetime | None = None
    files: list[dict[str, str]] = field(default_factory=list)


def events_of(subject_type: str, subject_id: Any, *, without: Collection[str] = ()) -> list[Event]:
    """A subject's events in order, those of some kinds left out. One statement."""
    return list(
        Event.objects.filter(subject_type=subject_type, subject_id=str(subject_id))
        .exclude(kind__in=without)
        .select_related("actor", "bureau")
        .order_by("seq")
    )


def tell(events: Sequence[Event], parts: Mapping[int, str] | None = None, *, both_times: bool = True) -> list[Told]:
    """The events told, newest first. At most two statements.

    `parts` names the bureau of each responsibility; with several of them an event says whose part it concerns.
    `both_times` off leaves the time of recording out: a replayed season is recorded in one night, and says so itself.
    """
    words = _words_of(events)
    bureaus = _bureaus_of(events)
    return [_tell(event, words, bureaus, parts or {}, both_times) for event in reversed(events)]


def _tell(
    event: Event,
    words: Mapping[str, str],
    bureaus: Mapping[int, Bureau],
    parts: Mapping[int, str],
    both_times: bool,
) -> Told:
    facts = {name: _resolved(name, value, words, bureaus) for name, value in event.payload.items()}
    title = _sentence(event.kind, facts)
    if len(parts) > 1 and (part := parts.get(facts.get("responsibility", 0))):
        title = _("%(title)s（%(part)s）") % {"title": title, "part": part}
    late = both_times and (event.recorded_at - event.occurred_at).total_seconds() > LATE_RECORD_S
    return Told(
        kind=event.kind,
        title=title,
        at=event.occurred_at,
        actor=event.actor.name if isinstance(event.actor, Officer) else _("系统"),
        bureau=event.bureau.short_name if event.bureau else "",
        text="\n".join(str(facts[name]) for name in WORDS if facts.get(name)),
        recorded_at=event.recorded_at if late else None,
    )


def _sentence(kind: str, facts: Mapping[str, Any]) -> str:
    try:
        template = Engine.get_default().get_template(f"timeline/{kind}.txt")
    except TemplateDoesNotExist:
        return kind
    # Plain text: the page that shows it escapes it.
    return " ".join(template.render(Context(dict(facts), autoescape=False)).split())


def _resolved(name: str, value: Any, words: Mapping[str, str], bureaus: Mapping[int, Bureau]) -> Any:
    if isinstance(value, dict) and "personal" in value:
        return words.get(str(value["personal"]), "") or _("（内容已按规定删除）")
    if name in BUREAUS:
        if isinstance(value, list):
            return [{**share, "bureau": bureaus.get(share.get("bureau"))} for share in value]
        return bureaus.get(value)
    if isinstance(value, str) and name.endswith(("_on", "_by", "_on_before", "_at")):
        return _moment(value)
    return value


def _moment(value: str) -> date | datetime | str:
    try:
        return date.fromisoformat(value) if len(value) == 10 else parse_datetime(value) or value
    except ValueError:
        return value


def _words_of(events: Iterable[Event]) -> dict[str, str]:
    keys = {
        value["personal"]
        for event in events
        for value in event.payload.values()
        if isinstance(value, dict) and "personal" in value
    }
    if not keys:
        return {}
    return {str(pk): text for pk, text in PersonalText.objects.filter(pk__in=keys).values_list("pk", "text")}


def _bureaus_of(events: Iterable[Event]) -> dict[int, Bureau]:
    keys: set[int] = set()
    for event in events:
        for name in BUREAUS:
            value = event.payload.get(name)
            if isinstance(value, list):
                keys |= {share["bureau"] for share in value if isinstance(share.get("bureau"), int)}
            elif isinstance(value, int):
                keys.add(value)
    return Bureau.objects.in_bulk(keys) if keys else {}
