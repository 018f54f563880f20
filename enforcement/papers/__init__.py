"""Papers: letters, records and reports as one list of blocks, set as PDF and as DOCX from the same words.

A paper holds no rows and asks no questions: an app puts its words together (`Paper`), and `pdf.as_pdf` or
`docx.as_docx` gives the bytes. Nothing here knows who may read it.
"""

from enforcement.papers.blocks import (
    Block,
    Facts,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Signatures,
    Table,
)

__all__ = ["Block", "Facts", "Heading", "PageBreak", "Paper", "Paragraph", "Picture", "Signatures", "Table"]
