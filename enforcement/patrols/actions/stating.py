"""What people state about the files of a drive, as it is kept with an upload and sent over the API.

One JSON object: column by field, as `tracks.mapping.resolve` takes it; under `files`, by file name, an object with
`time_zone`, `coordinate_system`, `mapping` and `instrument` (its serial number) for what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from enforcement.patrols.actions.keeping import RunFacts
from enforcement.patrols.models import Instrument, TrackUpload
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.problems import quoted
from regions.errors import Invalid
from regions.models import Bureau

STATED = ("time_zone", "coordinate_system", "mapping", "instrument")


def statement_of(upload: TrackUpload) -> Statement:
    return statement(upload.time_zone, upload.coordinate_system, upload.mapping)


def statement(time_zone: str, coordinate_system: str, mapping: Mapping[str, Any]) -> Statement:
    """The statement of a drive and of each of its files. Raises Invalid for one that isn't of the shape above."""
    whole = dict(mapping)
    files = whole.pop("files", None)
    files = {} if files is None else files
    if not isinstance(files, dict) or not all(_is_stated(one) for one in files.values()):
        raise Invalid(
            _("files 应为按文件名列出的对象，每项可有：%(known)s。") % {"known": _("、").join(STATED)}, field="mapping"
        )
    return Statement(
        time_zone,
        coordinate_system,
        whole,
        {
            name: Statement(
                one.get("time_zone") or time_zone,
                one.get("coordinate_system") or coordinate_system,
                one.get("mapping") or {},
            )
            for name, one in files.items()
        },
    )


def facts_of(upload: TrackUpload) -> RunFacts:
    """What was said about the drive beside its files. Raises Invalid for an instrument the bureau hasn't."""
    return RunFacts(
        upload.route,
        upload.crew,
        upload.vehicle,
        upload.instrument,
        instruments=instruments_of(upload.bureau, upload.mapping),
    )


def instruments_of(bureau: Bureau, mapping: Mapping[str, Any]) -> dict[str, Instrument]:
    """The instrument of each file that names one. Raises Invalid for one the bureau hasn't."""
    named = {
        name: str(one["instrument"]) for name, one in (mapping.get("files") or {}).items() if one.get("instrument")
    }
    known = {one.serial: one for one in Instrument.objects.filter(bureau=bureau, serial__in=named.values())}
    for serial in named.values():
        if serial not in known:
            raise Invalid(_("本单位没有登记“%(value)s”，请核对。") % {"value": quoted(serial)}, field="instrument")
    return {name: known[serial] for name, serial in named.items()}


def _is_stated(one: Any) -> bool:
    """True for an object of the four words, each of its kind."""
    return (
        isinstance(one, dict)
        and set(one) <= set(STATED)
        and isinstance(one.get("mapping") or {}, dict)
        and all(
            isinstance(one.get(name) or "", str) and "\0" not in (one.get(name) or "")
            for name in STATED
            if name != "mapping"
        )
    )
