"""Reads what is entered line by line: receiving counties, teams, recusals, wishes. Every fault names its line.

Fields are parted by ； ; or a tab, lists by 、 , or blanks. The whole text is refused or taken.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from enforcement.crossregion.models import Ability, Round
from enforcement.crossregion.models.abilities import Kind
from regions.errors import Invalid
from regions.models import Division, Level, Officer, Site
from regions.words import unfit

MAX_LINES = 400
MAX_CHARS = 60_000
MAX_MEMBERS = 20
_FIELDS = re.compile(r"\s*[;；\t]\s*")
_LIST = re.compile(r"[、,，\s]+")
MAX_PIECES = 200


@dataclass(frozen=True, slots=True)
class TeamLine:
    name: str
    city: Division
    leader: Officer
    members: dict[Officer, list[str]]
    equipment: list[str]
    available_since: date | None = None
    available_until: date | None = None


class Faults:
    """Collects sentences, line by line, and raises them together."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, line: int, sentence: str) -> None:
        self.sentences.append(_("第%(line)d行：%(sentence)s") % {"line": line, "sentence": sentence})

    def settle(self) -> None:
        if self.sentences:
            raise Invalid(self.sentences[0], errors={"text": self.sentences[:20]})


class Vocabulary:
    """The words rosters may use for skills and equipment, by key and by name. One statement."""

    def __init__(self) -> None:
        self._rows = list(Ability.objects.filter(retired=False))
        self._keys = {(row.kind, word.casefold()): row.key for row in self._rows for word in (row.key, row.name)}

    def keys(self, kind: str, words: list[str]) -> list[str]:
        """The keys of some words. Raises ValueError, with the words there are, for one that isn't known."""
        for word in words:
            if (kind, word.casefold()) not in self._keys:
                known = _("、").join(row.name for row in self._rows if row.kind == kind)
                facts = {"word": word[:20], "kind": Kind(kind).label, "known": known}
                raise ValueError(_("没有“%(word)s”这种%(kind)s，可填：%(known)s。") % facts)
        return sorted({self._keys[kind, word.casefold()] for word in words})


def pool(text: object) -> dict[str, int]:
    """`设备;数量` a line. Gives how many pieces of each kind."""
    faults, vocabulary = Faults(), Vocabulary()
    found: dict[str, int] = {}
    for number, fields in lines_of(text):
        try:
            (kind,) = vocabulary.keys(Kind.EQUIPMENT, fields[:1])
        except ValueError as error:
            faults.add(number, str(error))
            continue
        count = fields[1] if len(fields) == 2 else ""
        if not re.fullmatch(r"[0-9]{1,3}", count) or not 1 <= int(count) <= MAX_PIECES:
            faults.add(number, _("请按“设备；数量”填写，数量为1至%(n)d。") % {"n": MAX_PIECES})
        elif kind in found:
            faults.add(number, _("“%(kind)s”填了两次。") % {"kind": fields[0][:20]})
        else:
            found[kind] = int(count)
    faults.settle()
    return found


def lines_of(text: object) -> list[tuple[int, list[str]]]:
    """The lines that aren't blank, with their numbers and fields."""
    words = str(text or "")
    if len(words) > MAX_CHARS or words.count("\n") > MAX_LINES:
        raise Invalid(_("内容太长，最多%(n)d行。") % {"n": MAX_LINES}, field="text")
    if unfit(words):
        raise Invalid(_("内容含无法识别的字符，请删除后重试。"), field="text")
    numbered = enumerate(words.splitlines(), start=1)
    return [(n, _FIELDS.split(line.strip())) for n, line in numbered if line.strip()]


def counties(text: object) -> list[tuple[Division, int]]:
    """`区划代码;空气质量名次` a line; the name may stand between them."""
    faults, found, seen = Faults(), [], set()
    known = {row.code: row for row in Division.objects.counties()}
    for number, fields in lines_of(text):
        parts = [part for field in fields for part in _LIST.split(field) if part]
        county = known.get(parts[0])
        if county is None:
            faults.add(number, _("没有代码为“%(code)s”的县区。") % {"code": parts[0][:20]})
        elif (
            len(parts) < 2 or not parts[-1].isascii() or not parts[-1].isdigit() or not 1 <= int(parts[-1][:6]) <= 1000
        ):
            faults.add(number, _("请填写1至1000的空气质量名次，1为最差。"))
        elif county.code in seen:
            faults.add(number, _("%(county)s填了两次。") % {"county": county.name})
        else:
            seen.add(county.code)
            found.append((county, int(parts[-1])))
    faults.settle()
    if not found:
        raise Invalid(_("请至少填写一个受检县区。"), field="text")
    return found


def teams(text: object) -> list[TeamLine]:
    """`队名;派出市代码;组长账号;队员账号:专长+专长、…;设备、…;可用起;可用止` a line; the last three may be left out."""
    faults, found = Faults(), []
    rows, vocabulary = lines_of(text), Vocabulary()
    cities = {row.code: row for row in Division.objects.current().filter(level=Level.CITY)}
    names = {part.split(":")[0] for _n, f in rows for part in _LIST.split("、".join(f[2:4]).replace("：", ":")) if part}
    people = {row.username: row for row in Officer.objects.filter(username__in=sorted(names)[:5000], is_active=True)}
    taken: dict[str, str] = {}
    for number, fields in rows:
        try:
            line = _team(fields, cities, people, vocabulary)
        except ValueError as error:
            faults.add(number, str(error))
            continue
        for key in (line.name, *(officer.username for officer in line.members)):
            if key in taken:
                faults.add(number, _("“%(key)s”已在“%(team)s”中。") % {"key": key, "team": taken[key]})
            taken[key] = line.name
        found.append(line)
    faults.settle()
    if not found:
        raise Invalid(_("请至少填写一支队伍。"), field="text")
    return found


def _team(
    fields: list[str], cities: dict[str, Division], people: dict[str, Officer], vocabulary: Vocabulary
) -> TeamLine:
    if len(fields) < 4 or not 1 <= len(fields[0]) <= 40:
        raise ValueError(_("请按“队名；派出市代码；组长账号；队员账号；设备”填写。"))
    city = cities.get(fields[1])
    if city is None:
        raise ValueError(_("没有代码为“%(code)s”的市。") % {"code": fields[1][:20]})
    members: dict[Officer, list[str]] = {}
    for part in _LIST.split(fields[3].replace("：", ":")):
        if part:
            username, _colon, skills = part.partition(":")
            members[_person(username, people)] = vocabulary.keys(Kind.SKILL, skills.split("+") if skills else [])
    leader = _person(fields[2], people)
    members.setdefault(leader, [])
    if len(members) > MAX_MEMBERS:
        raise ValueError(_("一支队伍最多%(n)d人。") % {"n": MAX_MEMBERS})
    carried = [part for part in _LIST.split(fields[4]) if part] if len(fields) > 4 else []
    equipment = vocabulary.keys(Kind.EQUIPMENT, carried)
    since, until = (_day(fields[n]) if len(fields) > n and fields[n] else None for n in (5, 6))
    return TeamLine(fields[0], city, leader, members, equipment, since, until)


def _person(username: str, people: dict[str, Officer]) -> Officer:
    if username not in people:
        raise ValueError(_("没有账号“%(name)s”，或已停用。") % {"name": username[:40]})
    return people[username]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("“%(day)s”不是日期，请写成 2021-09-06。") % {"day": text[:20]}) from None


def recusals(text: object) -> list[tuple[Officer, Division | None, Site | None, str]]:
    """`账号;区划代码或点位名称;事由` a line."""
    faults, found = Faults(), []
    rows = lines_of(text)
    people = {row.username: row for row in Officer.objects.filter(username__in=[f[0] for _n, f in rows])}
    for number, fields in rows:
        if len(fields) < 3 or not fields[2] or len(fields[2]) > 100:
            faults.add(number, _("请按“账号；区划代码或点位名称；事由”填写。"))
            continue
        if fields[0] not in people:
            faults.add(number, _("没有账号“%(name)s”，或已停用。") % {"name": fields[0][:40]})
            continue
        division = Division.objects.current().filter(code=fields[1]).exclude(code="").first()
        sites = list(Site.objects.filter(name=fields[1])[:2]) if division is None else []
        if division is None and len(sites) != 1:
            faults.add(number, _("没有找到唯一的区划或点位“%(name)s”。") % {"name": fields[1][:40]})
            continue
        found.append((people[fields[0]], division, sites[0] if sites else None, fields[2]))
    faults.settle()
    return found


def wishes(text: object, round_: Round) -> Iterator[tuple[str, Division, int]]:
    """`队名;区划代码;权重` a line, weights of -100 to 100. Gives team names."""
    faults, found = Faults(), []
    names = set(round_.teams.values_list("name", flat=True))
    hosts = {row.division.code: row.division for row in round_.counties.select_related("division")}
    for number, fields in lines_of(text):
        weight = fields[2] if len(fields) == 3 else ""
        if not re.fullmatch(r"-?[0-9]{1,3}", weight) or not -100 <= int(weight) <= 100:
            faults.add(number, _("请按“队名；区划代码；权重”填写，权重为-100至100。"))
        elif fields[0] not in names or fields[1] not in hosts:
            faults.add(number, _("本轮没有这支队伍或这个受检县区。"))
        else:
            found.append((fields[0], hosts[fields[1]], int(weight)))
    faults.settle()
    yield from found
