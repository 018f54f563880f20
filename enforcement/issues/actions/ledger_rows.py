"""What a ledger's rows stand for: counties, bureaus and sites found by their words, and rows known from an earlier time."""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from enforcement.issues.actions.handing_off import Item, Share, faults_of
from enforcement.issues.ledger.faults import quoted
from enforcement.issues.ledger.headings import BY_KEY
from enforcement.issues.ledger.reading import Row, digest_of
from enforcement.issues.ledger.values import BROUGHT_IN, folded
from enforcement.issues.lifecycle import ENDED, State
from enforcement.issues.models import Issue, LedgerRow, Responsibility, Severity
from enforcement.timeline import clock
from regions.models import Bureau, Division, Site

_PARTED = re.compile(r"[、,，;；/\n]+")
_WEIGHT = re.compile(r"^(.*?)[(（]\s*(0?\.\d{1,4}|1|\d{1,3}%)\s*[)）]$")
#: A number of ours: what bears it was handed off here already.
OURS = re.compile(r"^[A-Z]{2}-\d{4}-ZH-\d{5,}$")
UNIT = Decimal("0.0001")


class Register:
    """The counties, bureaus and sites an office's ledger may name: those of its own division and below."""

    def __init__(self, bureau: Bureau) -> None:
        own = bureau.division
        under = Q(pk=own.pk) | Q(parent=own.pk) | Q(parent__parent=own.pk)
        self.divisions = list(Division.objects.current().filter(under))
        keys = [division.pk for division in self.divisions]
        self._division = _by_word((d, (d.name, d.short_name, d.code)) for d in self.divisions)
        found = Bureau.objects.filter(division__in=keys, ended_on=None).select_related("division")
        self.bureaus = [one for one in found if not one.is_contractor]
        self._bureau = _by_word((b, (b.name, b.short_name)) for b in self.bureaus)
        self._answering = {b.division_id: b for b in self.bureaus if b.answers_for_division}
        self._sites = keys

    def division(self, words: str) -> Division:
        return _one(self._division, words, [d.name for d in self.divisions], _("县区"))

    def bureau(self, words: str) -> Bureau:
        return _one(self._bureau, words, [b.name for b in self.bureaus], _("单位"))

    def answering(self, division: Division) -> Bureau | None:
        return self._answering.get(division.pk)

    def sites(self, rows: Iterable[Row]) -> dict[tuple[str, str], Site]:
        """Sites the rows name, by (name, uscc): by the code where there is one, else by the one of that name."""
        asked = {(row.stated.get("site", ""), row.stated.get("uscc", "")) for row in rows} - {("", "")}
        names, codes = {name for name, _code in asked if name}, {code for _name, code in asked if code}
        known = Site.objects.filter(division__in=self._sites).filter(Q(name__in=names) | Q(uscc__in=codes, uscc__gt=""))
        by_name: dict[str, list[Site]] = defaultdict(list)
        by_code: dict[str, Site] = {}
        for site in known.order_by("pk"):
            by_name[site.name].append(site)
            by_code.setdefault(site.uscc, site)
        found: dict[tuple[str, str], Site] = {}
        for name, code in asked:
            alone = by_name.get(name, [])
            if code and code in by_code:
                found[name, code] = by_code[code]
            elif len(alone) == 1:
                found[name, code] = alone[0]
        return found


def _by_word(named: Iterable[tuple[Any, tuple[str, ...]]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row, words in named:
        for word in {folded(word) for word in words if word}:
            found[word].append(row)
    return found


def _one(known: Mapping[str, list[Any]], words: str, names: Sequence[str], kind: str) -> Any:
    found = known.get(folded(words), [])
    if len(found) == 1:
        return found[0]
    told = {"words": quoted(words), "kind": kind}
    if found:
        raise ValueError(_("“%(words)s”不止一个%(kind)s，请写全称。") % told)
    close = difflib.get_close_matches(folded(words), names, n=1, cutoff=0.5)
    if close:
        raise ValueError(_("没有“%(words)s”这个%(kind)s，是否为“%(close)s”？请改正。") % {**told, "close": close[0]})
    raise ValueError(_("本单位辖区内没有“%(words)s”这个%(kind)s，请核对。") % told)


@dataclass(frozen=True, slots=True)
class Fresh:
    """A row that isn't here yet, as it will be: its item (what, where, who) and the row itself."""

    row: Row
    item: Item


def resolved(
    row: Row, register: Register, sites: Mapping[tuple[str, str], Site], issuer: Bureau, source: str
) -> Fresh | None:
    """The row with its words found; None when something isn't, which the row is blamed for."""
    stated = row.stated
    division = _found(row, "division", register.division)
    verifier = _found(row, "verifier", register.bureau)
    shares = _shares(row, register)
    if not shares and division is not None and not stated.get("bureaus"):
        answering = register.answering(division)
        if answering is None:
            row.blame("bureaus", _("“%(name)s”没有登记负责的单位，请填写承办单位。") % {"name": division.name})
        else:
            shares = [Share(answering)]
    if stated.get("state") and State(stated["state"]) not in BROUGHT_IN:
        row.blame(
            "state", _("“%(state)s”的问题不能从台账导入，请写作办结、销号、阶段性办结或整改中。") % {"state": State(stated["state"]).label}
        )  # fmt: skip
    if row.faults or not shares:
        if not row.faults:
            row.blame("division", _("请填写责任区划或承办单位。"))
        return None
    located = division or max(shares, key=lambda share: share.weight).bureau.division
    site = sites.get((stated.get("site", ""), stated.get("uscc", "")))
    lon, lat = _place(stated, site, located)
    item = Item(
        title=stated["title"], source=stated.get("source") or source, lon=lon, lat=lat, shares=shares,
        severity=stated.get("severity") or Severity.GENERAL, description=stated.get("description", ""),
        pollution_type=stated.get("pollution_type", ""), address=stated.get("address", ""), site=site,
        starred=bool(stated.get("starred")), verifier=verifier, located_in=located,
    )  # fmt: skip
    for words, _name in faults_of(item, issuer):
        row.blame("", words)
    return None if row.faults else Fresh(row, item)


def _found(row: Row, key: str, look: Any) -> Any:
    words = row.stated.get(key, "")
    if not words:
        return None
    try:
        return look(words)
    except ValueError as error:
        row.blame(key, str(error))
        return None


def _shares(row: Row, register: Register) -> list[Share]:
    """Bureaus as written: 甲、乙 in equal parts, or 甲（0.6）、乙（0.4）."""
    named: list[tuple[Bureau, Decimal | None]] = []
    for part in filter(None, (piece.strip() for piece in _PARTED.split(row.stated.get("bureaus", "")))):
        match = _WEIGHT.match(part)
        try:
            bureau = register.bureau(match[1] if match else part)
            named.append((bureau, _weight(match[2]) if match else None))
        except (ValueError, InvalidOperation) as error:
            row.blame("bureaus", str(error))
            return []
    if not named:
        return []
    if all(weight is None for _bureau, weight in named):
        each = (Decimal(1) / len(named)).quantize(UNIT)
        rest = Decimal(1) - each * (len(named) - 1)
        return [Share(bureau, rest if n == 0 else each) for n, (bureau, _weight) in enumerate(named)]
    if any(weight is None for _bureau, weight in named):
        row.blame("bureaus", _("各承办单位的权重应全部写明，或都不写。"))
        return []
    return [Share(bureau, weight) for bureau, weight in named if weight is not None]


def _weight(words: str) -> Decimal:
    return Decimal(words.rstrip("%")) / (100 if words.endswith("%") else 1)


def _place(stated: Mapping[str, str], site: Site | None, division: Division) -> tuple[float, float]:
    """Where the ledger says; else the site's place, else the county's label point."""
    if stated.get("lon"):
        return float(stated["lon"]), float(stated["lat"])
    if site is not None:
        return site.lon, site.lat
    return division.lon or 0.0, division.lat or 0.0


# --- rows that came before --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """A row whose issue is here: what it states otherwise than the ledger did before, or than the issue says now."""

    row: Row
    issue: Issue
    changes: list[tuple[str, str, str]]

    @property
    def sentence(self) -> str:
        told = _("；").join(
            _("%(field)s：台账现为“%(now)s”，此前为“%(before)s”")
            % {"field": BY_KEY[key].label, "now": quoted(now) or _("空"), "before": quoted(before) or _("空")}
            for key, before, now in self.changes
        )
        where = _("工作表“%(sheet)s”第%(row)d行") if self.row.sheet else _("第%(row)d行")
        return _("%(where)s（%(number)s）：%(told)s。系统中的问题没有改动，请按实际情况在系统内办理。") % {
            "where": where % {"sheet": self.row.sheet, "row": self.row.number},
            "number": self.issue.number,
            "told": told,
        }


def known_rows(rows: Sequence[Row], bureau: Bureau) -> dict[str, tuple[Issue, LedgerRow | None]]:
    """The issues of rows that came before, by the row's key: brought in by a ledger, or handed off here by number."""
    keys = [row.key for row in rows]
    kept = LedgerRow.objects.filter(bureau=bureau, key__in=keys).select_related("issue")
    found: dict[str, tuple[Issue, LedgerRow | None]] = {one.key: (one.issue, one) for one in kept}
    numbers = [key for key in keys if OURS.match(key) and key not in found]
    if numbers:
        ours = Issue.objects.filter(number__in=numbers, issuer=bureau)
        traces = {one.issue_id: one for one in LedgerRow.objects.filter(issue__in=ours)}
        found |= {issue.number: (issue, traces.get(issue.pk)) for issue in ours}
    return found


def compared(
    row: Row, issue: Issue, kept: LedgerRow | None, now: Mapping[str, str], alike: Mapping[str, tuple[str, ...]]
) -> Known:
    """What the row states otherwise: neither as the ledger did before nor as the issue says now."""
    if kept is not None and kept.digest == digest_of(row.stated):
        return Known(row, issue, [])
    changes = []
    for key, stated in row.stated.items():
        before = kept.content.get(key) if kept is not None else None
        current = now.get(key, "")
        if stated in (before, current, *alike.get(key, ())):
            continue
        if not stated and not before:
            continue
        changes.append((key, before if before is not None else current, stated))
    return Known(row, issue, changes)


def values_of(issues: Sequence[Issue], kept: Mapping[int, LedgerRow]) -> dict[int, dict[str, str]]:
    """What a ledger would state of issues as they are now, in canonical texts; two statements for all of them."""
    keys = [issue.pk for issue in issues]
    rows = Issue.objects.filter(pk__in=keys).select_related("located_in", "division", "site", "verifier")
    duties: dict[int, list[Responsibility]] = defaultdict(list)
    live = Responsibility.objects.filter(issue__in=keys).exclude(state__in=sorted(ENDED)).select_related("bureau")
    for duty in live.order_by("-weight", "pk"):
        duties[duty.issue_id].append(duty)
    return {issue.pk: _values(issue, duties[issue.pk], kept.get(issue.pk)) for issue in rows}


def _values(issue: Issue, duties: Sequence[Responsibility], kept: LedgerRow | None) -> dict[str, str]:
    content: dict[str, str] = kept.content if kept is not None else {}
    acknowledged = min((d.acknowledged_at for d in duties if d.acknowledged_at), default=None)
    return {
        "number": content.get("number") or issue.number,
        "title": issue.title,
        "description": issue.description,
        "source": issue.source,
        "pollution_type": issue.pollution_type,
        "severity": issue.severity,
        "starred": "1" if issue.starred else "",
        "division": issue.located_in.name,
        "site": issue.site.name if issue.site else content.get("site", ""),
        "uscc": issue.site.uscc if issue.site else content.get("uscc", ""),
        "address": issue.address,
        "lon": f"{issue.lon:.6f}",
        "lat": f"{issue.lat:.6f}",
        "bureaus": "、".join(duty.bureau.name for duty in duties),
        "verifier": issue.verifier.name,
        "issued_on": issue.issued_on.isoformat(),
        "acknowledged_on": clock.beijing_day(acknowledged).isoformat() if acknowledged else "",
        "first_due_on": issue.first_due_on.isoformat(),
        "due_on": issue.due_on.isoformat(),
        "closed_on": clock.beijing_day(issue.closed_at).isoformat() if issue.closed_at else "",
        "state": issue.state,
        "measures": content.get("measures", ""),
        "note": content.get("note", ""),
    }


def alike_of(issue: Issue, register: Register, row: Row) -> dict[str, tuple[str, ...]]:
    """Other words a row may say of the same: our own number, a county's short name or code, a bureau's short name."""
    words: dict[str, tuple[str, ...]] = {"number": (issue.number,)}
    if issue.site_id is None:
        # A name that led to no site of ours: our own list has nothing in its place.
        words |= {"site": ("",), "uscc": ("",)}
    for key, look in (("division", register.division), ("verifier", register.bureau)):
        try:
            found = look(row.stated[key])
        except (KeyError, ValueError):
            continue
        same = {issue.located_in_id, issue.division_id} if key == "division" else {issue.verifier_id}
        if found.pk in same:
            words[key] = (row.stated[key],)
    duties = {duty.bureau_id for duty in issue.responsibilities.all() if duty.live}
    probe = Row(row.sheet, row.number, {"bureaus": row.stated.get("bureaus", "")}, [])
    if duties and {share.bureau.pk for share in _shares(probe, register)} == duties:
        words["bureaus"] = (row.stated["bureaus"],)
    return words
