"""Promise: who files is told, while typing, what on file may be the same matter, and why; and nobody is told of more
than they may see."""

import base64
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageDraw

from enforcement.findings import actions, duplicates
from enforcement.findings.models import DuplicateRule, Finding
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from enforcement.timeline.attachments import attach
from enforcement.timeline.models import Event
from regions.models import Site
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, filed, handed, signed_in

pytestmark = pytest.mark.django_db
ALIKE, NEW = "/findings/alike/", "/findings/new/"
METRE = 1 / 111_000


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


@pytest.fixture(autouse=True)
def own_evidence(settings, tmp_path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }


def scene(quality: int = 90, side: int = 400) -> bytes:
    """A picture with something in it, saved one way or another."""
    drawn = Image.new("RGB", (400, 300), "#88aabb")
    pen = ImageDraw.Draw(drawn)
    for step in range(9):
        pen.rectangle((step * 41, 30 + step * 23, step * 41 + 60, 300), fill=(30 + step * 22, 200 - step * 17, 90))
    out = io.BytesIO()
    drawn.resize((side, side * 3 // 4)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def rule(**changes: object) -> None:
    """The one rule in force, of all sources."""
    DuplicateRule.objects.update(valid_to=clock.today())
    DuplicateRule.objects.create(name="试", valid_from=clock.today() - timedelta(days=9), basis="测试", **changes)


def whys(cast: casting.Cast, **shown: object) -> list[tuple[str, ...]]:
    """What a leader of the Taiyuan team is told of an observation."""
    sighting = duplicates.Sighting(**{"source": "patrol", "lon": HERE[0], "lat": HERE[1], **shown})
    return [hint.whys for hint in duplicates.hints_for(sighting, cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))]


def test_a_finding_with_the_same_place_and_words_is_shown_while_one_types(cast) -> None:
    other = filed(cast, "leader_review", title="胜利街涂装车间VOC高值")
    page = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR)).post(
        ALIKE,
        {"title": "涂装车间外VOC高值", "lon": "１１２．５８６３", "lat": HERE[1] + 80 * METRE, "source": "patrol"},
    )
    words = page.content.decode()
    assert page.status_code == 200
    assert other.title in words
    assert "相距80米、标题相近" in words
    assert 'name="same_as"' in words


def test_each_sign_is_looked_at_as_the_rule_of_the_source_says(cast) -> None:
    site = Site.objects.create(name="某涂装厂", division=cast.xinghualing.division, lon=HERE[0], lat=HERE[1])
    filed(cast, "leader_review", title="某涂装厂异味")
    Finding.objects.update(site=site)
    rule(signs=1, radius_m=200, text_percent=60)
    far = {"lat": HERE[1] + 900 * METRE, "title": "别的事"}
    assert whys(cast, **far) == []
    assert whys(cast, **far, site=site.pk) == [("同一企业或点位",)]
    assert whys(cast, title="", lat=HERE[1] + 190 * METRE) == [("相距190米",)]
    assert whys(cast, **{**far, "title": "涂装厂有异味"}) != []
    rule(signs=2, radius_m=200, text_percent=60)
    assert whys(cast, title="", lat=HERE[1] + 190 * METRE) == []
    assert whys(cast, title="", lat=HERE[1] + 190 * METRE, site=site.pk) == [("同一企业或点位", "相距190米")]
    rule(same_site=False, radius_m=0, text_percent=0)
    assert whys(cast, title="某涂装厂异味", site=site.pk) == []
    DuplicateRule.objects.update(valid_to=clock.today())
    assert whys(cast, site=site.pk) == []


def test_a_source_has_a_key_of_its_own(cast) -> None:
    filed(cast, "leader_review")
    assert [r.signs for r in (duplicates.rule_for("patrol"), duplicates.rule_for("emergency")) if r] == [2, 1]
    assert whys(cast, title="完全不同") == []
    assert whys(cast, title="完全不同", source="emergency") == [("相距0米",)]


def test_the_same_photo_is_found_byte_for_byte_and_saved_again(cast) -> None:
    rule(signs=4)
    other = filed(cast, "draft", title="甲")
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    kept = attach(other, SimpleUploadedFile("现场.jpg", scene(), content_type="image/jpeg"), by=inspector)
    actions.perform(other, "submit", by=inspector)
    assert whys(cast, title="", lon=None, lat=None, sha256=[kept.sha256]) == [("同一张照片",)]
    again = duplicates.dhash_in(["data:image/jpeg;base64," + base64.b64encode(scene(60, 240)).decode()])
    assert len(again) == 1
    assert whys(cast, title="", lon=None, lat=None, dhash=again) == [("照片看起来相同",)]
    assert duplicates.dhash_in(["data:image/jpeg;base64,/9j/", "%%%", "A" * 200_000, ""]) == []
    assert duplicates.sha256_in(["x", kept.sha256.upper(), kept.sha256]) == [kept.sha256]


def test_nobody_is_told_of_what_they_may_not_see(cast) -> None:
    filed(cast, "leader_review", title="涂装车间VOC高值")
    handed(cast, 1, title="涂装车间VOC高值")
    sighting = {"title": "涂装车间VOC高值", "lon": HERE[0], "lat": HERE[1], "source": "patrol"}
    stranger = signed_in(cast.officer(cast.yaodu, Role.INSPECTOR))
    assert "涂装车间" not in stranger.post(ALIKE, sighting).content.decode()
    assert stranger.get("/api/v1/findings/alike/", sighting).json() == {"results": []}
    Finding.objects.update(state="draft")
    told = (
        signed_in(cast.officer(cast.province, Role.INSPECTOR))
        .get("/api/v1/findings/alike/", sighting)
        .json()["results"]
    )
    assert [row["kind"] for row in told] == ["issue"]


def test_the_filer_says_which_issue_it_is_and_the_dispatcher_joins_it_with_one_press(cast) -> None:
    (issue,) = handed(cast, 1)
    inspector = cast.officer(cast.province, Role.INSPECTOR)
    client = signed_in(inspector)
    entered = {
        "title": issue.title, "lon": HERE[0], "lat": HERE[1], "source": "patrol", "severity": "general",
        "occurred_at": clock.now().astimezone(clock.BEIJING).strftime("%Y-%m-%dT%H:%M"), "filer": cast.province.pk,
        "receiver": cast.province.pk, "submit": "1",
    }  # fmt: skip
    assert client.post(NEW, {**entered, "same_as": "SX-2019-ZH-99999"}).status_code == 400
    assert not Finding.objects.exists()
    client.post(NEW, {**entered, "same_as": issue.number})
    finding = Finding.objects.get()
    assert finding.same_as == issue
    assert Event.objects.get(kind="filed").payload["same_as"] == issue.number
    actions.perform(finding, "confirm", by=cast.officer(cast.province, Role.TEAM_LEADER))
    dispatcher = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    page = dispatcher.get(finding.get_absolute_url()).content.decode()
    assert "填报人认为是同一问题" in page
    assert f"并入 {issue.number}" in page
    finding.refresh_from_db()
    act = reverse("findings:act", args=[finding.pk, "join"])
    dispatcher.post(act, {"version": finding.version, "issue": issue.number})
    finding.refresh_from_db()
    assert (finding.state, finding.issue) == ("joined", issue)
    assert Issue.objects.count() == 1


def test_the_api_tells_the_same(cast) -> None:
    (issue,) = handed(cast, 1)
    finding = filed(cast, "leader_review", title=issue.title)
    leader = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    told = leader.get(f"/api/v1/findings/{finding.pk}/alike/").json()["results"]
    assert [(row["kind"], row["key"], row["metres"]) for row in told] == [("issue", issue.number, 0)]
    asked = leader.get("/api/v1/findings/alike/", {"title": issue.title, "lon": "112.5863", "lat": "37.8937"}).json()
    assert {row["key"] for row in asked["results"]} == {issue.number, str(finding.pk)}
    for wrong in ({"lon": "nan"}, {"lon": "x"}, {"site": "1.5"}, {"source": "rumour"}, {"place": "1"}):
        assert leader.get("/api/v1/findings/alike/", wrong).status_code == 400
