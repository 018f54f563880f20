"""A paper as PDF, set by Typst. Words reach it as data, never as markup, so that nothing in them is obeyed."""

import json
import tempfile
from pathlib import Path
from typing import Any, Literal

import typst
from django.utils.translation import gettext as _

from enforcement.papers import fonts
from enforcement.papers.blocks import (
    TALLEST,
    Block,
    Facts,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Signatures,
    Table,
    printable,
)

_SETTING = Path(__file__).with_name("paper.typ")
MAIN = "paper.typ"


def as_pdf(paper: Paper) -> bytes:
    """PDF bytes, A4. Raises ValueError for a picture that can't be read."""
    pictures: dict[str, bytes] = {}
    sheet = {
        "title": printable(paper.title),
        "number": printable(paper.number),
        "subtitle": printable(paper.subtitle),
        "marks": printable(paper.marks),
        "families": fonts.FAMILIES,
        "blocks": [_described(block, pictures) for block in paper.blocks],
    }
    return _set({MAIN: _SETTING.read_bytes(), **pictures}, sheet, "pdf")


def as_png(picture: Picture, *, dots_per_cm: int = 60) -> bytes:
    """An SVG picture drawn as PNG, for documents that can't show the former."""
    source = f'#set page(width: {picture.width}cm, height: auto, margin: 0cm, fill: white)\n#image("picture.svg", width: 100%)\n'
    return _set({MAIN: source.encode(), "picture.svg": picture.data}, {}, "png", ppi=dots_per_cm * 2.54)


def _set(
    files: dict[str, bytes], sheet: dict[str, Any], kind: Literal["pdf", "png"], ppi: float | None = None
) -> bytes:
    # Files on disk, for Typst takes those it is handed in memory for text; it can reach no file beside them.
    with tempfile.TemporaryDirectory(prefix="liankong-paper-") as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        try:
            return typst.compile(
                str(Path(folder) / MAIN),
                root=folder,
                format=kind,
                font_paths=fonts.folders(),
                sys_inputs={"sheet": json.dumps(sheet, ensure_ascii=False)},
                ppi=ppi,
            )
        except (typst.TypstError, RuntimeError) as error:
            raise ValueError(f"the paper can't be set: {error}") from error


def _described(block: Block, pictures: dict[str, bytes]) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "text": printable(block.text), "level": block.level}
        case Paragraph():
            return {"kind": "paragraph", "lines": printable(block.text).split("\n"), "indent": block.indent}
        case Facts():
            return {"kind": "facts", "rows": [[printable(cell) for cell in row] for row in block.rows]}
        case Table():
            return {
                "kind": "table",
                "columns": [printable(name) for name in block.columns],
                "rows": [[printable(cell) for cell in row] for row in block.rows],
                "widths": [float(share) for share in block.widths] or [1.0] * len(block.columns),
                "numeric": sorted(block.numeric),
                "caption": printable(block.caption),
            }
        case Picture():
            name = f"picture-{len(pictures) + 1}.{block.ending}"
            pictures[name] = block.data
            return {
                "kind": "picture",
                "name": name,
                "width": block.width,
                "tallest": TALLEST,
                "caption": printable(block.caption),
            }
        case Signatures():
            return {
                "kind": "signatures",
                "parts": [printable(part) for part in block.parts],
                "date": _("　　　年　　月　　日"),
            }
        case PageBreak():
            return {"kind": "break"}
