"""A bureau's mapping of a header, remembered with its instrument, clock and coordinates when a file is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from enforcement.patrols.actions.keeping import RunFacts
from enforcement.patrols.models import HeaderMapping, PatrolRun, TrackUpload
from enforcement.patrols.tracks.importing import Part, coordinate_system
from enforcement.patrols.tracks.layout import Layout
from enforcement.timeline import clock
from regions.models import Bureau, Officer

STATED = ("instrument", "time_zone", "coordinate_system", "mapping")


def remember(run: PatrolRun, parts: Sequence[Part], facts: RunFacts, by: Officer) -> None:
    """Writes a new version for each header that was understood otherwise than the last time, or for the first time."""
    for part in parts:
        instrument = facts.instruments.get(part.file.name) or (facts.instrument if len(parts) == 1 else None)
        said: dict[str, Any] = {
            "instrument": instrument,
            "time_zone": part.statement.time_zone,
            "coordinate_system": str(coordinate_system(part.statement.coordinate_system)),
            "mapping": part.mapping.as_chosen(),
        }
        fingerprint = part.source.layout.fingerprint(part.format_key)
        last = recall(run.bureau, fingerprint)
        if last is not None and all(getattr(last, name) == said[name] for name in STATED):
            continue
        try:
            with transaction.atomic():
                HeaderMapping.objects.create(
                    bureau=run.bureau, fingerprint=fingerprint, version=1 + (last.version if last else 0), run=run,
                    stated_by=by, stated_at=clock.now(), **said,
                )  # fmt: skip
        except IntegrityError:
            pass  # a colleague's import of the same header was quicker; the next correction makes the next version


def recall(bureau: Bureau, fingerprint: str) -> HeaderMapping | None:
    """What the bureau last understood of a header."""
    known = HeaderMapping.objects.filter(bureau=bureau, fingerprint=fingerprint).order_by("-version")
    return known.select_related("instrument", "stated_by", "run").first()


def recalled(bureau: Bureau, files: Sequence[tuple[str, str, Layout]]) -> dict[str, HeaderMapping]:
    """What is remembered of these files (name, format, layout), by name."""
    found = {name: recall(bureau, layout.fingerprint(key)) for name, key, layout in files}
    return {name: one for name, one in found.items() if one is not None}


def fill_in(upload: TrackUpload, files: Sequence[tuple[str, str, Layout]], *, stated: bool) -> None:
    """Puts what is remembered into a new upload; with ``stated``, clock and coordinates stay as the officer said."""
    if len(files) != 1:
        fill_in_among(upload, files, stated=stated)
        return
    found = recalled(upload.bureau, files)
    for one in found.values():
        upload.mapping = one.mapping
        upload.instrument = upload.instrument or _in_use(one)
        if not stated:
            upload.time_zone, upload.coordinate_system = one.time_zone, one.coordinate_system
    upload.recalled = [_sentence(name, one) for name, one in found.items()]


def fill_in_among(upload: TrackUpload, files: Sequence[tuple[str, str, Layout]], *, stated: bool) -> None:
    """The same of files that are read with others; what the upload says of them already stays."""
    found = recalled(upload.bureau, files)
    if found:
        known = {name: as_stated(one, upload if stated else None) for name, one in found.items()}
        upload.mapping = {"files": {**known, **upload.mapping.get("files", {})}}
    upload.recalled = [_sentence(name, one) for name, one in found.items()]


def with_remembered(
    bureau: Bureau, mapping: Mapping[str, Any], files: Sequence[tuple[str, str, Layout]]
) -> dict[str, Any]:
    """What was stated, with what is remembered of the files about which nothing was said; columns stated for all win."""
    said = mapping.get("files")
    if set(mapping) - {"files"}:
        return dict(mapping)
    known = {name: as_stated(one) for name, one in recalled(bureau, files).items()}
    return {**mapping, "files": {**known, **said} if isinstance(said, dict) else said or known}


def as_stated(one: HeaderMapping, upload: TrackUpload | None = None) -> dict[str, Any]:
    """As `stating.statement` takes it for a file of several."""
    instrument = _in_use(one)
    return {
        "time_zone": upload.time_zone if upload else one.time_zone,
        "coordinate_system": upload.coordinate_system if upload else one.coordinate_system,
        "instrument": instrument.serial if instrument else "",
        "mapping": one.mapping,
    }


def _in_use(one: HeaderMapping) -> Any:
    """The instrument, unless it was retired meanwhile."""
    return one.instrument if one.instrument and one.instrument.retired_on is None else None


def _sentence(name: str, one: HeaderMapping) -> str:
    return _(
        "“%(file)s”的列对应、时区和坐标系按 %(day)s %(who)s导入“%(run)s”时的第 %(version)d 版填写%(instrument)s。"
    ) % {
        "file": name,
        "day": f"{clock.beijing_day(one.stated_at):%Y-%m-%d}",
        "who": one.stated_by.name,
        "run": one.run.title,
        "version": one.version,
        "instrument": _("，仪器 %(name)s") % {"name": one.instrument} if one.instrument else "",
    }
