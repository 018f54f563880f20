"""Three regions with all their rows, made through the real actions. Every word of a row carries its owner's mark.

A mark is ASCII (`zqtyaxissuez`: plot `tya`, kind `issue`), so that it survives JSON, URLs, HTML, CSV and file names.
A plot is a bureau of one county with everything that is its business; `tya` and `tyb` are two bureaus of one county
(杏花岭), `tyk` is a contractor of the same city with the county it found something in (迎泽), `lf` and `dt` are
counties of two other cities. `ty`, `lfc` and `dtc` are the cities' own bureaus.
"""

import io
from datetime import date, timedelta
from math import exp

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from enforcement.desk import saving
from enforcement.findings import actions as findings
from enforcement.findings import routing
from enforcement.findings.models import Finding, RoutingRule
from enforcement.inspections import actions as inspections
from enforcement.inspections.actions import campaigns
from enforcement.inspections.models import ChecklistVersion, Mode, MonitoringMonth
from enforcement.issues import actions as issues
from enforcement.issues.actions import exporting, importing, letters
from enforcement.issues.models import Handoff, Issue, LookBackDraw, LookBackRule, Recount
from enforcement.notices.actions.telling import tell
from enforcement.oversight import actions as oversight
from enforcement.oversight.actions import air, inspecting
from enforcement.oversight.actions.proposing import addressees
from enforcement.patrols import actions as patrols
from enforcement.patrols.models import (
    Anemometer,
    CrewMember,
    HotSpotPlace,
    Instrument,
    InstrumentChannel,
    PatrolCampaign,
    PatrolRun,
    PersistenceRule,
    PersistentLocation,
    PlannedRoute,
    Redrive,
    RedriveRule,
    TrackArrival,
    TrackUpload,
    Vehicle,
)
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.persistence import cell_of
from enforcement.timeline import clock
from enforcement.timeline.attachments import attach
from enforcement.timeline.evidence import store
from regions.models import Bureau, BureauKind, Division, Officer, Secondment, Site, WorkCalendar
from regions.registering import Stated
from regions.roles import Role
from tests.isolation import offers
from tests.isolation.plots import SINCE, Plot, World, mark

__all__ = ["Plot", "World", "build", "grow", "mark"]


def build() -> World:
    """The whole world. Its people are there too, so that every seat hears its notices."""
    world = World()
    b = world.bureaus
    b["province"] = _bureau("省大气办（隔离）", "", "140000", answers=True, prefix="晋气转")
    for city, code in (("ty", "140100"), ("lfc", "141000"), ("dtc", "140200")):
        b[city] = _bureau("市局", city, code, answers=True, prefix=mark(city, "doc"))
        b[f"{city}-team"] = _bureau("市执法队", city, code, BureauKind.ENFORCEMENT_TEAM)
    b["tya"] = _bureau("杏花岭分局", "tya", "140107", answers=True)
    b["tyb"] = _bureau("杏花岭执法队", "tyb", "140107", BureauKind.ENFORCEMENT_TEAM)
    b["tyk-county"] = _bureau("迎泽分局", "tyk", "140106", answers=True)
    b["tyk"] = _bureau("走航公司", "tyk", "140100", BureauKind.CONTRACTOR, parent=b["ty"])
    b["lf"] = _bureau("尧都分局", "lf", "141002", answers=True)
    b["dt"] = _bureau("平城分局", "dt", "140213", answers=True)
    for name, city, county in (
        ("tya", "ty", "140107"),
        ("tyb", "ty", "140107"),
        ("tyk", "ty", "140106"),
        ("lf", "lfc", "141002"),
        ("dt", "dtc", "140213"),
    ):
        world.plots[name] = _plot(world, name, b[name], b.get(f"{name}-county", b[name]), city, county)
    # One document with items for two bureaus of a county: each may read its own only.
    _hand_off(world, [world.plots["tya"], world.plots["tyb"]], "1")
    for name in ("tyk", "lf", "dt"):
        _hand_off(world, [world.plots[name]], "1")
    _letters(world)
    for plot in world.plots.values():
        _hand_off(world, [plot], "2")
        _work(world, plot)
        offers.make(world, plot)
        _finding(world, plot, "3", confirmed=True)
        _finding(world, plot, "4", confirmed=False)
        _drive(world, plot, minutes=2)
        _redrive(world, plot)
        _check(world, plot)
        _export(world, plot)
        _ledger(world, plot)
        _interview(world, plot)
        _special(world, plot)
        handler = world.officer(plot.answerer, Role.HANDLER)
        saving.save("issues", plot.marked("words"), f"q={plot.marked('words')}", by=handler, shared=True)
    _seconded(world)
    # Due dates counted again once: nobody's row, but the admin site shows it.
    Recount.objects.create(calendar=WorkCalendar.current(), begun_at=clock.now())
    tell()
    _note_names(world)
    return world


def grow(world: World, names: list[str], directory: list[str]) -> None:
    """More of everything on some plots: issues, findings, drafts, runs, notices; of `directory` also people and places."""
    for name in names:
        plot = world.plots[name]
        _hand_off(world, [plot], "g")
        _hand_off(world, [plot], "h")
        _close(world, plot, plot.issues[-1])
        _finding(world, plot, "g", confirmed=True)
        _finding(world, plot, "h", confirmed=False)
        _drive(world, plot, minutes=3)
        if name not in directory:
            continue
        Site.objects.create(name=f"新{plot.marked('site')}", division=plot.county, lon=112.0, lat=37.0)
        bureau = _bureau("新队", name, plot.county.code, BureauKind.ENFORCEMENT_TEAM, number="新")
        world.officer(bureau, Role.HANDLER)
    tell()


def _bureau(
    name: str,
    plot: str,
    code: str,
    kind: str = BureauKind.DEPARTMENT,
    *,
    answers: bool = False,
    prefix: str = "",
    parent: Bureau | None = None,
    number: str = "",
) -> Bureau:
    marked = f"{mark(plot, 'bureau')}{number}{name}" if plot else name
    return Bureau.objects.create(
        name=marked,
        short_name=marked[:30],
        kind=kind,
        division=Division.objects.current().get(code=code),
        answers_for_division=answers,
        document_prefix=prefix,
        parent=parent,
    )


def _plot(world: World, name: str, filer: Bureau, answerer: Bureau, city: str, code: str) -> Plot:
    county = Division.objects.current().get(code=code)
    site = Site.objects.create(
        name=f"焦化厂{mark(name, 'site')}", division=county, lon=county.lon, lat=county.lat, address=mark(name, "site")
    )
    Vehicle.objects.create(plate=mark(name, "run"), bureau=filer)
    instrument = Instrument.objects.create(serial=mark(name, "run"), name="PTR", bureau=filer)
    month = {"month": date(2021, 6, 1), "due": 720, "arrived": 719, "valid": 700, "source": "月报"}
    MonitoringMonth.objects.create(site=site, **month)
    air.enter(f"{code} 5", month=month["month"], standard="gb3095-2012", source="月报")
    Anemometer.objects.create(instrument=instrument, valid_from=date(2020, 1, 1), reference="true")
    InstrumentChannel.objects.create(instrument=instrument, channel="TVOC", valid_from=date(2020, 1, 1), lag_s=5)
    return Plot(name, filer, answerer, world.bureaus[city], world.bureaus[f"{city}-team"], county, site)


def _finding(world: World, plot: Plot, number: str, *, confirmed: bool) -> Finding:
    kind = "finding" if confirmed else "draft"
    inspector = world.officer(plot.filer, Role.INSPECTOR)
    finding = findings.file_finding(
        by=inspector,
        filer=plot.filer,
        receiver=plot.city,
        title=f"高值{plot.marked(kind)}{number}",
        source="patrol",
        lon=plot.county.lon,
        lat=plot.county.lat,
        occurred_at=clock.now() - timedelta(hours=1),
        description=plot.marked(kind),
        address=plot.marked(kind),
        site=plot.site if confirmed else None,
        new_site=None if confirmed else Stated(f"作坊{plot.marked(kind)}", industry=plot.marked(kind)),
    )
    attach(finding, _photo(plot, f"{kind}{number}"), by=inspector)
    if confirmed:
        leader = world.officer(plot.city if plot.filer.is_contractor else plot.filer, Role.TEAM_LEADER)
        findings.perform(finding, "submit", by=inspector)
        finding = findings.perform(finding, "confirm", by=leader)
    (plot.findings if confirmed else plot.drafts).append(finding)
    return finding


def _hand_off(world: World, plots: list[Plot], number: str) -> Handoff:
    handings = []
    for plot in plots:
        finding = _finding(world, plot, number, confirmed=True)
        handings.append(findings.Handing(finding, findings.whole(plot.answerer), verifier=plot.team))
    document = findings.hand_off_findings(
        handings, issuer=plots[0].city, by=world.officer(plots[0].city, Role.DISPATCHER)
    )
    for plot, part in zip(plots, document.items.select_related("issue").order_by("item"), strict=True):
        plot.issues.append(part.issue)
    return document


def _letters(world: World) -> None:
    """Each city's own routing rules and words of letters; letters sent, and received by name: of the document two bureaus

    of a county share, only one's.
    """
    for city in ("ty", "lfc", "dtc"):
        bureau, words = world.bureaus[city], mark(city, "rules")
        by = world.officer(bureau, Role.DISPATCHER)
        rule = RoutingRule(source="emergency", target=RoutingRule.Target.COUNTY_OFFICE)
        routing.publish([rule], issuer=bureau, by=by, valid_from=clock.today(), basis=words, after=0)
        letter = {"heading": "转办单", "opening": "{承办单位}："}
        letters.publish_words(letter, bureau=bureau, by=by, valid_from=clock.today(), basis=words, after=0)
    for name in ("tyb", "tyk", "lf", "dt"):
        plot = world.plots[name]
        document = plot.issue.responsibilities.get().handoff
        by = world.officer(plot.city, Role.DISPATCHER)
        letters.send([document], by=by, channel="fax", bureaus=[plot.answerer])
        handler = world.officer(plot.answerer, Role.HANDLER)
        letters.receive(document, by=handler, channel="fax", bureau=plot.answerer)


def _work(world: World, plot: Plot) -> None:
    """The first issue asks for an extension, with evidence of its own; the second is worked off and closed."""
    handler = world.officer(plot.answerer, Role.HANDLER)
    for bureau in (plot.city, plot.answerer):
        world.officer(bureau, Role.SUPERVISOR)
    issues.perform(plot.issue, "acknowledge", by=handler)
    issues.perform(plot.issue, "request_extension", by=handler, days=5, reason=plot.marked("words"))
    attach(plot.issue, SimpleUploadedFile(f"{plot.marked('file')}.pdf", _paper(plot)), by=handler)
    _close(world, plot, plot.issues[1])
    issues.perform(plot.issue, "escalate", by=world.officer(plot.city, Role.SUPERVISOR), reason=plot.marked("words"))
    _draw(world, plot)


def _draw(world: World, plot: Plot) -> None:
    """A look-back draw of the city over the closed issue, that no team could be found for."""
    today = clock.today()
    LookBackDraw.objects.create(
        bureau=plot.city, rule=LookBackRule.objects.earliest("pk"), first=today, last=today, share=1, least=1,
        seed="00" * 32, register=[[plot.issues[1].number, 0, "", []]], commitment="", drawn=[],
        by=world.officer(plot.city, Role.DISPATCHER), at=clock.now(),
    )  # fmt: skip


def _close(world: World, plot: Plot, issue: Issue) -> None:
    handler = world.officer(plot.answerer, Role.HANDLER)
    verifier = world.officer(plot.team, Role.VERIFIER)
    words = plot.marked("words")
    issues.perform(issue, "acknowledge", by=handler)
    issues.perform(issue, "submit_feedback", by=handler, verdict="true", measures=words)
    issues.perform(issue, "start_verification", by=verifier)
    issues.perform(issue, "pass_verification", by=verifier, opinion=words)
    issues.perform(issue, "close", by=world.officer(plot.city, Role.DISPATCHER))


def _drive(world: World, plot: Plot, minutes: int) -> PatrolRun:
    """A drive past one plume, near the county's label point, and a file of another that is looked at but not imported."""
    data = _track(plot, minutes)
    inspector = world.officer(plot.filer, Role.INSPECTOR)
    instrument = Instrument.objects.get(bureau=plot.filer)
    run = patrols.import_track(
        by=inspector,
        bureau=plot.filer,
        name=f"{plot.marked('run')}.csv",
        data=data,
        statement=Statement(),
        facts=patrols.RunFacts(
            plot.marked("run"),
            plot.marked("run"),
            Vehicle.objects.get(bureau=plot.filer),
            instrument,
        ),
    )
    plot.runs.append(run)
    if not instrument.logs.exists():
        _equip(plot, run, instrument, inspector)
    if len(plot.runs) == 1:
        _location(plot)
    again = _track(plot, minutes + 1)
    plot.uploads.append(
        TrackUpload.objects.create(
            bureau=plot.filer,
            officer=inspector,
            name=f"{plot.marked('upload')}.csv",
            sha256=store().put([again]),
            size=len(again),
            time_zone="Asia/Shanghai",
            coordinate_system="wgs84",
            uploaded_at=clock.now(),
        )
    )
    plot.arrivals.append(
        TrackArrival.objects.create(
            bureau=plot.filer,
            officer=inspector,
            name=f"{plot.marked('upload')}.csv",
            size=len(again),
            time_zone="Asia/Shanghai",
            coordinate_system="wgs84",
            begun_at=clock.now(),
            touched_at=clock.now(),
        )
    )
    return run


def _export(world: World, plot: Plot) -> None:
    """The plot's issues as a file of its handler, made."""
    handler = world.officer(plot.answerer, Role.HANDLER)
    export = exporting.ask(handler, "issues", "csv", {"q": plot.marked("issue")[:20]})
    exporting.DESK.work(str(export.pk))
    plot.exports.append(export)


def _ledger(world: World, plot: Plot) -> None:
    """A ledger of the plot's city that tells of a problem in its county, looked at and not imported."""
    words = plot.marked("issue")
    data = f"编号,问题,县区,交办时间\n{words},{words},{plot.county.name},2021-07-05\n".encode()
    dispatcher = world.officer(plot.city, Role.DISPATCHER)
    ledger = importing.keep(dispatcher, plot.city, f"{words}.csv", data, source="special_check")
    importing.DESK.work(str(ledger.pk))
    plot.ledgers.append(ledger)


def _equip(plot: Plot, run: PatrolRun, instrument: Instrument, inspector: Officer) -> None:
    """A line in the instrument's log, a person of the crew, and a campaign with the route the run was to drive."""
    words = plot.marked("run")
    patrols.log(instrument, patrols.LogLine("power_on", clock.now() - timedelta(days=30), basis=words), by=inspector)
    CrewMember.objects.create(bureau=plot.filer, name=words, duty="driver", since=SINCE, certificate=words)
    day = clock.beijing_day(run.started_at)
    campaign = PatrolCampaign.objects.create(
        bureau=plot.filer, name=words, method_basis=words, since=day, until=day, made_by=inspector, made_at=clock.now()
    )
    line = [[plot.county.lon, plot.county.lat], [plot.county.lon, plot.county.lat + 0.01]]
    route = PlannedRoute.objects.create(
        campaign=campaign, name=words, line=line, km=1, made_by=inspector, made_at=clock.now()
    )
    patrols.note_run(
        run, patrols.readings_of(run), by=inspector, campaign=campaign, route=route,
        weather=patrols.Weather(temperature_c=31, source=words),
    )  # fmt: skip


def _location(plot: Plot) -> None:
    """A persistent location its hot spots belong to."""
    x, y = cell_of(plot.county.lon, plot.county.lat)
    made = PersistentLocation.objects.create(
        division=plot.county, rule=PersistenceRule.objects.earliest("pk"), lon=plot.county.lon, lat=plot.county.lat,
        x=x, y=y, found_at=clock.now(), days=3, spots=3, version=0,
    )  # fmt: skip
    HotSpotPlace.objects.filter(hot_spot__in=plot.spots).update(location=made)


def _redrive(world: World, plot: Plot) -> None:
    """A plan of the plot's team to drive the stretch of its closed issue again."""
    Redrive.objects.create(
        issue=plot.issues[1], hot_spot=plot.spots[0], bureau=plot.filer, crew=plot.marked("run"),
        stretch=[[plot.county.lon, plot.county.lat], [plot.county.lon, plot.county.lat + 0.001]],
        rule=RedriveRule.objects.earliest("pk"), due_on=clock.today(), planned_at=clock.now(),
        planned_by=world.officer(plot.filer, Role.INSPECTOR),
    )  # fmt: skip


def _check(world: World, plot: Plot) -> None:
    """A notified visit of the plot's own bureau (a contractor's county's) to its site, and a draft of its city's."""
    bureau = plot.answerer if plot.filer.is_contractor else plot.filer
    leader, approver = world.officer(bureau, Role.INSPECTOR), world.officer(bureau, Role.TEAM_LEADER)
    visit = inspections.plan(
        by=leader,
        bureau=bureau,
        site=plot.site,
        list_version=ChecklistVersion.objects.get(checklist__key="autumn-winter", number=1),
        mode=Mode.NOTIFIED,
        planned_on=clock.today(),
        approver=approver,
        leader=leader,
        members=[world.officer(bureau, Role.INSPECTOR, suffix="2")],
    )
    plot.visits.append(inspections.perform(visit, "approve", by=approver, approval_no=plot.marked("run")))
    words = plot.marked("doc")
    holder = world.officer(plot.city, Role.COORDINATOR)
    today = clock.today()
    plot.campaigns.append(
        campaigns.create(by=holder, name=words, legal_basis=words, since=today, until=today, checklists=[], counts=[])
    )


def _interview(world: World, plot: Plot) -> None:
    """Proposed by the plot's city, and its own affair until the notice is out."""
    holder = world.officer(plot.city, Role.COORDINATOR)
    addressee = addressees(plot.city).filter(division=plot.county).first()
    how = {"bureau": plot.city, "addressee": addressee, "cause": "other", "reason": plot.marked("doc")}
    plot.interviews.append(oversight.propose(by=holder, **how))


def _special(world: World, plot: Plot) -> None:
    """Proposed by the plot's city with a team of its own people, and their own affair until they enter."""
    holder, chief = (world.officer(plot.city, role) for role in (Role.COORDINATOR, Role.SUPERVISOR))
    members = [chief, world.officer(plot.city, Role.DISPATCHER)]
    addressee = addressees(plot.city).filter(division=plot.county).first()
    today, words = clock.today(), plot.marked("doc")
    plot.specials.append(
        inspecting.propose(
            by=holder, bureau=plot.city, addressee=addressee, name=words, scope=words, basis=words, since=today,
            until=today, leader=holder, members=members,
        )
    )  # fmt: skip


def _track(plot: Plot, minutes: int) -> bytes:
    """A track at 1 Hz; every plot's bytes are its own."""
    start = (clock.now() - timedelta(days=30)).replace(hour=1, minute=0, second=0, microsecond=0)
    # The plume comes from the plot's own site, in a breeze from the south.
    lines = ["时间,纬度,经度,速度(km/h),TVOC(ppb),风向(°),风速(m/s)"]
    for second in range(minutes * 60 + 240):
        moment = (start + timedelta(seconds=second, hours=8)).strftime("%Y-%m-%d %H:%M:%S")
        plume = sum(exp(-0.5 * ((second - at) / 10) ** 2) for at in (70, 310))
        value = 45 + second % 3 + round((1500 + sum(plot.name.encode())) * plume)
        lines.append(f"{moment},{plot.county.lat + second * 2e-5:.6f},{plot.county.lon:.6f},8,{value},180,3.0")
    return "\n".join(lines).encode()


def _seconded(world: World) -> None:
    """Three handlers of 尧都 seconded to 杏花岭: from tomorrow, today, until yesterday."""
    county = world.plots["tya"].county
    today = clock.today()
    for when, since, until in (
        ("before", today + timedelta(days=1), today + timedelta(days=9)),
        ("during", today - timedelta(days=1), today + timedelta(days=1)),
        ("after", today - timedelta(days=9), today - timedelta(days=1)),
    ):
        officer = world.officer(world.bureaus["lf"], Role.HANDLER, suffix=when)
        Secondment.objects.create(officer=officer, division=county, since=since, until=until, reason="交叉执法")


def _note_names(world: World) -> None:
    """Numbers, keys and digests by which a row might slip out."""
    for plot in world.plots.values():
        for issue in (*plot.issues, offers.of(plot).issue):
            plot.names[issue.number] = "issue"
        for kind, rows in (
            ("finding", plot.findings),
            ("draft", plot.drafts),
            ("run", plot.runs),
            ("run", plot.visits),
            ("doc", plot.campaigns),
            ("doc", plot.interviews),
            ("doc", plot.specials),
            ("spot", plot.spots),
            ("spot", [plot.location]),
            ("run", [plot.redrive]),
        ):
            plot.names.update({str(row.pk): kind for row in rows})
        plot.names.update({str(row.pk): "run" for row in (plot.log, *plot.filer.crew_members.all(), plot.task)})
        for run in plot.runs:
            plot.names[run.source_sha256] = plot.names[run.readings_key] = "run"
        for upload in plot.uploads:
            plot.names[str(upload.pk)] = plot.names[upload.sha256] = "upload"
        plot.names.update({str(arrival.pk): "upload" for arrival in plot.arrivals})
        drafts = {str(row.pk) for row in plot.drafts}
        for kept in plot.attachments():
            kind = "draft" if kept.subject_id in drafts else "file"
            plot.names.update({str(kept.pk): kind, kept.sha256: kind})
            if kept.thumbnail:
                plot.names[kept.thumbnail] = kind


def _photo(plot: Plot, number: str) -> SimpleUploadedFile:
    """A picture with the mark in its bytes (a JPEG comment) and its name."""
    kind = "draft" if number.startswith("draft") else "file"
    out = io.BytesIO()
    shade = sum(number.encode()) % 200
    Image.new("RGB", (40, 30), (shade, 90, 90)).save(out, "JPEG", comment=f"{plot.marked(kind)}{number}".encode())
    return SimpleUploadedFile(f"{plot.marked(kind)}.jpg", out.getvalue())


def _paper(plot: Plot) -> bytes:
    return b"%PDF-1.4\n% " + plot.marked("file").encode() + b"\n%%EOF\n"
