"""The frame around every page: who is signed in, where they may go, what waits."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from enforcement.desk import health
from enforcement.desk.glance import Glance, glance_of
from regions.models import Officer
from regions.roles import ADMINISTRATORS, BUSINESS, TABLE, Role


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation: its route, its word, its icon and who goes there."""

    route: str
    label: str | Promise
    icon: str
    roles: frozenset[Role]


#: In the order shown; on phones the first four stand in the bar.
PLACES = (
    Place("desk:workbench", _("工作台"), "home", frozenset(Role)),
    Place("issues:list", _("问题台账"), "ledger", BUSINESS),
    Place("findings:list", _("线索"), "clue", BUSINESS),
    Place("patrols:list", _("走航"), "route", BUSINESS),
    Place("inspections:visits", _("检查"), "verify", BUSINESS),
    Place("oversight:interviews", _("督察约谈"), "eye", BUSINESS),
    Place("crossregion:list", _("交叉执法"), "people", BUSINESS),
    Place("statistics:closure", _("统计"), "chart", BUSINESS),
    Place("issues:handoffs", _("转办单"), "document", BUSINESS),
    Place("admin:index", _("管理"), "settings", ADMINISTRATORS - {Role.AUDITOR}),
)


#: What follows a "g" -> route, word, who goes there.
KEYS = (
    ("w", "desk:workbench", _("工作台"), frozenset(Role)),
    ("i", "issues:list", _("问题台账"), BUSINESS),
    ("b", "issues:board", _("问题看板"), BUSINESS),
    ("c", "issues:calendar", _("期限日历"), BUSINESS),
    ("m", "issues:map", _("问题地图"), BUSINESS),
)


#: The colours a person may choose; without a choice the system's count.
THEMES = frozenset({"light", "dark"})


@dataclass(frozen=True, slots=True)
class Signature:
    """Who is signed in, in words. Posts held elsewhere follow the first."""

    name: str
    role: str
    bureau: str


def theme_of(request: HttpRequest) -> str:
    """The theme chosen in this browser; "" where none was, or a word that is none."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else ""


def frame(request: HttpRequest) -> dict[str, Any]:
    officer = getattr(request, "user", None)
    if not isinstance(officer, Officer):
        return {"demo": settings.DEMO, "theme": theme_of(request)}
    roles = officer.roles_on()
    # Asked for only by pages that show the frame.
    glance: Any = SimpleLazyObject(lambda: glance_of(officer))
    return {
        "demo": settings.DEMO,
        "theme": theme_of(request),
        "officer": signature_of(officer),
        "navigation": SimpleLazyObject(lambda: navigation_for(roles, request.path, glance)),
        "keys": keys_for(roles),
        "home_url": address("desk:workbench"),
        "inbox_url": address("notices:list") or address("notices:inbox") or address("desk:workbench"),
        "health_degraded": health.degraded(),
        "glance": glance,
        "inbox_count": SimpleLazyObject(lambda: glance.unread),
    }


def signature_of(officer: Officer) -> Signature:
    postings = officer.postings_on()
    words = list(dict.fromkeys(str(TABLE[Role(p.role)].name) for p in postings))
    return Signature(officer.name, str(_("、")).join(words), postings[0].bureau.short_name if postings else "")


def navigation_for(roles: frozenset[Role], path: str, glance: Glance | None = None) -> list[dict[str, Any]]:
    """The places these roles go to; the one whose address is the longest beginning of the path is the current one.

    A list with a default view is opened with it.
    """
    items = [(place, url) for place in PLACES if roles & place.roles and (url := address(place.route))]
    here = max(
        (url for _place, url in items if path == url or (url != "/" and path.startswith(url))), key=len, default=""
    )
    return [
        {"url": url + _opening(p, glance), "label": p.label, "icon": p.icon, "active": url == here} for p, url in items
    ]


def keys_for(roles: frozenset[Role]) -> dict[str, Any]:
    """Where the keyboard leads these roles: the places after a "g", and the list that "/" searches from elsewhere."""
    places = [
        {"key": key, "url": url, "label": label}
        for key, route, label, whose in KEYS
        if roles & whose and (url := address(route))
    ]
    return {"places": places, "searched": f"{address('issues:list')}#id_q" if roles & BUSINESS else ""}


def _opening(place: Place, glance: Glance | None) -> str:
    """The default view of the list a place leads to, as a query string."""
    app, _colon, name = place.route.partition(":")
    query = glance.opens_with(app) if glance and name == "list" else ""
    return f"?{query}" if query else ""


@cache
def address(route: str) -> str:
    """The address of a route; empty while no page answers it."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""
