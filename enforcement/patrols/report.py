"""The report of one run (走航报告) as a paper: what domain practice asks of it, from rows and readings, nothing typed in.

Only what its reader may see goes in: hot spots, findings, photos and sites are asked for in their name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from enforcement.findings.models import Finding
from enforcement.issues.models import Issue, Severity
from enforcement.papers import Facts, Heading, Paper, Paragraph, Picture, Table
from enforcement.papers.blocks import Block
from enforcement.patrols import actions, drawings, pictures, series
from enforcement.patrols.circumstances import calibrations_of, compass, route_words, weather_words
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, PatrolCampaign, PatrolRun, Redrive
from enforcement.patrols.report_sources import sources
from enforcement.patrols.tracks.problems import REASONS
from enforcement.patrols.tracks.readings import Readings
from enforcement.patrols.tracks.species import Species, Stretch, top_species
from enforcement.patrols.tracks.wind import mean_wind
from enforcement.timeline import clock
from enforcement.timeline.evidence import store
from enforcement.timeline.models import Attachment
from regions.errors import DomainError
from regions.models import Officer

#: Hot spots in the table and photos on the pages; how many there are beyond is said.
MOST_SPOTS = 60
MOST_PHOTOS = 12
RANK = {Severity.MAJOR: 3, Severity.SERIOUS: 2, Severity.GENERAL: 1}


@dataclass(frozen=True)
class _Seen:
    """What one officer may see of a run, read once: `measured` as the instruments gave it, `readings` with the sums of the
    rules' groups beside it."""

    run: PatrolRun
    officer: Officer
    spots: list[HotSpot]
    findings: dict[Any, Finding]
    measured: Readings | None
    readings: Readings | None
    trouble: str

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """The track as drawn on paper, in its colours."""
        if self.readings is None:
            return []
        values = _values(self)[0]
        return pictures.paper_lines(self.readings, values, pictures.scale_of(values), self.run.rule.value())

    @property
    def channel(self) -> str:
        """The channel the report draws: the one of its hot spots, else TVOC, else the first."""
        names = [one.name for one in self.readings.measured()] if self.readings else []
        judged = {spot.channel.lower() for spot in self.spots} | {"tvoc"}
        return next((name for name in names if name.lower() in judged), names[0] if names else "")


def report_of(run: PatrolRun, officer: Officer, tell: Callable[[int], None] = lambda _done: None) -> Paper:
    """The paper for a run this officer may see. `tell` hears how many of its `STEPS` are done.

    Statements: hot spots, segments, findings, photos, tracings with their candidates and sites, re-drives.
    """
    seen = _see(run, officer)
    blocks: list[Block] = []
    for done, part in enumerate(_PARTS, start=1):
        blocks += part(seen)
        tell(done)
    return Paper(
        _("VOCs走航监测报告"),
        blocks,
        subtitle=run.title,
        foot=_("截至 %(time)s，由走航记录生成") % {"time": clock.minute(clock.now())},
        synthetic=run.synthetic,
    )


def rank(spots: Sequence[HotSpot]) -> list[HotSpot]:
    """Severest first, then by how far the peak stands over its background."""
    return sorted(spots, key=lambda spot: (-RANK.get(Severity(spot.severity), 0) if spot.severity else 0,
                                           -(spot.peak - spot.background), spot.number))  # fmt: skip


def wind_words(readings: Readings) -> str:
    """The run's wind: 西北风，2.1 m/s; "" without wind channels."""
    wind = mean_wind(readings)
    if wind is None:
        return ""
    return _("%(from)s风，平均 %(speed).1f m/s") % {
        "from": compass(wind.from_deg),
        "speed": wind.speed,
    }


def _see(run: PatrolRun, officer: Officer) -> _Seen:
    seen = run.hot_spots.visible_to(officer).select_related("division", "rule")
    # Drawn from the readings themselves: the small picture each keeps isn't wanted.
    spots = list(seen.defer("series").order_by("number"))
    findings = Finding.objects.visible_to(officer).filter(hot_spot__in=spots).select_related("site", "issue")
    measured, readings, trouble = None, None, ""
    try:
        measured = actions.readings_of(run)
        readings = actions.with_groups(measured, {spot.rule for spot in spots})
    except DomainError as error:
        trouble = str(error)
    return _Seen(run, officer, rank(spots), {one.pk: one for one in findings}, measured, readings, trouble)


def _task(seen: _Seen) -> list[Block]:
    run = seen.run
    counties = [
        _("%(county)s %(km)s 公里") % {"county": one.division or _("省外"), "km": f"{one.km:.1f}"}
        for one in run.segments.select_related("division").order_by("-km")
    ]
    wind = wind_words(seen.readings) if seen.readings else ""
    rows = [
        (_("走航单位"), run.bureau.name),
        (_("路线"), run.route or _("未填写")),
        (_("途经区域"), _("、").join(counties)),
        (_("起止时间"), f"{clock.minute(run.started_at)} — {clock.minute(run.ended_at)}"),
        (_("里程与时长"), _("%(km).1f 公里，%(hours).2f 小时") % {"km": run.km, "hours": run.hours}),
        (_("人员"), run.crew or _("未填写")),
        (_("走航车"), run.vehicle or _("未登记")),
        (_("仪器"), run.instrument or _("未登记")),
        *_planned(seen),
        (_("气象"), (weather_words(run.note) if run.note else "") or _("未记录")),
        (_("途中风（实测）"), wind or _("未记录风向风速")),
        (_("数据状态"), _("已作废") if run.voided_at else _("有效")),
    ]
    return [Heading(_("一、任务与区域")), Facts(rows)]


def _planned(seen: _Seen) -> list[tuple[Any, Any]]:
    """Campaign and planned route, for who may see the campaign."""
    note = seen.run.note
    if note is None or note.campaign is None:
        return []
    if not PatrolCampaign.objects.visible_to(seen.officer).filter(pk=note.campaign_id).exists():
        return []
    rows: list[tuple[Any, Any]] = [(_("走航专项"), note.campaign.name)]
    if note.campaign.method_basis:
        rows.append((_("方法依据"), note.campaign.method_basis))
    if words := route_words(note):
        rows.append((_("计划与实走"), words))
    return rows


def _map(seen: _Seen) -> list[Block]:
    blocks: list[Block] = [Heading(_("二、走航浓度图"))]
    if seen.readings is None:
        return [*blocks, Paragraph(seen.trouble)]
    values, unit = _values(seen)
    scale = pictures.scale_of(values)
    points = [{"lon": spot.lon, "lat": spot.lat, "label": str(spot.number)} for spot in seen.spots[:MOST_SPOTS]]
    svg = drawings.track_picture(seen.lines, points)
    if not svg:
        return [*blocks, Paragraph(_("没有可上图的读数。"))]
    legend = _("；").join(
        _("第%(step)s级 %(range)s") % {"step": one["tone"], "range": one["label"]} for one in scale.labels(unit)
    )
    caption = _("%(channel)s。颜色由浅到深：%(legend)s。三角为热点，数字为热点序号。") % {
        "channel": seen.channel or _("车速"),
        "legend": legend,
    }
    return [*blocks, Picture(svg.encode(), "image/svg+xml", caption=caption)]


def _hot_spots(seen: _Seen) -> list[Block]:
    blocks: list[Block] = [Heading(_("三、热点排序"))]
    if not seen.spots:
        return [*blocks, Paragraph(_("按当日规则没有判出热点，或没有适用于这些通道的规则。"))]
    columns = [
        _("序号"), _("时间与位置"), _("峰值"), _("均值"), _("背景"), _("倍数"), _("秒"), _("主要组分（增量）"), _("结果"),
    ]  # fmt: skip
    shown = seen.spots[:MOST_SPOTS]
    stretches = [Stretch(spot.first_index, spot.last_index, spot.channel.lower()) for spot in shown]
    species = top_species(seen.measured, stretches) if seen.measured else [[] for _spot in shown]
    rows = [_row(spot, risen) for spot, risen in zip(shown, species, strict=True)]
    units = _("、").join(sorted({f"{spot.channel} {spot.unit}" for spot in shown}))
    blocks.append(
        Table(columns, rows, widths=(0.8, 3.2, 1.2, 1.1, 1.1, 1, 0.9, 3, 1.7), numeric=frozenset({2, 3, 4, 5, 6}),
              caption=_("浓度单位：%(units)s。按程度与超出背景的峰值排序。") % {"units": units})
    )  # fmt: skip
    if len(seen.spots) > MOST_SPOTS:
        blocks.append(
            Paragraph(_("共 %(n)d 个热点，只列前 %(most)d 个。") % {"n": len(seen.spots), "most": MOST_SPOTS})
        )
    return blocks


def _row(spot: HotSpot, species: Sequence[Species]) -> list[str]:
    grade = f"\n{spot.get_severity_display()}" if spot.severity else ""
    confirmed = f"\n{spot.confirmation}" if spot.confirmation else ""
    return [
        str(spot.number),
        f"{spot.peak_at.astimezone(clock.BEIJING):%m-%d %H:%M:%S}\n{spot.division or _('省外')}\n"
        f"{spot.lon:.5f}, {spot.lat:.5f}",
        f"{spot.peak:.4g}",
        f"{spot.mean:.4g}",
        f"{spot.background:.4g}",
        f"{spot.ratio:.1f}",
        f"{spot.duration_s:.0f}",
        "\n".join(f"{one.name} +{one.excess:.3g} {one.unit}" for one in species) or "—",
        f"{spot.standing}{grade}{confirmed}",
    ]


def _series(seen: _Seen) -> list[Block]:
    if seen.readings is None or not seen.channel:
        return []
    placed = seen.readings.only(seen.channel).take(seen.readings.placed())
    if len(placed) < 2:
        return []
    values, unit = placed.value(seen.channel), _values(seen)[1]
    ends = seen.readings.time_ms
    bands = [
        series.Band(int(ends[spot.first_index]), int(ends[spot.last_index]), str(spot))
        for spot in seen.spots
        if spot.last_index < len(ends)
    ]
    chart = series.chart(seen.channel, unit, placed.time_ms, values, None, bands)
    svg = str(chart.svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    caption = _("%(channel)s（%(unit)s），北京时间；色带为热点。") % {"channel": seen.channel, "unit": unit}
    return [Heading(_("四、浓度时间序列")), Picture(svg.encode(), "image/svg+xml", caption=caption)]


def _photos(seen: _Seen) -> list[Block]:
    blocks: list[Block] = [Heading(_("五、现场照片"))]
    photos = photos_of(seen.findings.values())
    kept: list[Block] = []
    for photo in photos[:MOST_PHOTOS]:
        try:
            data = store().take(photo.thumbnail)
        except (FileNotFoundError, ValueError):
            continue
        finding = next(one for one in seen.findings.values() if str(one.pk) == photo.subject_id)
        media = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
        kept.append(Picture(data, media, width=9, caption=f"{finding.title} · {clock.minute(photo.received_at)}"))
    if not kept:
        return [*blocks, Paragraph(_("没有附在这些热点线索上的照片。"))]
    if len(photos) > MOST_PHOTOS:
        kept.append(Paragraph(_("共 %(n)d 张照片，只列前 %(most)d 张。") % {"n": len(photos), "most": MOST_PHOTOS}))
    return [*blocks, *kept]


def photos_of(findings: Any) -> list[Attachment]:
    """The photos of findings their reader may see, those with a thumbnail."""
    ids = [str(one.pk) for one in findings]
    if not ids:
        return []
    return list(Attachment.objects.filter(subject_type="finding", subject_id__in=ids).exclude(thumbnail=""))


def _advice(seen: _Seen) -> list[Block]:
    """What the rows themselves ask for; opinions are the reviewer's and stand in the findings."""
    waiting = [spot for spot in seen.spots if spot.fate == Fate.OPEN]
    once = [spot for spot in waiting if not spot.confirmed]
    grave = [spot for spot in waiting if spot.severity in (Severity.MAJOR, Severity.SERIOUS)]
    sentences = []
    if grave:
        sentences.append(
            _("热点 %(numbers)s 程度较重以上，建议优先派员核查周边排放源。") % {"numbers": _numbers(grave)}
        )
    if once:
        sentences.append(
            _("热点 %(numbers)s 只测到一次，建议停车复测或重复经过后再作结论。") % {"numbers": _numbers(once)}
        )
    if waiting and seen.run.sheet is not None and seen.run.sheet.failed:
        sentences.append(_("本次走航质控不合格，热点须另有依据或重新走航后再作结论。"))
    if seen.spots and seen.run.sheet is not None and seen.run.sheet.incomplete:
        lacks = {"lacks": seen.run.sheet.lacks()}
        sentences.append(
            _("本次走航质控记录不全（没有记录：%(lacks)s），请补登后重新计算质控，或以现场核查为准。") % lacks
        )
    if waiting:
        sentences.append(_("尚有 %(n)d 个热点待研判，请转为线索、并入问题或排除。") % {"n": len(waiting)})
    if not sentences:
        sentences.append(_("全部热点均已研判，无待办事项。") if seen.spots else _("本次走航无需后续处置。"))
    return [Heading(_("七、处置建议")), *(Paragraph(text) for text in sentences)]


def _quality(seen: _Seen) -> list[Block]:
    run = seen.run
    rows = [
        (_("有效率"), f"{run.valid_share * 100:.1f} %"),
        (_("数据行数"), _("%(total)d 行，保留 %(kept)d 行") % {"total": run.rows_total, "kept": run.rows_kept}),
        (_("省外读数"), str(run.rows_outside)),
        (_("坐标系与时区"), f"{run.coordinate_system} · {run.time_zone}"),
        (_("数据摘要（SHA-256）"), f"{run.readings_key[:32]}\n{run.readings_key[32:]}"),
    ]
    rows += [
        (str(REASONS[code].text), _("%(n)d 处") % {"n": count})
        for code, count in run.problems.items()
        if code in REASONS
    ]
    return [Heading(_("八、数据质量与质控")), Facts(rows), *_sheet(run)]


def _sheet(run: PatrolRun) -> list[Block]:
    """The quality sheet line by line, and the calibrations in force; that none was computed is said."""
    sheet = run.sheet
    if sheet is None:
        return [Paragraph(_("本次走航没有质控表。"))]
    columns = [_("质控项目"), _("本次"), _("限值"), _("结果")]
    rows = [
        [line["name"] + (f"\n{line['detail']}" if line["detail"] else ""), line["value"], line["limit"], line["word"]]
        for line in sheet.lines()
    ]
    caption = _("%(verdict)s。第 %(number)d 版，规则 %(rule)s（%(basis)s）。") % {
        "verdict": sheet.get_verdict_display(),
        "number": sheet.number,
        "rule": sheet.rule,
        "basis": sheet.rule.basis,
    }
    blocks: list[Block] = [Table(columns, rows, widths=(3, 1.6, 2, 1.4), caption=caption)]
    calibrations = calibrations_of(sheet)
    if not calibrations:
        return [*blocks, Paragraph(_("走航开始前没有登记校准。"))]
    heads = [_("通道"), _("校准日期"), _("斜率"), _("截距")]
    lines = [[one["channel"], one["day"], one["slope"], one["intercept"]] for one in calibrations]
    said = _("走航开始时有效的校准。只登记，不改数据：读数与仪器导出的一致。")
    return [*blocks, Table(heads, lines, widths=(2, 2, 1.5, 1.5), caption=said, numeric=frozenset({2, 3}))]


def _earlier(seen: _Seen) -> list[Block]:
    """The stretches of closed issues this run drove again, and what came of it."""
    blocks: list[Block] = [Heading(_("九、以往问题复测"))]
    driven = Redrive.objects.visible_to(seen.officer).filter(run=seen.run).select_related("issue", "hot_spot__run")
    known = set(Issue.objects.visible_to(seen.officer).filter(redrives__in=driven).values_list("pk", flat=True))
    rows = [
        [
            one.issue.number if one.issue_id in known else _("无权查看"),
            f"{one.hot_spot.run.day:%Y-%m-%d} {one.hot_spot}",
            _excess(one, "before"),
            _excess(one, "after"),
            one.get_proposal_display(),
            one.get_verdict_display() or _("待结论"),
        ]
        for one in driven
    ]
    if not rows:
        return [*blocks, Paragraph(_("本次走航没有登记为以往问题的复测。"))]
    columns = [_("问题编号"), _("原热点"), _("整改前增量"), _("复测增量"), _("系统建议"), _("结论")]
    return [*blocks, Table(columns, rows, widths=(2.2, 2.6, 1.5, 1.5, 1.5, 1.5), numeric=frozenset({2, 3}))]


def _excess(one: Redrive, name: str) -> str:
    value = one.numbers.get(name)
    return f"{value:.4g} {one.hot_spot.unit}" if value is not None else "—"


def _rules(seen: _Seen) -> list[Block]:
    rules = sorted({str(spot.rule) for spot in seen.spots})
    text = _("热点判定规则：%(rules)s。里程计算规则：%(rule)s。") % {
        "rules": _("、").join(rules) or _("无"),
        "rule": seen.run.rule,
    }
    return [Heading(_("十、依据与截止时间")), Paragraph(text),
            Paragraph(_("热点的结果截至 %(time)s。") % {"time": clock.minute(clock.now())})]  # fmt: skip


def _sources(seen: _Seen) -> list[Block]:
    return sources(seen.spots[:MOST_SPOTS], seen.findings, seen.officer, seen.lines)


def _values(seen: _Seen) -> tuple[Any, str]:
    assert seen.readings is not None
    for channel in seen.readings.measured():
        if channel.name == seen.channel:
            return seen.readings.value(channel.name), channel.unit
    return seen.readings.speed_kmh, "km/h"


def _numbers(spots: Sequence[HotSpot]) -> str:
    return _("、").join(str(spot.number) for spot in sorted(spots, key=lambda spot: spot.number))


_PARTS: tuple[Callable[[_Seen], list[Block]], ...] = (
    _task, _map, _hot_spots, _series, _photos, _sources, _advice, _quality, _earlier, _rules,
)  # fmt: skip
STEPS = len(_PARTS)
