"""The report's part on suspected sources: for each ranked hot spot its upwind sector and first candidates, and their maps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from enforcement.findings.models import Finding
from enforcement.papers import Heading, Paragraph, Picture, Table
from enforcement.papers.blocks import Block
from enforcement.patrols import drawings, suspicion
from enforcement.patrols.models import HotSpot
from enforcement.patrols.suspicion import Suspected, Told
from enforcement.timeline import clock
from regions.models import Officer

#: Candidates named for each hot spot.
FIRST = 3
#: Sectors drawn, and how many on one page; how many there are beyond is said.
MOST_DRAWN, ON_A_PAGE = 27, 9
#: The breadth of a page's text in cm.
BREADTH = 16.0


def sources(
    spots: Sequence[HotSpot], findings: Mapping[Any, Finding], officer: Officer, lines: Sequence[Mapping[str, Any]]
) -> list[Block]:
    """The part for hot spots in their rank; `lines` is the track as drawn. Three statements."""
    blocks: list[Block] = [Heading(_("六、疑似来源与溯源"))]
    if not spots:
        return [*blocks, Paragraph(_("没有热点，不溯源。"))]
    newest = suspicion.newest(spots)
    told = suspicion.told(list(newest.values()), officer, most=FIRST)
    upwind = {spot.pk: told[newest[spot.pk].pk] for spot in spots if spot.pk in newest}
    columns = [_("热点"), _("上风向扇区"), _("前三名候选及理由")]
    rows = [[str(spot.number), _wind(upwind.get(spot.pk)), _candidates(upwind.get(spot.pk))] for spot in spots]
    said = _("按热点排序。得分按方位、距离、组分、许可、绩效和既往加权，满分100，只表示先后，不是证据。")
    blocks.append(Table(columns, rows, widths=(0.7, 2.6, 7), caption=said))
    if upwind:
        blocks.append(Paragraph(_as_of([one.tracing.made_at for one in upwind.values()])))
    return [*blocks, *_maps(spots, upwind, lines), *_followed(spots, findings)]


def _as_of(traced: Sequence[datetime]) -> str:
    """Of which day the candidates are: scores and reasons are those kept, names and who may read them are today's."""
    first, last = (f"{clock.beijing_day(moment):%Y-%m-%d}" for moment in (min(traced), max(traced)))
    when = first if first == last else _("%(first)s 至 %(last)s") % {"first": first, "last": last}
    return _(
        "候选、名次、得分和理由（行业、绩效）为溯源时（%(when)s）按当时的点位名册和规则所存，之后名册变动不改；"
        "点位名称和可见范围按报告当日（%(today)s）。"
    ) % {"when": when, "today": f"{clock.today():%Y-%m-%d}"}


def _wind(told: Told | None) -> str:
    return suspicion.short(told.tracing) if told else str(_("还没有溯源。"))


def _candidates(told: Told | None) -> str:
    if told is None or not told.tracing.outline:
        return "—"
    lines = [_candidate(one) for one in told.suspects]
    if not lines and not told.hidden:
        lines = [str(_("扇区内没有登记的点位。请现场排查未登记的污染源。"))]
    if told.hidden:
        lines.append(suspicion.hidden_words(told.hidden))
    return "\n".join(lines)


def _candidate(one: Suspected) -> str:
    return _("%(rank)d. %(site)s：%(reasons)s（%(score)d 分）") % {
        "rank": one.rank, "site": one.site.name, "reasons": one.reasons, "score": round(one.score)
    }  # fmt: skip


def _maps(spots: Sequence[HotSpot], upwind: Mapping[Any, Told], lines: Sequence[Mapping[str, Any]]) -> list[Block]:
    """The sectors in small maps, some on each page."""
    traced = [spot for spot in spots if spot.pk in upwind and upwind[spot.pk].tracing.outline]
    cells = [_cell(spot, upwind[spot.pk]) for spot in traced[:MOST_DRAWN]]
    blocks: list[Block] = []
    for first in range(0, len(cells), ON_A_PAGE):
        page = cells[first : first + ON_A_PAGE]
        caption = _("虚线扇形为上风向，三角为热点，圆圈内的数字为候选名次，带颜色的线为走航轨迹。")
        svg = drawings.sector_sheet(page, lines)
        width = BREADTH * min(len(page), drawings.COLUMNS) / drawings.COLUMNS
        blocks.append(Picture(svg.encode(), "image/svg+xml", width=width, caption=caption))
    if len(traced) > MOST_DRAWN:
        blocks.append(Paragraph(_("共 %(n)d 个扇区，只绘前 %(most)d 个。") % {"n": len(traced), "most": MOST_DRAWN}))
    return blocks


def _cell(spot: HotSpot, told: Told) -> dict[str, Any]:
    wind = told.tracing
    title = _("热点 %(number)d　%(name)s风 %(ms)s m/s") % {
        "number": spot.number, "name": suspicion.compass(wind.wind_from or 0), "ms": f"{wind.wind_ms:g}"
    }  # fmt: skip
    points = [{"lon": one.site.lon, "lat": one.site.lat, "label": str(one.rank)} for one in told.suspects]
    return {"title": title, "outline": wind.outline, "spot": {"lon": spot.lon, "lat": spot.lat}, "candidates": points}


def _followed(spots: Sequence[HotSpot], findings: Mapping[Any, Finding]) -> list[Block]:
    """The sites that findings of these hot spots name, and what became of them."""
    rows = []
    for spot in spots:
        finding = findings.get(spot.finding_id)
        if finding is not None and finding.site is not None:
            number = finding.issue.number if finding.issue else _("未转办")
            rows.append([str(spot.number), finding.site.name, finding.title, number])
    if not rows:
        return [Paragraph(_("热点尚未关联到登记的点位。"))]
    columns = [_("热点"), _("点位"), _("线索"), _("问题编号")]
    return [Table(columns, rows, widths=(0.8, 3, 4, 2.4))]
