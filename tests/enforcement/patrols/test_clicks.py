"""From a run's page to a finding in two clicks, without typing; the photos it gets are seen on the run's page again.

Four eyes stand before the issue: the leader confirms and the dispatcher hands off, each on their own pages.
"""

import io
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document

from enforcement.findings.models import Finding
from enforcement.patrols import actions
from enforcement.timeline.attachments import attach
from regions.roles import Role
from tests.enforcement.timeline.test_attachments import photo

from .test_ground import client


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    form = page[page.index('<form class="form"') :]
    form = form[: form.index("</form>")]
    sent = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form))
    sent |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\s*([^<]*)</textarea>', form))
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
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


def test_the_photos_of_its_findings_stand_on_the_runs_page_and_in_its_report(run, inspector, cast):
    spot = run.hot_spots.first()
    finding = actions.promote(spot, by=inspector, title="厂界高值").finding
    attach(finding, SimpleUploadedFile("现场.jpg", photo(), content_type="image/jpeg"), by=inspector)
    shown = client(inspector).get(run.get_absolute_url()).content.decode()
    assert "/thumbnail/" in shown
    letter = Document(io.BytesIO(client(inspector).get(f"/patrols/{run.pk}/report.docx").content))
    assert len(letter.inline_shapes) == 3, "map, series, photo"
    # Who sees the run but not the draft finding sees no photo of it.
    other = client(cast.officer(cast.taiyuan, Role.COORDINATOR)).get(run.get_absolute_url()).content.decode()
    assert "/thumbnail/" not in other
