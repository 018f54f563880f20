"""Every route from the resolver, and how to fill its places with rows of a plot.

The tables are keyed by route name. A route with places and no line here fails `test_every_route_can_be_walked`, and a
route without a policy fails `test_every_route_declares_its_policy`: whoever adds a route adds its line.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver

from enforcement.desk.models import SavedView
from enforcement.inspections.actions import code_of
from enforcement.inspections.models import ChecklistVersion
from enforcement.issues.models import Escalation, LookBackDraw
from regions.gatekeeper import Policy, policy_of
from regions.models import AreaMembership, Posting, Secondment
from tests.isolation import offers, oversight, unknown
from tests.isolation.world import Plot

Places = dict[str, Any]
#: Words of an address no row goes by, of the same length as a real one.
NOBODYS_NUMBER = "SX-2019-ZH-99999"
NOBODYS_KEY = 2_000_000_001


@dataclass(frozen=True)
class Route:
    """One route: its name with namespaces, the pattern as Django writes it, and what it was declared with."""

    name: str
    pattern: str
    view: Any
    places: tuple[str, ...]

    @property
    def policy(self) -> Policy | None:
        return policy_of(self.view)

    @property
    def is_admin(self) -> bool:
        return self.pattern.startswith("admin/")

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    def address(self, places: Places) -> str:
        """The address with its places filled in. Django's own `reverse` can't do unnamed routes."""
        text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", lambda m: str(places[m[1]]), self.pattern)
        text = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(places[m[1]]), text)
        return "/" + text.replace("^", "").replace("$", "").replace("\\Z", "")

    def __str__(self) -> str:
        return self.name or self.pattern


def routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, "", ()))


def _walk(entries: Iterable[Any], prefix: str, spaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in entries:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry.url_patterns, pattern, inner)
        elif isinstance(entry, URLPattern):
            places = tuple(re.findall(r"<(?:\w+:)?(\w+)>", pattern))
            yield Route(":".join((*spaces, entry.name or "")), pattern, entry.callback, places)


# --- filling the places -----------------------------------------------------------------------------------------

LINK_ACTIONS = ("merge", "offer_merge", "unmerge", "split", "unsplit")
ISSUE_ACTIONS = ("acknowledge", "grant_extension", "escalate", "void")
FINDING_ACTIONS = ("submit", "confirm", "join", "dismiss", "promote")
VISIT_ACTIONS = ("approve", "declare", "check_in", "finish", "void")
SPOT_ACTIONS = ("promote", "propose_dismissal", "join")


def _issue(plot: Plot) -> list[Places]:
    return [{"number": issue.number} for issue in plot.issues[:2]]


def _finding(plot: Plot) -> list[Places]:
    return [{"pk": finding.pk} for finding in (plot.waiting, plot.drafts[0])]


def _view(plot: Plot) -> int:
    """The view the plot's answering bureau shares."""
    return int(SavedView.objects.get(bureau=plot.answerer).pk)


def _times(rows: Callable[[Plot], list[Places]], actions: Iterable[str]) -> Callable[[Plot], list[Places]]:
    def filled(plot: Plot) -> list[Places]:
        return [{**row, "action": action} for row in rows(plot) for action in actions]

    return filled


def _first(rows: Callable[[Plot], list[Places]]) -> Callable[[Plot], list[Places]]:
    return lambda plot: rows(plot)[:1]


def _attachment(plot: Plot) -> list[Places]:
    """The paper of the issue, a photo of a draft, a photo of a finding."""
    kept = plot.attachments()
    chosen = [
        next(row for row in kept if row.media_type == "application/pdf"),
        next(row for row in kept if row.subject_id == str(plot.drafts[0].pk)),
        next(row for row in kept if row.subject_id == str(plot.waiting.pk)),
    ]
    return [{"pk": row.pk} for row in chosen]


def _run(plot: Plot) -> list[Places]:
    return [{"pk": plot.runs[0].pk}]


def _task(plot: Plot) -> list[Places]:
    return [{"pk": plot.task.pk}]


def _spot(plot: Plot) -> list[Places]:
    return [{"pk": plot.spots[0].pk}]


def _handoff(plot: Plot) -> list[Places]:
    """A document of one's own, and one that is another bureau's too."""
    shared = plot.issue.responsibilities.order_by("pk")[0].handoff
    return [{"pk": plot.handoff.pk}, {"pk": shared.pk}]


def _ledger(plot: Plot) -> list[Places]:
    """A ledger kept between looking and importing, its uploader's alone."""
    return [{"pk": plot.ledgers[0].pk}]


def _export(plot: Plot) -> list[Places]:
    """A list as a file, its asker's alone."""
    return [{"pk": plot.exports[0].pk}]


def _letter(plot: Plot) -> list[Places]:
    escalation = Escalation.objects.get(responsibility__issue=plot.issue)
    return [{"number": plot.issue.number, "pk": escalation.pk, "kind": "docx"}]


def _redrive(plot: Plot) -> list[Places]:
    """The plan to drive the plot's stretch again."""
    return [{"pk": plot.redrive.pk}]


def _visit(plot: Plot) -> list[Places]:
    return [{"pk": plot.visit.pk}]


def _campaign(plot: Plot) -> list[Places]:
    return [{"pk": plot.campaign.pk}]


def _list(plot: Plot) -> list[Places]:
    """Checklists are everyone's: one that is in force."""
    return [{"pk": ChecklistVersion.objects.order_by("checklist__key")[0].pk}]


def _papers(plot: Plot) -> list[Places]:
    return [{**row, "kind": kind} for row in _visit(plot) for kind in ("pdf", "docx")]


def _notice(plot: Plot) -> list[Places]:
    return [{"pk": plot.notice.pk}]


FILL: dict[str, Callable[[Plot], list[Places]]] = {
    **unknown.FILL,
    **oversight.FILL,
    **offers.FILL,
    "issues:detail": _issue,
    "issues:add_evidence": _first(_issue),
    "issues:act": _times(_first(_issue), ISSUE_ACTIONS),
    "issues:link": _times(_first(_issue), LINK_ACTIONS),
    "issues:handoff": _handoff,
    "issues:urging": _letter,
    "issues:ledger_file": _ledger,
    "issues:ledger_progress": _ledger,
    "issues:ledger_stop": _ledger,
    "issues:export_progress": _export,
    "issues:export_stop": _export,
    "issues:export_file": _export,
    "issues:look_back_draw": lambda plot: [
        {"pk": LookBackDraw.objects.filter(register__0__0=plot.issues[1].number).earliest("pk").pk}
    ],
    "issues:letter": lambda plot: [
        {"pk": plot.handoff.pk, "bureau": plot.answerer.pk, "kind": "docx"},
        {"pk": plot.handoff.pk, "bureau": plot.answerer.pk, "kind": "odt"},
    ],
    "issues:receive_letter": _handoff,
    "findings:detail": _finding,
    "findings:correct": _finding,
    "findings:add_evidence": _finding,
    "findings:new_site": _finding,
    "findings:act": _times(_finding, FINDING_ACTIONS),
    "patrols:run": _run,
    "patrols:source": _run,
    "patrols:rejudge": _run,
    "patrols:requalify": _run,
    "patrols:note": _run,
    "patrols:campaign": _task,
    "patrols:campaign_route": _task,
    "patrols:campaign_void": _task,
    "api:patrol-campaign-detail": _task,
    "api:patrol-campaign-routes": _task,
    "api:patrol-run-notes": _run,
    "patrols:instrument": lambda plot: [{"pk": plot.instrument.pk}],
    "patrols:instrument_act": lambda plot: [
        {"pk": plot.instrument.pk, "action": action} for action in ("log", "channel", "correct")
    ],
    "patrols:vehicle": lambda plot: [{"pk": plot.filer.vehicles.get().pk}],
    "patrols:vehicle_correct": lambda plot: [{"pk": plot.filer.vehicles.get().pk}],
    "patrols:crew_end": lambda plot: [{"pk": plot.filer.crew_members.get().pk}],
    "patrols:log_void": lambda plot: [{"pk": plot.log.pk}],
    "patrols:equipment_new": lambda plot: [{"kind": kind} for kind in ("instrument", "vehicle", "member")],
    "api:instrument-detail": lambda plot: [{"pk": plot.instrument.pk}],
    "api:instrument-logs": lambda plot: [{"pk": plot.instrument.pk}],
    "api:instrument-log-void": lambda plot: [{"pk": plot.log.pk}],
    "api:vehicle-detail": lambda plot: [{"pk": plot.filer.vehicles.get().pk}],
    "patrols:remarks": _run,
    "patrols:upload_remarks": lambda plot: [{"pk": plot.uploads[0].pk}],
    "patrols:redrive": _redrive,
    "patrols:redrive_run": _redrive,
    "patrols:redrive_verdict": _redrive,
    "patrols:redrive_void": _redrive,
    "patrols:track": _run,
    "patrols:report": _run,
    "patrols:void": _run,
    "patrols:trial": lambda plot: [{"pk": plot.uploads[0].pk}],
    "patrols:abandon": lambda plot: [{"pk": plot.arrivals[0].pk}],
    "patrols:progress": lambda plot: [{"pk": plot.uploads[0].pk}],
    "patrols:stop": lambda plot: [{"pk": plot.uploads[0].pk}],
    "patrols:hot-spot": _spot,
    "patrols:act": _times(_spot, SPOT_ACTIONS),
    "patrols:retrace": _spot,
    "patrols:cause": _spot,
    "patrols:persistent-one": lambda plot: [{"pk": plot.location.pk}],
    "desk:save_view": lambda plot: [{"name": "issues"}],
    "desk:change_view": lambda plot: [{"pk": _view(plot), "change": change} for change in ("default", "end")],
    "api:view-change": lambda plot: [{"pk": _view(plot), "change": "usual"}],
    "desk:columns": lambda plot: [{"name": "issues"}, {"name": "findings"}],
    "inspections:visit": _visit,
    "inspections:answers": _visit,
    "inspections:photos": _visit,
    "inspections:act": _times(_visit, VISIT_ACTIONS),
    "inspections:record": _papers,
    "inspections:handover": _papers,
    "inspections:arrive": lambda plot: [{"code": code_of(plot.site)}],
    "inspections:site": lambda plot: [{"pk": plot.site.pk}],
    "inspections:site-code": lambda plot: [{"pk": plot.site.pk}],
    "inspections:campaign": _campaign,
    "inspections:tally": _campaign,
    "inspections:move-campaign": _times(_campaign, ("end", "void")),
    "inspections:checklist": _list,
    "inspections:new-item": _list,
    "inspections:item": lambda plot: [{**row, "item": unknown.KEY} for row in _list(plot)],
    "inspections:move-list": _times(_list, ("clone",)),
    "api:visit-detail": _visit,
    "api:visit-action": _times(_visit, VISIT_ACTIONS),
    "api:visit-attachments": _visit,
    "api:visit-record": _papers,
    "api:visit-handover": _papers,
    "api:campaign-detail": _campaign,
    "api:campaign-action": _times(_campaign, ("end", "void", "set_target")),
    "api:campaign-tallies": _campaign,
    "api:checklist-detail": _list,
    "api:checklist-action": _times(_list, ("clone",)),
    "api:checklist-items": _list,
    "api:checklist-item": lambda plot: [{**row, "item": unknown.KEY} for row in _list(plot)],
    "inspections:new-draw": _campaign,
    "inspections:move-draw": _times(unknown.draw, ("draw", "reveal", "void")),
    "api:draw-list": _campaign,
    "api:draw-action": _times(unknown.draw, ("draw", "reveal", "void")),
    "notices:read": _notice,
    "api:notice-detail": _notice,
    "api:notice-read": _notice,
    "timeline:download": _attachment,
    "timeline:thumbnail": _attachment,
    "api:issue-detail": _issue,
    "api:issue-action": _times(_first(_issue), ISSUE_ACTIONS),
    "api:issue-attachments": _first(_issue),
    "api:issue-links": _issue,
    "api:issue-link": _times(_first(_issue), LINK_ACTIONS),
    "api:issue-pauses": _issue,
    "api:issue-milestones": _issue,
    "api:issue-feedbacks": _issue,
    "api:issue-look-backs": _issue,
    "api:issue-escalations": _issue,
    "api:handoff-deliveries": _handoff,
    "api:handoff-receipt": _handoff,
    "api:finding-detail": _finding,
    "api:finding-correction": _finding,
    "api:finding-proposal": _finding,
    "api:finding-alike": _finding,
    "api:finding-attachments": _finding,
    "api:finding-new-site": _finding,
    "api:finding-action": _times(_finding, FINDING_ACTIONS),
    "api:handoff-detail": _handoff,
    "api:export-detail": _export,
    "api:export-stop": _export,
    "api:export-file": _export,
    "api:ledger-detail": _ledger,
    "api:ledger-mapping": _ledger,
    "api:ledger-trial": _ledger,
    "api:ledger-apply": _ledger,
    "api:ledger-stop": _ledger,
    "api:ledger-issues": _ledger,
    "api:patrol-run-detail": _run,
    "api:patrol-run-void": _run,
    "api:patrol-run-quality": _run,
    "api:patrol-run-remarks": _run,
    "api:patrol-run-report": _run,
    "api:patrol-run-rules": _run,
    "api:track-upload-detail": lambda plot: [{"pk": plot.arrivals[0].pk}],
    "api:track-upload-action": lambda plot: [{"pk": plot.arrivals[0].pk, "action": a} for a in ("finish", "abandon")],
    "api:hot-spot-detail": _spot,
    "api:hot-spot-action": _times(_spot, SPOT_ACTIONS),
    "api:hot-spot-sources": _spot,
    "api:hot-spot-cause": _spot,
    "api:redrive-detail": _redrive,
    "api:redrive-action": _times(_redrive, ("measure", "decide", "void")),
    "api:persistent-location-detail": lambda plot: [{"pk": plot.location.pk}],
    "api:site-detail": lambda plot: [{"pk": plot.site.pk}],
    "api:site-history": lambda plot: [{"pk": plot.site.pk}],
    "api:bureau-detail": lambda plot: [{"pk": plot.answerer.pk}, {"pk": plot.filer.pk}],
    "api:division-detail": lambda plot: [{"code": plot.county.code}],
    "api:area-detail": lambda plot: [{"key": AreaMembership.objects.order_by("pk")[0].area.key}],
    "admin:app_list": lambda plot: [{"app_label": "regions"}, {"app_label": "patrols"}],
}

#: Rows of the admin site that belong to a plot; any other model is the whole office's and shown by its first row.
ADMIN_ROWS: dict[str, Callable[[Plot], Any]] = {
    "regions_bureau": lambda plot: plot.answerer,
    "regions_site": lambda plot: plot.site,
    "regions_officer": lambda plot: Posting.objects.filter(bureau=plot.answerer)[0].officer,
    "regions_posting": lambda plot: Posting.objects.filter(bureau=plot.answerer)[0],
    "regions_secondment": lambda plot: Secondment.objects.order_by("pk")[0],
    "patrols_vehicle": lambda plot: plot.filer.vehicles.get(),
    "patrols_instrument": lambda plot: plot.filer.instruments.get(),
    "patrols_anemometer": lambda plot: plot.filer.instruments.get().anemometers.get(),
    "patrols_instrumentchannel": lambda plot: plot.filer.instruments.get().channels.get(),
}
_ADMIN = re.compile(r"^admin/(\w+)/(\w+)/<path:object_id>/")


def fill(route: Route, plot: Plot) -> list[Places] | None:
    """The places of a route, filled with the plot's rows; [{}] where it has none, None where nobody said how."""
    if not route.places:
        return [{}]
    if route.name in FILL:
        return FILL[route.name](plot)
    if route.name == "admin:" and "url" in route.places:
        return [{"url": "no/such/page"}]
    if found := _ADMIN.match(route.pattern):
        return [{"object_id": _admin_row(found[1], found[2], plot)}]
    return None


def _admin_row(app: str, model: str, plot: Plot) -> Any:
    rows = ADMIN_ROWS.get(f"{app}_{model}")
    if rows is not None:
        return rows(plot).pk
    return ContentType.objects.get(app_label=app, model=model).model_class().objects.order_by("pk")[0].pk  # type: ignore


def nobodys(route: Route, places: Places) -> Places | None:
    """The same places naming a row that doesn't exist, in as many characters; None where a place names no row."""
    absent = dict(places)
    for name, value in places.items():
        if isinstance(value, uuid.UUID):
            absent[name] = uuid.uuid5(uuid.NAMESPACE_OID, "nobody")
        elif name == "number":
            absent[name] = NOBODYS_NUMBER
        elif name in {"pk", "object_id"}:
            absent[name] = NOBODYS_KEY
    return absent if absent != places else None


# --- words in the query -----------------------------------------------------------------------------------------


def queries(route: Route, plot: Plot) -> list[dict[str, Any]]:
    """What a stranger would ask of a list to learn something of a plot. An API list is asked by every filter it has."""
    if route.name in PAGE_QUERIES:
        return PAGE_QUERIES[route.name](plot)
    if route.is_api:
        filters = getattr(getattr(route.view, "cls", None), "filterset_class", None)
        known = set(filters.base_filters) if filters else set()
        return [{name: value(plot)} for name, value in WORDS.items() if name in known]
    if route.name.endswith("_changelist"):
        return [{"q": plot.name}]
    return []


#: What filters of the API are asked for.
WORDS: dict[str, Callable[[Plot], Any]] = {
    "q": lambda plot: plot.marked("issue")[:20],
    "number": lambda plot: plot.issue.number,
    "issue": lambda plot: plot.issue.number,
    "bureau": lambda plot: plot.answerer.pk,
    "filer": lambda plot: plot.filer.pk,
    "receiver": lambda plot: plot.city.pk,
    "site": lambda plot: plot.site.pk,
    "run": lambda plot: plot.runs[0].pk,
    "division": lambda plot: plot.county.code,
    "handoff": lambda plot: plot.handoff.number,
    "uscc": lambda plot: "91",
}


def _figures(plot: Plot) -> list[dict[str, Any]]:
    return [{"division": plot.county.code}, {"area": "datong-basin"}]


_JULY = {"from": "2021-07-01", "to": "2021-07-31"}


def _rows_behind(plot: Plot) -> list[dict[str, Any]]:
    return [
        {"figure": "issued"},
        {"figure": "closed", "division": plot.county.code},
        {"figure": "patrol_km"},
        {"figure": "findings"},
    ]


PAGE_QUERIES: dict[str, Callable[[Plot], list[dict[str, Any]]]] = {
    "statistics:closure": _figures,
    "statistics:export_csv": _figures,
    "statistics:export_xlsx": _figures,
    "statistics:compare": lambda plot: [{**_JULY, **query} for query in ({}, *_figures(plot))],
    "api:statistics-closure-compare": lambda plot: [{**_JULY, **query} for query in ({}, *_figures(plot))],
    "statistics:rows": _rows_behind,
    "api:statistics-closure": _figures,
    "api:statistics-closure-rows": _rows_behind,
    "issues:list": lambda plot: [
        {"q": plot.marked("finding")},
        {"q": plot.issue.number},
        {"division": plot.county.code},
        {"bureau": plot.answerer.pk},
        {"bureau": plot.answerer.pk, "division": plot.county.code, "state": "closed"},
        {"figure": "issued"},
        {"figure": "issued", "duty_division": plot.county.code},
    ],
    "issues:several": lambda plot: [
        {"action": action, "selected": [issue.number for issue in plot.issues[:2]]}
        for action in ("acknowledge", "escalate")
    ],
    "issues:board": lambda plot: [{"division": plot.county.code}, {"q": plot.marked("finding")}],
    "issues:calendar": lambda plot: [{"division": plot.county.code}, {"month": f"{plot.issue.due_on:%Y-%m}"}],
    "issues:map": lambda plot: [
        {"division": plot.county.code},
        {"box": f"{plot.county.lon - 0.1},{plot.county.lat - 0.1},{plot.county.lon + 0.1},{plot.county.lat + 0.1}"},
    ],
    "patrols:list": lambda plot: [{"division": plot.county.code, "bureau": plot.filer.pk}],
    "patrols:coverage": lambda plot: [{"division": plot.county.code}],
    "patrols:coverage_csv": lambda plot: [{"division": plot.county.code}],
    "patrols:heat": lambda plot: [{"division": plot.county.code}],
    "patrols:heat_csv": lambda plot: [{"division": plot.county.code}],
    "patrols:compare": lambda plot: [{"run": plot.runs[0].pk}],
    "patrols:redrives": lambda plot: [{"issue": plot.issue.number}],
    "patrols:redrive_plan": lambda plot: [{"issue": plot.issue.number}],
    "patrols:persistent": lambda plot: [{"division": plot.county.code, "state": "standing"}],
    "patrols:hot-spots": lambda plot: [{"division": plot.county.code, "fate": "open"}],
    "notices:inbox": lambda plot: [{"show": "all"}],
    "findings:list": lambda plot: [
        {"q": plot.marked("finding")},
        {"division": plot.county.code},
        {"state": "draft"},
        {"turn": "mine"},
    ],
    "findings:sites": lambda plot: [{"site": plot.marked("site")}, {"site": "焦化"}],
    "api:finding-questions": lambda plot: [{"source": "patrol", "pollution_type": "VOC"}],
    "api:finding-alike-asked": lambda plot: [
        {"title": plot.waiting.title, "lon": plot.waiting.lon, "lat": plot.waiting.lat, "source": "patrol"}
    ],
    "findings:hand_off": lambda plot: [{"selected": plot.waiting.pk}],
    "admin:autocomplete": lambda plot: [
        {"app_label": "regions", "model_name": model, "field_name": name, "term": plot.name}
        for model, name in (("bureau", "division"), ("posting", "officer"), ("secondment", "site"))
    ],
}
