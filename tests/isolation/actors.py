"""Who walks, and what each may read. Written by hand from the rules, not computed by the code under test.

`business` maps a plot to the kinds of its rows an actor may read. The rules, once:
- an officer of a bureau sees what the bureau plays a part in, its drafts and its drives;
- a city's bureau sees what it hands off, no drafts, and no drives but its contractors';
- supervisors and coordinators see all that lies or is answered for in their division, drafts excepted;
- sites are read in the divisions of one's bureaus and below (`regions.directory`), bureaus also above;
- the three administrators see no business. On the admin site the system administrator keeps all bureaus with their
  document prefixes, sites, vehicles and instruments, the security administrator all officers, their bureaus and secondments.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.test.client import ClientHandler

from regions.models import Officer
from regions.roles import ADMINISTRATORS, Role
from tests.isolation.world import World

ALL = frozenset({"issue", "words", "finding", "draft", "file", "run", "spot", "site", "bureau", "officer", "doc"})
NO_DRAFTS = ALL - {"draft"}
HANDED_UP = NO_DRAFTS - {"run", "spot"}
#: What one reads of the city's own bureaus on a document it issued.
OFFICE = frozenset({"bureau", "officer", "doc"})
#: What only a city's own people read besides: its routing rules and the words of its letters.
CITY = OFFICE | {"rules"}

#: On the admin site, whatever the region.
KEPT = {
    Role.SYSTEM_ADMINISTRATOR: frozenset({"bureau", "site", "run", "doc"}),
    Role.SECURITY_ADMINISTRATOR: frozenset({"bureau", "site", "officer"}),
}
TREE = frozenset({Role.SUPERVISOR, Role.COORDINATOR})


class Asker(RequestFactory):
    """A test client without the copies Django's own takes of every template and context: three times as fast."""

    handler = ClientHandler(enforce_csrf_checks=False)

    def __init__(self, cookies: Any) -> None:
        super().__init__()
        self.cookies = cookies

    def request(self, **request: Any) -> Any:
        return self.handler(self._base_environ(**request))


@dataclass
class Actor:
    """One who walks. `home` is the plot whose rows count as their own, `reads` what they may read of which plot."""

    name: str
    officer: Officer | AnonymousUser
    home: str
    reads: dict[str, frozenset[str]] = field(default_factory=dict)
    roles: frozenset[Role] = frozenset()
    asks: list[Asker] = field(default_factory=list)

    def __str__(self) -> str:
        return self.name

    def may_read(self, plot: str, kind: str, *, admin_site: bool) -> bool:
        if kind in self.reads.get(plot, frozenset()):
            return True
        return admin_site and any(kind in KEPT[role] for role in self.roles & set(KEPT))

    @property
    def ask(self) -> Asker:
        """Signed in once; the session is kept."""
        if not self.asks:
            client = Client()
            if isinstance(self.officer, Officer):
                client.force_login(self.officer)
            self.asks.append(Asker(client.cookies))
        return self.asks[0]

    def ask_for(self, method: str, address: str) -> Any:
        """The request alone, as a view would get it."""
        request = RequestFactory().generic(method, address)
        known = isinstance(self.officer, Officer) and self.officer.is_active
        request.user = self.officer if known else AnonymousUser()  # type: ignore[assignment]
        return request


Reads = dict[str, frozenset[str]]


def cast(world: World) -> dict[str, list[Actor]]:
    """Every role in three regions, a second bureau of a county, a city's bureau, a contractor, secondments, strangers."""
    few = (Role.INSPECTOR, Role.HANDLER, Role.VERIFIER)
    office = (Role.DISPATCHER, Role.HANDLER, Role.SUPERVISOR)
    crew = (Role.INSPECTOR, Role.TEAM_LEADER)
    return {
        "杏花岭分局": list(_of(world, "tya", "杏花岭分局", "tya", Role, _hua_county)),
        "太原其他单位": [
            *_of(world, "tyb", "杏花岭执法队", "tyb", few, _hua_team),
            *_of(world, "ty", "太原市局", "tya", office, _taiyuan),
            *_of(world, "tyk", "走航公司", "tyk", crew, _contractor),
        ],
        "临汾市局": list(_of(world, "lfc", "临汾市局", "lf", Role, _city("lf", "lfc"))),
        "平城分局": list(_of(world, "dt", "平城分局", "dt", Role, _county("dt", "dtc"))),
        "借调与外人": [*_seconded(world), *_strangers(world)],
    }


#: The names of the groups, for those who have no world yet.
GROUPS = ("杏花岭分局", "太原其他单位", "临汾市局", "平城分局", "借调与外人")


def _strangers(world: World) -> Iterable[Actor]:
    disabled = world.officer(world.bureaus["tya"], Role.HANDLER, suffix="disabled")
    disabled.is_active = False
    disabled.save()
    yield Actor("停用的承办人", disabled, "tya")
    yield Actor("未登录", AnonymousUser(), "tya")


def _of(
    world: World, bureau: str, title: str, home: str, roles: Iterable[Role], reads: Callable[[Role], Reads]
) -> Iterable[Actor]:
    for role in roles:
        officer = world.officer(world.bureaus[bureau], role)
        yield Actor(f"{title}·{role.value}", officer, home, reads(role), frozenset({role}))


def _directory(*plots: str) -> Reads:
    """Bureaus anyone signed in finds."""
    return {plot: frozenset({"bureau"}) for plot in plots}


def _merge(*parts: Reads) -> Reads:
    merged: Reads = {}
    for part in parts:
        for plot, kinds in part.items():
            merged[plot] = merged.get(plot, frozenset()) | kinds
    return merged


def _hua_county(role: Role) -> Reads:
    seen = _directory("tya", "tyb", "ty", "tyk")
    if role in ADMINISTRATORS:
        return _merge(seen, {"tya": frozenset({"officer"})}) if role in KEPT else seen
    seen = _merge(seen, {"tya": _own(role), "tyb": frozenset({"site"}), "ty": OFFICE})
    return _merge(seen, {"tya": NO_DRAFTS, "tyb": NO_DRAFTS}) if role in TREE else seen


def _hua_team(role: Role) -> Reads:
    seen = _directory("tya", "tyb", "ty", "tyk")
    return _merge(seen, {"tyb": _own(role), "tya": frozenset({"site"}), "ty": OFFICE})


def _taiyuan(role: Role) -> Reads:
    runs = NO_DRAFTS if role in TREE else HANDED_UP
    return {"ty": CITY, "tya": runs, "tyb": runs, "tyk": NO_DRAFTS}


def _contractor(role: Role) -> Reads:
    return {"tyk": _own(role), "ty": OFFICE}


def _city(county: str, city: str) -> Callable[[Role], Reads]:
    def reads(role: Role) -> Reads:
        if role in ADMINISTRATORS:
            return _directory(county, city)
        return {county: NO_DRAFTS if role in TREE else HANDED_UP, city: CITY}

    return reads


def _county(county: str, city: str) -> Callable[[Role], Reads]:
    def reads(role: Role) -> Reads:
        seen = _directory(county, city)
        return seen if role in ADMINISTRATORS else {county: _own(role), city: OFFICE}

    return reads


def _own(role: Role) -> frozenset[str]:
    """What one's own bureau has; a file that isn't imported yet is read by who uploaded it."""
    return ALL | {"upload"} if role is Role.INSPECTOR else ALL


def _seconded(world: World) -> Iterable[Actor]:
    at_home = _county("lf", "lfc")(Role.HANDLER)
    opened: Reads = {"tya": NO_DRAFTS, "tyb": NO_DRAFTS, "ty": OFFICE}
    for when, home in (("before", "lf"), ("during", "tya"), ("after", "lf")):
        reads = _merge(at_home, opened) if when == "during" else at_home
        officer = world.officer(world.bureaus["lf"], Role.HANDLER, suffix=when)
        yield Actor(f"借调·{when}", officer, home, reads, frozenset({Role.HANDLER}))
