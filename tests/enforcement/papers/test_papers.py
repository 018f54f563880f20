"""Promise: one list of blocks gives a PDF and a DOCX with the same words, and no word in it is ever obeyed."""

import io

import pytest
from docx import Document
from PIL import Image
from pypdf import PdfReader

from enforcement.papers import Facts, Heading, PageBreak, Paper, Paragraph, Picture, Signatures, Table
from enforcement.papers.docx import as_docx
from enforcement.papers.pdf import as_pdf, as_png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="teal"/></svg>'
HOSTILE = '#set page(fill: red) [x] *y* $z$ \\ {{ 7*7 }} <w:br/> =HYPERLINK("a") #read("/etc/passwd")'


def words_of_pdf(data: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def words_of_docx(data: bytes) -> str:
    letter = Document(io.BytesIO(data))
    cells = [cell.text for table in letter.tables for row in table.rows for cell in row.cells]
    foot = [line.text for line in letter.sections[0].footer.paragraphs]
    return "\n".join([line.text for line in letter.paragraphs] + cells + foot)


def photo(width: int, height: int) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(held, "JPEG")
    return held.getvalue()


def everything() -> Paper:
    return Paper(
        "关于转办大气污染问题的函",
        [
            Heading("一、任务"),
            Paragraph("请核实整改\n并按期反馈"),
            Facts([("编号", "SX-2021-ZH-00557"), ("承办单位", None)]),
            Table(["问题", "天数"], [["异味", 7]], widths=[3, 1], numeric=frozenset({1}), caption="表一"),
            Picture(SVG, "image/svg+xml", width=4, caption="图一"),
            Picture(photo(300, 4000), "image/jpeg", caption="图二"),
            Signatures(["检查人员", "当事人"]),
            PageBreak(),
            Paragraph("附页"),
        ],
        number="晋气防办函〔2021〕12号",
        foot="截至2021-08-04",
        synthetic=True,
    )


@pytest.mark.parametrize(("made", "read"), [(as_pdf, words_of_pdf), (as_docx, words_of_docx)], ids=["pdf", "docx"])
class TestBothKinds:
    def test_every_block_is_there_in_words(self, made, read) -> None:
        words = read(made(everything()))
        for word in (
            "关于转办",
            "〔2021〕",
            "一、任务",
            "并按期反馈",
            "SX-2021-ZH-00557",
            "异味",
            "表一",
            "图二",
            "当事人",
            "附页",
        ):
            assert word in words.replace("\n", ""), word

    def test_synthetic_rows_and_the_cut_off_are_said_on_every_paper(self, made, read) -> None:
        words = read(made(everything()))
        assert "合成演示数据" in words.replace("\n", "")
        assert "2021-08-04" in words

    def test_what_is_written_is_shown_and_never_obeyed(self, made, read) -> None:
        paper = Paper(HOSTILE, [Paragraph(HOSTILE), Facts([(HOSTILE, HOSTILE)]), Table([HOSTILE], [[HOSTILE]])])
        words = read(made(paper)).replace("\n", "").replace(" ", "")
        assert words.count('#read("/etc/passwd")') >= 5
        assert "49" not in words

    def test_what_no_document_can_hold_is_left_out(self, made, read) -> None:
        words = read(made(Paper("标题", [Paragraph("前\x00\x0b\ud83d后"), Paragraph("崞峪嵝䓛μ𠮷")])))
        assert "前后" in words
        assert "崞峪嵝䓛" in words

    def test_a_picture_that_is_none_is_an_error_of_its_own(self, made, read) -> None:
        with pytest.raises(ValueError, match="can't be"):
            made(Paper("标题", [Picture(b"no picture", "image/png")]))


def test_a_tall_photo_stays_on_one_page() -> None:
    assert len(PdfReader(io.BytesIO(as_pdf(Paper("照片", [Picture(photo(300, 9000), "image/jpeg")])))).pages) <= 2
    letter = Document(io.BytesIO(as_docx(Paper("照片", [Picture(photo(300, 9000), "image/jpeg")]))))
    assert letter.inline_shapes[0].height.cm <= 22.01


def test_a_drawing_becomes_a_picture_of_its_width() -> None:
    drawn = Image.open(io.BytesIO(as_png(Picture(SVG, "image/svg+xml", width=4), dots_per_cm=50)))
    assert drawn.size == (200, 100)


def test_a_table_with_a_cell_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="as many cells"):
        Table(["甲", "乙"], [["一"]])
