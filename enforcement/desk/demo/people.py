"""The demo's officers: those with a password (see accounts) and the many others every county needs to act."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from enforcement.desk.demo import bureaus
from enforcement.desk.demo.accounts import DOMAIN
from enforcement.timeline import clock
from regions.models import Bureau, Division, Officer, Posting, Secondment
from regions.roles import ADMINISTRATORS, Role

SINCE = date(2020, 1, 1)
BADGE_UNTIL = date(2099, 12, 31)
SECONDED_TO = "140105"
_SURNAMES = "安白常程丁范冯高郭韩郝贺侯胡霍贾康孔雷李梁刘卢吕马孟牛潘裴任申石宋孙田王武薛闫杨原张赵郑"
_GIVEN = (
    "青禾",
    "知远",
    "云帆",
    "若水",
    "清川",
    "明澈",
    "望舒",
    "沐阳",
    "晓岚",
    "星野",
    "听松",
    "映山",
    "怀谷",
    "临风",
    "拾光",
    "序秋",
    "南亭",
    "北辰",
    "言蹊",
    "予安",
    "景行",
    "思源",
    "长空",
    "汀兰",
    "鹿鸣",
    "远岫",
    "时雨",
    "初霁",
    "闻溪",
    "采薇",
)
#: Places whose people sign in, with the word their user names begin with.
OPEN_PLACES = {
    "140000": "province",
    "140100": "taiyuan",
    "140200": "datong",
    "141000": "linfen",
    "140107": "xinghualing",
    "140213": "pingcheng",
    "141002": "yaodu",
    bureaus.HOUSING: "xinghualing-housing",
    bureaus.firm(0): "contractor",
}
_DEPARTMENT = (Role.DISPATCHER, Role.SUPERVISOR)
_TEAM = (Role.INSPECTOR, Role.TEAM_LEADER, Role.VERIFIER)


@dataclass(frozen=True, slots=True)
class Seat:
    """One officer to be: user name, bureau and role; `opens` if they get a password."""

    username: str
    bureau: str
    role: Role
    opens: bool


@dataclass
class Cast:
    """Everybody and every bureau of the demo, by key."""

    bureaus: dict[str, Bureau]
    officers: dict[tuple[str, Role], list[Officer]] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)

    def officer(self, bureau: str, role: Role, number: int = 0) -> Officer:
        """An officer of a bureau in a role; `number` picks among several."""
        held = self.officers[bureau, role]
        return held[number % len(held)]

    def everyone(self) -> list[Officer]:
        return [officer for held in self.officers.values() for officer in held]

    def key_of(self, bureau: Bureau) -> str:
        return next(key for key, made in self.bureaus.items() if made.pk == bureau.pk)

    def remember_postings(self, first: date, last: date) -> None:
        """Fills each officer's own cache of postings: in the demo they are the same on every day of a season."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        postings = {p.officer_id: [p] for p in Posting.objects.select_related("bureau__division")}
        for officer in self.everyone():
            officer.__dict__["_postings"] = dict.fromkeys(days, postings[officer.pk])


def make(made: dict[str, Bureau], rng: Random) -> Cast:
    """Creates the officers with one posting each; nobody has a password yet."""
    cast = Cast(made)
    seats = list(_seats(made))
    names = _names(len(seats), rng)
    officers = [
        _officer(seat, made[seat.bureau], number, name)
        for number, (seat, name) in enumerate(zip(seats, names, strict=True))
    ]
    Officer.objects.bulk_create(officers)
    Posting.objects.bulk_create(
        Posting(officer=officer, bureau=made[seat.bureau], role=seat.role, since=SINCE)
        for seat, officer in zip(seats, officers, strict=True)
    )
    for seat, officer in zip(seats, officers, strict=True):
        cast.officers.setdefault((seat.bureau, seat.role), []).append(officer)
        cast.seats[seat.username] = seat
    return cast


def second(cast: Cast) -> None:
    """One inspector of Linfen works in a county of Taiyuan for some weeks around today (cross-enforcement)."""
    today = clock.today()
    Secondment.objects.create(
        officer=cast.officer(bureaus.team("141000"), Role.INSPECTOR),
        division=Division.objects.current().get(code=SECONDED_TO),
        since=today - timedelta(days=10),
        until=today + timedelta(days=45),
        reason="交叉执法（演示）",
    )


def _seats(made: dict[str, Bureau]) -> Iterator[Seat]:
    """Two officers where four eyes or leave need them; the first of an open place gets the password."""
    for key in made:
        for role, count in _staff(key):
            for number in range(count):
                yield _seat(key, role, number)
    for role in sorted(ADMINISTRATORS):
        yield Seat(role.value.replace("_", "-"), bureaus.PROVINCE, role, opens=True)


def _staff(key: str) -> Iterator[tuple[Role, int]]:
    if key.startswith("firm-"):
        yield Role.INSPECTOR, 2
        return
    code, _, part = key.partition("-")
    city = code.endswith("00")
    if part == "team":
        yield from ((role, 2) for role in _TEAM)
    elif key == bureaus.PROVINCE:
        yield from ((role, 1) for role in (Role.DISPATCHER, Role.SUPERVISOR, Role.COORDINATOR, Role.TEAM_LEADER))
    elif city:
        yield from ((role, 1) for role in (Role.DISPATCHER, Role.HANDLER, Role.SUPERVISOR))
    else:
        yield Role.HANDLER, 1
        if key in OPEN_PLACES and not part:
            yield Role.SUPERVISOR, 1


def _seat(key: str, role: Role, number: int) -> Seat:
    place = key.removesuffix("-team")
    word = OPEN_PLACES.get(place)
    duty = role.value.replace("_", "-")
    if key == bureaus.PROVINCE and role is Role.TEAM_LEADER:
        duty = f"office-{duty}"  # the enforcement team has one too
    if word is not None:
        return Seat(f"{word}-{duty}" + (f"-{number + 1}" if number else ""), key, role, opens=number == 0)
    return Seat(f"{key}-{duty}-{number + 1}", key, role, opens=False)


def _names(count: int, rng: Random) -> list[str]:
    """As many different names: two people of one name would look like one who confirms what they filed."""
    found: dict[str, None] = {}
    for _ in range(count):
        name = rng.choice(_SURNAMES) + rng.choice(_GIVEN)
        other = Random(name)
        while name in found:
            name = other.choice(_SURNAMES) + other.choice(_GIVEN)
        found[name] = None
    return list(found)


def _officer(seat: Seat, bureau: Bureau, number: int, name: str) -> Officer:
    certified = not bureau.is_contractor and seat.role not in ADMINISTRATORS
    officer = Officer(
        username=seat.username,
        name=name,
        email=f"{seat.username}{DOMAIN}" if seat.opens else "",
        badge_no=f"演示{bureau.division.code}{number:04d}" if certified else "",
        badge_valid_to=BADGE_UNTIL if certified else None,
        synthetic=True,
    )
    officer.set_unusable_password()
    return officer
