"""Promise: photos and papers are added over the API under the limits of the pages: all files of a request, or none."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from enforcement.findings.models import Finding, FindingVersion
from enforcement.timeline import attachments
from enforcement.timeline.evidence import store
from enforcement.timeline.models import Attachment, Event
from regions.models import Site
from regions.roles import Role
from tests.enforcement.api.calling import CLIENT, Caller, address, caller, issue_to
from tests.enforcement.api.test_findings import filing
from tests.enforcement.api.test_statements import at_most
from tests.hostile.test_uploads import NAMES, NO_EVIDENCE
from tests.scenarios.cast import Cast

pytestmark = pytest.mark.django_db


def photo(shade: int = 1, name: str = "现场.jpg") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, 2, 3)).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def send(who: Caller, path: str, *files: Any, key: str = "", **fields: Any) -> Any:
    headers = who.headers() | ({"Idempotency-Key": key} if key else {})
    return CLIENT.post(address(path), {"files": list(files), **fields}, headers=headers)


@pytest.fixture
def draft(cast: Cast, inspector: Caller) -> str:
    made = inspector.post("findings/", filing(cast)).json()
    return f"findings/{made['id']}/"


# --- evidence ---------------------------------------------------------------------------------------------------


def test_photos_of_a_finding_are_kept_shown_and_fetched(inspector: Caller, dispatcher: Caller, draft: str) -> None:
    with at_most(15):
        answer = send(inspector, draft + "attachments/", photo(), label="现场")
    assert answer.status_code == 201, answer.content.decode()
    (kept,) = answer.json()["attachments"]
    assert (kept["name"], kept["media_type"], kept["label"]) == ("现场.jpg", "image/jpeg", "现场")
    assert inspector.get(draft).json()["attachments"] == [kept]
    fetched = CLIENT.get(kept["url"], headers=inspector.headers())
    assert fetched.status_code in {200, 302}  # the route is the pages' own: it takes their session
    CLIENT.force_login(inspector.officer)
    assert CLIENT.get(kept["url"])["X-Content-Type-Options"] == "nosniff"
    CLIENT.force_login(dispatcher.officer)
    assert CLIENT.get(kept["url"]).status_code == 404  # a draft is the filing bureau's own
    CLIENT.logout()


def test_feedback_gets_its_photos(cast: Cast, handler: Caller) -> None:
    issue = issue_to(cast)
    handler.post(f"issues/{issue.number}/actions/acknowledge/")
    handler.post(f"issues/{issue.number}/actions/submit_feedback/", {"verdict": "true", "measures": "已更换"})
    with at_most(20):
        answer = send(handler, f"issues/{issue.number}/attachments/", photo(1), photo(2), label="整改后")
    assert answer.status_code == 201, answer.content.decode()
    assert len(handler.get(f"issues/{issue.number}/").json()["attachments"]) == 2
    kinds = Event.objects.filter(subject_type="issue", subject_id=str(issue.pk)).values_list("kind", flat=True)
    assert list(kinds)[-3:] == ["feedback_submitted", "attached", "attached"]


def test_the_same_key_keeps_a_file_once(inspector: Caller, draft: str) -> None:
    first = send(inspector, draft + "attachments/", photo(), key="k1")
    again = send(inspector, draft + "attachments/", photo(), key="k1")
    assert (first.status_code, first.content) == (201, again.content)
    assert Attachment.objects.count() == 1
    assert send(inspector, draft + "attachments/", photo(2), key="k1").status_code == 422
    assert send(inspector, draft + "attachments/", photo(), key="k2").status_code == 400  # it is there already


def test_one_bad_file_and_none_is_kept(inspector: Caller, draft: str) -> None:
    before = _stored()
    bad = SimpleUploadedFile("合同.docx", NO_EVIDENCE["office"])
    answer = send(inspector, draft + "attachments/", photo(77), bad, SimpleUploadedFile("空.jpg", b"x"))
    assert answer.status_code == 400
    assert [sentence.split("”")[0] for sentence in answer.json()["errors"]["files"]] == ["“合同.docx", "“空.jpg"]
    twin = send(inspector, draft + "attachments/", photo(78), photo(78, "又一张.jpg"))
    assert twin.status_code == 400
    assert not Attachment.objects.exists()
    assert _stored() == before, "nothing half-stored"


def _stored() -> set[str]:
    return {path.name for path in Path(store().location).rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", NO_EVIDENCE)
def test_what_is_no_evidence_is_refused_with_a_sentence(inspector: Caller, draft: str, name: str) -> None:
    answer = send(inspector, draft + "attachments/", SimpleUploadedFile("照片.jpg", NO_EVIDENCE[name]))
    assert answer.status_code == 400, answer.content.decode()
    assert "files" in str(answer.json()["errors"]) or answer.json()["errors"]
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("name", [name for name in NAMES if name.strip()])
def test_names_are_made_harmless(inspector: Caller, draft: str, name: str) -> None:
    upload = photo()
    body = (
        b"--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" + name.encode() + b"\"\r\n"
        b"Content-Type: image/jpeg\r\n\r\n" + upload.read() + b"\r\n--x--\r\n"
    )  # fmt: skip
    answer = CLIENT.post(
        address(draft + "attachments/"),
        body,
        content_type="multipart/form-data; boundary=x",
        headers=inspector.headers(),
    )
    assert answer.status_code in {201, 400}, answer.content.decode()
    if answer.status_code == 201:
        kept = answer.json()["attachments"][0]["name"]
        assert kept.endswith(".jpg")
        assert not set("/\\<>;\r\n\x00") & set(kept)


ENVELOPES: dict[str, tuple[bytes, str, set[int]]] = {
    "json": (b'{"files": []}', "application/json", {415}),
    "nothing": (b"", "multipart/form-data; boundary=x", {400}),
    "no boundary": (b"--x\r\n\r\n", "multipart/form-data", {400}),
    "not multipart inside": (b"hello", "multipart/form-data; boundary=x", {400}),
    "cut": (b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n\xff', "multipart/form-data; boundary=x", {400}),
    "words for a file": (b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\nabc\r\n--x--\r\n', "multipart/form-data; boundary=x", {400}),
    "surplus field": (b'--x\r\nContent-Disposition: form-data; name="issue"\r\n\r\nabc\r\n--x--\r\n', "multipart/form-data; boundary=x", {400}),
    "a hundred fields more": (b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\nabc\r\n' * 600 + b"--x--\r\n", "multipart/form-data; boundary=x", {400, 413}),
    "two hundred files": (b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\nabc\r\n' * 200 + b"--x--\r\n", "multipart/form-data; boundary=x", {400}),
    "text": (b"x", "text/plain", {415}),
}  # fmt: skip


@pytest.mark.parametrize("name", ENVELOPES)
def test_broken_envelopes_get_a_sentence(inspector: Caller, draft: str, name: str) -> None:
    body, kind, right = ENVELOPES[name]
    answer = CLIENT.post(address(draft + "attachments/"), body, content_type=kind, headers=inspector.headers())
    assert answer.status_code in right, answer.content.decode()
    told = answer.json()
    words = str(told.get("errors") or told["detail"])
    assert any("\u4e00" <= character <= "\u9fff" for character in words), words


def test_more_than_the_limits_is_refused(inspector: Caller, draft: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ten = send(inspector, draft + "attachments/", *(photo(n) for n in range(10)))
    assert ten.status_code == 400
    assert "9" in str(ten.json()["errors"]["files"])
    url, headers = address(draft + "attachments/"), inspector.headers()
    heavy = CLIENT.post(
        url, b"x", content_type="multipart/form-data; boundary=x", headers=headers, CONTENT_LENGTH=str(300 * 2**20)
    )
    assert heavy.status_code == 413
    assert "120 MB" in heavy.json()["detail"]
    monkeypatch.setattr(attachments, "MAX_PER_SUBJECT", 2)
    assert send(inspector, draft + "attachments/", photo(1), photo(2), photo(3)).status_code == 400
    assert not Attachment.objects.exists()
    long = send(inspector, draft + "attachments/", photo(), label="说" * 21)
    assert "label" in long.json()["errors"]


def test_only_its_bureau_adds_and_strangers_find_nothing(
    cast: Cast, inspector: Caller, handler: Caller, dispatcher: Caller, draft: str
) -> None:
    assert send(handler, draft + "attachments/", photo()).status_code == 404
    inspector.post(draft + "actions/submit/")
    assert send(dispatcher, draft + "attachments/", photo()).status_code == 403
    caller(cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)).post(draft + "actions/confirm/")
    late = send(inspector, draft + "attachments/", photo())
    assert late.status_code == 403
    assert "已确认" in late.json()["detail"]


# --- corrections ------------------------------------------------------------------------------------------------


def test_a_correction_is_a_new_version(cast: Cast, inspector: Caller, draft: str) -> None:
    site = Site.objects.create(name="太原某厂", division=cast.xinghualing.division, lon=112.58, lat=37.89)
    change = {"version": 1, "title": "改后的标题", "lon": 112.5, "lat": 37.85, "site": site.pk}
    with at_most(15):
        answer = inspector.post(draft + "corrections/", change, key="c1")
    assert answer.status_code == 201, answer.content.decode()
    assert (answer.json()["version"], answer.json()["title"]) == (2, "改后的标题")
    assert inspector.post(draft + "corrections/", change, key="c1").content == answer.content
    shown = inspector.get(draft).json()
    assert (shown["version"], shown["site"]) == (2, site.pk)
    assert [(old["version"], old["title"]) for old in shown["versions"]] == [(1, "某涂装车间外VOC高值")]
    assert shown["versions"][0]["superseded_by"] == inspector.officer.name
    assert inspector.post(draft + "corrections/", {"version": 2, "site": None}).status_code == 201
    assert Finding.objects.get().site is None


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "version"),
        ({"version": 1}, 400, "non_field_errors"),
        ({"title": "没有版本"}, 400, "version"),
        ({"version": 1, "title": ""}, 400, "title"),
        ({"version": 1, "title": "题" * 121}, 400, "title"),
        ({"version": 1, "lon": 37.89, "lat": 112.58}, 400, "lat"),
        ({"version": 1, "lon": 37.8, "lat": 80}, 400, "lon"),
        ({"version": 1, "occurred_at": "2999-01-01T00:00:00+08:00"}, 400, "occurred_at"),
        ({"version": 1, "occurred_at": "2021-02-30T00:00:00+08:00"}, 400, "occurred_at"),
        ({"version": 1, "site": 999_999}, 400, "site"),
        ({"version": 1, "receiver": 1}, 400, "receiver"),
        ({"version": 1, "state": "confirmed"}, 400, "state"),
        ({"version": "1", "title": "x"}, 400, "version"),
        ({"version": 7, "title": "x"}, 409, ""),
    ],
)
def test_a_wrong_correction_changes_nothing(
    inspector: Caller, draft: str, body: dict[str, Any], status: int, field: str
) -> None:
    answer = inspector.post(draft + "corrections/", body)
    assert answer.status_code == status, answer.content.decode()
    assert not field or field in answer.json()["errors"]
    assert Finding.objects.get().version == 1
    assert not FindingVersion.objects.exists()


def test_what_was_submitted_is_not_corrected(inspector: Caller, handler: Caller, draft: str) -> None:
    assert handler.post(draft + "corrections/", {"version": 1, "title": "x"}).status_code == 404
    inspector.post(draft + "actions/submit/")
    late = inspector.post(draft + "corrections/", {"version": 2, "title": "x"})
    assert late.status_code == 409
    assert "已提交" in late.json()["detail"]
