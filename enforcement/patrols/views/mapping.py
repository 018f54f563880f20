"""The columns of an upload's files as forms: one for a file, one each for several of one drive."""

from dataclasses import dataclass
from typing import Any

from enforcement.patrols.actions.receiving import layouts_at
from enforcement.patrols.models import Instrument, TrackUpload
from enforcement.patrols.tracks.layout import Layout
from enforcement.patrols.tracks.mapping import likely_channels, suggest
from enforcement.patrols.upload_forms import MappingForm, mapping_as_numbers
from enforcement.timeline.evidence import store


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of an upload and its columns."""

    name: str
    layout: Layout


def sheets_of(upload: TrackUpload) -> list[Sheet]:
    """The files' columns, from their beginnings: the rest of a large file says no more about them. Raises TrackRefused."""
    found = layouts_at(store().file_of(upload.sha256), upload.name)
    return [Sheet(name, layout) for name, _format, layout in found]


def forms_of(
    upload: TrackUpload, sheets: list[Sheet], told: dict[str, Any] | None, data: Any = None
) -> list[MappingForm]:
    """A form for each file, filled with what was read, or stated, or is likely; bound to ``data`` if there is any."""
    understood = {one["name"]: one for one in (told or {}).get("files", [])}
    made = []
    for number, sheet in enumerate(sheets):
        several = len(sheets) > 1
        stated = (upload.mapping.get("files") or {}).get(sheet.name, {}) if several else {}
        initial: dict[str, Any] = {
            "time_zone": stated.get("time_zone") or upload.time_zone,
            "coordinate_system": stated.get("coordinate_system") or upload.coordinate_system,
            "instrument": stated.get("instrument", ""),
        }
        read = understood.get(sheet.name) or (understood.get(upload.name) if not several else None)
        if read is not None:
            initial |= mapping_as_numbers(sheet.layout, read["fields"], read["columns"]) | {"units": read["units"]}
        else:
            chosen = stated.get("mapping") if several else upload.mapping
            initial |= chosen or _likely(sheet.layout)
        form = MappingForm(
            sheet.layout, data, prefix=f"f{number}" if several else None, initial=initial, placed=not several,
            instruments=Instrument.objects.filter(bureau=upload.bureau, retired_on=None) if several else None,
        )  # fmt: skip
        form.title = sheet.name if several else ""
        made.append(form)
    return made


def _likely(layout: Layout) -> dict[str, Any]:
    """What a file that couldn't be read likely means: whoever only puts right what was wrong keeps its channels."""
    fields = suggest(layout)
    return mapping_as_numbers(layout, fields, likely_channels(layout, fields))


def state(upload: TrackUpload, sheets: list[Sheet], forms: list[MappingForm]) -> None:
    """Puts what valid forms say into the upload's row."""
    if len(forms) == 1:
        said = forms[0].cleaned_data
        upload.time_zone, upload.coordinate_system = said["time_zone"], said["coordinate_system"]
        upload.mapping = forms[0].mapping
        return
    upload.mapping = {
        "files": {
            sheet.name: {
                "time_zone": form.cleaned_data["time_zone"],
                "coordinate_system": form.cleaned_data["coordinate_system"],
                "instrument": form.cleaned_data.get("instrument") or "",
                "mapping": form.mapping,
            }
            for sheet, form in zip(sheets, forms, strict=True)
        }
    }
