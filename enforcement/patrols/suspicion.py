"""What a tracing says in words: the wind's sentence, and for each candidate why it is suspected, as far as one sees it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from enforcement.findings.likely import Likely
from enforcement.findings.models import Finding
from enforcement.patrols.models import Candidate, HotSpot, Tracing, Usable
from regions.directory import sites_for
from regions.models import Officer, Site

#: From an angle on (of half the sector) a site's direction is worth a word.
ASIDE_SHARE = 0.5
#: Candidates offered to who says which site a finding is of.
OFFERED = 3


@dataclass(frozen=True, slots=True)
class Suspected:
    """A candidate as an officer reads it: the site, its rank and score (0 to 100) and the reasons in one sentence;
    `industry` is the one it was judged by."""

    site: Site
    rank: int
    score: float
    distance_m: float
    reasons: str
    likeness: float | None
    industry: str


@dataclass(frozen=True, slots=True)
class Told:
    """One version of a tracing in words; `hidden` candidates lie outside the officer's ground."""

    tracing: Tracing
    sentence: str
    suspects: list[Suspected]
    hidden: int


def newest(spots: Iterable[HotSpot]) -> dict[Any, Tracing]:
    """The newest tracing of each hot spot. One statement."""
    rows = Tracing.objects.filter(hot_spot__in=[spot.pk for spot in spots]).select_related("rule")
    return {one.hot_spot_id: one for one in rows.order_by("hot_spot", "number")}


def told(tracings: Sequence[Tracing], officer: Any, most: int | None = None) -> dict[Any, Told]:
    """What an officer may read of tracings, by tracing: candidates up to rank `most`. Two statements for all of them."""
    wanted = Candidate.objects.filter(tracing__in=[one.pk for one in tracings])
    if most is not None:
        wanted = wanted.filter(rank__lte=most)
    rows = list(wanted.order_by("tracing", "rank"))
    seen = {site.pk: site for site in sites_for(officer).filter(pk__in={row.site_id for row in rows})} if rows else {}
    by_tracing: dict[Any, list[Candidate]] = defaultdict(list)
    for row in rows:
        by_tracing[row.tracing_id].append(row)
    found = {}
    for tracing in tracings:
        own = by_tracing[tracing.pk]
        shown = [_suspected(tracing, row, seen[row.site_id]) for row in own if row.site_id in seen]
        found[tracing.pk] = Told(tracing, sentence(tracing), shown, len(own) - len(shown))
    return found


def likely_of(finding: Finding, officer: Officer) -> list[Likely]:
    """The candidates of the hot spot a finding came of, as far as the officer sees them, for who says which site it is of."""
    spots = HotSpot.objects.visible_to(officer).filter(finding=finding)
    traced = list(newest(list(spots.only("pk"))).values())
    suspects = [one for each in told(traced, officer, most=OFFERED).values() for one in each.suspects]
    return [
        Likely(one.site, _("溯源第 %(rank)d 名：%(why)s") % {"rank": one.rank, "why": one.reasons}) for one in suspects
    ]


def sentence(tracing: Tracing) -> str:
    """The wind in which it was traced, and what that allows."""
    if tracing.usable == Usable.NO_WIND:
        return _("这次走航没有可用的风向风速，不能溯源。请在导入时指明风向、风速列。")
    wind = _wind(tracing)
    if tracing.usable == Usable.CALM:
        return _("峰值前后平均%(wind)s，小于 %(void)s m/s，风向不可信，不溯源。请以停车复测和现场排查为准。") % {
            "wind": wind,
            "void": f"{tracing.rule.void_ms:g}",
        }
    words = _("峰值前后平均%(wind)s，上风向扇区左右各 %(half)d°，%(far)d 米以内。") % {
        "wind": wind,
        "half": round(tracing.half_deg or 0),
        "far": round(tracing.rule.far_m),
    }
    if (tracing.wind_ms or 0) < tracing.rule.light_ms:
        words += _("风小，扇区已放宽，请慎用。")
    return words


def short(tracing: Tracing) -> str:
    """The wind and its sector in a table's cell, or why there is none."""
    if tracing.usable == Usable.NO_WIND:
        return _("没有可用的风向风速，不溯源")
    wind = _wind(tracing)
    if tracing.usable == Usable.CALM:
        return _("%(wind)s\n风小于 %(void)s m/s，不溯源") % {"wind": wind, "void": f"{tracing.rule.void_ms:g}"}
    return _("%(wind)s\n左右各 %(half)d°，%(far)d 米以内") % {
        "wind": wind, "half": round(tracing.half_deg or 0), "far": round(tracing.rule.far_m)
    }  # fmt: skip


def _wind(tracing: Tracing) -> str:
    """From where, in words and degrees from north, and how strong (m/s)."""
    return _("%(name)s风（%(deg)d°）%(ms)s m/s") % {
        "name": compass(tracing.wind_from or 0), "deg": round(tracing.wind_from or 0), "ms": f"{tracing.wind_ms:g}"
    }  # fmt: skip


def compass(degrees: float) -> str:
    """One of eight directions in a word."""
    names = (_("北"), _("东北"), _("东"), _("东南"), _("南"), _("西南"), _("西"), _("西北"))
    return str(names[round(degrees / 45) % 8])


def _suspected(tracing: Tracing, row: Candidate, site: Site) -> Suspected:
    why, industry = reasons(tracing, row, site), _said(row, site)["industry"]
    return Suspected(site, row.rank, row.score, row.distance_m, why, row.parts.get("species"), industry)


def _said(row: Candidate, site: Site) -> Mapping[str, str]:
    """What the register said when it was traced: the first that kept it did so beside the score's parts. Of older
    candidates, what it says now."""
    kept: Mapping[str, str] | None = row.parts if "industry" in row.parts else row.parts.get("site")
    return kept or {"industry": site.industry, "grade": site.grade}


def reasons(tracing: Tracing, row: Candidate, site: Site) -> str:
    """Why a site is suspected, by what the register said when it was traced: 上风向 420 m，涂装，二甲苯/乙酸丁酯匹配."""
    said = _said(row, site)
    industry, grade = said["industry"], said["grade"]
    # To ten metres: the register's point of a site isn't better.
    words = [_("上风向 %(m)d m") % {"m": round(row.distance_m, -1)}]
    if row.off_deg > ASIDE_SHARE * (tracing.half_deg or 0):
        words[0] += _("（偏 %(deg)d°）") % {"deg": round(row.off_deg)}
    words.append(industry or _("行业未登记"))
    matched, likeness = row.parts.get("matched"), row.parts.get("species")
    if matched and likeness >= tracing.rule.match_at:
        names = "/".join(str(tracing.channels.get(name, name)) for name in matched[:2])
        words.append(_("%(names)s匹配") % {"names": names})
    elif matched:
        words.append(_("组分相似度仅 %(share)s") % {"share": f"{likeness:.2f}"})
    elif tracing.pattern and industry:
        words.append(_("该行业无组分指纹"))
    if grade in ("C", "D"):
        words.append(_("绩效%(grade)s级") % {"grade": grade})
    if row.parts.get("history") == 1:
        words.append(_("有既往问题"))
    return str(_("，")).join(words)


def hidden_words(count: int) -> str:
    """That some candidates aren't shown."""
    return _("不在您范围内的候选：%(n)d 个。") % {"n": count}
