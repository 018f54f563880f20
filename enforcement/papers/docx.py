"""A paper as DOCX (Word, WPS): the same blocks, with real headings and tables, so that an office can go on writing in it."""

import io

from django.utils.translation import gettext as _
from docx import Document
from docx.document import Document as Letter
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.image.exceptions import UnrecognizedImageError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph as Line

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
from enforcement.papers.pdf import as_png

FONT = "SimSun"
HEADINGS = "SimHei"
GREY = RGBColor(0x5A, 0x5A, 0x5A)
BREADTH = 16.0  # cm of text on an A4 page with 2.5 cm margins


def as_docx(paper: Paper) -> bytes:
    """DOCX bytes, A4. Raises ValueError for a picture that can't be read."""
    letter = Document()
    _page(letter)
    _line(letter.add_paragraph(), paper.title, size=18, font=HEADINGS, centred=True)
    if paper.subtitle:
        _line(letter.add_paragraph(), paper.subtitle, size=12, centred=True)
    if paper.number:
        _line(letter.add_paragraph(), paper.number, size=10.5, centred=True, grey=True)
    for block in paper.blocks:
        _add(letter, block)
    _foot(letter, paper.marks)
    letter.core_properties.title = printable(paper.title)[:250]
    letter.core_properties.author = letter.core_properties.comments = ""
    held = io.BytesIO()
    letter.save(held)
    return held.getvalue()


def _page(letter: Letter) -> None:
    section = letter.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
    style = letter.styles["Normal"]
    style.font.size = Pt(10.5)
    style.font.name = FONT
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)


def _line(
    line: Line, text: object, *, size: float = 10.5, font: str = FONT, centred: bool = False, grey: bool = False
) -> Line:
    run = line.add_run(printable(text))
    run.font.size = Pt(size)
    run.font.name = font
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if grey:
        run.font.color.rgb = GREY
    if centred:
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return line


def _add(letter: Letter, block: Block) -> None:
    match block:
        case Heading():
            heading = letter.add_heading(level=min(max(block.level, 1), 2))
            _line(heading, block.text, size=13 if block.level == 1 else 11, font=HEADINGS)
        case Paragraph():
            for text in printable(block.text).split("\n"):
                line = _line(letter.add_paragraph(), text)
                line.paragraph_format.first_line_indent = Pt(21) if block.indent else None
        case Facts():
            _facts(letter, block)
        case Table():
            _table(letter, block)
        case Picture():
            _picture(letter, block)
        case Signatures():
            for part in block.parts:
                line = _line(
                    letter.add_paragraph(),
                    _("%(part)s：＿＿＿＿＿＿＿＿＿＿＿＿　　　　年　　月　　日") % {"part": printable(part)},
                )
                line.paragraph_format.space_before = Pt(16)
        case PageBreak():
            letter.add_page_break()


def _facts(letter: Letter, block: Facts) -> None:
    if not block.rows:
        return
    table = letter.add_table(rows=len(block.rows), cols=2, style="Table Grid")
    for row, (label, value) in zip(table.rows, block.rows, strict=True):
        _cell(row.cells[0], label, width=4.0, shaded=True)
        _cell(row.cells[1], value, width=BREADTH - 4.0)


def _table(letter: Letter, block: Table) -> None:
    if block.caption:
        _line(letter.add_paragraph(), block.caption, size=9, grey=True)
    shares = list(block.widths) or [1.0] * len(block.columns)
    widths = [BREADTH * share / sum(shares) for share in shares]
    table = letter.add_table(rows=1 + len(block.rows), cols=len(block.columns), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for at, row in enumerate([block.columns, *block.rows]):
        # Asked once a row: each asking walks the whole table.
        for column, (cell, value) in enumerate(zip(table.rows[at].cells, row, strict=True)):
            right = at > 0 and column in block.numeric
            _cell(cell, value, width=widths[column], size=9, shaded=at == 0, right=right)
    _repeat_header(table.rows[0]._tr)


def _cell(
    cell: _Cell, value: object, *, width: float, size: float = 10.5, shaded: bool = False, right: bool = False
) -> None:
    cell.width = Cm(width)
    line = _line(cell.paragraphs[0], value, size=size)
    if right:
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if shaded:
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), "F2F2F2")
        cell._element.get_or_add_tcPr().append(shade)


def _repeat_header(row: object) -> None:
    """The heading stands on every page a table runs over."""
    mark = OxmlElement("w:tblHeader")
    row.get_or_add_trPr().append(mark)  # type: ignore[attr-defined]


def _picture(letter: Letter, block: Picture) -> None:
    data = as_png(block) if block.ending == "svg" else block.data
    line = letter.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    try:
        shown = line.add_run().add_picture(io.BytesIO(data), width=Cm(min(block.width, BREADTH)))
    except (UnrecognizedImageError, ZeroDivisionError) as error:
        raise ValueError("a picture of the paper can't be read") from error
    if shown.height > Cm(TALLEST):
        shown.width, shown.height = Length(shown.width * Cm(TALLEST) // shown.height), Cm(TALLEST)
    if block.caption:
        _line(letter.add_paragraph(), block.caption, size=9, centred=True, grey=True)


def _foot(letter: Letter, marks: str) -> None:
    line = letter.sections[0].footer.paragraphs[0]
    _line(line, f"{printable(marks)}　" if marks else "", size=8, grey=True)
    run = line.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        piece = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            piece.text = text
        else:
            piece.set(qn("w:fldCharType"), kind)
        run._element.append(piece)
