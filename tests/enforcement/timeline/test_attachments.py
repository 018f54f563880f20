"""Promise: evidence is what it says it is, kept byte for byte, and shown only to those who may see its subject."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from enforcement.timeline.attachments import attach
from enforcement.timeline.evidence import store
from regions.errors import Invalid, Refused
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.test_chain import issue_to

pytestmark = pytest.mark.django_db


def photo(size: tuple[int, int] = (80, 60), kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (90, 120, 120)).save(out, kind)
    return out.getvalue()


@pytest.fixture(autouse=True)
def evidence_folder(tmp_path: Any, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }


def test_a_photo_is_kept_byte_for_byte_and_seen_by_parties_only() -> None:
    cast = casting.make()
    issue = issue_to(cast)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    content = photo()
    kept = attach(issue, SimpleUploadedFile("../../整改 后\x00.exe", content), by=handler, label="整改后")
    assert store().take(kept.sha256) == content
    assert kept.name.endswith(".jpg")
    assert "/" not in kept.name
    client = Client()
    url = reverse("timeline:download", args=[kept.pk])
    assert client.get(url).status_code == 302
    client.force_login(handler)
    answer = client.get(url)
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    small = client.get(reverse("timeline:thumbnail", args=[kept.pk]))
    assert small.status_code == 200
    client.force_login(cast.officer(cast.yaodu, Role.HANDLER))
    assert client.get(url).status_code == 404
    with pytest.raises(Refused):
        attach(issue, SimpleUploadedFile("a.jpg", photo((70, 50))), by=cast.officer(cast.yaodu, Role.HANDLER))
    with pytest.raises(Invalid, match="已经上传"):
        attach(issue, SimpleUploadedFile("b.jpg", content), by=handler)


HOSTILE = {
    "empty": b"",
    "script": b"<script>alert(1)</script>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "html as jpg": b"<html><body>GIF89a</body></html>",
    "truncated jpeg": photo()[:200],
    "jpeg header only": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "zip": b"PK\x03\x04" + bytes(100),
    "exe": b"MZ" + bytes(200),
    "gif": b"GIF89a" + bytes(50),
    "png that isn't": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "nul": bytes(5000),
    "tiff": b"II*\x00" + bytes(100),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_evidence_is_refused_with_a_sentence(name: str) -> None:
    cast = casting.make()
    issue = issue_to(cast)
    with pytest.raises(Invalid) as refusal:
        attach(issue, SimpleUploadedFile("x.jpg", HOSTILE[name]), by=cast.officer(cast.xinghualing, Role.HANDLER))
    assert "。" in str(refusal.value)


def test_a_picture_with_too_many_pixels_is_refused() -> None:
    cast = casting.make()
    issue = issue_to(cast)
    bomb = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
    with pytest.raises(Invalid, match="像素"):
        attach(issue, SimpleUploadedFile("x.png", bomb.getvalue()), by=cast.officer(cast.xinghualing, Role.HANDLER))
