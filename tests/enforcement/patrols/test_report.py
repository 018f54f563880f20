"""The report of a run holds what domain practice asks for, as PDF and as DOCX, for those who may see the run."""

import io
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from docx import Document
from pypdf import PdfReader

from enforcement.issues.actions import exporting
from enforcement.issues.models import Export, Stage
from enforcement.papers.docx import as_docx
from enforcement.patrols import actions
from enforcement.patrols.report import STEPS, rank, report_of
from enforcement.patrols.report_kind import KIND
from enforcement.patrols.tracks.codec import StoredColumn
from enforcement.patrols.tracks.species import Stretch, top_species
from enforcement.patrols.tracks.wind import arrows, mean_wind
from enforcement.timeline.models import Event
from regions.errors import Conflict, Invalid
from regions.models import Posting, Site
from regions.roles import Role
from tests.scenarios.cast import SINCE

from .conftest import reported


def fetched(officer, run, kind: str) -> bytes:
    made = reported(officer, run, kind)
    if folder := os.environ.get("LIANKONG_PICTURES"):
        (Path(folder) / f"report.{kind}").write_bytes(made)
    return made


def words(docx: bytes) -> str:
    letter = Document(io.BytesIO(docx))
    cells = [cell.text for table in letter.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(line.text for line in letter.paragraphs), *cells])


def test_the_docx_holds_what_the_practice_asks_for(run, inspector):
    data = fetched(inspector, run, "docx")
    told = words(data)
    for part in ("任务与区域", "走航浓度图", "热点排序", "浓度时间序列", "现场照片", "疑似来源", "处置建议", "数据质量",
                 "依据与截止时间"):  # fmt: skip
        assert part in told
    spot = rank(list(run.hot_spots.all()))[0]
    for fact in (
        "杏花岭环线",
        f"{run.km:.1f} 公里",
        f"{spot.peak:.4g}",
        f"{spot.lon:.5f}",
        str(spot.rule),
        run.readings_key[:32],
        "ppb",
    ):
        assert fact in told
    assert len(Document(io.BytesIO(data)).inline_shapes) == 3, "the map, the series and the sectors"
    assert "建议停车复测" in told


def test_the_pdf_says_on_every_page_that_its_rows_are_synthetic(run, inspector):
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(fetched(inspector, run, "pdf"))).pages]
    assert pages
    assert all("合成演示数据" in text and "截至 2021-07-05" in text for text in pages)


def test_a_real_run_is_not_called_synthetic(run, inspector):
    run.synthetic = False
    assert "合成演示数据" not in words(as_docx(report_of(run, inspector)))


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_strangers_and_other_kinds_find_nothing(run, cast, inspector, kind):
    stranger = Client()
    stranger.force_login(cast.officer(cast.linfen, Role.HANDLER))
    assert stranger.post(f"/patrols/{run.pk}/report/", {"format": kind}).status_code == 404
    own = Client()
    own.force_login(inspector)
    refused = own.post(f"/patrols/{run.pk}/report/", {"format": "exe"}, follow=True)
    assert "没有这种格式" in refused.content.decode()
    assert own.post(f"/patrols/{run.pk}/report/", {"format": "csv"}).url == run.get_absolute_url()
    assert not Export.objects.exists()
    with pytest.raises(Invalid, match="没有这次走航"):
        exporting.ask(cast.officer(cast.linfen, Role.HANDLER), KIND.name, kind, {"run": str(run.pk)})


def test_a_report_is_made_while_one_goes_on_and_holds_what_was_seen_when_asking(cast, run, inspector):
    spot = run.hot_spots.first()
    actions.promote(spot, by=inspector, title="金丝雀", site=place_at(spot))
    coordinator = cast.officer(cast.taiyuan, Role.COORDINATOR)
    page = Client(headers={"HX-Request": "true"})
    page.force_login(coordinator)
    begun = page.post(f"/patrols/{run.pk}/report/", {"format": "docx"}).content.decode()
    export = Export.objects.get()
    assert f"/issues/exports/{export.pk}/progress/?here=1" in begun
    # Between asking and making the officer is posted where the finding is.
    Posting.objects.create(officer=coordinator, bureau=cast.taiyuan_team, role=Role.TEAM_LEADER, since=SINCE)
    exporting.DESK.work(str(export.pk))
    export.refresh_from_db()
    assert (export.stage, export.done, export.total) == (Stage.DONE, STEPS + 1, STEPS + 1)
    done = page.get(f"/issues/exports/{export.pk}/progress/?here=1").content.decode()
    assert f'data-download="/issues/exports/{export.pk}/file/"' in done
    assert "金丝雀" not in words(exporting.kept_files().take(export.sha256))
    listed = page.get("/issues/exports/").content.decode()
    assert "走航监测报告 · Word（DOCX）" in listed
    assert "杏花岭环线" in listed
    assert Event.objects.get(kind="exported").payload["sha256"] == export.sha256
    other = Client()
    other.force_login(inspector)
    assert other.get(f"/issues/exports/{export.pk}/file/").status_code == 404, "everybody's own"
    assert "金丝雀" in words(fetched(inspector, run, "docx"))
    for _ in range(3):
        exporting.ask(inspector, KIND.name, "pdf", {"run": str(run.pk)})
    with pytest.raises(Conflict, match="排队"):
        exporting.ask(inspector, KIND.name, "pdf", {"run": str(run.pk)})


def place_at(spot) -> Site:
    return Site.objects.create(name="金丝雀厂", division=spot.division, lon=spot.lon, lat=spot.lat, industry="涂装")


def test_lost_readings_are_a_sentence_and_the_rest_still_stands(run, inspector):
    run.readings_key = "0" * 64
    told = words(as_docx(report_of(run, inspector)))
    assert "不在证据库中" in told
    assert "热点排序" in told


def test_the_species_that_rose_most_comes_first(run):
    readings = actions.readings_of(run)
    spot = rank(list(run.hot_spots.all()))[0]
    stretch = Stretch(spot.first_index, spot.last_index, "tvoc")
    found, beyond = top_species(readings, [stretch, Stretch(0, len(readings), "tvoc")])
    assert found
    assert beyond == [], "readings that are no longer there rose by nothing"
    assert [one.excess for one in found] == sorted((one.excess for one in found), reverse=True)
    values = readings.value("苯").copy()
    values[spot.first_index : spot.last_index + 1] += 10_000
    at = [one.name for one in readings.channels].index("苯")
    changed = replace(readings, values=tuple(values if n == at else one for n, one in enumerate(readings.values)))
    assert top_species(changed, [stretch])[0][0].name == "苯"


def test_every_species_is_unpacked_once_however_many_hot_spots_ask(run, monkeypatch):
    readings, opened, unpacked = actions.readings_of(run), [], StoredColumn.unpacked
    monkeypatch.setattr(StoredColumn, "unpacked", lambda column: opened.append(column) or unpacked(column))
    top_species(readings, [Stretch(first, first + 30, "tvoc") for first in range(0, 300, 50)])
    assert 0 < len(opened) <= len(readings.measured())


def test_north_winds_from_either_side_have_a_northern_mean(run):
    readings = actions.readings_of(run)
    names = [one.role for one in readings.channels]
    values = list(readings.values)
    values[names.index("wind_from")] = np.where(np.arange(len(readings)) % 2, 350.0, 10.0)
    values[names.index("wind_speed")] = np.full(len(readings), 2.0)
    wind = mean_wind(replace(readings, values=tuple(values)))
    assert wind is not None
    assert min(wind.from_deg, 360 - wind.from_deg) < 0.5
    assert wind.speed == pytest.approx(2)
    assert 1 < len(arrows(readings)) <= 60
    assert mean_wind(replace(readings, channels=readings.channels[:1], values=readings.values[:1])) is None
