"""Promise: a photo used twice is found, whatever was done to it on the way, and other photos are left in peace."""

import io
from typing import Any

import numpy
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageEnhance

from enforcement.timeline import likeness
from enforcement.timeline.attachments import attach, inspect
from enforcement.timeline.models import Attachment, Likeness
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.test_chain import issue_to

#: Bits within which two pictures are taken for one (the default of the dated rule).
NEAR = 10


def scene(seed: int, size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A picture with the coarse structure of a photo: soft fields of light at three scales, and grain."""
    rng = numpy.random.default_rng(seed)
    whole = numpy.zeros((size[1], size[0]))
    for cells, weight in ((4, 0.5), (9, 0.3), (24, 0.15)):
        field = Image.fromarray(rng.integers(0, 255, (cells, cells), dtype=numpy.uint8)).resize(size, Image.BICUBIC)
        whole += weight * numpy.asarray(field, dtype=float)
    whole += rng.normal(0, 4, whole.shape)
    return Image.fromarray(whole.clip(0, 255).astype(numpy.uint8)).convert("RGB")


def saved(picture: Image.Image, kind: str = "JPEG", **how: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def tampered(picture: Image.Image, place: int) -> bytes:
    """The same photo as it comes back: squeezed, made smaller, brighter, dimmer, or as another kind of file."""
    ways = (
        lambda: saved(picture, quality=35),
        lambda: saved(picture.resize((250, 188)), quality=60),
        lambda: saved(ImageEnhance.Brightness(picture).enhance(1.15), quality=80),
        lambda: saved(ImageEnhance.Contrast(picture).enhance(0.85), quality=70),
        lambda: saved(picture, "PNG"),
    )
    return ways[place % len(ways)]()


def test_a_hundred_reused_photos_are_found_and_at_most_one_other_in_a_hundred_is_suspected() -> None:
    first = [likeness.hash_of(scene(seed)) for seed in range(100)]
    again = [inspect(tampered(scene(seed), seed)).dhash for seed in range(100)]
    others = [likeness.hash_of(scene(1000 + seed)) for seed in range(100)]

    def differing(one: str, other: str) -> int:
        return (int(one, 16) ^ int(other, 16)).bit_count()

    assert all(differing(a, b) <= NEAR for a, b in zip(first, again, strict=True))
    suspected = sum(any(differing(a, b) <= NEAR for a in first) for b in others)
    assert suspected <= 1


def test_hashes_within_reach_always_share_a_piece() -> None:
    rng = numpy.random.default_rng(4)
    for _round in range(300):
        value = int.from_bytes(rng.bytes(16), "big")
        flipped = value
        for bit in rng.choice(likeness.BITS, likeness.REACH, replace=False):
            flipped ^= 1 << int(bit)
        assert set(likeness.bands_of(f"{value:032x}")) & set(likeness.bands_of(f"{flipped:032x}"))
    pieces = likeness.bands_of("f" * 32)
    assert sum((piece & 0xFFFF).bit_count() for piece in pieces) == likeness.BITS  # no bit is left out


@pytest.fixture
def evidence_folder(tmp_path: Any, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("evidence_folder")
def test_a_photo_of_one_issue_is_found_again_on_another() -> None:
    cast = casting.make()
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    one, two = issue_to(cast), issue_to(cast)

    def add(issue: Any, content: bytes) -> Attachment:
        return attach(issue, SimpleUploadedFile("p", content), by=handler, role="after")

    original = add(one, saved(scene(7)))
    squeezed, other = add(two, tampered(scene(7), 1)), add(two, saved(scene(8)))
    copy = add(two, saved(scene(7)))
    found = {alike.attachment: alike.exact for alike in likeness.alike(original, bits=NEAR)}
    assert found == {squeezed: False, copy: True}
    assert likeness.alike(other, bits=NEAR) == []
    assert original.role == "after"
    plain = add(one, saved(Image.new("RGB", (80, 60), (90, 120, 120))))
    assert Likeness.objects.get(attachment=plain).bands == []  # one colour is like nothing
