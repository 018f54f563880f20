"""What a trial read found, as plain values: a worker keeps them with the upload, the page shows them in any language."""

from __future__ import annotations

from typing import Any

from enforcement.patrols import pictures
from enforcement.patrols.actions.importing import TrialRead
from enforcement.patrols.tracks.importing import Part


def described(found: TrialRead) -> dict[str, Any]:
    """Ready for JSON: sums, problems by code, first rows, places by code, and the lines of the map in WGS-84 degrees."""
    track = found.track
    readings, rule = track.readings, found.rule.value()
    measured = readings.measured()
    values = readings.value(measured[0].name) if measured else readings.speed_kmh
    scale = pictures.scale_of(values)
    layout, mapping = track.source.layout, track.mapping
    shown = sorted({index for index, _channel in mapping.channels} | set(mapping.fields.values()))
    return {
        "rows_total": track.rows_total,
        "km": float(sum(piece.km for piece in found.segments)),
        "hours": float(sum(piece.hours for piece in found.segments)),
        "valid_share": found.quality.valid_share,
        "counts": dict(track.problems.counts.most_common()),
        "problems": [[one.row, one.field, one.code, one.value, one.file] for one in track.problems.first()],
        "started_at": found.started_at.isoformat(),
        "ended_at": found.ended_at.isoformat(),
        "headers": [layout.columns[index].label for index in shown],
        "first_rows": track.first_rows,
        "channel": [measured[0].name, measured[0].unit] if measured else None,
        "edges": list(scale.edges),
        "box": list(pictures.bounds(readings)),
        "tracks": pictures.live_lines(readings, values, scale, rule),
        "paper": pictures.paper_lines(readings, values, scale, rule),
        "places": [
            {
                "code": found.county_codes[piece.place] if piece.place >= 0 else "",
                "day": piece.day.isoformat(),
                "km": float(piece.km),
                "readings": piece.readings,
            }
            for piece in found.segments
        ],
        "files": [_file(part) for part in track.parts],
    }


def _file(part: Part) -> dict[str, Any]:
    """One of the drive's files and how it was understood; columns count from 0."""
    return {
        "name": part.file.name,
        "sha256": part.file.sha256,
        "size": part.file.stored.size,
        "encoding": part.source.encoding,
        "rows": part.rows_total,
        "fields": dict(part.mapping.fields),
        "columns": [index for index, one in part.mapping.channels if not one.role],
        "units": part.mapping.unit,
        "channels": [[one.name, one.unit] for one in part.readings.measured()],
        "conversions": [one.as_dict() for one in part.conversions],
        "notes": list(part.notes),
    }
