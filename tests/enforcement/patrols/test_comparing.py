"""Two to four runs side by side: one scale, one frame, the same axes; and a sentence when they can't be compared."""

import re

from regions.roles import Role

from .test_ground import client


def test_two_runs_share_scale_frame_and_axes(run, second, inspector):
    shown = client(inspector).get(f"/patrols/compare/?run={run.pk}&run={second.pk}").content.decode()
    boxes = re.findall(r'class="county-map" viewBox="([^"]+)"', shown)
    assert len(boxes) == 2
    assert len(set(boxes)) == 1
    plots = re.findall(r'data-first="(\d+)" data-last="(\d+)"', shown)
    assert len({int(last) - int(first) for first, last in plots}) == 1
    areas = re.findall(r'class="county-map".*?</svg>', shown, re.S)
    outlines = [re.findall(r'class="area area--0"[^>]* d="([^"]{20,80})', area) for area in areas]
    assert outlines[0] == outlines[1], "the same ground under both"
    assert "P95" in shown


def test_one_run_five_runs_and_strangers_runs_are_a_sentence(run, inspector, cast):
    own = client(inspector)
    assert "请选择 2 至 4 次走航" in own.get(f"/patrols/compare/?run={run.pk}").content.decode()
    assert own.get("/patrols/compare/?run=x&run=' OR 1").status_code == 200
    assert own.get("/patrols/compare/").status_code == 200
    stranger = client(cast.officer(cast.linfen, Role.HANDLER))
    assert run.title not in stranger.get(f"/patrols/compare/?run={run.pk}&run={run.pk}").content.decode()
