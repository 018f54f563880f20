"""Evidence files: checked by content, limited in size, kept under their SHA-256, tied to a subject by an event."""

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

import puremagic
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps

from enforcement.timeline import clock, likeness, subjects
from enforcement.timeline.actions import record, subject_type
from enforcement.timeline.evidence import store
from enforcement.timeline.models import Attachment
from regions.errors import Invalid, Refused
from regions.models import Officer

MEGABYTE = 1024 * 1024
#: Media type -> largest size in bytes. What isn't listed isn't taken.
ALLOWED = {
    "image/jpeg": 15 * MEGABYTE,
    "image/png": 15 * MEGABYTE,
    "image/webp": 15 * MEGABYTE,
    "application/pdf": 20 * MEGABYTE,
    "video/mp4": 100 * MEGABYTE,
}
MAX_PIXELS = 60_000_000
MAX_PER_SUBJECT = 60
#: Files of one request, and their bytes together.
MAX_AT_ONCE = 9
MAX_TOGETHER = 120 * MEGABYTE
THUMBNAIL = (640, 640)
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "video/mp4": ".mp4",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a file turned out to be: media type, and of a picture its thumbnail, difference hash and what its EXIF says."""

    media_type: str
    thumbnail: bytes | None = None
    dhash: str = ""
    captured_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file read and looked at: its bytes, their SHA-256, its harmless name, what it turned out to be."""

    content: bytes
    key: str
    name: str
    look: Look


def attach(
    subject: models.Model,
    upload: UploadedFile | IO[bytes],
    *,
    by: Officer,
    name: str = "",
    label: str = "",
    role: str = "",
    captured_at: datetime | None = None,
    synthetic: bool = False,
) -> Attachment:
    """Keeps a file as evidence of a subject. Raises Refused (not your part) or Invalid (with what is wrong).

    `role` (Attachment.Role) says what it is to show; what isn't one of them is taken as none.
    """
    _check_part(subject, by)
    taken = _take(upload, name)
    return _keep(subject, [taken], by=by, label=label, role=role, captured_at=captured_at, synthetic=synthetic)[0]


def attach_all(
    subject: models.Model, uploads: Sequence[UploadedFile], *, by: Officer, label: str = "", role: str = ""
) -> list[Attachment]:
    """Keeps several files as evidence of a subject, or none. Raises like `attach`, with a sentence for each bad file."""
    _check_part(subject, by)
    if len(uploads) > MAX_AT_ONCE:
        raise Invalid(_("一次最多上传%(n)d个文件，请分批上传。") % {"n": MAX_AT_ONCE}, field="files")
    taken, wrong = [], []
    for upload in uploads:
        try:
            taken.append(_take(upload, ""))
        except Invalid as error:
            wrong.append(_("“%(name)s”没有上传：%(why)s") % {"name": _shown(upload.name), "why": error})
    if wrong:
        raise Invalid(wrong[0], errors={"files": wrong})
    return _keep(subject, taken, by=by, label=label, role=role)


def _check_part(subject: models.Model, by: Officer) -> None:
    why = subjects.may_attach(subject_type(subject), subject, by)
    if why is not None:
        raise Refused(why)


def _take(upload: UploadedFile | IO[bytes], name: str) -> _Taken:
    content = _read(upload)
    look = inspect(content)
    harmless = _name(name or getattr(upload, "name", "") or "file", look.media_type)
    return _Taken(content, hashlib.sha256(content).hexdigest(), harmless, look)


def _keep(
    subject: models.Model,
    files: Sequence[_Taken],
    *,
    by: Officer,
    label: str,
    role: str,
    captured_at: datetime | None = None,
    synthetic: bool = False,
) -> list[Attachment]:
    kind = subject_type(subject)
    role = role if role in Attachment.Role.values else ""
    label = "".join(c for c in label if c.isprintable())[:20]
    with transaction.atomic():
        # The subject's row lock orders its chain.
        type(subject)._default_manager.select_for_update(of=("self",)).get(pk=subject.pk)
        _check_room(kind, subject, files)
        kept = []
        for file in files:
            look = file.look
            attachment = Attachment.objects.create(
                subject_type=kind,
                subject_id=str(subject.pk),
                role=role,
                label=label,
                name=file.name,
                media_type=look.media_type,
                size=len(file.content),
                sha256=store().put([file.content]),
                thumbnail=store().put([look.thumbnail]) if look.thumbnail else "",
                uploaded_by=by,
                captured_at=captured_at or look.captured_at,
                received_at=clock.now(),
                lon=look.lon,
                lat=look.lat,
                synthetic=synthetic,
            )
            facts: dict[str, Any] = {
                "attachment": attachment.pk,
                "sha256": file.key,
                "size": attachment.size,
                "label": label,
            }
            if role:
                facts["role"] = role
            record(subject, "attached", by=by, **facts)
            kept.append(attachment)
        likeness.keep([(row, file.look.dhash) for row, file in zip(kept, files, strict=True)])
    return kept


def _check_room(kind: str, subject: models.Model, files: Sequence[_Taken]) -> None:
    """Raises Invalid before anything is stored when there are too many files, or one is there already."""
    mine = Attachment.objects.filter(subject_type=kind, subject_id=str(subject.pk))
    there = set(mine.values_list("sha256", flat=True))
    if len(there) + len(files) > MAX_PER_SUBJECT:
        raise Invalid(_("附件已达%(n)d个上限。") % {"n": MAX_PER_SUBJECT}, field="files")
    for file in files:
        if file.key in there:
            raise Invalid(_("这个文件已经上传过了。"), field="files")
        there.add(file.key)


def _shown(name: str | None) -> str:
    return "".join(c for c in str(name or "") if c.isprintable())[:60]


def inspect(content: bytes) -> Look:
    """Says what the bytes are, by their content. Raises Invalid for what can't be taken as evidence."""
    if not content:
        raise Invalid(_("文件是空的，请重新选择。"), field="file")
    media_type = _sniff(content)
    limit = ALLOWED.get(media_type)
    if limit is None:
        raise Invalid(_("只接受 JPG、PNG、WebP 照片，PDF 文件和 MP4 视频。"), field="file")
    if len(content) > limit:
        raise Invalid(_("文件超过%(n)d MB 上限，请压缩后再传。") % {"n": limit // MEGABYTE}, field="file")
    return _picture(content, media_type) if media_type.startswith("image/") else Look(media_type)


def _sniff(content: bytes) -> str:
    try:
        found = puremagic.magic_string(content[:4096])
    except (puremagic.PureError, ValueError):
        return ""
    types = [match.mime_type for match in found]
    return next((t for t in types if t in ALLOWED), "")


def _picture(content: bytes, media_type: str) -> Look:
    broken = Invalid(_("照片无法打开，可能已损坏，请重新拍摄或选择。"), field="file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as picture:
                if Image.MIME.get(picture.format or "") != media_type:
                    raise broken
                if picture.width * picture.height > MAX_PIXELS:
                    raise Invalid(_("照片像素过大，请缩小后再传。"), field="file")
                exif = picture.getexif()
                small = ImageOps.exif_transpose(picture)
                small.thumbnail(THUMBNAIL)
                small = small.convert("RGB")
                out = io.BytesIO()
                small.save(out, "JPEG", quality=80)
                looks = likeness.hash_of(small)
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid(_("照片像素过大，请缩小后再传。"), field="file") from error
    except Exception as error:  # Pillow raises nearly anything on hostile bytes
        raise broken from error
    lon, lat = _place(exif)
    return Look(media_type, out.getvalue(), looks, _captured(exif), lon, lat)


def _captured(exif: Image.Exif) -> datetime | None:
    """EXIF has no zone: phones of our users write Beijing time."""
    text = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    try:
        return datetime.strptime(str(text), "%Y:%m:%d %H:%M:%S").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    except ValueError:
        return None


def _place(exif: Image.Exif) -> tuple[float | None, float | None]:
    gps: dict[int, Any] = exif.get_ifd(ExifTags.IFD.GPSInfo)
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude]) * (-1 if gps.get(ExifTags.GPS.GPSLatitudeRef) == "S" else 1)
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude]) * (-1 if gps.get(ExifTags.GPS.GPSLongitudeRef) == "W" else 1)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None, None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else (None, None)


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def _read(upload: UploadedFile | IO[bytes]) -> bytes:
    most = max(ALLOWED.values())
    content = upload.read(most + 1)
    if len(content) > most:
        raise Invalid(_("文件超过%(n)d MB 上限，请压缩后再传。") % {"n": most // MEGABYTE}, field="file")
    return bytes(content)


def _name(name: str, media_type: str) -> str:
    """A harmless file name with the suffix its content deserves."""
    stem = name.replace("\x00", "").rsplit("/", 1)[-1].rsplit("\\", 1)[-1].rsplit(".", 1)[0]
    printable = "".join(c for c in stem if c.isprintable())[:80].strip(". ")
    try:
        safe = get_valid_filename(printable)
    except Exception:
        safe = "file"
    return f"{safe or 'file'}{SUFFIXES[media_type]}"
