"""From a run's page to a handed-off issue in three clicks, without typing, by two people: who files doesn't confirm.

The photos a finding gets are seen on the run's page again.
"""

import io
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document

from enforcement.findings.models import Finding
from enforcement.patrols import actions
from enforcement.timeline.attachments import attach
from enforcement.timeline.models import Event
from enforcement.timeline.verification import verify
from regions.models import Posting
from regions.roles import Role
from tests.enforcement.timeline.test_attachments import photo
from tests.scenarios.cast import SINCE

from .conftest import reported
from .test_ground import client


def fields_of(page: str, begins: str = '<form class="form"') -> dict[str, str]:
    """What a browser would send of the form as it stands, ticks left out."""
    form = page[page.index(begins) :]
    form = form[: form.index("</form>")]
    sent = dict(re.findall(r'<input[^>]*name="([\w-]+)"[^>]*value="([^"]*)"', form))
    sent |= dict(re.findall(r'<textarea[^>]*name="([\w-]+)"[^>]*>\s*([^<]*)</textarea>', form))
    for name, options in re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected', options) or re.findall(r'value="([^"]*)"', options)
        sent[name] = chosen[0]
    return sent


def test_two_clicks_make_a_finding_of_the_rules_own_words(run, inspector, leader, cast):
    own = client(inspector)
    shown = own.get(run.get_absolute_url()).content.decode()
    first = re.findall(r'href="(/patrols/hot-spots/[^"]+/actions/promote/)"', shown)[0]
    form = own.get(first).content.decode()
    answer = own.post(first, fields_of(form))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    finding = Finding.objects.get()
    assert answer.url == finding.get_absolute_url()
    again = own.get(run.get_absolute_url()).content.decode()
    assert first not in again, "what was made a finding isn't offered again"
    other = client(cast.officer(cast.taiyuan, Role.COORDINATOR)).get(run.get_absolute_url()).content.decode()
    assert "/actions/promote/" not in other


def test_three_clicks_hand_a_hot_spot_off_and_who_filed_it_never_confirms_it(run, inspector, leader, cast):
    own = client(inspector)
    shown = own.get(run.get_absolute_url()).content.decode()
    sent = {**fields_of(shown, '<form class="form form--close"'), "submit": "on"}
    first = re.findall(r'action="(/patrols/hot-spots/[^"]+/actions/promote/)"', shown)[0]
    assert own.post(first, sent).url == f"{run.get_absolute_url()}#chosen"
    finding = Finding.objects.get()
    assert finding.state == "leader_review"
    # Whoever filed it may hold every post there is.
    for officer, bureau, role in ((inspector, cast.taiyuan_team, Role.TEAM_LEADER), (inspector, cast.taiyuan, Role.DISPATCHER),
                                  (leader, cast.taiyuan, Role.DISPATCHER)):  # fmt: skip
        Posting.objects.create(officer=officer, bureau=bureau, role=role, since=SINCE)
    handing = f"/findings/hand-off/?selected={finding.pk}&amp;preview=1"
    assert handing not in client(inspector).get(f"{run.get_absolute_url()}?spot={first_of(finding)}").content.decode()
    item = {"finding": str(finding.pk), "bureau": cast.xinghualing.pk}
    for officer, confirms, words in ((inspector, True, "填报人不能确认"), (leader, False, "待组长审核")):
        sent = {"bureau": cast.taiyuan.pk, "items": [{**item, "confirms": confirms}]}
        answer = client(officer).post("/api/v1/handoffs/", sent, content_type="application/json")
        assert answer.status_code == (403 if confirms else 409)
        assert words in answer.content.decode()
    both = client(leader)
    assert handing in both.get(run.get_absolute_url()).content.decode()
    page = both.get(handing.replace("&amp;", "&")).content.decode()
    assert "尚未审核" in page
    assert finding.description.splitlines()[0] in page
    filled = {**fields_of(page, '<form class="stack"'), "step": "issue"}
    assert both.post("/findings/hand-off/", {**filled, "i0-confirms": "0"}).status_code == 409
    assert both.post("/findings/hand-off/", filled).status_code == 302
    finding.refresh_from_db()
    assert (finding.state, finding.confirmed_by, finding.issue.state) == ("promoted", leader, "issued")
    told = Event.objects.filter(subject_type="finding", subject_id=str(finding.pk)).order_by("seq")
    assert [one.kind for one in told] == ["filed", "submitted", "confirmed", "promoted"]
    assert list(verify()) == []


def first_of(finding: Finding) -> int:
    return finding.hot_spot.number


def test_the_photos_of_its_findings_stand_on_the_runs_page_and_in_its_report(run, inspector, cast):
    spot = run.hot_spots.first()
    finding = actions.promote(spot, by=inspector, title="厂界高值").finding
    attach(finding, SimpleUploadedFile("现场.jpg", photo(), content_type="image/jpeg"), by=inspector)
    shown = client(inspector).get(run.get_absolute_url()).content.decode()
    assert "/thumbnail/" in shown
    letter = Document(io.BytesIO(reported(inspector, run)))
    assert len(letter.inline_shapes) == 4, "map, series, photo, sectors"
    # Who sees the run but not the draft finding sees no photo of it.
    other = client(cast.officer(cast.taiyuan, Role.COORDINATOR)).get(run.get_absolute_url()).content.decode()
    assert "/thumbnail/" not in other
